/** What a command needs before it makes sense to offer it. */
export type Need = 'nothing' | 'server' | 'folder' | 'store';

/** Where a window stands. */
export interface Situation {
  readonly trusted: boolean;
  readonly connected: boolean;
  readonly folders: number;
  /** At least one folder is set up. */
  readonly ready: boolean;
}

/** What each command needs, in the order in which the menu of the status bar offers them. */
export const NEEDS = {
  'pyi.setup': 'folder',
  'pyi.checkpoint': 'store',
  'pyi.newFork': 'store',
  'pyi.showTimeline': 'store',
  'pyi.collapse': 'store',
  'pyi.undo': 'store',
  'pyi.showDashboard': 'folder',
  'pyi.showDiagnostics': 'nothing',
  'pyi.showOutput': 'nothing',
  'pyi.stopServer': 'server',
} as const satisfies Record<string, Need>;

export type CommandId = keyof typeof NEEDS;

export const COMMAND_IDS = Object.keys(NEEDS) as CommandId[];

/** The `when` clauses in package.json that say the same. */
export const WHEN: Readonly<Record<Need, string | undefined>> = {
  nothing: undefined,
  server: 'pyi.connected',
  folder: 'isWorkspaceTrusted && workspaceFolderCount != 0',
  store: 'isWorkspaceTrusted && pyi.ready',
};

/** The commands to offer. */
export function offered({ trusted, connected, folders, ready }: Situation): CommandId[] {
  const met: Readonly<Record<Need, boolean>> = { nothing: true, server: connected, folder: trusted && folders > 0, store: trusted && ready };
  return COMMAND_IDS.filter((id) => met[NEEDS[id]]);
}
