import type { Result } from '../../protocol/registry.ts';
import type { Phase } from '../../protocol/values.ts';

/** What the dashboard shows and asks. */

/** What a store said of itself at one moment, milliseconds since 1970. */
export type Sample = { readonly time: number } & Result<'stats'>;

/** An operation between two samples. What was not measured is null. */
export interface TrendPoint {
  readonly time: number;
  /** Since the sample before. */
  readonly perSecond: number | null;
  /** Of the server's last seconds, µs. */
  readonly p50: number | null;
  readonly p95: number | null;
}

/** What a sweep would give back, as it was at a moment. */
export type Retention =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'measuring' }
  | { readonly kind: 'failed'; readonly message: string }
  | ({ readonly kind: 'measured'; readonly time: number } & Pick<Result<'sweep'>, 'checkpoints' | 'objects' | 'bytes' | 'millis'> & { readonly forks: number; readonly decayed: number });

/** How git's commands were answered, in all repositories of this user. */
export type GitCommands = Result<'git-compat'>;

export type AgentRow = Result<'agents'>[number];

/** What is known of the store of a folder. */
export type StoreView =
  | { readonly kind: 'loading' }
  | { readonly kind: 'none' }
  | { readonly kind: 'problem'; readonly message: string }
  | {
    readonly kind: 'ready';
    readonly sample: Sample;
    /** By operation, oldest first; only of operations that the window of the trends has seen. */
    readonly trends: Readonly<Record<string, readonly TrendPoint[]>>;
    /** Samples that an export would hold. */
    readonly samples: number;
    /** Those that were active last come first. */
    readonly agents: readonly AgentRow[];
    /** Agents that are not in `agents`, because nobody could read so many. */
    readonly moreAgents: number;
    readonly phase: Phase;
    readonly retention: Retention;
  };

export interface ServerView {
  readonly connected: boolean;
  readonly text: string;
  /** Undefined until the server has answered. */
  readonly facts: { readonly version: string; readonly pid: number; readonly node: string; readonly git: string | null; readonly started: number } | undefined;
}

/** Everything that the dashboard shows. */
export interface DashboardState {
  readonly server: ServerView;
  readonly folders: readonly { readonly folder: string; readonly name: string }[];
  readonly selected: string | undefined;
  readonly store: StoreView;
  /** Undefined until the server has told. */
  readonly gitCommands: GitCommands | undefined;
  /** Other folders of the window whose store cannot be used. */
  readonly failing: readonly { readonly folder: string; readonly name: string; readonly message: string }[];
  /** When all this was so, milliseconds since 1970. */
  readonly time: number;
}

/** How far back the trends go. */
export const TREND_MILLIS = 5 * 60_000;

/** Commands that the dashboard may run. */
export const DASHBOARD_COMMANDS = ['setup', 'sweep', 'repair', 'setPhase', 'showAgents', 'diagnostics', 'output', 'restart'] as const;
export type DashboardCommand = (typeof DASHBOARD_COMMANDS)[number];

export const EXPORT_FORMATS = ['json', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What the page asks of its host. */
export interface DashboardMethods {
  readonly [method: string]: { readonly params: unknown; readonly result: unknown };
  readonly select: { readonly params: string; readonly result: DashboardState };
  readonly measure: { readonly params: null; readonly result: DashboardState };
  readonly export: { readonly params: ExportFormat; readonly result: null };
  readonly command: { readonly params: DashboardCommand; readonly result: unknown };
}

/** What the dashboard keeps over a reload: where the user was, no data. */
export interface DashboardPosition {
  readonly folder: string | undefined;
}

/** The command that the page asks for, or undefined when it asks for something else. */
export function parseCommand(raw: unknown): DashboardCommand | undefined {
  return DASHBOARD_COMMANDS.find((name) => name === raw);
}

export function parseFormat(raw: unknown): ExportFormat | undefined {
  return EXPORT_FORMATS.find((name) => name === raw);
}

/** The position that a webview saved, whatever an older version of it may have saved. */
export function parsePosition(raw: unknown): DashboardPosition {
  const { folder } = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
  return { folder: typeof folder === 'string' ? folder : undefined };
}
