import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HexId } from '../../../protocol/ids.ts';
import { commonAncestor } from '../../../server/engine/ancestry.ts';
import { Collection } from '../../../server/engine/collection.ts';
import { conflictText, entryOfSide, planMerge, readConflict, storeConflict } from '../../../server/engine/merge.ts';
import type { Fork } from '../../../server/engine/state.ts';
import type { Entry } from '../../../server/engine/tree/entry.ts';
import { FileMode } from '../../../server/engine/tree/entry.ts';
import { DAY, EngineFixture } from '../../support/engine-fixture.ts';
import { hasCode } from '../../support/store.ts';
import { path } from '../../support/tree-model.ts';

/** Merges without line merging: what is disputed is stored as a conflict. */
function integrate(t: EngineFixture, from: Fork, into: Fork): HexId {
  const plan = planMerge(t.engine, from, into);
  const conflicts = plan.conflicts.map((conflict) => storeConflict(t.store, plan.ours, conflict));
  return t.engine.checkpoint(into, { edits: [...plan.edits, ...conflicts], merged: [plan.theirs], kind: 'merge' }).checkpoint;
}

function emptyTheStoreOfHistory(t: EngineFixture): void {
  t.clock.millis += 100 * DAY;
  const collection = new Collection(t.engine, t.store, { keepLast: 1, keepDays: 1, grace: DAY }, false);
  assert.ok(collection.step(Infinity));
}

describe('merging forks', () => {
  it('takes what the other changed since they parted, and keeps what is ours', () => {
    const t = new EngineFixture();
    const [one, two] = [t.fork(), t.fork()];
    t.checkpoint(one, { 'a.txt': 'one', 'n1.txt': '1' });
    t.checkpoint(two, { 'b.txt': null, 'n2.txt': '2' });
    integrate(t, two, one);
    assert.deepEqual(t.files(one), { 'a.txt': 'one', 'dir/c.txt': 'c', 'n1.txt': '1', 'n2.txt': '2' });
    assert.deepEqual(t.files(two), { 'a.txt': 'a', 'dir/c.txt': 'c', 'n2.txt': '2' });
  });

  it('keeps every side of a conflict, readable after a restart', () => {
    const t = new EngineFixture();
    const [one, two] = [t.fork(), t.fork()];
    t.checkpoint(one, { 'a.txt': 'ours', 'b.txt': null });
    t.checkpoint(two, { 'a.txt': 'theirs', 'b.txt': 'changed' });
    const plan = planMerge(t.engine, two, one);
    assert.deepEqual(plan.conflicts.map(({ path: at, reason }) => [at, reason]), [['a.txt', 'both-changed'], ['b.txt', 'changed-deleted']]);
    integrate(t, two, one);
    t.reopen();
    const stored = t.engine.lookup(t.live(one), path('a.txt'));
    assert.equal(stored?.mode, FileMode.conflict);
    const sides = readConflict(t.store, stored as Entry);
    assert.equal(sides.reason, 'both-changed');
    assert.deepEqual([sides.base, sides.ours, sides.theirs].map((side) => t.store.get((entryOfSide(side) as Entry).id).toString()), ['a', 'ours', 'theirs']);
    const deleted = readConflict(t.store, t.engine.lookup(t.live(one), path('b.txt')) as Entry);
    assert.equal(entryOfSide(deleted.ours), null);
    assert.equal(conflictText(t.store, stored as Entry).toString(), 'ours');
    assert.equal(conflictText(t.store, t.engine.lookup(t.live(one), path('b.txt')) as Entry).toString(), 'changed');
    t.checkpoint(t.live(one), { 'a.txt': 'resolved', 'b.txt': 'resolved' });
    assert.equal(t.files(t.live(one))['a.txt'], 'resolved');
  });

  it('shows a conflict with its markers where there are any', () => {
    const t = new EngineFixture();
    const conflict = { path: path('x'), reason: 'both-changed', base: undefined, ours: undefined, theirs: undefined } as const;
    const ours = t.engine.headRoot(t.workspace);
    const marked = t.put('<<<<<<<').id.toString('hex');
    assert.equal(conflictText(t.store, storeConflict(t.store, ours, conflict, marked).entry as Entry).toString(), '<<<<<<<');
    assert.equal(conflictText(t.store, storeConflict(t.store, ours, conflict).entry as Entry).toString(), '');
  });

  it('moves theirs aside where a file and a directory want one name', () => {
    const t = new EngineFixture();
    const [one, two] = [t.fork(), t.fork()];
    t.checkpoint(one, { 'x/inside': 'ours', y: 'ours', 'y~theirs': 'taken' });
    t.checkpoint(two, { x: 'theirs', 'y/inside': 'theirs' });
    integrate(t, two, one);
    const shown = (at: string): string => conflictText(t.store, t.engine.lookup(one, path(at)) as Entry).toString();
    assert.deepEqual([shown('x~theirs'), shown('y~theirs_1/inside')], ['theirs', 'theirs']);
    assert.equal(t.engine.lookup(one, path('y'))?.mode, FileMode.file);
  });

  it('twice takes only what is new', () => {
    const t = new EngineFixture();
    const [one, two] = [t.fork(), t.fork()];
    t.checkpoint(two, { 'a.txt': '1' });
    integrate(t, two, one);
    t.checkpoint(two, { 'a.txt': '2' });
    const plan = planMerge(t.engine, two, one);
    assert.deepEqual([plan.conflicts.length, plan.edits.map(({ path: at }) => at)], [0, ['a.txt']]);
  });

  it('of strangers is refused', () => {
    const t = new EngineFixture();
    const stranger = t.engine.createWorkspace({ name: 'second', agent: 'you', dir: null, edits: [], git: null });
    assert.throws(() => planMerge(t.engine, stranger, t.fork()), hasCode('CONFLICT'));
  });

  it('still finds where forks parted when retention cut their histories', () => {
    const t = new EngineFixture();
    const outer = t.fork();
    const [one, two] = [t.child(outer), t.child(outer)];
    for (let n = 0; n < 3; n++) for (const fork of [outer, one, two]) t.checkpoint(fork, { [`${fork.name}.txt`]: String(n) });
    emptyTheStoreOfHistory(t);
    assert.equal(commonAncestor(t.store, one.head, two.head), undefined, 'the history is cut');
    for (const [from, into] of [[one, two], [two, outer], [outer, one]] as const) {
      const plan = planMerge(t.engine, from, into);
      assert.deepEqual([plan.base, plan.conflicts.length], [one.base, 0]);
      assert.deepEqual(plan.edits.map(({ path: at }) => at), [`${from.name}.txt`]);
    }
    assert.throws(() => planMerge(t.engine, one, t.workspace), hasCode('CONFLICT'));
  });
});

describe('the common ancestor', () => {
  it('of a checkpoint and itself, or its ancestor, is that', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const first = t.checkpoint(fork).checkpoint;
    const second = t.checkpoint(fork).checkpoint;
    assert.equal(commonAncestor(t.store, second, second), second);
    assert.equal(commonAncestor(t.store, first, second), first);
    assert.equal(commonAncestor(t.store, second, first), first);
    assert.equal(commonAncestor(t.store, second, '0'.repeat(64)), undefined);
  });

  it('of criss-cross merges is one of the two, the newest', () => {
    const t = new EngineFixture();
    const [one, two] = [t.fork(), t.fork()];
    const left = t.checkpoint(one, { 'a.txt': '1' }).checkpoint;
    const right = t.checkpoint(two, { 'b.txt': '2' }).checkpoint;
    t.engine.checkpoint(one, { merged: [right] });
    t.engine.checkpoint(two, { merged: [left] });
    assert.equal(commonAncestor(t.store, one.head, two.head), right);
    assert.equal(commonAncestor(t.store, two.head, one.head), right);
  });

  it('is the best one though an older one is a parent too, at any reading of the clock', () => {
    for (const step of [1, 0, -1, -DAY / 100]) {
      const t = new EngineFixture();
      const fork = t.fork();
      const other = t.fork({ base: fork.base });
      const old = t.checkpoint(fork, { 'p.txt': '1' }).checkpoint;
      const best = t.checkpoint(fork, { 'p.txt': '2' }).checkpoint;
      t.clock.step = step;
      t.engine.rewind(other, best);
      const merged = t.engine.checkpoint(other, { merged: [old] }).checkpoint;
      const later = t.checkpoint(fork, { 'p.txt': '3' }).checkpoint;
      assert.equal(commonAncestor(t.store, merged, later), best, `step ${step}`);
      assert.equal(commonAncestor(t.store, later, merged), best, `step ${step}`);
      assert.deepEqual(planMerge(t.engine, fork, other).conflicts, []);
    }
  });

  it('agrees with a plain search in random histories, whatever the clock does', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const t = new EngineFixture({}, seed);
      const parents = new Map<HexId, readonly HexId[]>([[t.workspace.head, []]]);
      const forks = [t.fork(), t.fork(), t.fork()];
      for (let n = 0; n < 30; n++) {
        t.clock.step = t.random.pick([0, 0, 1, 5, -7, -1000]);
        const fork = t.random.pick(forks);
        const other = t.random.pick([...parents.keys()]);
        if (t.random.chance(0.2)) t.engine.rewind(fork, other);
        const taken = t.checkpoint(fork, {}, { message: String(n), merged: t.random.chance(0.4) ? [other] : [] });
        parents.set(taken.checkpoint, taken.parents);
      }
      for (let n = 0; n < 20; n++) {
        const [a, b] = [t.random.pick([...parents.keys()]), t.random.pick([...parents.keys()])];
        const best = bestAncestors(parents, a, b);
        const found = commonAncestor(t.store, a, b);
        assert.ok(found === undefined ? best.size === 0 : best.has(found), `seed ${seed}: ${a.slice(0, 8)} ${b.slice(0, 8)}`);
      }
    }
  });
});

function bestAncestors(parents: ReadonlyMap<HexId, readonly HexId[]>, a: HexId, b: HexId): Set<HexId> {
  const ofB = ancestors(parents, [b]);
  const common = [...ancestors(parents, [a])].filter((id) => ofB.has(id));
  const stale = ancestors(parents, common.flatMap((id) => parents.get(id) ?? []));
  return new Set(common.filter((id) => !stale.has(id)));
}

function ancestors(parents: ReadonlyMap<HexId, readonly HexId[]>, from: readonly HexId[]): Set<HexId> {
  const seen = new Set<HexId>();
  const stack = [...from];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    stack.push(...parents.get(id) ?? []);
  }
  return seen;
}
