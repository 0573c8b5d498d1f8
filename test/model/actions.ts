import assert from 'node:assert/strict';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import { readCheckpoint } from '../../server/engine/checkpoint-object.ts';
import { planMerge, storeConflict } from '../../server/engine/merge.ts';
import { baseForkOf, checkCollapse, collapse as collapseForks, losersOf, superpositionOf } from '../../server/engine/superposition.ts';
import { diff } from '../../server/engine/tree/diff.ts';
import type { Edit } from '../../server/engine/tree/entry.ts';
import { commitUndo, planUndo } from '../../server/engine/undo.ts';
import { path } from '../support/tree-model.ts';
import { presentCheckpoints } from './audit.ts';
import type { Driver } from './driver.ts';
import { hasClash, mergeFiles, withPending } from './map-model.ts';
import type { Files, ModelFork, ModelMove, ModelOperation, ModelPosition } from './map-model.ts';

const MAX_FORKS = 10;

interface Action {
  readonly weight: number;
  readonly run: (driver: Driver) => void | Promise<void>;
}

/** What can happen to a store, and how often. */
const ACTIONS: readonly Action[] = [
  { weight: 6, run: createFork },
  { weight: 18, run: write },
  { weight: 6, run: remove },
  { weight: 25, run: checkpoint },
  { weight: 8, run: rewind },
  { weight: 10, run: undo },
  { weight: 3, run: discard },
  { weight: 6, run: integrate },
  { weight: 6, run: collapse },
  { weight: 2, run: entangle },
  { weight: 2, run: pin },
  { weight: 2, run: (driver) => driver.saveSnapshot() },
  { weight: 1, run: (driver) => driver.compact() },
  { weight: 1, run: (driver) => driver.reopen() },
  { weight: 2, run: (driver) => { driver.startCollection(); } },
];
const TOTAL_WEIGHT = ACTIONS.reduce((sum, { weight }) => sum + weight, 0);

/** Does one of them. */
export async function step(driver: Driver): Promise<void> {
  driver.between();
  let at = driver.random.below(TOTAL_WEIGHT);
  const chosen = ACTIONS.find(({ weight }) => (at -= weight) < 0);
  await chosen?.run(driver);
}

function createFork(driver: Driver): void {
  const live = driver.model.live();
  if (live.length >= MAX_FORKS) return;
  const parent = driver.random.pick(live);
  const base = driver.random.chance(0.8) ? parent.at.head : driver.somePresent();
  const name = driver.random.pick(['one', 'two', 'three', driver.engine.newId(), driver.engine.newId()]);
  const task = driver.random.pick(['x', null]);
  const made = driver.attempt(driver.model.holder(name) === undefined ? undefined : 'NAME_EXISTS', () => driver.engine.createFork({
    name, agent: 'ada', task, parent: parent.id, base, dir: null,
  }));
  if (made !== undefined) driver.adopt(made);
}

function write(driver: Driver): void {
  const fork = driver.random.pick(driver.model.live());
  const [at, content] = [driver.somePath(), driver.content()];
  const files = new Map(driver.model.files(fork));
  driver.attempt(hasClash(files.set(at, content)) ? 'INVALID_PATH' : undefined, () => {
    driver.engine.edit(driver.real(fork), path(at), driver.put(content));
    fork.pending.set(at, content);
  });
}

function remove(driver: Driver): void {
  const fork = driver.random.pick(driver.model.live());
  const at = driver.knownPath(driver.model.files(fork));
  driver.attempt(driver.model.files(fork).has(at) ? undefined : 'NOT_FOUND', () => {
    driver.engine.edit(driver.real(fork), path(at), null);
    fork.pending.set(at, null);
  });
}

function checkpoint(driver: Driver): void {
  const fork = driver.random.pick(driver.model.live());
  const current = driver.model.files(fork);
  const changes = new Map<string, string | null>();
  for (let n = driver.random.pick([0, 1, 1, 2, 5, 30]); n > 0; n--) {
    if (driver.random.chance(0.3)) changes.set(driver.knownPath(current), null);
    else changes.set(driver.random.chance(0.6) ? driver.knownPath(current) : driver.somePath(), driver.content());
  }
  const files = withPending(current, changes);
  const edits = driver.edits(changes);
  const taken = driver.attempt(hasClash(files) ? 'INVALID_PATH' : undefined, () => driver.engine.checkpoint(driver.real(fork), { edits }));
  if (taken !== undefined) driver.took(taken, fork, files);
}

function rewind(driver: Driver): void {
  const fork = driver.random.pick(driver.model.live());
  const head = driver.somePresent();
  const record = driver.attempt(fork.pending.size > 0 ? 'CONFLICT' : undefined, () => driver.engine.rewind(driver.real(fork), head));
  if (record !== undefined) driver.model.operate({ about: 'rewind', moves: [{ fork: fork.id, before: fork.at, after: { ...fork.at, head } }] }, record.time);
}

function discard(driver: Driver): void {
  const forks = driver.random.shuffled(driver.model.live()).filter((fork) => !fork.workspace).slice(0, driver.random.integer(1, 2));
  const record = driver.attempt(undefined, () => driver.engine.discard(forks.map((fork) => driver.real(fork))));
  if (record === undefined) return;
  driver.model.operate({ about: 'discard', moves: forks.map((fork) => ended(fork, 'discarded')) }, record.time);
}

function undo(driver: Driver): void {
  const fork = driver.random.pick([...driver.model.forks.values()].filter((candidate) => candidate.at.state === 'live' || candidate.last !== null));
  const target = fork.last;
  const plan = expectUndo(driver, target);
  const record = driver.attempt(plan.error, () => commitUndo(driver.engine, planUndo(driver.engine, driver.real(fork))));
  if (record === undefined || target === null) return;
  const moves = plan.moves.map((move): ModelMove => {
    const after = { ...move.after, head: driver.real(driver.model.fork(move.fork)).head };
    const continued = plan.continued.get(move.fork);
    if (continued === undefined) assert.equal(after.head, move.after.head, 'the head that an undo goes back to');
    else driver.model.checkpoints.set(after.head, { files: continued, fork: move.fork, parents: [move.before.head], time: readCheckpoint(driver.engine.store, after.head).time });
    return { ...move, after };
  });
  driver.model.operate({ about: target.about, moves }, record.time);
}

function expectUndo(driver: Driver, target: ModelOperation | null): { error?: ErrorCode; moves: ModelMove[]; continued: Map<HexId, Files> } {
  const moves: ModelMove[] = [];
  const continued = new Map<HexId, Files>();
  if (target === null) return { error: 'NOT_FOUND', moves, continued };
  for (const { fork: id, before, after } of target.moves) {
    const fork = driver.model.forks.get(id);
    if (fork === undefined) return { error: 'NOT_FOUND', moves, continued };
    if (fork.last !== target) return { error: 'CONFLICT', moves, continued };
    if (before.state === 'live' && fork.at.state !== 'live' && driver.model.holder(fork.name) !== undefined) return { error: 'NAME_EXISTS', moves, continued };
    const to: ModelPosition = { ...before, head: before.head === after.head ? fork.at.head : before.head };
    moves.push({ fork: id, before: fork.at, after: to });
    if (target.about !== 'collapse' || before.head === after.head || fork.at.head === after.head) continue;
    const merged = mergeFiles(driver.model.filesAt(after.head), driver.model.filesAt(fork.at.head), driver.model.filesAt(before.head));
    if (merged.conflicts > 0 || merged.clash) return { error: 'CONFLICT', moves, continued };
    continued.set(id, merged.files);
  }
  const loses = moves.some((move) => driver.model.fork(move.fork).pending.size > 0 && (continued.has(move.fork) || move.before.head !== move.after.head));
  return loses ? { error: 'CONFLICT', moves, continued } : { moves, continued };
}

function integrate(driver: Driver): void {
  const live = driver.model.live();
  const [from, into] = [driver.random.pick([...driver.model.forks.values()]), driver.random.pick(live)];
  if (from === into || from.pending.size > 0 || into.pending.size > 0) return;
  const there = presentCheckpoints(driver.subject.store);
  const bases = driver.model.bestAncestors(into.at.head, from.at.head, there);
  const related = from.parent === into.id || into.parent === from.id || from.parent === into.parent;
  if (bases.size === 0 && related) return; // a fork's base stands in: see the unit tests
  const plan = driver.attempt(bases.size === 0 ? 'CONFLICT' : undefined, () => planMerge(driver.engine, driver.real(from), driver.real(into)));
  if (plan === undefined) return;
  assert.ok(bases.has(plan.base), 'a best common ancestor');
  const merged = mergeFiles(driver.model.filesAt(plan.base), driver.model.filesAt(into.at.head), driver.model.filesAt(from.at.head));
  assert.equal(plan.conflicts.some(({ blockedBy }) => blockedBy !== undefined), merged.clash);
  if (merged.clash) return;
  assert.equal(plan.conflicts.length, merged.conflicts);
  const before = into.at;
  const base = into.parent === from.id ? from.at.head : before.base;
  const taken = driver.attempt(undefined, () => {
    const conflicts = plan.conflicts.map((conflict) => storeConflict(driver.engine.store, plan.ours, conflict));
    return driver.engine.checkpointWith(driver.real(into), { edits: [...plan.edits, ...conflicts], merged: [plan.theirs], kind: 'merge' }, (checkpoint) => [
      driver.engine.operationRecord('integrate', [{ fork: into.id, before, after: { head: checkpoint, base, state: 'live' } }])]);
  });
  if (taken === undefined) return;
  const time = driver.took(taken, into, merged.files);
  driver.model.operate({ about: 'integrate', moves: [{ fork: into.id, before, after: { head: taken.checkpoint, base, state: 'live' } }] }, time);
}

function collapse(driver: Driver): void {
  const forks = [...driver.model.forks.values()].filter((fork) => !fork.workspace);
  if (forks.length === 0) return;
  const winner = driver.random.pick(forks);
  const into = winner.parent === null ? undefined : driver.model.forks.get(winner.parent);
  if (into === undefined) {
    driver.attempt('NOT_FOUND', () => baseForkOf(driver.engine, driver.real(winner)));
    return;
  }
  const real = { winner: driver.real(winner), into: baseForkOf(driver.engine, driver.real(winner)) };
  const expected = expectCollapse(driver, winner, into);
  const taken = driver.attempt(expected, () => {
    checkCollapse(driver.engine, real.winner, real.into);
    const losers = losersOf(driver.engine, real.winner, superpositionOf(driver.engine, real.winner));
    assert.deepEqual(new Set(losers.map((fork) => fork.id)), new Set(modelLosers(driver, winner).map((fork) => fork.id)), 'the losers');
    const edits: Edit[] = Array.from(diff(driver.engine.store, driver.engine.headRoot(real.into), driver.engine.headRoot(real.winner)), ({ path: at, after }) => ({ path: at, entry: after ?? null }));
    return collapseForks(driver.engine, { ...real, losers, checkpoint: { edits } });
  });
  if (taken === undefined) return;
  const before = into.at;
  const losers = modelLosers(driver, winner);
  const time = driver.took(taken, into, driver.model.filesAt(winner.at.head));
  driver.model.operate({
    about: 'collapse',
    moves: [{ fork: into.id, before, after: into.at }, ended(winner, 'merged'), ...losers.map((fork) => ended(fork, 'discarded'))],
  }, time);
}

function expectCollapse(driver: Driver, winner: ModelFork, into: ModelFork): ErrorCode | undefined {
  for (const fork of [winner, into]) {
    if (fork.at.state === 'discarded') return 'FORK_DISCARDED';
    if (fork.at.state === 'merged') return 'FORK_MERGED';
    if (fork.pending.size > 0) return 'CONFLICT';
  }
  const base = driver.model.filesAt(winner.at.base);
  if (!sameFiles(base, driver.model.filesAt(into.at.head))) return 'BRANCH_STALE';
  const unresolved = [...driver.model.filesAt(winner.at.head)].some(([at, content]) => content.startsWith('CONFLICT ') && base.get(at) !== content);
  return unresolved ? 'CONFLICT' : undefined;
}

function modelLosers(driver: Driver, winner: ModelFork): ModelFork[] {
  const tied = (fork: ModelFork, kind: string): boolean => driver.model.ties.some((tie) => tie.kind === kind
    && (tie.first === winner.id && tie.second === fork.id || kind === 'conflict' && tie.second === winner.id && tie.first === fork.id));
  return driver.model.live().filter((fork) => {
    if (fork === winner || fork.workspace || fork.id === winner.parent) return false;
    const rival = winner.task !== null && fork.task === winner.task && fork.parent === winner.parent;
    return tied(fork, 'conflict') || rival && !tied(fork, 'causal');
  });
}

function entangle(driver: Driver): void {
  const [first, second] = [driver.random.pick(driver.model.live()), driver.random.pick(driver.model.live())];
  const kind = driver.random.pick(['causal', 'conflict'] as const);
  const there = driver.model.ties.some((tie) => tie.first === first.id && tie.second === second.id && tie.kind === kind);
  driver.attempt(first === second ? 'INVALID_ARGUMENT' : there ? 'NAME_EXISTS' : undefined, () => {
    driver.engine.entangle(driver.real(first), driver.real(second), kind);
    driver.model.ties.push({ first: first.id, second: second.id, kind });
  });
}

function pin(driver: Driver): void {
  const id = driver.random.chance(0.5) ? driver.somePresent() : driver.random.pick([...driver.model.pins, driver.somePresent()]);
  const pinned = driver.random.chance(0.4);
  driver.attempt(undefined, () => {
    driver.engine.pin(id, pinned);
    if (pinned) driver.model.pins.add(id);
    else driver.model.pins.delete(id);
  });
}

function ended(fork: ModelFork, state: 'merged' | 'discarded'): ModelMove {
  return { fork: fork.id, before: fork.at, after: { ...fork.at, state } };
}

function sameFiles(a: Files, b: Files): boolean {
  return a.size === b.size && [...a].every(([at, content]) => b.get(at) === content);
}
