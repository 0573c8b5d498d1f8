import type { HexId } from '../../protocol/ids.ts';
import type { CheckpointKind, Observation } from '../../protocol/values.ts';
import type { OperationKind } from '../engine/records.ts';

/** What may be asked of the catalog. Ids are whole; names and prefixes were resolved before. */
export interface CheckpointFilter {
  readonly fork?: HexId;
  readonly agent?: string;
  /** Only of forks of this task; null: of forks without one. */
  readonly task?: string | null;
  readonly kinds?: readonly CheckpointKind[];
  /** Only those whose message, name or cause has this text in it, ASCII letters in any case. */
  readonly text?: string;
  /** Only checkpoints of this moment or younger, milliseconds since 1970. */
  readonly after?: number;
  /** Only checkpoints older than this. */
  readonly before?: number;
}

export interface TimelineQuery extends CheckpointFilter {
  readonly limit: number;
  /** How many of the newest to leave out. */
  readonly offset?: number;
}

export interface TallyQuery extends CheckpointFilter {
  readonly by: 'day' | 'agent' | 'task';
  /** A time zone that Intl knows. */
  readonly timeZone: string;
}

/** Checkpoints of one day, agent or task: those of `after` or younger, and older than `before`. */
export interface TallyGroup {
  readonly key: string | null;
  readonly count: number;
  readonly after: number;
  readonly before: number;
}

export interface DotsQuery {
  readonly forks: readonly HexId[];
  /** How many of each fork. */
  readonly limit: number;
}

/** A checkpoint beside what it was made from, for whoever compares trees. */
export interface Step {
  readonly checkpoint: HexId;
  readonly time: number;
  /** Its row: of one moment, the later in the journal has the higher. */
  readonly row: number;
  readonly root: HexId;
  /**
   * The root of its first parent. Where retention let go of that one, of the checkpoint before it that is kept of its
   * fork; null when it is the first that is there.
   */
  readonly before: HexId | null;
}

export interface StepsQuery {
  readonly fork?: HexId;
  /** Only checkpoints older than this, milliseconds since 1970. */
  readonly before?: number;
  /** Only what follows this step in the timeline. */
  readonly from?: { readonly time: number; readonly row: number };
  readonly limit: number;
}

export interface HistoryQuery {
  readonly fork?: HexId;
  readonly limit: number;
}

export interface ObservedOnFork extends Observation {
  readonly fork: HexId;
}

/** A rewind, discard, collapse, integrate or undo, as one fork saw it. */
export interface OperationOnFork {
  readonly operation: HexId;
  readonly fork: HexId;
  readonly kind: OperationKind;
  readonly time: number;
  readonly before: HexId;
  readonly after: HexId;
  readonly undoes: HexId | null;
}

export interface AgentActivity {
  readonly agent: string;
  readonly live: number;
  readonly merged: number;
  readonly discarded: number;
  readonly checkpoints: number;
  readonly lastActive: number | null;
}

export interface CatalogCounts {
  readonly checkpoints: number;
  readonly forks: number;
  readonly observations: number;
  readonly operations: number;
  /** Journal sequence that the catalog is current to. */
  readonly sequence: number;
  /** Size of the database in memory, bytes. */
  readonly bytes: number;
}
