import { PyiError } from '../../protocol/errors.ts';
import type { Clock, CommitLevel, ObjectType, Random } from '../engine/ports.ts';
import { diskError, removeIfPresent, tryRemove, writeFully } from './disk.ts';
import type { Disk, FileId } from './disk.ts';
import { RECORD_TYPE } from './format.ts';
import { GroupSync } from './group-sync.ts';
import { SALT_BYTES, SEGMENT_HEADER_BYTES, encodeSegmentHeader } from './segment-header.ts';
import { Segment } from './segment.ts';
import type { SegmentSet } from './segment.ts';
import { writeSidecar } from './segment-index.ts';
import { SegmentTable } from './segment-table.ts';
import { Staging } from './staging.ts';
import type { StoreLimits, StoreWarning } from './store-options.ts';

/** Batches committed at level `memory` are written once they reach this size. */
const MAX_MEMORY_BYTES = 1024 * 1024;
/** Largest batch: what a caller may stage before it commits. */
const MAX_BATCH_BYTES = 512 * 1024 * 1024;
/** Share of the size cap at which the user is warned. */
const WARN_AT = 0.8;
/** Share of the size cap that only batches of journal records may use beyond it, so that a full store can still discard and sweep. */
const RESERVE = 1 / 16;

export interface WriterOptions {
  readonly segments: SegmentSet;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: StoreLimits;
  readonly onWarning: (warning: StoreWarning) => void;
}

/** Where writing goes on: the segment to append to, with its directory, and the next free numbers. */
export interface WriterState {
  readonly active: { readonly segment: Segment; readonly table: SegmentTable } | undefined;
  readonly nextSequence: number;
  readonly nextNumber: number;
}

/** Appends batches to the active segment. The only part of the store that writes to segments that others read. */
export class SegmentWriter {
  readonly #options: WriterOptions;
  readonly #segments: SegmentSet;
  readonly #disk: Disk;
  readonly #staging = new Staging();
  readonly #sync = new GroupSync(() => this.#flushToDevice());
  #active: Segment;
  #table: SegmentTable;
  #nextSequence: number;
  #nextNumber: number;
  /** Frames of the batch being staged that are not journal records. */
  #objects = 0;
  /** Set when the file may hold bytes past `active.length` that a failed write left. */
  #dirtyTail = false;
  #warned = false;
  #syncFailure: PyiError | undefined;

  constructor(options: WriterOptions, state: WriterState) {
    this.#options = options;
    this.#segments = options.segments;
    this.#disk = options.segments.disk;
    this.#nextSequence = state.nextSequence;
    this.#nextNumber = state.nextNumber;
    this.#active = state.active?.segment ?? this.#newSegment();
    this.#table = state.active?.table ?? new SegmentTable();
    this.#active.appendable = true;
    this.#staging.base = this.#active.length;
  }

  /** The segment that batches go to. */
  get active(): Segment {
    return this.#active;
  }

  /** Directory of the active segment, as far as it is written. */
  get activeTable(): SegmentTable {
    return this.#table;
  }

  /** Sequence number of the last committed batch. */
  get lastSequence(): number {
    return this.#nextSequence - 1;
  }

  /** True while something is staged that no commit or rollback has settled. */
  get hasOpenBatch(): boolean {
    return this.#staging.openFrames > 0;
  }

  /** A number for a new segment file. */
  takeNumber(): number {
    return this.#nextNumber++;
  }

  /**
   * Stages a payload and returns its place in the active segment.
   * @throws PyiError `INVALID_ARGUMENT`
   */
  stage(type: ObjectType, bytes: Uint8Array, id: Uint8Array, idAt: number): number {
    const limit = this.#options.limits.segmentBytes;
    if (bytes.length > limit) {
      throw new PyiError('INVALID_ARGUMENT', `An object of ${bytes.length} bytes does not fit a segment of ${limit} bytes`, 'Store it in chunks.');
    }
    if (this.#staging.openBytes + bytes.length > MAX_BATCH_BYTES) {
      throw new PyiError('INVALID_ARGUMENT', `A batch may hold ${MAX_BATCH_BYTES} bytes at most`, 'Commit as you go.');
    }
    if (this.#staging.isEmpty && this.#active.length >= limit) this.seal();
    const offset = this.#staging.add(type, bytes, id, idAt);
    if (type !== RECORD_TYPE) this.#objects++;
    return offset;
  }

  /**
   * Completes the staged batch. When this throws, the staged batch is still open: the caller rolls it back.
   * @throws PyiError `NO_SPACE`, `QUOTA_EXCEEDED`, `INTERNAL`
   */
  commit(level: CommitLevel): number {
    const staging = this.#staging;
    if (staging.openFrames === 0) {
      if (level === 'process') this.flush();
      return this.lastSequence;
    }
    this.#checkCap();
    staging.seal(this.#nextSequence, this.#active.durableLength, this.#active.seed);
    if (level === 'process' || staging.completeBytes > MAX_MEMORY_BYTES) {
      try {
        this.#write();
      } catch (error) {
        staging.dropLast();
        this.#objects = 0;
        throw error;
      }
    }
    this.#objects = 0;
    return this.#nextSequence++;
  }

  rollback(): void {
    this.#staging.dropOpen();
    this.#objects = 0;
  }

  /** Writes what was committed at level `memory`. @throws PyiError `NO_SPACE`, `INTERNAL` */
  flush(): void {
    if (this.#staging.completeBytes > 0) this.#write();
  }

  /** Bytes at a place of the active segment that are staged only; undefined when they are in the file. Valid until the next commit. */
  staged(offset: number, length: number): Buffer | undefined {
    const at = offset - this.#staging.base;
    return at < 0 ? undefined : this.#staging.buffer.subarray(at, at + length);
  }

  /** Resolves when everything committed so far is on the device. @throws PyiError `NO_SPACE`, `INTERNAL` */
  async sync(): Promise<void> {
    this.flush();
    await this.#sync.request();
  }

  /** Ends the active segment and begins another; nothing may be staged. */
  seal(): void {
    this.writeSidecar();
    this.#active.appendable = false;
    this.#active = this.#newSegment();
    this.#active.appendable = true;
    this.#table = new SegmentTable();
    this.#staging.base = this.#active.length;
  }

  /** Writes the active segment's sidecar: at sealing, and at closing so that the next open need not scan. */
  writeSidecar(): void {
    if (!this.#active.exists) return;
    try {
      writeSidecar(this.#segments, this.#active, this.#table);
    } catch (error) {
      // Derived: without it the next open scans the segment.
      this.#options.onWarning({ kind: 'upkeep', message: diskError(error, `write the index of segment ${this.#active.name}`).message });
    }
  }

  /** Warns when the store nears its cap, once until it has shrunk again. */
  checkWarning(): void {
    const cap = this.#options.limits.sizeCap;
    if (cap === undefined) return;
    const bytes = this.#segments.bytes;
    if (bytes < cap * WARN_AT) {
      this.#warned = false;
    } else if (!this.#warned) {
      this.#warned = true;
      this.#options.onWarning({ kind: 'nearly-full', message: `The store has ${bytes} of ${cap} bytes; run "pyi sweep" or raise the cap` });
    }
  }

  #checkCap(): void {
    const cap = this.#options.limits.sizeCap;
    if (cap === undefined) return;
    const total = this.#segments.bytes + this.#staging.completeBytes + this.#staging.openBytes;
    if (total <= (this.#objects > 0 ? cap : cap * (1 + RESERVE))) return;
    throw new PyiError('QUOTA_EXCEEDED', `The store would have ${total} bytes; its cap is ${cap}`,
      'Run "pyi sweep" to give back what nothing keeps, discard forks, or raise the size cap.');
  }

  #newSegment(): Segment {
    const header = {
      number: this.takeNumber(), compacted: false, created: this.#options.clock.now(), firstSequence: this.#nextSequence,
      lastSequence: 0, salt: Buffer.from(this.#options.random.bytes(SALT_BYTES)), replaces: [],
    };
    return this.#segments.add(new Segment(header, { length: SEGMENT_HEADER_BYTES, durableLength: 0, exists: false, lastSequence: this.#nextSequence - 1 }));
  }

  /** Appends all complete batches in one write. On failure the file is as before, and so is the staging. */
  #write(): void {
    const segment = this.#active;
    const bytes = this.#staging.completeBytes;
    try {
      const file = segment.exists ? this.#segments.file(segment) : this.#create(segment);
      if (this.#dirtyTail) this.#cutTail(file);
      this.#dirtyTail = true;
      writeFully(this.#disk, file, this.#staging.buffer, 0, bytes, segment.length);
      this.#dirtyTail = false;
    } catch (error) {
      if (segment.exists) this.#tryCutTail();
      throw diskError(error, `write to segment ${segment.name}`);
    }
    for (const batch of this.#staging.batches) {
      this.#table.add(batch.sequence, segment.length + batch.start, this.#staging.buffer, batch.directoryStart, batch.frameCount);
      segment.lastSequence = batch.sequence;
    }
    segment.length += bytes;
    this.#segments.grew(bytes);
    this.#staging.written();
    this.checkWarning();
  }

  #create(segment: Segment): FileId {
    const path = this.#segments.path(segment.header.number);
    // The number is ours alone: a file with it is what an attempt left that failed to clear up after itself.
    removeIfPresent(this.#disk, path);
    const file = this.#disk.open(path, 'create');
    try {
      writeFully(this.#disk, file, encodeSegmentHeader(segment.header), 0, SEGMENT_HEADER_BYTES, 0);
    } catch (error) {
      this.#disk.close(file);
      tryRemove(this.#disk, path);
      throw error;
    }
    this.#segments.adopt(segment, file);
    this.#segments.grew(SEGMENT_HEADER_BYTES);
    segment.exists = true;
    return file;
  }

  #cutTail(file: FileId): void {
    this.#disk.truncate(file, this.#active.length);
    this.#dirtyTail = false;
  }

  /** Best effort: the next write starts at the same place, and cuts first when this failed. */
  #tryCutTail(): void {
    try {
      this.#cutTail(this.#segments.file(this.#active));
    } catch {
      this.#dirtyTail = true;
    }
  }

  async #flushToDevice(): Promise<void> {
    // After a failed flush the kernel may have dropped the pages and call the next one a success: nothing may be promised any more.
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    try {
      this.flush();
      const segments = this.#segments.list().filter((segment) => segment.exists);
      for (const segment of segments) {
        if (segment.durableLength >= segment.length) continue;
        const length = segment.length;
        await this.#disk.sync(this.#segments.file(segment));
        segment.durableLength = length;
      }
      const unnamed = segments.filter((segment) => !segment.nameDurable);
      if (unnamed.length > 0) await this.#disk.syncDirectory(this.#segments.directory);
      for (const segment of unnamed) segment.nameDurable = true;
    } catch (error) {
      // A full disk seen by flush() lost nothing; only the device's own failure is final.
      if (PyiError.is(error)) throw error;
      this.#syncFailure = diskError(error, 'flush the store to the device');
      throw this.#syncFailure;
    }
  }
}
