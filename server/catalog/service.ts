import type { SqlJsStatic } from 'sql.js';
import type { HexId } from '../../protocol/ids.ts';
import type { CheckpointInfo, Dot } from '../../protocol/values.ts';
import { CatalogDatabase } from './database.ts';
import { decodeEntries } from './entries.ts';
import { loadImage, saveImage } from './persist.ts';
import type {
  AgentActivity, CatalogCounts, DotsQuery, HistoryQuery, ObservedOnFork, OperationOnFork, Step, StepsQuery, TallyGroup, TallyQuery, TimelineQuery,
} from './queries.ts';
import { CATALOG_SCHEMA } from './schema.ts';

export interface OpenArgument {
  readonly file: string;
  /** Tells one store from another. */
  readonly store: string;
  /** The last sequence of the journal. */
  readonly sequence: number;
  /** Start empty whatever the file holds. */
  readonly fresh: boolean;
}

export interface OpenResult {
  /** Replay the journal after this sequence; 0 means from its beginning. */
  readonly after: number;
  /** Why the file was of no use, when there was one. */
  readonly reason: string | undefined;
}

/** What the main side may ask, by name. Each takes one argument that can be cloned to another thread. */
export interface CatalogCalls {
  open(argument: OpenArgument): OpenResult;
  put(argument: { entries: string; sequence: number }): null;
  timeline(query: TimelineQuery): CheckpointInfo[];
  tally(query: TallyQuery): TallyGroup[];
  dots(query: DotsQuery): Record<HexId, Dot[]>;
  steps(query: StepsQuery): Step[];
  checkpoints(ids: readonly HexId[]): CheckpointInfo[];
  observations(query: HistoryQuery): ObservedOnFork[];
  operations(query: HistoryQuery): OperationOnFork[];
  agents(argument: null): AgentActivity[];
  counts(argument: null): CatalogCounts;
  faults(argument: null): string[];
  save(argument: null): null;
  close(argument: null): null;
}

export type CallName = keyof CatalogCalls;

/** Unsaved changes that are worth a save at once, though more keep coming. */
const SAVE_AT_ONCE = 100_000;
/** At an idle moment: at least this many, and at least this share of all, because the whole database is written. */
const SAVE_WHEN_IDLE = 1000;
const SAVE_WHEN_IDLE_SHARE = 1 / 50;

/** The catalog behind its thread border: one database, its file, and when to save. */
export class CatalogService implements CatalogCalls {
  readonly #sqlJs: SqlJsStatic;
  readonly #onProblem: (problem: string) => void;
  #database: CatalogDatabase | undefined;
  #place: { file: string; store: string } = { file: '', store: '' };
  #saveFailed = false;

  constructor(sqlJs: SqlJsStatic, onProblem: (problem: string) => void) {
    this.#sqlJs = sqlJs;
    this.#onProblem = onProblem;
  }

  open({ file, store, sequence, fresh }: OpenArgument): OpenResult {
    this.#place = { file, store };
    const loaded = fresh ? { image: undefined, reason: undefined } : loadImage(file, { schema: CATALOG_SCHEMA, store, sequence });
    this.#database?.close();
    this.#database = new CatalogDatabase(this.#sqlJs, loaded.image);
    if (loaded.image === undefined) return { after: 0, reason: loaded.reason };
    // The last sequence may have been saved when only a part of its entries was in.
    return { after: Math.max(0, loaded.image.sequence - 1), reason: undefined };
  }

  put({ entries, sequence }: { entries: string; sequence: number }): null {
    const database = this.#opened();
    database.put(decodeEntries(entries), sequence);
    if (database.unsaved >= SAVE_AT_ONCE) this.save();
    return null;
  }

  timeline(query: TimelineQuery): CheckpointInfo[] {
    return this.#opened().read.timeline(query);
  }

  tally(query: TallyQuery): TallyGroup[] {
    return this.#opened().read.tally(query);
  }

  dots(query: DotsQuery): Record<HexId, Dot[]> {
    return this.#opened().read.dots(query);
  }

  steps(query: StepsQuery): Step[] {
    return this.#opened().read.steps(query);
  }

  checkpoints(ids: readonly HexId[]): CheckpointInfo[] {
    return this.#opened().read.checkpoints(ids);
  }

  observations(query: HistoryQuery): ObservedOnFork[] {
    return this.#opened().read.observations(query);
  }

  operations(query: HistoryQuery): OperationOnFork[] {
    return this.#opened().read.operations(query);
  }

  agents(): AgentActivity[] {
    return this.#opened().read.agents();
  }

  counts(): CatalogCounts {
    return this.#opened().counts();
  }

  faults(): string[] {
    return this.#opened().read.faults();
  }

  /** Writes the file unless it is current. A disk that is full or read-only is told once; the catalog goes on in memory. */
  save(): null {
    const database = this.#opened();
    if (database.unsaved === 0) return null;
    const { file, store } = this.#place;
    try {
      saveImage(file, database.export(), { schema: CATALOG_SCHEMA, store, sequence: database.sequence });
      this.#saveFailed = false;
    } catch (error) {
      if (!this.#saveFailed) this.#onProblem(`The catalog could not be saved; it will be rebuilt at the next start: ${(error as Error).message}`);
      this.#saveFailed = true;
    }
    return null;
  }

  /** To be called at an idle moment: saves when enough has changed. */
  idle(): void {
    const database = this.#database;
    if (database === undefined || database.unsaved < SAVE_WHEN_IDLE) return;
    if (database.unsaved >= database.counts().checkpoints * SAVE_WHEN_IDLE_SHARE) this.save();
  }

  close(): null {
    this.save();
    this.#opened().close();
    this.#database = undefined;
    return null;
  }

  #opened(): CatalogDatabase {
    if (this.#database === undefined) throw new Error('The catalog is not open');
    return this.#database;
  }
}
