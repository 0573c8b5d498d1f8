/** What a command is about, when its caller knows: a row of the dashboard, a keybinding, another extension. */
export interface Target {
  /** A directory inside the repository. */
  readonly repository?: string;
  readonly fork?: string;
  readonly checkpoint?: string;
  readonly message?: string;
  readonly name?: string;
  readonly task?: string;
}

const FIELDS = ['repository', 'fork', 'checkpoint', 'message', 'name', 'task'] as const satisfies readonly (keyof Target)[];

/** The target in a command's argument. What is no text is left out: VS Code passes arguments of its own, too. */
export function parseTarget(argument: unknown): Target {
  if (typeof argument !== 'object' || argument === null) return {};
  const given = argument as Partial<Record<keyof Target, unknown>>;
  return Object.fromEntries(FIELDS.filter((field) => typeof given[field] === 'string').map((field) => [field, given[field]]));
}
