import type { CheckpointInfo, ForkInfo } from '../../protocol/values.ts';

/** Messages between the extension and its webviews: one object a message, told apart by `type`. */

export interface ForkRow extends Pick<ForkInfo, 'fork' | 'name' | 'agent' | 'task' | 'changes' | 'created' | 'checkpoints'> {
  /** The last observation; null when there is none. */
  readonly observed: { readonly ok: boolean; readonly score: number | null } | null;
  /** True for the fork of the work tree, which cannot be collapsed. */
  readonly workTree: boolean;
}

export interface CheckpointRow extends Pick<CheckpointInfo, 'checkpoint' | 'fork' | 'agent' | 'time' | 'message' | 'kind' | 'pinned'> {
  readonly forkName: string;
  /** Against the checkpoint before it. */
  readonly changes: ForkInfo['changes'];
}

/** What is known of the store of a folder. */
export type StoreView =
  | { readonly kind: 'loading' }
  | { readonly kind: 'none' }
  | { readonly kind: 'problem'; readonly message: string }
  | {
    readonly kind: 'ready';
    readonly totals: { readonly live: number; readonly merged: number; readonly discarded: number; readonly checkpoints: number; readonly bytesOnDisk: number };
    readonly forks: readonly ForkRow[];
    /** Live forks that are not in `forks`, because nobody could read so many. */
    readonly moreForks: number;
    readonly checkpoints: readonly CheckpointRow[];
    readonly warnings: readonly string[];
  };

/** Extension to dashboard: everything that it shows. */
export interface DashboardState {
  readonly type: 'state';
  readonly server: { readonly connected: boolean; readonly text: string };
  readonly folders: readonly { readonly folder: string; readonly name: string }[];
  readonly selected: string | undefined;
  readonly store: StoreView;
}

/** Commands that the dashboard may run. */
export const DASHBOARD_COMMANDS = ['setup', 'checkpoint', 'newFork', 'collapse', 'rewind', 'undo', 'diagnostics'] as const;
export type DashboardCommand = (typeof DASHBOARD_COMMANDS)[number];

/** Dashboard to extension. */
export type DashboardMessage =
  /** The page is loaded and wants its state. */
  | { readonly type: 'ready' }
  | { readonly type: 'select'; readonly folder: string }
  | { readonly type: 'command'; readonly command: DashboardCommand; readonly fork?: string; readonly checkpoint?: string };

/** What the dashboard keeps over a reload: where the user was, no data. */
export interface DashboardPosition {
  readonly folder: string | undefined;
  readonly filter: string;
}

const ID = /^[0-9a-f]{4,64}$/;

/** The message, or undefined when it is none: what comes from a webview is checked like any input. */
export function parseDashboardMessage(raw: unknown): DashboardMessage | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { type, folder, command, fork, checkpoint } = raw as Record<string, unknown>;
  if (type === 'ready') return { type };
  if (type === 'select') return typeof folder === 'string' ? { type, folder } : undefined;
  if (type !== 'command') return undefined;
  const known = DASHBOARD_COMMANDS.find((name) => name === command);
  if (known === undefined || !isIdOrAbsent(fork) || !isIdOrAbsent(checkpoint)) return undefined;
  return { type, command: known, ...(fork === undefined ? {} : { fork }), ...(checkpoint === undefined ? {} : { checkpoint }) };
}

function isIdOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && ID.test(value));
}

/** The position that a webview saved, whatever an older version of it may have saved. */
export function parsePosition(raw: unknown): DashboardPosition {
  const { folder, filter } = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
  return { folder: typeof folder === 'string' ? folder : undefined, filter: typeof filter === 'string' ? filter : '' };
}
