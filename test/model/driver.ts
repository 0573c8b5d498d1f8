import assert from 'node:assert/strict';
import type { ErrorCode } from '../../protocol/errors.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import { readCheckpoint } from '../../server/engine/checkpoint-object.ts';
import { Collection } from '../../server/engine/collection.ts';
import { putContent } from '../../server/engine/content/content.ts';
import type { CheckpointTaken, Engine } from '../../server/engine/engine.ts';
import { openEngine } from '../../server/engine/open.ts';
import type { Clock } from '../../server/engine/ports.ts';
import { decodeRecord } from '../../server/engine/records.ts';
import type { RetentionRules } from '../../server/engine/retention.ts';
import { encodeSnapshot } from '../../server/engine/snapshot.ts';
import type { Fork } from '../../server/engine/state.ts';
import type { Edit, Entry } from '../../server/engine/tree/entry.ts';
import { FileMode } from '../../server/engine/tree/entry.ts';
import { SeededRandom } from '../support/random.ts';
import { path } from '../support/tree-model.ts';
import { audit, countReachable, presentCheckpoints } from './audit.ts';
import { MapModel } from './map-model.ts';
import type { Files, ModelFork } from './map-model.ts';
import type { Subject } from './subject.ts';

const DAY = 86_400_000;

/** Time that jumps, forwards and back, but never shows the same millisecond twice. */
class JumpingClock implements Clock {
  readonly #seen = new Set<number>();
  /** What it showed last. */
  last = 1_700_000_000_000;
  #micros = 0;

  now(): number {
    do this.last++; while (this.#seen.has(this.last));
    this.#seen.add(this.last);
    return this.last;
  }

  micros(): number {
    this.#micros += 0.7;
    return this.#micros;
  }

  jump(by: number): void {
    this.last += by;
  }
}

interface RunningCollection {
  readonly run: Collection;
  readonly rules: RetentionRules;
  readonly started: number;
  readonly dryRun: boolean;
}

/** An engine beside the model of it, and what drives the two: see actions.ts for what can happen to them. */
export class Driver {
  readonly random: SeededRandom;
  readonly model = new MapModel();
  readonly subject: Subject;
  readonly clock = new JumpingClock();
  engine: Engine;
  #collection: RunningCollection | undefined;
  #serial = 0;
  /** Replay cannot count checkpoints whose frames were compacted away. */
  #compacted = false;

  constructor(subject: Subject, seed: number) {
    this.subject = subject;
    this.random = new SeededRandom(seed);
    this.engine = this.#open();
    const files = new Map(Array.from({ length: this.random.integer(0, 90) }, (_, n): [string, string] => [`d${n % 7}/e${n % 3}/f${n}`, `initial ${n}`]));
    const made = this.engine.createWorkspace({ name: 'workspace', agent: 'you', dir: '/work', edits: this.edits(files), git: null });
    this.adopt(made);
    this.model.checkpoints.set(made.head, { files, fork: made.id, parents: [], time: readCheckpoint(this.engine.store, made.head).time });
  }

  /** The engine's side of a fork. */
  real(fork: ModelFork): Fork {
    const real = this.engine.state.forks.get(fork.id);
    assert.ok(real, `${fork.name} is gone`);
    return real;
  }

  check(thorough: boolean): void {
    audit(this.engine, this.subject.store, this.model, thorough);
  }

  /** Runs what should fail with `expected`, or succeed; sometimes on a full disk. Undefined when it failed as it should. */
  attempt<T>(expected: ErrorCode | undefined, work: () => T): T | undefined {
    const full = this.random.chance(0.03);
    if (expected === undefined && !full) return work();
    const before = encodeSnapshot(this.engine.state).toString('utf8');
    const sequence = this.subject.lastSequence;
    if (full) this.subject.fill();
    try {
      const result = work();
      assert.equal(expected, undefined, `it should have failed with ${expected}`);
      assert.equal(this.subject.lastSequence, sequence, 'nothing can be committed to a full disk');
      return result;
    } catch (error) {
      if (!PyiError.is(error) || (error.code !== expected && !(full && error.code === 'NO_SPACE'))) throw error;
      assert.equal(encodeSnapshot(this.engine.state).toString('utf8'), before, `${error.code} changed something`);
      return undefined;
    } finally {
      this.subject.heal();
    }
  }

  adopt(made: Fork): void {
    this.model.forks.set(made.id, {
      id: made.id, name: made.name, parent: made.parent, task: made.task, workspace: made.workspace,
      at: { head: made.head, base: made.base, state: 'live' }, ended: 0, pending: new Map(), last: null,
    });
  }

  /** Tells the model of a checkpoint; returns when it was taken. */
  took(taken: CheckpointTaken, fork: ModelFork, files: Files): number {
    const { time, parents } = readCheckpoint(this.engine.store, taken.checkpoint);
    this.model.take(taken.checkpoint, fork, files, parents, time);
    return time;
  }

  /** Between two operations: a slice of the collection that runs, and time. */
  between(): void {
    if (this.#collection !== undefined && this.random.chance(0.7)) this.#collectSome(this.#collection);
    if (this.random.chance(0.05)) this.clock.jump(this.random.pick([-3_600_000, -50, 1000, DAY, 20 * DAY]));
  }

  startCollection(): void {
    this.#collection ??= this.#begin(this.random.chance(0.2));
  }

  /** Collects with nothing in between, and checks that what is needed is left and nothing else. */
  collectAll(): void {
    this.#giveUpCollection();
    const { store } = this.subject;
    store.rollback();
    const before = presentCheckpoints(store);
    const collection = this.#begin(false);
    assert.ok(collection.run.step(Infinity));
    this.#purge(collection);
    const left = presentCheckpoints(store);
    const required = this.model.required(collection.rules, collection.started, before);
    assert.deepEqual([...required].filter((id) => !left.has(id)), [], 'checkpoints that were not to go');
    assert.deepEqual([...left].filter((id) => !required.has(id)), [], 'checkpoints that nothing keeps');
    assert.equal(this.subject.objects, countReachable(this.engine, store), 'objects that are left');
    for (const id of [...this.model.checkpoints.keys()]) if (!left.has(id)) this.model.checkpoints.delete(id);
  }

  async compact(): Promise<void> {
    const isGone = (fork: HexId): boolean => !this.engine.state.forks.has(fork);
    this.#compacted = true;
    await this.subject.compact((payload) => {
      const record = decodeRecord(payload);
      return (record.type === 'fork' || record.type === 'edit' || record.type === 'directory' || record.type === 'observation') && isGone(record.fork);
    });
  }

  saveSnapshot(): Promise<void> {
    return this.subject.saveSnapshot(encodeSnapshot(this.engine.state));
  }

  async reopen(): Promise<void> {
    this.#giveUpCollection();
    const before = this.#comparable();
    await this.subject.reopen(this.random.pick(['close', 'kill']));
    this.engine = this.#open();
    assert.deepEqual(this.#comparable(), before, 'the state after a restart');
  }

  /** A checkpoint that the store has; not always one that anything keeps. */
  somePresent(): HexId {
    const recent = [...this.model.checkpoints.keys()].slice(-60).filter((id) => this.subject.store.typeOf(Buffer.from(id, 'hex')) !== undefined);
    return this.random.pick([...recent, this.random.pick(this.model.live()).at.head]);
  }

  /** Now and then a name that is a directory elsewhere. */
  somePath(): string {
    const directory = `d${this.random.below(7)}`;
    return this.random.chance(0.03) ? directory : `${directory}/e${this.random.below(3)}/f${this.random.below(120)}`;
  }

  knownPath(files: Files): string {
    return files.size === 0 || this.random.chance(0.1) ? this.somePath() : this.random.pick([...files.keys()]);
  }

  /** Sometimes what others wrote too, sometimes large enough for chunks. */
  content(): string {
    if (this.random.chance(0.003)) return `${this.#serial++} `.repeat(60_000);
    return this.random.chance(0.3) ? `shared ${this.random.below(20)}` : `content ${this.#serial++}`;
  }

  put(content: string): Entry {
    return { ...putContent(this.engine.store, Buffer.from(content)), mode: FileMode.file };
  }

  edits(changes: ReadonlyMap<string, string | null>): Edit[] {
    return Array.from(changes, ([at, content]) => ({ path: path(at), entry: content === null ? null : this.put(content) }));
  }

  #begin(dryRun: boolean): RunningCollection {
    const rules = { keepLast: this.random.pick([0, 1, 3, 20]), keepDays: this.random.pick([0, 0, 1, 30]), grace: this.random.pick([0, DAY, 30 * DAY]) };
    const run = new Collection(this.engine, this.subject.store, rules, dryRun);
    return { run, rules, started: this.clock.last, dryRun };
  }

  #collectSome(collection: RunningCollection): void {
    const done = this.attempt(undefined, () => collection.run.step(0));
    if (done === true) this.#purge(collection);
    else if (done === undefined) this.#collection = undefined; // it gave up by itself
  }

  /** Tells the model which forks a complete collection took. */
  #purge({ run, rules, started, dryRun }: RunningCollection): void {
    this.#collection = undefined;
    if (dryRun) return;
    for (const id of run.result?.forks ?? []) {
      const fork = this.model.fork(id);
      assert.ok(fork.at.state !== 'live' && started - fork.ended >= rules.grace, `${fork.name} was not to go`);
    }
    this.model.purge(run.result?.forks ?? []);
  }

  #giveUpCollection(): void {
    this.#collection?.run.abort();
    this.#collection = undefined;
  }

  #open(): Engine {
    return openEngine({ store: this.subject.store, clock: this.clock, random: this.random });
  }

  #comparable(): unknown {
    const state = JSON.parse(encodeSnapshot(this.engine.state).toString('utf8')) as { forks: Record<string, unknown>[] };
    if (this.#compacted) for (const fork of state.forks) Object.assign(fork, { checkpoints: 0, written: 0, lastActive: 0 });
    return { ...state, retired: [] };
  }
}
