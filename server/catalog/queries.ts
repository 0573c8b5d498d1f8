import type { HexId } from '../../protocol/ids.ts';
import type { Observation } from '../../protocol/values.ts';
import type { OperationKind } from '../engine/records.ts';

/** What may be asked of the catalog. Ids are whole; names and prefixes were resolved before. */
export interface TimelineQuery {
  readonly fork?: HexId;
  readonly agent?: string;
  /** Only checkpoints older than this, milliseconds since 1970. */
  readonly before?: number;
  /** Only those whose message or cause has this text in it, ASCII letters in any case. */
  readonly text?: string;
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
