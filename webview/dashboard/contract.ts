import type { CheckpointInfo, ForkInfo } from '../../protocol/values.ts';

/** What the dashboard shows and asks. */

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

/** Everything that the dashboard shows. */
export interface DashboardState {
  readonly server: { readonly connected: boolean; readonly text: string };
  readonly folders: readonly { readonly folder: string; readonly name: string }[];
  readonly selected: string | undefined;
  readonly store: StoreView;
}

/** Commands that the dashboard may run. */
export const DASHBOARD_COMMANDS = ['setup', 'checkpoint', 'newFork', 'collapse', 'rewind', 'undo', 'diagnostics'] as const;
export type DashboardCommand = (typeof DASHBOARD_COMMANDS)[number];

export interface CommandRequest {
  readonly command: DashboardCommand;
  readonly fork?: string;
  readonly checkpoint?: string;
}

/** What the page asks of its host. */
export interface DashboardMethods {
  readonly [method: string]: { readonly params: unknown; readonly result: unknown };
  readonly select: { readonly params: string; readonly result: DashboardState };
  readonly command: { readonly params: CommandRequest; readonly result: unknown };
}

/** What the dashboard keeps over a reload: where the user was, no data. */
export interface DashboardPosition {
  readonly folder: string | undefined;
  readonly filter: string;
}

const ID = /^[0-9a-f]{4,64}$/;

/** The command that the page asks for, or undefined when it asks for something else. */
export function parseCommandRequest(raw: unknown): CommandRequest | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { command, fork, checkpoint } = raw as Record<string, unknown>;
  const known = DASHBOARD_COMMANDS.find((name) => name === command);
  if (known === undefined || !isIdOrAbsent(fork) || !isIdOrAbsent(checkpoint)) return undefined;
  return { command: known, ...(fork === undefined ? {} : { fork }), ...(checkpoint === undefined ? {} : { checkpoint }) };
}

function isIdOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && ID.test(value));
}

/** The position that a webview saved, whatever an older version of it may have saved. */
export function parsePosition(raw: unknown): DashboardPosition {
  const { folder, filter } = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
  return { folder: typeof folder === 'string' ? folder : undefined, filter: typeof filter === 'string' ? filter : '' };
}
