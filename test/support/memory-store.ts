import blake3 from 'blake3-wasm';
import { PyiError } from '../../protocol/errors.ts';
import { ObjectType } from '../../server/engine/ports.ts';
import type { JournalSource } from '../../server/engine/open.ts';
import type { ByteView, CollectableStore, CommitLevel, JournalEntry } from '../../server/engine/ports.ts';

interface StoredObject {
  readonly id: Buffer;
  readonly type: ObjectType;
  readonly bytes: Buffer;
}

interface MarkPhase {
  readonly onTouch: (id: Buffer, type: ObjectType) => void;
  /** What the store had when the phase began; nothing newer is ever dropped. */
  readonly old: ReadonlySet<string>;
  readonly marked: Set<string>;
}

type StagedEntry = Omit<JournalEntry, 'sequence'>;

/** The plainest correct {@link CollectableStore}: what the engine's tests run on, and the model for the real one. */
export class MemoryStore implements CollectableStore, JournalSource {
  readonly #objects = new Map<string, StoredObject>();
  readonly #staged = new Set<string>();
  /** What lies in segments: a dropped object's frame outlives it until a compaction. */
  readonly #frames = new Map<string, StoredObject>();
  #journal: JournalEntry[] = [];
  #snapshot: { sequence: number; payload: Buffer } | undefined;
  #stagedEntries: StagedEntry[] = [];
  #sequence = 0;
  #phase: MarkPhase | undefined;
  /** The level of the last commit: all levels are one here, but a test may ask which was used. */
  lastLevel: CommitLevel | undefined;
  /** When set, the next commit fails with it: a full disk. */
  failNextCommit: PyiError | undefined;

  put(type: ObjectType, bytes: Uint8Array): Buffer {
    const id = Buffer.from(blake3.hash(bytes));
    const key = id.toString('hex');
    const present = this.#objects.get(key);
    if (present !== undefined) {
      if (present.type !== type) throw new PyiError('INTERNAL', `Object ${key} is stored under type ${present.type}, not ${type}`, 'Report this.');
      const phase = this.#phase;
      if (phase !== undefined && phase.old.has(key) && !phase.marked.has(key)) phase.onTouch(present.id, type);
      return id;
    }
    const object = { id: Buffer.from(id), type, bytes: Buffer.from(bytes) };
    this.#objects.set(key, object);
    this.#staged.add(key);
    if (type === ObjectType.checkpoint) this.#stagedEntries.push({ type, id: object.id, payload: object.bytes });
    return id;
  }

  putInto(type: ObjectType, bytes: Uint8Array, out: Uint8Array, outOffset: number): void {
    out.set(this.put(type, bytes), outOffset);
  }

  load(id: Uint8Array, offset: number, view: ByteView): void {
    const bytes = this.get(id.subarray(offset, offset + 32));
    view.bytes = bytes;
    view.start = 0;
    view.end = bytes.length;
  }

  get(id: Uint8Array): Buffer {
    const object = this.#objects.get(hex(id));
    if (object === undefined) throw new PyiError('NOT_FOUND', `The store has no object ${hex(id)}`, 'Check the id.');
    return object.bytes;
  }

  typeOf(id: Uint8Array): ObjectType | undefined {
    return this.#objects.get(hex(id))?.type;
  }

  findByPrefix(type: ObjectType, hexPrefix: string, limit: number): string[] {
    const found: string[] = [];
    for (const [key, object] of this.#objects) {
      if (found.length === limit) break;
      if (object.type === type && key.startsWith(hexPrefix)) found.push(key);
    }
    return found.sort();
  }

  record(payload: Uint8Array): void {
    this.#stagedEntries.push({ type: ObjectType.record, id: Buffer.alloc(0), payload: Buffer.from(payload) });
  }

  commit(level: CommitLevel): number {
    const failure = this.failNextCommit;
    if (failure !== undefined) {
      this.failNextCommit = undefined;
      this.rollback();
      throw failure;
    }
    this.lastLevel = level;
    for (const key of this.#staged) this.#frames.set(key, this.#objects.get(key) as StoredObject);
    const sequence = ++this.#sequence;
    for (const entry of this.#stagedEntries) this.#journal.push({ sequence, ...entry });
    this.#stagedEntries = [];
    this.#staged.clear();
    return sequence;
  }

  rollback(): void {
    for (const key of this.#staged) this.#objects.delete(key);
    this.#stagedEntries = [];
    this.#staged.clear();
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }

  /** Records and checkpoints of batches after `sequence`, in commit order, as the real store replays them. */
  *journal(after = 0): Generator<JournalEntry> {
    for (const entry of this.#journal) if (entry.sequence > after) yield entry;
  }

  /** Sequence number of the last batch. */
  get lastSequence(): number {
    return this.#sequence;
  }

  readSnapshot(): { sequence: number; payload: Buffer } | undefined {
    return this.#snapshot;
  }

  writeSnapshot(sequence: number, payload: Buffer): void {
    this.#snapshot = { sequence, payload };
  }

  /** Gives space back: frames of dropped objects go, and records that `purgeRecord` gives up. */
  compact(purgeRecord: (payload: Buffer) => boolean = () => false): void {
    for (const key of [...this.#frames.keys()]) if (!this.#objects.has(key)) this.#frames.delete(key);
    this.#journal = this.#journal.filter(({ type, id, payload }) => (
      type === ObjectType.checkpoint ? this.#frames.has(hex(id)) : !purgeRecord(payload)));
  }

  /** What the next process finds: everything committed, dropped objects that were not compacted away included. */
  reopened(): MemoryStore {
    const next = new MemoryStore();
    for (const [key, object] of this.#frames) {
      next.#objects.set(key, object);
      next.#frames.set(key, object);
    }
    next.#journal = [...this.#journal];
    next.#snapshot = this.#snapshot;
    next.#sequence = this.#sequence;
    return next;
  }

  *idsOfType(type: ObjectType): Generator<Buffer> {
    for (const object of this.#objects.values()) if (object.type === type) yield object.id;
  }

  beginMark(onTouch: (id: Buffer, type: ObjectType) => void): void {
    this.#phase = { onTouch, old: new Set([...this.#objects.keys()].filter((key) => !this.#staged.has(key))), marked: new Set() };
  }

  mark(id: Uint8Array, offset: number): boolean {
    const phase = this.#requirePhase();
    const key = hex(id.subarray(offset, offset + 32));
    if (phase.marked.has(key) || !this.#objects.has(key)) return false;
    phase.marked.add(key);
    return true;
  }

  isMarked(id: Uint8Array, offset: number): boolean {
    const { old, marked } = this.#requirePhase();
    const key = hex(id.subarray(offset, offset + 32));
    return this.#objects.has(key) && (marked.has(key) || !old.has(key));
  }

  forget(id: Uint8Array): void {
    this.#objects.delete(hex(id));
  }

  unmarked(): { objects: number; bytes: number } {
    let objects = 0;
    let bytes = 0;
    for (const object of this.#unmarkedObjects()) {
      objects++;
      bytes += object.bytes.length;
    }
    return { objects, bytes };
  }

  endMark(drop: boolean): void {
    if (drop) for (const object of [...this.#unmarkedObjects()]) this.#objects.delete(hex(object.id));
    this.#phase = undefined;
  }

  /** Number of objects held, staged ones included. */
  get size(): number {
    return this.#objects.size;
  }

  *#unmarkedObjects(): Generator<StoredObject> {
    const { old, marked } = this.#requirePhase();
    for (const key of old) {
      const object = this.#objects.get(key);
      if (object !== undefined && !marked.has(key)) yield object;
    }
  }

  #requirePhase(): MarkPhase {
    if (this.#phase === undefined) throw new Error('no mark phase has begun');
    return this.#phase;
  }
}

function hex(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('hex');
}
