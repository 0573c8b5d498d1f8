import type { HexId } from '../../protocol/ids.ts';
import { decodeCheckpoint } from './checkpoint-object.ts';
import type { Engine } from './engine.ts';
import { entryOfSide } from './merge.ts';
import type { ConflictSides } from './merge.ts';
import type { ByteView, CollectableStore } from './ports.ts';
import { ObjectType } from './ports.ts';
import type { JournalRecord } from './records.ts';
import { RetentionChoice, isPurgeable, purgeable, stateRoots } from './retention.ts';
import type { RetentionRules } from './retention.ts';
import { eachChunk } from './content/chunk-list.ts';
import { references } from './tree/walk.ts';

export interface CollectionResult {
  /** Forks that are gone for good. */
  readonly forks: readonly HexId[];
  /** Checkpoints that no rule keeps. */
  readonly checkpoints: readonly HexId[];
  readonly objects: number;
  readonly bytes: number;
}

type Stage = 'choose' | 'keep' | 'mark' | 'done';

/**
 * One garbage collection, in slices between which the engine goes on working.
 *
 * Snapshot at the beginning with a write barrier (Yuasa 1990): what retention keeps is marked from; a `put` that meets an
 * old unmarked object marks it; and before anything is dropped the roots are read again until nothing new turns up,
 * in the same synchronous step as the drop. Objects written since the start are never dropped.
 *
 * The caller guarantees that no capture that began before the collection is still to be checkpointed
 * (`operations/leases.ts`): content put before the start and referred to only later would be invisible here.
 */
export class Collection {
  readonly #engine: Engine;
  readonly #store: CollectableStore;
  readonly #dryRun: boolean;
  readonly #rules: RetentionRules;
  readonly #started: number;
  /** Forks that go, unless somebody brings them back meanwhile. */
  readonly #purged: Set<HexId>;
  readonly #choice: RetentionChoice;
  readonly #checkpoints: Iterator<Buffer>;
  readonly #all: Buffer[] = [];
  /** What the rules keep, while it is being marked. */
  #kept: Iterator<HexId> = [][Symbol.iterator]();
  /** Ids still to be visited, 32 bytes each. */
  readonly #stack: Buffer[] = [];
  readonly #stopListening: () => void;
  readonly #view: ByteView = { bytes: Buffer.alloc(0), start: 0, end: 0 };
  #stage: Stage = 'choose';
  #result: CollectionResult | undefined;

  constructor(engine: Engine, store: CollectableStore, rules: RetentionRules, dryRun: boolean) {
    this.#started = engine.clock.now();
    this.#rules = rules;
    this.#engine = engine;
    this.#store = store;
    this.#dryRun = dryRun;
    this.#purged = new Set(purgeable(engine, rules, this.#started).map((fork) => fork.id));
    this.#choice = new RetentionChoice(engine, rules, this.#started);
    store.beginMark((id) => this.#push(id));
    // A checkpoint taken meanwhile is never dropped, so what it refers to may not be either: and it may be nobody's head at the end.
    this.#stopListening = engine.listen({ checkpointTaken: (id) => this.#push(Buffer.from(id, 'hex')) });
    this.#checkpoints = store.idsOfType(ObjectType.checkpoint)[Symbol.iterator]();
  }

  /** Works for about `micros` microseconds. Returns true when the collection is complete. @throws PyiError `CORRUPT_OBJECT` */
  step(micros: number): boolean {
    const end = this.#engine.clock.micros() + micros;
    try {
      do {
        if (this.#stage === 'choose') this.#chooseSome();
        else if (this.#stage === 'keep') this.#keepSome();
        else if (this.#stage === 'mark') this.#markSome();
      } while (this.#stage !== 'done' && this.#engine.clock.micros() < end);
    } catch (error) {
      this.abort();
      throw error;
    }
    return this.#stage === 'done';
  }

  /** Gives up; nothing is dropped. */
  abort(): void {
    if (this.#stage !== 'done') this.#end(false);
  }

  /** What was, or in a dry run would be, let go. Undefined until `step` has returned true. */
  get result(): CollectionResult | undefined {
    return this.#result;
  }

  #chooseSome(): void {
    for (let n = 0; n < 64; n++) {
      const next = this.#checkpoints.next();
      if (next.done === true) {
        this.#kept = this.#choice.kept(this.#purged);
        this.#stage = 'keep';
        return;
      }
      this.#all.push(next.value);
      this.#choice.consider(next.value.toString('hex'), decodeCheckpoint(this.#store.get(next.value)));
    }
  }

  #keepSome(): void {
    for (let n = 0; n < 64; n++) {
      const next = this.#kept.next();
      if (next.done === true) {
        this.#pushRoots();
        this.#stage = 'mark';
        return;
      }
      this.#push(Buffer.from(next.value, 'hex'));
    }
  }

  #markSome(): void {
    for (let n = 0; n < 64; n++) {
      const id = this.#stack.pop();
      if (id !== undefined) {
        this.#visit(id);
        continue;
      }
      this.#pushRoots();
      if (this.#stack.length === 0) {
        this.#finish();
        return;
      }
    }
  }

  /** Roots as they are now. Marked ones cost a look-up, so that repeating this is cheap. */
  #pushRoots(): void {
    this.#pushReturned();
    for (const id of stateRoots(this.#engine, this.#purged)) this.#push(Buffer.from(id, 'hex'));
    for (const root of this.#engine.state.commitTrees.values()) this.#push(Buffer.from(root, 'hex'));
    for (const intent of this.#engine.state.intents.values()) {
      this.#push(Buffer.from(intent.fromRoot, 'hex'));
      this.#push(Buffer.from(intent.toRoot, 'hex'));
    }
    for (const fork of this.#engine.state.forks.values()) {
      if (this.#purged.has(fork.id)) continue;
      for (const entry of fork.pending.values()) if (entry !== null) this.#push(entry.id);
    }
  }

  /** An undo may bring a fork back that was about to go. */
  #pushReturned(): void {
    for (const id of this.#purged) {
      const fork = this.#engine.state.forks.get(id);
      if (fork === undefined || isPurgeable(fork, this.#rules, this.#started)) continue;
      this.#purged.delete(id);
      for (const kept of this.#choice.keptOf(id)) this.#push(Buffer.from(kept, 'hex'));
    }
  }

  #push(id: Buffer): void {
    if (this.#store.typeOf(id) !== undefined && this.#store.mark(id, 0)) this.#stack.push(id);
  }

  #visit(id: Buffer): void {
    const type = this.#store.typeOf(id);
    if (type === ObjectType.checkpoint) {
      this.#push(Buffer.from(decodeCheckpoint(this.#store.get(id)).root, 'hex'));
    } else if (type === ObjectType.node) {
      this.#store.load(id, 0, this.#view);
      references(this.#view, (bytes, offset) => {
        if (this.#store.mark(bytes, offset)) this.#stack.push(Buffer.from(bytes.subarray(offset, offset + 32)));
      });
    } else if (type === ObjectType.chunkList) {
      this.#store.load(id, 0, this.#view);
      eachChunk(this.#view, (bytes, offset) => {
        if (this.#store.mark(bytes, offset)) this.#stack.push(Buffer.from(bytes.subarray(offset, offset + 32)));
        return true;
      });
    } else if (type === ObjectType.conflict) {
      const sides = JSON.parse(this.#store.get(id).toString('utf8')) as ConflictSides;
      for (const side of [sides.base, sides.ours, sides.theirs]) {
        const entry = entryOfSide(side);
        if (entry !== null) this.#push(entry.id);
      }
      if (sides.marked !== null) this.#push(Buffer.from(sides.marked, 'hex'));
    }
  }

  /** Everything reachable is marked, in this very step: nothing can slip in before the drop. */
  #finish(): void {
    const checkpoints = this.#all.filter((id) => !this.#store.isMarked(id, 0)).map((id) => id.toString('hex'));
    const forks = [...this.#purged];
    const { objects, bytes } = this.#store.unmarked();
    if (!this.#dryRun) this.#record(forks, checkpoints);
    this.#end(!this.#dryRun);
    this.#result = { forks, checkpoints, objects, bytes };
  }

  #end(drop: boolean): void {
    this.#stopListening();
    this.#store.endMark(drop);
    this.#stage = 'done';
  }

  /** The journal learns what goes before it goes: a restart in between repeats the drop, never the other way round. */
  #record(forks: readonly HexId[], checkpoints: readonly HexId[]): void {
    const records: JournalRecord[] = forks.length > 0 ? [{ type: 'purge', forks }] : [];
    for (let at = 0; at < checkpoints.length; at += RETIRE_BATCH) {
      records.push({ type: 'retire', checkpoints: checkpoints.slice(at, at + RETIRE_BATCH) });
    }
    if (records.length > 0) this.#engine.transact(records, 'process');
  }
}

/** Checkpoints a retire record names at most, so that records stay small. */
const RETIRE_BATCH = 1000;
