/** What a command needs before it makes sense to offer it. */
export type Need =
  | 'nothing' | 'server' | 'folder' | 'store'
  /** Programs of this computer, in a window that is trusted and has files of its own. */
  | 'git'
  /** A store, whether or not it can be used. */
  | 'damaged'
  /** A store, or a window that shows nothing but a state as its folder. */
  | 'state'
  /** Makes sense only where something was chosen: a row of a view, a changed file. The palette does not offer it. */
  | 'choice';

/** Where a window stands. */
export interface Situation {
  readonly trusted: boolean;
  /** All of its folders are elsewhere than on a disk. */
  readonly virtual: boolean;
  readonly connected: boolean;
  readonly folders: number;
  /** At least one folder is set up. */
  readonly ready: boolean;
  /** No folder is set up and works, and one has a store that does not. */
  readonly broken: boolean;
  /** A fork or checkpoint is shown as a folder. */
  readonly showsState: boolean;
}

/** What each command needs, in the order in which the menu of the status bar offers them. */
export const NEEDS = {
  'pyi.setup': 'folder',
  'pyi.checkpoint': 'store',
  'pyi.newFork': 'store',
  'pyi.forkFromHere': 'choice',
  'pyi.showSuperposition': 'store',
  'pyi.showSuperpositionInEditor': 'store',
  'pyi.showTimeline': 'store',
  'pyi.showTimelineInEditor': 'store',
  'pyi.filterTimeline': 'store',
  'pyi.showEnded': 'choice',
  'pyi.hideEnded': 'choice',
  'pyi.fileHistory': 'store',
  'pyi.compare': 'state',
  'pyi.openChanges': 'choice',
  'pyi.compareWithBase': 'choice',
  'pyi.openDiff': 'choice',
  'pyi.openFile': 'choice',
  'pyi.openState': 'store',
  'pyi.openForkDirectory': 'store',
  'pyi.readFile': 'state',
  'pyi.writeFile': 'store',
  'pyi.removeFile': 'store',
  'pyi.find': 'state',
  'pyi.rewind': 'store',
  'pyi.rewindFile': 'choice',
  'pyi.ignoreFile': 'choice',
  'pyi.undo': 'store',
  'pyi.observe': 'store',
  'pyi.collapse': 'store',
  'pyi.race': 'store',
  'pyi.integrate': 'store',
  'pyi.entangle': 'store',
  'pyi.discard': 'store',
  'pyi.materialize': 'store',
  'pyi.pin': 'store',
  'pyi.unpin': 'choice',
  'pyi.nameCheckpoint': 'store',
  'pyi.copyId': 'choice',
  'pyi.earlierMessage': 'store',
  'pyi.refresh': 'folder',
  'pyi.showAgents': 'store',
  'pyi.showDashboard': 'folder',
  'pyi.sweep': 'store',
  'pyi.verify': 'damaged',
  'pyi.repair': 'damaged',
  'pyi.setPhase': 'store',
  'pyi.useAsGit': 'git',
  'pyi.stopUsingAsGit': 'git',
  'pyi.switchViews': 'nothing',
  'pyi.openWalkthrough': 'nothing',
  'pyi.showDiagnostics': 'nothing',
  'pyi.showOutput': 'nothing',
  'pyi.restartServer': 'nothing',
  'pyi.stopServer': 'server',
} as const satisfies Record<string, Need>;

export type CommandId = keyof typeof NEEDS;

export const COMMAND_IDS = Object.keys(NEEDS) as CommandId[];

/** The `when` clauses in package.json that say the same. */
export const WHEN: Readonly<Record<Need, string | undefined>> = {
  nothing: undefined,
  server: 'pyi.connected',
  folder: 'isWorkspaceTrusted && workspaceFolderCount != 0',
  git: 'isWorkspaceTrusted && !virtualWorkspace',
  store: 'isWorkspaceTrusted && pyi.ready',
  damaged: 'isWorkspaceTrusted && (pyi.ready || pyi.store == problem)',
  state: 'isWorkspaceTrusted && (pyi.ready || virtualWorkspace == pyi)',
  choice: 'false',
};

/** True when a command would read a repository, which runs git in it: not in a workspace that is not trusted, however it was called. */
export function needsTrust(id: CommandId): boolean {
  return NEEDS[id] !== 'nothing' && NEEDS[id] !== 'server';
}

/** The commands to offer. */
export function offered({ trusted, virtual, connected, folders, ready, broken, showsState }: Situation): CommandId[] {
  const met: Readonly<Record<Need, boolean>> = { nothing: true, server: connected, folder: trusted && folders > 0, git: trusted && !virtual, store: trusted && ready, damaged: trusted && (ready || broken), state: trusted && (ready || showsState), choice: false };
  return COMMAND_IDS.filter((id) => met[NEEDS[id]]);
}
