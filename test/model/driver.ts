import assert from 'node:assert/strict';
import type { ErrorCode } from '../../protocol/errors.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import { readCheckpoint } from '../../server/engine/checkpoint-object.ts';
import { Collection } from '../../server/engine/collection.ts';
import { putContent } from '../../server/engine/content/content.ts';
import type { CheckpointTaken, Engine } from '../../server/engine/engine.ts';
import { planMerge, storeConflict } from '../../server/engine/merge.ts';
import { openEngine } from '../../server/engine/open.ts';
import type { Clock } from '../../server/engine/ports.ts';
import { decodeRecord } from '../../server/engine/records.ts';
import type { RetentionRules } from '../../server/engine/retention.ts';
import { encodeSnapshot } from '../../server/engine/snapshot.ts';
import type { Fork } from '../../server/engine/state.ts';
import { baseForkOf, checkCollapse, collapse, losersOf, superpositionOf } from '../../server/engine/superposition.ts';
import { diff } from '../../server/engine/tree/diff.ts';
import type { Edit, Entry } from '../../server/engine/tree/entry.ts';
import { FileMode } from '../../server/engine/tree/entry.ts';
import { commitUndo, planUndo } from '../../server/engine/undo.ts';
import { SeededRandom } from '../support/random.ts';
import { path } from '../support/tree-model.ts';
import { presentCheckpoints } from './audit.ts';
import { MapModel, hasClash, mergeFiles, withPending } from './map-model.ts';
import type { Files, ModelFork, ModelMove, ModelOperation, ModelPosition } from './map-model.ts';
import type { Subject } from './subject.ts';

const DAY = 86_400_000;
const MAX_FORKS = 10;

/** Time that jumps, forwards and back, but never shows the same millisecond twice. */
class JumpingClock implements Clock {
  readonly #seen = new Set<number>();
  #millis = 1_700_000_000_000;
  #micros = 0;

  now(): number {
    do this.#millis++; while (this.#seen.has(this.#millis));
    this.#seen.add(this.#millis);
    return this.#millis;
  }

  micros(): number {
    this.#micros += 0.7;
    return this.#micros;
  }

  jump(by: number): void {
    this.#millis += by;
  }
}

/** Drives an engine and the model of it through random operations, and compares what each says of them. */
export class Driver {
  readonly random: SeededRandom;
  readonly model = new MapModel();
  readonly subject: Subject;
  readonly clock = new JumpingClock();
  engine: Engine;
  collection: Collection | undefined;
  #rules: RetentionRules = { keepLast: 1, keepDays: 1, grace: DAY };
  #serial = 0;
  /** Replay cannot count checkpoints whose frames were compacted away. */
  #compacted = false;

  constructor(subject: Subject, seed: number) {
    this.subject = subject;
    this.random = new SeededRandom(seed);
    this.engine = this.#open();
    const files = new Map(Array.from({ length: this.random.integer(0, 90) }, (_, n): [string, string] => [`d${n % 7}/e${n % 3}/f${n}`, `initial ${n}`]));
    const made = this.engine.createWorkspace({ name: 'workspace', agent: 'you', dir: '/work', edits: this.#edits(files), git: null });
    this.#adopt(made, null, null, true);
    this.model.checkpoints.set(made.head, { files, fork: made.id, parents: [], time: readCheckpoint(this.engine.store, made.head).time });
  }

  real(fork: ModelFork): Fork {
    const real = this.engine.state.forks.get(fork.id);
    assert.ok(real, `${fork.name} is gone`);
    return real;
  }

  /** One random operation; its name. */
  async step(): Promise<string> {
    if (this.collection !== undefined && this.random.chance(0.7)) this.#collectSome(0);
    if (this.random.chance(0.05)) this.clock.jump(this.random.pick([-3600_000, -50, 1000, DAY, 20 * DAY]));
    const actions: [number, string, () => unknown][] = [
      [6, 'fork', () => { this.#fork(); }],
      [18, 'write', () => { this.#write(); }],
      [6, 'remove', () => { this.#remove(); }],
      [25, 'checkpoint', () => { this.#checkpoint(); }],
      [8, 'rewind', () => { this.#rewind(); }],
      [10, 'undo', () => { this.#undo(); }],
      [3, 'discard', () => { this.#discard(); }],
      [6, 'integrate', () => { this.#integrate(); }],
      [6, 'collapse', () => { this.#collapse(); }],
      [2, 'entangle', () => { this.#entangle(); }],
      [2, 'pin', () => { this.#pin(); }],
      [2, 'snapshot', () => this.subject.saveSnapshot(encodeSnapshot(this.engine.state))],
      [1, 'compact', () => this.#compact()],
      [1, 'reopen', () => this.reopen()],
      [2, 'collect', () => { this.#startCollection(); }],
    ];
    let at = this.random.below(actions.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, name, act] of actions) {
      if (at < weight) {
        await act();
        return name;
      }
      at -= weight;
    }
    return 'nothing';
  }

  /** Collects without anything in between, and checks that exactly what is needed is left. */
  collectAll(): void {
    this.#collectSome(Infinity);
    const rules = this.#randomRules();
    const before = presentCheckpoints(this.engine.store);
    const started = this.#begin(rules, false);
    this.#collectSome(Infinity);
    const required = this.model.required(rules, started, before);
    assert.deepEqual([...presentCheckpoints(this.engine.store)].sort(), [...required].sort(), 'checkpoints that are left');
  }

  async reopen(): Promise<void> {
    this.#giveUpCollection();
    const before = this.#comparable();
    await this.subject.reopen(this.random.pick(['close', 'kill']));
    this.engine = this.#open();
    assert.deepEqual(this.#comparable(), before, 'the state after a restart');
  }

  #open(): Engine {
    return openEngine({ store: this.subject.store, clock: this.clock, random: this.random });
  }

  #comparable(): unknown {
    const state = JSON.parse(encodeSnapshot(this.engine.state).toString('utf8')) as { retired: unknown; forks: Record<string, unknown>[] };
    if (this.#compacted) for (const fork of state.forks) Object.assign(fork, { checkpoints: 0, lastActive: 0 });
    return { ...state, retired: [] };
  }

  /** Runs an operation that should fail with `expected`, or succeed; sometimes on a full disk. Tells whether it was done. */
  #attempt<T>(expected: ErrorCode | undefined, work: () => T): T | undefined {
    const full = this.random.chance(0.03);
    if (expected === undefined && !full) return work();
    const before = encodeSnapshot(this.engine.state).toString('utf8');
    const sequence = this.subject.lastSequence;
    if (full) this.subject.fill();
    try {
      const result = work();
      assert.equal(expected, undefined, `it should have failed with ${expected}`);
      assert.equal(this.subject.lastSequence, sequence, 'nothing was committed to a full disk');
      return result;
    } catch (error) {
      if (!PyiError.is(error)) throw error;
      if (error.code !== expected && !(full && error.code === 'NO_SPACE')) throw error;
      assert.equal(encodeSnapshot(this.engine.state).toString('utf8'), before, `${error.code} changed something`);
      return undefined;
    } finally {
      this.subject.heal();
    }
  }

  #adopt(made: Fork, parent: HexId | null, task: string | null, workspace: boolean): void {
    this.model.forks.set(made.id, {
      id: made.id, name: made.name, parent, task, workspace, at: { head: made.head, base: made.base, state: 'live' }, ended: 0, pending: new Map(), last: null,
    });
  }

  #fork(): void {
    const live = this.model.live();
    if (live.length >= MAX_FORKS) return;
    const parent = this.random.pick(live);
    const base = this.random.chance(0.8) ? parent.at.head : this.#somePresent();
    const name = this.random.pick(['one', 'two', 'three', `fork ${this.#serial++}`, `fork ${this.#serial++}`]);
    const task = this.random.pick(['x', null]);
    const made = this.#attempt(this.model.holder(name) === undefined ? undefined : 'NAME_EXISTS', () => this.engine.createFork({
      name, agent: 'ada', task, parent: parent.id, base, dir: null,
    }));
    if (made !== undefined) this.#adopt(made, parent.id, task, false);
  }

  #write(): void {
    const fork = this.random.pick(this.model.live());
    const [at, content] = [this.#somePath(), this.#content()];
    const files = new Map(this.model.files(fork));
    const expected = hasClash(files.set(at, content)) || [...files.keys()].some((other) => other.startsWith(`${at}/`)) ? 'INVALID_PATH' : undefined;
    this.#attempt(expected, () => {
      this.engine.edit(this.real(fork), path(at), this.#put(content));
      fork.pending.set(at, content);
    });
  }

  #remove(): void {
    const fork = this.random.pick(this.model.live());
    const at = this.#knownPath(this.model.files(fork));
    this.#attempt(this.model.files(fork).has(at) ? undefined : 'NOT_FOUND', () => {
      this.engine.edit(this.real(fork), path(at), null);
      fork.pending.set(at, null);
    });
  }

  #checkpoint(): void {
    const fork = this.random.pick(this.model.live());
    const current = this.model.files(fork);
    const changes = new Map<string, string | null>();
    for (let n = this.random.pick([0, 1, 1, 2, 5, 30]); n > 0; n--) {
      if (this.random.chance(0.3)) changes.set(this.#knownPath(current), null);
      else changes.set(this.random.chance(0.6) ? this.#knownPath(current) : this.#somePath(), this.#content());
    }
    const files = withPending(current, changes);
    const edits = this.#edits(changes);
    const taken = this.#attempt(hasClash(files) ? 'INVALID_PATH' : undefined, () => this.engine.checkpoint(this.real(fork), { edits }));
    if (taken !== undefined) this.#took(taken, fork, files);
  }

  #rewind(): void {
    const fork = this.random.pick(this.model.live());
    const head = this.#somePresent();
    const record = this.#attempt(fork.pending.size > 0 ? 'CONFLICT' : undefined, () => this.engine.rewind(this.real(fork), head));
    if (record !== undefined) this.model.operate({ about: 'rewind', moves: [{ fork: fork.id, before: fork.at, after: { ...fork.at, head } }] }, record.time);
  }

  #discard(): void {
    const forks = this.random.shuffled(this.model.live()).filter((fork) => !fork.workspace).slice(0, this.random.integer(1, 2));
    const record = this.#attempt(undefined, () => this.engine.discard(forks.map((fork) => this.real(fork))));
    if (record === undefined) return;
    this.model.operate({ about: 'discard', moves: forks.map((fork) => ended(fork, 'discarded')) }, record.time);
  }

  #undo(): void {
    const fork = this.random.pick([...this.model.forks.values()].filter((candidate) => candidate.at.state === 'live' || candidate.last !== null));
    const target = fork.last;
    const plan = this.#expectUndo(target);
    const record = this.#attempt(plan.error, () => commitUndo(this.engine, planUndo(this.engine, this.real(fork))));
    if (record === undefined || target === null) return;
    const moves = plan.moves.map((move): ModelMove => {
      const after = { ...move.after, head: this.real(this.model.fork(move.fork)).head };
      const continued = plan.continued.get(move.fork);
      if (continued === undefined) assert.equal(after.head, move.after.head, 'the head that an undo goes back to');
      else this.model.checkpoints.set(after.head, { files: continued, fork: move.fork, parents: [move.before.head], time: readCheckpoint(this.engine.store, after.head).time });
      return { ...move, after };
    });
    this.model.operate({ about: target.about, moves }, record.time);
  }

  #expectUndo(target: ModelOperation | null): { error?: ErrorCode; moves: ModelMove[]; continued: Map<HexId, Files> } {
    const moves: ModelMove[] = [];
    const continued = new Map<HexId, Files>();
    if (target === null) return { error: 'NOT_FOUND', moves, continued };
    for (const { fork: id, before, after } of target.moves) {
      const fork = this.model.forks.get(id);
      if (fork === undefined) return { error: 'NOT_FOUND', moves, continued };
      if (fork.last !== target) return { error: 'CONFLICT', moves, continued };
      if (before.state === 'live' && fork.at.state !== 'live' && this.model.holder(fork.name) !== undefined) return { error: 'NAME_EXISTS', moves, continued };
      const to: ModelPosition = { ...before, head: before.head === after.head ? fork.at.head : before.head };
      moves.push({ fork: id, before: fork.at, after: to });
      if (target.about !== 'collapse' || before.head === after.head || fork.at.head === after.head) continue;
      const merged = mergeFiles(this.model.filesAt(after.head), this.model.filesAt(fork.at.head), this.model.filesAt(before.head));
      if (merged.conflicts > 0 || merged.clash) return { error: 'CONFLICT', moves, continued };
      continued.set(id, merged.files);
    }
    const loses = moves.some((move) => this.model.fork(move.fork).pending.size > 0 && (continued.has(move.fork) || move.before.head !== move.after.head));
    return loses ? { error: 'CONFLICT', moves, continued } : { moves, continued };
  }

  #integrate(): void {
    const live = this.model.live();
    const [from, into] = [this.random.pick([...this.model.forks.values()]), this.random.pick(live)];
    if (from === into || from.pending.size > 0 || into.pending.size > 0) return;
    const there = presentCheckpoints(this.engine.store);
    const bases = this.model.bestAncestors(into.at.head, from.at.head, there);
    const related = from.parent === into.id || into.parent === from.id || from.parent === into.parent;
    if (bases.size === 0 && related) return; // a fork's base stands in: see the unit tests
    const plan = this.#attempt(bases.size === 0 ? 'CONFLICT' : undefined, () => planMerge(this.engine, this.real(from), this.real(into)));
    if (plan === undefined) return;
    assert.ok(bases.has(plan.base), 'a best common ancestor');
    const merged = mergeFiles(this.model.filesAt(plan.base), this.model.filesAt(into.at.head), this.model.filesAt(from.at.head));
    assert.equal(plan.conflicts.some(({ blockedBy }) => blockedBy !== undefined), merged.clash);
    if (merged.clash) return;
    assert.equal(plan.conflicts.length, merged.conflicts);
    const before = into.at;
    const base = into.parent === from.id ? from.at.head : before.base;
    const taken = this.#attempt(undefined, () => {
      const conflicts = plan.conflicts.map((conflict) => storeConflict(this.engine.store, plan.ours, conflict));
      return this.engine.checkpointWith(this.real(into), { edits: [...plan.edits, ...conflicts], merged: [plan.theirs], kind: 'merge' }, (checkpoint) => [
        this.engine.operationRecord('integrate', [{ fork: into.id, before, after: { head: checkpoint, base, state: 'live' } }])]);
    });
    if (taken === undefined) return;
    const time = this.#took(taken, into, merged.files);
    this.model.operate({ about: 'integrate', moves: [{ fork: into.id, before, after: { head: taken.checkpoint, base, state: 'live' } }] }, time);
  }

  #collapse(): void {
    const winner = this.random.pick([...this.model.forks.values()].filter((fork) => !fork.workspace));
    const into = winner.parent === null ? undefined : this.model.forks.get(winner.parent);
    if (into === undefined) {
      this.#attempt('NOT_FOUND', () => baseForkOf(this.engine, this.real(winner)));
      return;
    }
    const real = { winner: this.real(winner), into: baseForkOf(this.engine, this.real(winner)) };
    const expected = this.#expectCollapse(winner, into);
    const taken = this.#attempt(expected, () => {
      checkCollapse(this.engine, real.winner, real.into);
      const losers = losersOf(this.engine, real.winner, superpositionOf(this.engine, real.winner));
      assert.deepEqual(new Set(losers.map((fork) => fork.id)), new Set(this.#losers(winner).map((fork) => fork.id)), 'the losers');
      const edits: Edit[] = Array.from(diff(this.engine.store, this.engine.headRoot(real.into), this.engine.headRoot(real.winner)), ({ path: at, after }) => ({ path: at, entry: after ?? null }));
      return collapse(this.engine, { ...real, losers, checkpoint: { edits } });
    });
    if (taken === undefined) return;
    const before = into.at;
    const losers = this.#losers(winner);
    const time = this.#took(taken, into, this.model.filesAt(winner.at.head));
    this.model.operate({
      about: 'collapse',
      moves: [{ fork: into.id, before, after: into.at }, ended(winner, 'merged'), ...losers.map((fork) => ended(fork, 'discarded'))],
    }, time);
  }

  #expectCollapse(winner: ModelFork, into: ModelFork): ErrorCode | undefined {
    for (const fork of [winner, into]) {
      if (fork.at.state === 'discarded') return 'FORK_DISCARDED';
      if (fork.at.state === 'merged') return 'FORK_MERGED';
      if (fork.pending.size > 0) return 'CONFLICT';
    }
    const base = this.model.filesAt(winner.at.base);
    if (!sameFiles(base, this.model.filesAt(into.at.head))) return 'BRANCH_STALE';
    const unresolved = [...this.model.filesAt(winner.at.head)].some(([at, content]) => content.startsWith('CONFLICT ') && base.get(at) !== content);
    return unresolved ? 'CONFLICT' : undefined;
  }

  #losers(winner: ModelFork): ModelFork[] {
    const tied = (fork: ModelFork, kind: string): boolean => this.model.ties.some((tie) => tie.kind === kind
      && (tie.first === winner.id && tie.second === fork.id || kind === 'conflict' && tie.second === winner.id && tie.first === fork.id));
    return this.model.live().filter((fork) => {
      if (fork === winner || fork.workspace || fork.id === winner.parent) return false;
      const rival = winner.task !== null && fork.task === winner.task && fork.parent === winner.parent;
      return tied(fork, 'conflict') || rival && !tied(fork, 'causal');
    });
  }

  #entangle(): void {
    const [first, second] = [this.random.pick(this.model.live()), this.random.pick(this.model.live())];
    const kind = this.random.pick(['causal', 'conflict'] as const);
    const there = this.model.ties.some((tie) => tie.first === first.id && tie.second === second.id && tie.kind === kind);
    this.#attempt(first === second ? 'INVALID_ARGUMENT' : there ? 'NAME_EXISTS' : undefined, () => {
      this.engine.entangle(this.real(first), this.real(second), kind);
      this.model.ties.push({ first: first.id, second: second.id, kind });
    });
  }

  #pin(): void {
    const id = this.random.chance(0.5) ? this.#somePresent() : this.random.pick([...this.model.pins, this.#somePresent()]);
    const pinned = this.random.chance(0.4);
    this.#attempt(undefined, () => {
      this.engine.pin(id, pinned);
      if (pinned) this.model.pins.add(id);
      else this.model.pins.delete(id);
    });
  }

  #randomRules(): RetentionRules {
    return { keepLast: this.random.pick([0, 1, 3, 20]), keepDays: this.random.pick([0, 0, 1, 30]), grace: this.random.pick([0, DAY, 30 * DAY]) };
  }

  #startCollection(): void {
    if (this.collection === undefined) this.#begin(this.#randomRules(), this.random.chance(0.2));
  }

  /** Returns what the clock said. */
  #begin(rules: RetentionRules, dryRun: boolean): number {
    let started = 0;
    const engine = new Proxy(this.engine, {
      get: (target, name): unknown => {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    this.#rules = rules;
    const now = this.clock.now.bind(this.clock);
    this.clock.now = () => (started = now());
    this.collection = new Collection(engine, this.subject.store, rules, dryRun);
    this.clock.now = now;
    return started;
  }

  #collectSome(micros: number): void {
    const { collection } = this;
    if (collection === undefined || this.#attempt(undefined, () => collection.step(micros)) === false) return;
    this.collection = undefined;
    const { result } = collection;
    void result;
  }

  #giveUpCollection(): void {
    this.collection?.abort();
    this.collection = undefined;
  }

  async #compact(): Promise<void> {
    const gone = (fork: HexId): boolean => !this.engine.state.forks.has(fork);
    this.#compacted = true;
    await this.subject.compact((payload) => {
      const record = decodeRecord(payload);
      return (record.type === 'fork' || record.type === 'edit' || record.type === 'observation' || record.type === 'directory') && gone(record.fork);
    });
  }

  #took(taken: CheckpointTaken, fork: ModelFork, files: Files): number {
    const { time, parents } = readCheckpoint(this.engine.store, taken.checkpoint);
    this.model.take(taken.checkpoint, fork, files, parents, time);
    return time;
  }

  #somePresent(): HexId {
    return this.random.pick([...presentCheckpoints(this.engine.store)].sort());
  }

  #somePath(): string {
    return this.random.chance(0.03) ? `d${this.random.below(7)}` : `d${this.random.below(7)}/e${this.random.below(3)}/f${this.random.below(120)}`;
  }

  #knownPath(files: Files): string {
    return files.size === 0 || this.random.chance(0.1) ? this.#somePath() : this.random.pick([...files.keys()]);
  }

  /** Sometimes what others wrote too, sometimes large enough for chunks. */
  #content(): string {
    if (this.random.chance(0.003)) return `${this.#serial++} `.repeat(60_000);
    return this.random.chance(0.3) ? `shared ${this.random.below(20)}` : `content ${this.#serial++}`;
  }

  #put(content: string): Entry {
    return { ...putContent(this.engine.store, Buffer.from(content)), mode: FileMode.file };
  }

  #edits(changes: ReadonlyMap<string, string | null>): Edit[] {
    return Array.from(changes, ([at, content]) => ({ path: path(at), entry: content === null ? null : this.#put(content) }));
  }
}

function ended(fork: ModelFork, state: 'merged' | 'discarded'): ModelMove {
  return { fork: fork.id, before: fork.at, after: { ...fork.at, state } };
}

function sameFiles(a: Files, b: Files): boolean {
  return a.size === b.size && [...a].every(([at, content]) => b.get(at) === content);
}
