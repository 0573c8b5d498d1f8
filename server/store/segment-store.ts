import { PyiError } from '../../protocol/errors.ts';
import type { ByteView, Clock, CollectableStore, CommitLevel, JournalEntry, ObjectType, Random } from '../engine/ports.ts';
import { ContentCache } from './cache.ts';
import { compactStore } from './compact.ts';
import type { CompactOptions, CompactResult } from './compact.ts';
import { diskError, removeIfPresent } from './disk.ts';
import type { Disk } from './disk.ts';
import { Codec, ID_BYTES, MAX_TYPE, NODE_TYPE, RECORD_TYPE } from './format.ts';
import { hashInto } from './hash.ts';
import { replayJournal } from './journal.ts';
import { takeLock } from './lock.ts';
import type { ProcessTable, StoreLock } from './lock.ts';
import { Marks } from './marks.ts';
import { ObjectIndex } from './object-index.ts';
import { decodePayload } from './payload.ts';
import { recover } from './recover.ts';
import type { SegmentRewriter } from './rewrite.ts';
import { SegmentSet } from './segment.ts';
import type { Segment } from './segment.ts';
import { readTable } from './segment-index.ts';
import type { SegmentTable } from './segment-table.ts';
import { readSnapshotFile, writeSnapshotFile } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import { checkFormatFile, storePaths } from './store-paths.ts';
import type { StorePaths } from './store-paths.ts';
import { MAX_SEGMENT_BYTES } from './store-options.ts';
import type { StoreFault, StoreLimits, StoreWarning } from './store-options.ts';
import { verifyStore } from './verify.ts';
import type { VerifyOptions, VerifyReport } from './verify.ts';
import { SegmentWriter } from './writer.ts';

export interface StoreOptions {
  /** The store's directory; made when it is missing. */
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly processes: ProcessTable;
  readonly limits: StoreLimits;
  /** Does the work of compaction. Not closed with the store: it may serve others. */
  readonly rewriter: SegmentRewriter;
  readonly onWarning: (warning: StoreWarning) => void;
}

export interface StoreStatistics {
  readonly objects: number;
  readonly segments: number;
  readonly bytesOnDisk: number;
  readonly sizeCap: number | null;
  /** Bytes given to `put` since the store was opened, and what of them was new. */
  readonly putBytes: number;
  readonly storedBytes: number;
  readonly cacheBytes: number;
  /** Objects asked for since the store was opened, and how many of them memory did not have. */
  readonly loads: number;
  readonly misses: number;
  readonly indexBytes: number;
}

interface MarkPhase {
  readonly marked: Marks;
  /** What was staged since the phase began: never dropped, whether marked or not. */
  readonly fresh: Marks;
  readonly onTouch: (id: Buffer, type: ObjectType) => void;
}

/** Objects and journal in append-only segment files; see docs/format.md. One writer, guarded by a lock file. */
export class SegmentStore implements CollectableStore {
  readonly #options: StoreOptions;
  readonly #paths: StorePaths;
  readonly #lock: StoreLock;
  readonly #index = new ObjectIndex();
  readonly #cache: ContentCache;
  readonly #segments: SegmentSet;
  readonly #writer: SegmentWriter;
  readonly #faults: StoreFault[];
  /** Index entries that the batch being staged added. */
  readonly #added: number[] = [];
  readonly #recordId = Buffer.alloc(ID_BYTES);
  #phase: MarkPhase | undefined;
  #compaction: Promise<CompactResult> | undefined;
  #lastTable: { readonly segment: Segment; readonly table: SegmentTable } | undefined;
  #loads = 0;
  #misses = 0;
  #putBytes = 0;
  #storedBytes = 0;
  #closed = false;

  /**
   * Opens the store, making it when it is missing, and takes its lock.
   * @throws PyiError `INVALID_ARGUMENT`, `BUSY`, `UNSUPPORTED_VERSION`, `NO_SPACE`, `INTERNAL`
   */
  static open(options: StoreOptions): SegmentStore {
    if (options.limits.segmentBytes > MAX_SEGMENT_BYTES) {
      throw new PyiError('INVALID_ARGUMENT', `A segment of ${options.limits.segmentBytes} bytes is too large`, `Choose at most ${MAX_SEGMENT_BYTES}.`);
    }
    const paths = storePaths(options.directory);
    try {
      options.disk.makeDirectory(paths.segments);
    } catch (error) {
      throw diskError(error, `make the store directory ${paths.segments}`);
    }
    const lock = takeLock({ ...options, path: paths.lock });
    try {
      checkFormatFile(options.disk, paths.format);
      return new SegmentStore(options, paths, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(options: StoreOptions, paths: StorePaths, lock: StoreLock) {
    this.#options = options;
    this.#paths = paths;
    this.#lock = lock;
    this.#cache = new ContentCache(options.limits.cacheBytes);
    this.#segments = new SegmentSet(options.disk, paths.segments);
    const recovery = recover(this.#segments, this.#index, options.limits);
    this.#faults = [...recovery.faults];
    for (const fault of this.#faults) options.onWarning({ kind: 'damage', message: `Segment ${fault.segment} at ${fault.offset}: ${fault.problem}` });
    this.#writer = new SegmentWriter({ ...options, segments: this.#segments }, recovery.state);
    this.#writer.checkWarning();
    // Numbers that a cut took back will be given out again: a snapshot that knows them tells of another past.
    const snapshot = this.readSnapshot();
    if (snapshot !== undefined && snapshot.sequence > this.#writer.lastSequence) removeIfPresent(options.disk, paths.snapshot);
  }

  /** Damage that opening and replay found. */
  get faults(): readonly StoreFault[] {
    return this.#faults;
  }

  /** Sequence number of the last committed batch. */
  get lastSequence(): number {
    return this.#writer.lastSequence;
  }

  put(type: ObjectType, bytes: Uint8Array): Buffer {
    const id = Buffer.allocUnsafeSlow(ID_BYTES);
    this.putInto(type, bytes, id, 0);
    return id;
  }

  putInto(type: ObjectType, bytes: Uint8Array, out: Uint8Array, outOffset: number): void {
    hashInto(bytes, out, outOffset);
    this.#putBytes += bytes.length;
    const known = this.#index.find(out, outOffset);
    if (known !== -1) {
      if (this.#index.type(known) !== type) throw this.#typeClash(known, type);
      if (this.#phase !== undefined && !isKept(this.#phase, known)) this.#phase.onTouch(this.#index.id(known), type);
      if (!this.#index.isDamaged(known)) return;
    } else if (type === RECORD_TYPE || type < 1 || type > MAX_TYPE) {
      throw new PyiError('INVALID_ARGUMENT', `Not a type of objects: ${type}`, 'Use record() for journal records.');
    }
    const offset = this.#writer.stage(type, bytes, out, outOffset);
    // What was damaged gets a new place; a rollback then forgets it, which is no loss.
    if (known !== -1) this.#index.remove(known);
    const entry = this.#index.insert(out, outOffset, type);
    this.#index.setPlace(entry, this.#writer.active.slot, offset, bytes.length, Codec.raw);
    // The next edit of a tree reads the nodes of the last one; other content is cached when it is first read. Fresh cache
    // memory is the dearest part of a put after hashing: about 1 µs for every 4 KB, to have the system map it.
    if (type === NODE_TYPE) {
      this.#cache.add(bytes);
      this.#index.setCached(entry, this.#cache.lastSlab, this.#cache.lastOffset);
    }
    this.#added.push(entry);
    if (this.#phase !== undefined) addFresh(this.#phase, entry);
    this.#storedBytes += bytes.length;
  }

  load(id: Uint8Array, offset: number, view: ByteView): void {
    const entry = this.#index.find(id, offset);
    if (entry === -1) throw notFound(id, offset);
    this.#loads++;
    const slab = this.#index.slab(entry);
    if (!this.#cache.view(slab, this.#index.slabOffset(entry), view)) {
      this.#misses++;
      this.#admit(entry, this.#readObject(entry, id, offset), view);
    } else if (this.#cache.isAging(slab)) {
      this.#admit(entry, view.bytes.subarray(view.start, view.end), view);
    }
  }

  get(id: Uint8Array): Buffer {
    const view: ByteView = { bytes: EMPTY, start: 0, end: 0 };
    this.load(id, 0, view);
    // A copy: a window would keep its whole slab in memory, and the caller may write into what it gets.
    return Buffer.from(view.bytes.subarray(view.start, view.end));
  }

  typeOf(id: Uint8Array): ObjectType | undefined {
    const entry = this.#index.find(id, 0);
    return entry === -1 ? undefined : this.#index.type(entry) as ObjectType;
  }

  findByPrefix(type: ObjectType, hexPrefix: string, limit: number): string[] {
    const found: string[] = [];
    if (!/^[0-9a-f]{0,64}$/.test(hexPrefix) || limit <= 0) return found;
    this.#index.scanPrefix(hexPrefix, (entry) => {
      if (this.#index.type(entry) === type) found.push(this.#index.id(entry).toString('hex'));
      return found.length < limit;
    });
    return found;
  }

  record(payload: Uint8Array): void {
    hashInto(payload, this.#recordId, 0);
    this.#writer.stage(RECORD_TYPE, payload, this.#recordId, 0);
  }

  commit(level: CommitLevel): number {
    try {
      // The lock is given back: by now the files may be another server's, or another store's.
      if (this.#closed) throw new PyiError('BUSY', `The store ${this.#options.directory} was closed meanwhile`, 'Try again: it is opened anew.');
      const sequence = this.#writer.commit(level);
      this.#added.length = 0;
      return sequence;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  rollback(): void {
    this.#writer.rollback();
    for (const entry of this.#added) this.#index.remove(entry);
    this.#added.length = 0;
  }

  /** Writes what was committed at level `memory` to the file. @throws PyiError `NO_SPACE`, `INTERNAL` */
  flush(): void {
    this.#writer.flush();
  }

  sync(): Promise<void> {
    return this.#writer.sync();
  }

  /**
   * All surviving journal records and checkpoints with a sequence number above `after`, in commit order. To be consumed
   * without awaiting in between.
   * @throws PyiError `NO_SPACE`, `INTERNAL`
   */
  journal(after: number): Iterable<JournalEntry> {
    this.flush();
    return replayJournal({
      segments: this.#segments,
      activeTable: () => ({ segment: this.#writer.active, table: this.#writer.activeTable }),
      sealedTable: (segment) => this.#tableOf(segment),
      onFault: (fault) => { this.#faults.push(fault); },
    }, after);
  }

  /** The catalog reads the journal in many small steps: the directory of the segment that it is in stays at hand. */
  #tableOf(segment: Segment): SegmentTable {
    if (this.#lastTable?.segment !== segment) this.#lastTable = { segment, table: readTable(this.#segments, segment) };
    return this.#lastTable.table;
  }

  /** The last snapshot of the engine's state, when there is a whole one. */
  readSnapshot(): Snapshot | undefined {
    return readSnapshotFile(this.#options.disk, this.#paths.snapshot);
  }

  /** Replaces the snapshot, after making durable what it builds on. @throws PyiError `NO_SPACE`, `INTERNAL` */
  async writeSnapshot(sequence: number, payload: Buffer): Promise<void> {
    await this.sync();
    await writeSnapshotFile(this.#options.disk, this.#options.directory, this.#paths.snapshot, { sequence, payload });
  }

  *idsOfType(type: ObjectType): Iterable<Buffer> {
    for (let entry = 0; entry < this.#index.limit; entry++) if (this.#index.type(entry) === type) yield this.#index.id(entry);
  }

  beginMark(onTouch: (id: Buffer, type: ObjectType) => void): void {
    this.#phase = { marked: new Marks(), fresh: new Marks(), onTouch };
    // What the batch in hand has staged is new, whenever it is committed.
    for (const entry of this.#added) addFresh(this.#phase, entry);
  }

  mark(id: Uint8Array, offset: number): boolean {
    const entry = this.#index.find(id, offset);
    return entry !== -1 && this.#markPhase().marked.add(entry);
  }

  isMarked(id: Uint8Array, offset: number): boolean {
    const entry = this.#index.find(id, offset);
    return entry !== -1 && isKept(this.#markPhase(), entry);
  }

  unmarked(): { objects: number; bytes: number } {
    const phase = this.#markPhase();
    let objects = 0;
    let bytes = 0;
    for (let entry = 0; entry < this.#index.limit; entry++) {
      if (this.#index.type(entry) === 0 || isKept(phase, entry)) continue;
      objects++;
      bytes += this.#index.storedLength(entry);
    }
    return { objects, bytes };
  }

  endMark(drop: boolean): void {
    const phase = this.#markPhase();
    this.#phase = undefined;
    if (drop) this.#index.retain((entry) => isKept(phase, entry));
  }

  forget(id: Uint8Array): void {
    const entry = this.#index.find(id, 0);
    if (entry === -1) return;
    const staged = this.#added.indexOf(entry);
    if (staged !== -1) this.#added.splice(staged, 1);
    this.#index.remove(entry);
  }

  statistics(): StoreStatistics {
    return {
      objects: this.#index.size, segments: this.#segments.list().filter((segment) => segment.exists).length,
      bytesOnDisk: this.#segments.bytes, sizeCap: this.#options.limits.sizeCap ?? null,
      putBytes: this.#putBytes, storedBytes: this.#storedBytes, cacheBytes: this.#cache.bytes, loads: this.#loads, misses: this.#misses, indexBytes: this.#index.memory,
    };
  }

  /** Reads everything back from the disk, a slice at a time, and checks it. @throws PyiError `CANCELLED`, `NO_SPACE`, `INTERNAL` */
  verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    this.flush();
    return verifyStore({ segments: this.#segments, writer: this.#writer, clock: this.#options.clock, known: this.#faults }, options);
  }

  /**
   * Rewrites sealed segments, compressed, without what is dead: objects that the index has not, and records that `purgeRecord` gives up.
   * One at a time: a call while one runs gets that one's result.
   * @throws PyiError `NO_SPACE`, `CANCELLED`, `INTERNAL`
   */
  compact(options: CompactOptions = {}): Promise<CompactResult> {
    this.#compaction ??= compactStore({
      segments: this.#segments, writer: this.#writer, index: this.#index, clock: this.#options.clock, random: this.#options.random,
      rewriter: this.#options.rewriter, limits: this.#options.limits,
    }, options).finally(() => { this.#compaction = undefined; });
    return this.#compaction;
  }

  /** Writes and syncs what is committed and gives the lock back. What is staged and not committed is forgotten. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.rollback();
    try {
      await this.#compaction?.catch(() => undefined);
      await this.sync();
      this.#writer.writeSidecar();
    } finally {
      this.#segments.closeAll();
      this.#lock.release();
    }
  }

  #markPhase(): MarkPhase {
    if (this.#phase === undefined) throw new PyiError('INTERNAL', 'No mark phase is running', 'Report this.');
    return this.#phase;
  }

  #admit(entry: number, content: Uint8Array, view: ByteView): void {
    this.#cache.add(content);
    this.#index.setCached(entry, this.#cache.lastSlab, this.#cache.lastOffset);
    this.#cache.view(this.#cache.lastSlab, this.#cache.lastOffset, view);
  }

  /** Reads and checks an object that the cache has not. */
  #readObject(entry: number, id: Uint8Array, idAt: number): Buffer {
    const segment = this.#segments.at(this.#index.segment(entry));
    if (segment === undefined) throw corrupt(id, idAt, 'its segment is gone');
    const offset = this.#index.offset(entry);
    const length = this.#index.storedLength(entry);
    const staged = segment === this.#writer.active ? this.#writer.staged(offset, length) : undefined;
    const stored = staged ?? Buffer.allocUnsafeSlow(length);
    if (staged === undefined && !this.#segments.read(segment, stored, offset)) {
      this.#index.setDamaged(entry);
      throw corrupt(id, idAt, `segment ${segment.name} ends before ${offset + length}`);
    }
    const content = decodePayload(stored, this.#index.codec(entry), this.#options.limits.segmentBytes, id, idAt);
    if (content !== undefined) return content;
    this.#index.setDamaged(entry);
    throw corrupt(id, idAt, `the content in segment ${segment.name} at ${offset} does not match it`);
  }

  #typeClash(entry: number, type: ObjectType): PyiError {
    return new PyiError('INVALID_ARGUMENT', `Object ${this.#index.id(entry).toString('hex')} is stored under type ${this.#index.type(entry)}, not ${type}`,
      'The same bytes cannot have two types; give the content a prefix that tells its type.');
  }
}

const EMPTY = Buffer.alloc(0);

function isKept(phase: MarkPhase, entry: number): boolean {
  return phase.marked.has(entry) || phase.fresh.has(entry);
}

function addFresh(phase: MarkPhase, entry: number): void {
  // The number may have been another object's, marked and gone since.
  phase.marked.delete(entry);
  phase.fresh.add(entry);
}

function notFound(id: Uint8Array, at: number): PyiError {
  return new PyiError('NOT_FOUND', `No object ${hex(id, at)} in the store`, 'It was collected or never stored here; "pyi verify" tells whether something is missing.');
}

function corrupt(id: Uint8Array, at: number, why: string): PyiError {
  return new PyiError('CORRUPT_OBJECT', `Object ${hex(id, at)} is damaged: ${why}`, 'Run "pyi verify" for the extent. Putting the same content again mends it; else restore a backup.');
}

function hex(id: Uint8Array, at: number): string {
  return Buffer.from(id.subarray(at, at + ID_BYTES)).toString('hex');
}
