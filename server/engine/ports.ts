/**
 * What the engine needs from the outside world. The engine knows these interfaces and nothing
 * behind them; `server/main.ts` and the tests inject implementations.
 */

/** Time, injected so that a test or a simulation owns it. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. May go backwards. */
  now(): number;
  /** Monotonic time in microseconds, for latencies. */
  micros(): number;
}

/** Randomness, injected for the same reason. */
export interface Random {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
}

/** What a stored object is. The numbers are part of the on-disk format (docs/format.md). */
export const ObjectType = {
  /** File content of up to `CHUNK_THRESHOLD` bytes. */
  blob: 1,
  /** List of the chunks of a larger file. */
  chunkList: 2,
  /** Node of a tree. */
  node: 3,
  /** A checkpoint, canonical JSON. Also a journal entry: replay moves its fork's head. */
  checkpoint: 4,
  /** The three sides of a conflicted path. */
  conflict: 5,
  /** A journal record, JSON. Has no identity of its own; never deduplicated. */
  record: 16,
} as const;
export type ObjectType = (typeof ObjectType)[keyof typeof ObjectType];

/** Window on bytes that somebody else owns. Valid for good: the bytes behind it never change. */
export interface ByteView {
  bytes: Buffer;
  start: number;
  end: number;
}

/** Where a commit stops being the process's own problem; see docs/format.md, "Durability". */
export type CommitLevel = 'memory' | 'process';

/**
 * Content-addressed objects and the journal, committed together in atomic batches.
 *
 * `put` and `record` stage; `commit` makes everything staged since the last commit one atomic batch;
 * `rollback` forgets it. Staged objects are readable at once. Synchronous throughout: one writer.
 */
export interface ObjectStore {
  /**
   * Stages an object unless the store has it, and returns its id (BLAKE3-256 of `bytes`). The
   * returned buffer is fresh. `bytes` is copied. Storing the same bytes under two types is an error.
   */
  put(type: ObjectType, bytes: Uint8Array): Buffer;
  /** As `put`, for bytes that are part of a larger buffer, writing the id at `out[outOffset…+32]`. */
  putInto(type: ObjectType, bytes: Uint8Array, out: Uint8Array, outOffset: number): void;
  /**
   * Points `view` at the content of the object whose id is at `id[offset…+32]`. Content read from disk is
   * verified against its id first.
   * @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT`
   */
  load(id: Uint8Array, offset: number, view: ByteView): void;
  /** The object's content. @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT` */
  get(id: Uint8Array): Buffer;
  /** The object's type, or undefined when the store does not have it. Never reads the disk. */
  typeOf(id: Uint8Array): ObjectType | undefined;
  /** Objects of `type` whose id starts with `hexPrefix`, up to `limit`. */
  findByPrefix(type: ObjectType, hexPrefix: string, limit: number): string[];
  /** Stages a journal record. */
  record(payload: Uint8Array): void;
  /**
   * Makes what is staged one atomic batch at `level`. Returns the sequence number of the batch.
   * On error nothing of the batch exists afterwards.
   * @throws PyiError `NO_SPACE`, `QUOTA_EXCEEDED`, `INTERNAL`
   */
  commit(level: CommitLevel): number;
  /** Forgets everything staged since the last commit. */
  rollback(): void;
  /** Resolves when every batch committed before the call survives power loss (group commit). */
  sync(): Promise<void>;
}

/** Replay of the journal, in commit order, given to whoever opens a store. */
export interface JournalEntry {
  /** Sequence number of the batch that holds the entry. */
  readonly sequence: number;
  readonly type: typeof ObjectType.checkpoint | typeof ObjectType.record;
  /** Id, for a checkpoint. */
  readonly id: Buffer;
  readonly payload: Buffer;
}

/** What a garbage collection needs from the store, beside reading. See `server/engine/collection.ts`. */
export interface CollectableStore extends ObjectStore {
  /** Ids of all objects of a type, for enumeration in slices; objects added meanwhile may or may not be seen. */
  idsOfType(type: ObjectType): Iterable<Buffer>;
  /** Starts a mark phase: later dedup hits on old unmarked objects call `onTouch`; new objects are never dropped. */
  beginMark(onTouch: (id: Buffer, type: ObjectType) => void): void;
  /**
   * Marks an object live. Returns true the first time in this phase, for objects written since its start too:
   * they are never dropped, but what they refer to may be older and must be visited.
   */
  mark(id: Uint8Array, offset: number): boolean;
  /** True when the object is marked, or was written since the phase began: it will not be dropped. */
  isMarked(id: Uint8Array, offset: number): boolean;
  /** What is not marked: objects and bytes, as a dry run reports them. */
  unmarked(): { objects: number; bytes: number };
  /** Ends the mark phase. `drop` removes every unmarked object from the index, so it may be compacted away. */
  endMark(drop: boolean): void;
  /** Removes one object from the index: a retired checkpoint whose frame outlived its collection in a segment. */
  forget(id: Uint8Array): void;
}
