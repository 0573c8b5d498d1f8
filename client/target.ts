/** What a command is about, when its caller knows: a row of a view, a changed file, a keybinding, another extension. */
export interface Target {
  /** A directory inside the repository. */
  readonly repository?: string;
  readonly fork?: string;
  readonly checkpoint?: string;
  /** What to compare with: a checkpoint or fork. */
  readonly other?: string;
  readonly message?: string;
  readonly name?: string;
  readonly task?: string;
  /** Command line of a validator. */
  readonly validator?: string;
  /** Of an entanglement. */
  readonly kind?: string;
  /** A path inside the tree. */
  readonly path?: string;
  /** Where the file was in `checkpoint`, if it was renamed since. */
  readonly oldPath?: string;
  /** A file or folder as the explorer and the tabs of editors name it. */
  readonly uri?: string;
}

const FIELDS = ['repository', 'fork', 'checkpoint', 'other', 'message', 'name', 'task', 'validator', 'kind', 'path', 'oldPath'] as const satisfies readonly (keyof Target)[];

/** The target in a command's argument. What is no text is left out: VS Code passes arguments of its own, too. */
export function parseTarget(argument: unknown): Target {
  if (typeof argument !== 'object' || argument === null) return {};
  if (isUri(argument)) return { uri: argument.toString() };
  const given = argument as Partial<Record<keyof Target, unknown>>;
  return Object.fromEntries(FIELDS.filter((field) => typeof given[field] === 'string').map((field) => [field, given[field]]));
}

/**
 * All targets in the arguments of a command, the one that it is about first. VS Code gives the chosen resource states one by one, and a
 * tree's chosen items as a list after the one that was clicked, which may stand anywhere in it. The context menu of a page gives one
 * object, which may hold a list.
 */
export function parseTargets(args: readonly unknown[]): Target[] {
  const lists = args.map(listOf);
  const list = lists.find((targets) => targets !== undefined)?.map(parseTarget);
  const clicked = parseTarget(args[0]);
  const targets = list === undefined ? args.map(parseTarget) : lists[0] !== undefined ? list : [clicked, ...list.filter((target) => !isSame(target, clicked))];
  return targets.filter((target) => Object.keys(target).length > 0);
}

function isSame(one: Target, other: Target): boolean {
  return FIELDS.every((field) => one[field] === other[field]) && one.uri === other.uri;
}

function listOf(argument: unknown): readonly unknown[] | undefined {
  const list = typeof argument === 'object' && argument !== null && 'targets' in argument ? argument.targets : argument;
  return Array.isArray(list) && list.length > 0 ? list : undefined;
}

/** A `vscode.Uri`, whose `path` is not one inside a tree. */
function isUri(argument: object): boolean {
  const { scheme, fsPath } = argument as { scheme?: unknown; fsPath?: unknown };
  return typeof scheme === 'string' && typeof fsPath === 'string';
}
