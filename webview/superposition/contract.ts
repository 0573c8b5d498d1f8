import type { Branch, CheckpointKind, Observation } from '../../protocol/values.ts';

/** What the superposition page shows and asks. */

/** The kinds of checkpoints, each with the letter that stands for it in {@link Dots}. */
export const KIND_LETTERS = { automatic: 'a', manual: 'm', tool: 't', recovery: 'r', setup: 's', merge: 'g', collapse: 'c' } as const satisfies Readonly<Record<CheckpointKind, string>>;

/** Checkpoints of a fork, oldest first. Short, because hundreds of forks have thousands of them. */
export interface Dots {
  /** Milliseconds since 1970. */
  readonly times: readonly number[];
  /** A letter for each: see {@link KIND_LETTERS}; a capital for one that is pinned. */
  readonly kinds: string;
}

/** The last observation, as a row tells it. */
export interface Observed {
  readonly ok: boolean;
  readonly score: number | null;
  /** False when the fork has moved on since. */
  readonly current: boolean;
}

/** A fork as a row of the tree. */
export interface ForkRow extends Pick<Branch, 'fork' | 'name' | 'agent' | 'task' | 'parent' | 'state' | 'changes' | 'bytes' | 'probability' | 'expires' | 'entangled' | 'created' | 'lastActive' | 'checkpoints'> {
  /** When the checkpoint was taken that it started from; when it was made, where that is not known. */
  readonly began: number;
  readonly observed: Observed | null;
  readonly overlaps: { readonly siblings: number; readonly paths: number };
  readonly directory: boolean;
  /** Its newest checkpoint is pinned. */
  readonly pinned: boolean;
  /** True when its directory is the folder of this window. */
  readonly here: boolean;
  readonly dots: Dots;
}

/** What is known of the store of a folder. */
export type StoreView =
  | { readonly kind: 'loading' }
  | { readonly kind: 'none' }
  | { readonly kind: 'problem'; readonly message: string }
  | {
    readonly kind: 'ready';
    readonly forks: readonly ForkRow[];
    /** Forks that are not in `forks`, because nobody could read so many. */
    readonly more: number;
  };

/** Everything that the page shows at once. */
export interface SuperpositionState {
  readonly server: { readonly connected: boolean; readonly text: string };
  readonly folders: readonly { readonly folder: string; readonly name: string }[];
  readonly selected: string | undefined;
  /** Merged and discarded forks are shown too. */
  readonly ended: boolean;
  /** A fork to bring into sight, once: a new wish has another id. */
  readonly wish: { readonly id: number; readonly fork: string } | undefined;
  /** The clock of the machine that the times are of: the page may be on another one. */
  readonly now: number;
  readonly store: StoreView;
}

/** What the pane beside the tree shows of one fork. */
export interface ForkDetails extends Pick<Branch, 'fork' | 'base' | 'head' | 'dir'> {
  /** The newest first. */
  readonly observations: readonly (Observation & { readonly current: boolean })[];
  /** Observations older than these. */
  readonly earlier: number;
  readonly overlaps: readonly { readonly fork: string; readonly name: string; readonly paths: number }[];
}

/** Commands that the page may run. */
export const SUPERPOSITION_COMMANDS = [
  'setup', 'newFork', 'race', 'compareWithBase', 'compare', 'openState', 'openForkDirectory', 'observe', 'collapse', 'integrate', 'entangle', 'discard', 'pin', 'unpin', 'timeline',
] as const;
export type SuperpositionCommand = (typeof SUPERPOSITION_COMMANDS)[number];

export interface CommandRequest {
  readonly command: SuperpositionCommand;
  /** Ids of the forks that it is about. */
  readonly forks?: readonly string[];
  readonly task?: string;
}

/** What the page asks of its host. */
export interface SuperpositionMethods {
  readonly [method: string]: { readonly params: unknown; readonly result: unknown };
  readonly select: { readonly params: string; readonly result: SuperpositionState };
  readonly showEnded: { readonly params: boolean; readonly result: SuperpositionState };
  readonly details: { readonly params: string; readonly result: ForkDetails };
  readonly command: { readonly params: CommandRequest; readonly result: unknown };
}

export const SORT_KEYS = ['score', 'age', 'size', 'name'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** What the page keeps over a reload: where the user was, no data. */
export interface SuperpositionPosition {
  readonly folder: string | undefined;
  readonly filter: string;
  readonly sort: SortKey;
  readonly ended: boolean;
  /** Keys of the rows that are folded. */
  readonly folded: readonly string[];
  /** Key of the row that has the focus. */
  readonly active: string | undefined;
  readonly scrollTop: number;
  /** Of the wish that was granted last. */
  readonly wish: number;
  /** Undefined: as the width of the page suggests. */
  readonly details: boolean | undefined;
}

/** The words that `when` clauses in package.json look for, in the context of a row and in that of the native tree. */
export function itemWords({ state, parent, directory, pinned }: Pick<ForkRow, 'state' | 'parent' | 'directory' | 'pinned'>): string {
  return ['fork', state === 'live' ? 'live' : '', state === 'live' && parent !== null ? 'candidate' : '', directory ? 'directory' : '', pinned ? 'pinned' : ''].filter((word) => word !== '').join(' ');
}

const ID = /^[0-9a-f]{4,64}$/;
const MAX_FORKS = 10_000;
const MAX_TASK = 200;
const MAX_FOLDED = 5000;

/** The command that the page asks for, or undefined when it asks for something else. */
export function parseCommandRequest(raw: unknown): CommandRequest | undefined {
  const { command, forks, task } = fieldsOf(raw);
  const known = SUPERPOSITION_COMMANDS.find((name) => name === command);
  if (known === undefined) return undefined;
  if (forks !== undefined && !(Array.isArray(forks) && forks.length <= MAX_FORKS && forks.every(isForkId))) return undefined;
  if (task !== undefined && !(typeof task === 'string' && task.length <= MAX_TASK)) return undefined;
  return { command: known, ...(forks === undefined ? {} : { forks }), ...(task === undefined ? {} : { task }) };
}

/** True for the id of a fork, as the page knows it. */
export function isForkId(raw: unknown): raw is string {
  return typeof raw === 'string' && ID.test(raw);
}

/** The position that a webview saved, whatever an older version of it may have saved. */
export function parsePosition(raw: unknown): SuperpositionPosition {
  const { folder, filter, sort, ended, folded, active, scrollTop, wish, details } = fieldsOf(raw);
  return {
    folder: typeof folder === 'string' ? folder : undefined,
    filter: typeof filter === 'string' ? filter : '',
    sort: SORT_KEYS.find((key) => key === sort) ?? 'score',
    ended: ended === true,
    folded: Array.isArray(folded) ? folded.filter((key) => typeof key === 'string').slice(0, MAX_FOLDED) : [],
    active: typeof active === 'string' ? active : undefined,
    scrollTop: typeof scrollTop === 'number' && scrollTop > 0 ? scrollTop : 0,
    wish: typeof wish === 'number' ? wish : 0,
    details: typeof details === 'boolean' ? details : undefined,
  };
}

function fieldsOf(raw: unknown): Record<string, unknown> {
  return typeof raw === 'object' && raw !== null ? raw as Record<string, unknown> : {};
}
