import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ObjectType } from '../../../server/engine/ports.ts';
import type { HexId } from '../../../protocol/ids.ts';
import { Collection } from '../../../server/engine/collection.ts';
import type { CollectionResult } from '../../../server/engine/collection.ts';
import { CHUNK_THRESHOLD, putContent } from '../../../server/engine/content/content.ts';
import { storeConflict } from '../../../server/engine/merge.ts';
import { DEFAULT_RETENTION } from '../../../server/engine/retention.ts';
import type { RetentionRules } from '../../../server/engine/retention.ts';
import type { Fork } from '../../../server/engine/state.ts';
import { FileMode } from '../../../server/engine/tree/entry.ts';
import { commitUndo, planUndo } from '../../../server/engine/undo.ts';
import { DAY, EngineFixture, stateOf } from '../../support/engine-fixture.ts';
import { hasCode } from '../../support/store.ts';
import { path } from '../../support/tree-model.ts';

/** Keeps as little as may be. */
const STRICT: RetentionRules = { keepLast: 0, keepDays: 0, grace: 0 };

function sweep(t: EngineFixture, rules: RetentionRules = STRICT, dryRun = false): CollectionResult {
  const collection = new Collection(t.engine, t.store, rules, dryRun);
  assert.ok(collection.step(Infinity));
  assert.ok(collection.result);
  return collection.result;
}

function has(t: EngineFixture, checkpoint: HexId): boolean {
  return t.store.typeOf(Buffer.from(checkpoint, 'hex')) !== undefined;
}

function series(t: EngineFixture, fork: Fork, count: number): HexId[] {
  return Array.from({ length: count }, (_, n) => t.checkpoint(fork, { 'n.txt': `${fork.name} ${n}` }).checkpoint);
}

describe('retention', () => {
  it('keeps the newest of each fork, whatever their age', () => {
    const t = new EngineFixture();
    const [one, two] = [t.fork(), t.fork()];
    const [ofOne, ofTwo] = [series(t, one, 5), series(t, two, 2)];
    t.clock.millis += 100 * DAY;
    sweep(t, { keepLast: 3, keepDays: 30, grace: DAY });
    assert.deepEqual(ofOne.map((id) => has(t, id)), [false, false, true, true, true]);
    assert.deepEqual(ofTwo.map((id) => has(t, id)), [true, true]);
    assert.deepEqual(t.filesAt(ofOne[2] as HexId)['n.txt'], `${one.name} 2`);
  });

  it('keeps the newest of one millisecond too', () => {
    const t = new EngineFixture();
    t.clock.step = 0;
    const made = series(t, t.fork(), 5);
    t.clock.millis += 100 * DAY;
    sweep(t, { keepLast: 2, keepDays: 30, grace: DAY });
    assert.deepEqual(made.map((id) => has(t, id)), [false, false, false, true, true]);
  });

  it('keeps what is young, what is pinned, and what operations can still reach', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const [, pinned, rewoundFrom] = series(t, fork, 3) as [HexId, HexId, HexId];
    t.engine.pin(pinned, true);
    t.engine.rewind(fork, fork.base);
    const lost = series(t, t.fork(), 1)[0] as HexId;
    const other = t.fork();
    series(t, other, 2);
    t.clock.millis += 40 * DAY;
    const young = series(t, other, 2)[0] as HexId;
    const result = sweep(t, { keepLast: 0, keepDays: 30, grace: DAY });
    assert.ok(has(t, pinned) && has(t, rewoundFrom) && has(t, young));
    assert.ok(has(t, lost), 'the head of a live fork');
    assert.equal(result.checkpoints.length, 3);
    t.engine.pin(pinned, false);
    assert.deepEqual(sweep(t, { keepLast: 0, keepDays: 30, grace: DAY }).checkpoints, [pinned]);
    commitUndo(t.engine, planUndo(t.engine, fork));
    assert.equal(t.files(fork)['n.txt'], `${fork.name} 2`);
  });

  it('lets ended forks be undone for the grace period, then purges them for good', () => {
    const t = new EngineFixture();
    const [merged, dropped] = [t.fork(), t.fork({ name: 'dropped' })];
    const work = series(t, dropped, 3);
    t.engine.discard([dropped]);
    t.engine.transact([t.engine.operationRecord('collapse', [{ fork: merged.id, before: { head: merged.head, base: merged.base, state: 'live' }, after: { head: merged.head, base: merged.base, state: 'merged' } }])], 'process');
    t.clock.millis += 7 * DAY - 1000;
    assert.deepEqual(sweep(t, { ...DEFAULT_RETENTION, keepDays: 0 }).forks, []);
    commitUndo(t.engine, planUndo(t.engine, dropped));
    assert.deepEqual(t.files(dropped)['n.txt'], 'dropped 2');
    t.engine.discard([dropped]);
    t.clock.millis += 7 * DAY;
    assert.deepEqual(new Set(sweep(t, DEFAULT_RETENTION).forks), new Set([merged.id, dropped.id]));
    assert.deepEqual(work.map((id) => has(t, id)), [false, false, false]);
    assert.equal(t.engine.state.operations.size, 0);
    const before = stateOf(t.engine);
    t.reopen();
    assert.deepEqual(stateOf(t.engine), { ...before as object, retired: work }, 'what is not compacted stays hidden');
    assert.deepEqual(work.map((id) => has(t, id)), [false, false, false]);
    t.store.compact();
    t.reopen();
    assert.deepEqual(stateOf(t.engine), { ...before as object, retired: [] });
  });

  it('purges a fork though others stood on it', () => {
    const t = new EngineFixture();
    const outer = t.fork();
    series(t, outer, 2);
    const inner = t.child(outer);
    t.engine.discard([outer]);
    assert.deepEqual(sweep(t).forks, [outer.id]);
    assert.equal(t.files(inner)['n.txt'], `${outer.name} 1`);
    t.reopen();
    assert.equal(t.files(t.live(inner))['n.txt'], `${outer.name} 1`);
  });
});

describe('a journal that lacks what was swept', () => {
  it('does not bring back writes that a swept checkpoint held', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    t.write(fork, 'a.txt', 'written, recorded, rewound, swept');
    const { checkpoint } = t.checkpoint(fork);
    t.engine.rewind(fork, fork.base);
    t.engine.rewind(fork, fork.base);
    assert.deepEqual(sweep(t).checkpoints, [checkpoint]);
    t.store.compact();
    t.reopen();
    assert.equal(t.live(fork).pending.size, 0);
    assert.equal(t.files(t.live(fork))['a.txt'], 'a');
  });
});

describe('a collection', () => {
  it('drops exactly what nothing refers to', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    sweep(t);
    const clean = t.store.size;
    const large = t.random.bytes(CHUNK_THRESHOLD * 2);
    t.engine.checkpoint(fork, { edits: [{ path: path('large'), entry: { ...putContent(t.store, large), mode: FileMode.file } }] });
    t.write(fork, 'pending.txt', 'pending');
    const conflict = storeConflict(t.store, t.engine.headRoot(fork), { path: path('x'), reason: 'both-added', base: t.put('base side'), ours: undefined, theirs: t.put('their side') }, t.put('marked').id.toString('hex'));
    const other = t.fork();
    t.engine.checkpoint(other, { edits: [conflict] });
    const full = t.store.size;
    assert.equal(sweep(t).objects, 0, 'chunks, sides of conflicts and pending content are in use');
    assert.equal(t.store.size, full);
    t.engine.discard([fork, other]);
    t.clock.millis += 1;
    const dry = sweep(t, STRICT, true);
    assert.equal(t.store.size, full, 'a dry run drops nothing');
    assert.equal(fork.state, 'discarded');
    const real = sweep(t);
    assert.deepEqual([real.objects, real.bytes, real.forks, real.checkpoints], [dry.objects, dry.bytes, dry.forks, dry.checkpoints]);
    assert.equal(t.store.size, clean);
  });

  it('keeps trees of imported commits and of a collapse that is under way', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const [first, second] = [t.checkpoint(fork, { 'a.txt': '1' }).root, t.checkpoint(fork, { 'a.txt': '2' }).root];
    t.engine.transact([
      { type: 'commit-tree', commit: 'c1', root: first },
      { type: 'intent', id: 'i', abandoned: false, into: t.workspace.id, winner: fork.id, fromRoot: t.engine.headRoot(t.workspace).toString('hex'), toRoot: second, losers: [], git: null, message: '', time: 1 },
    ], 'process');
    t.engine.discard([fork]);
    sweep(t);
    for (const root of [first, second]) assert.equal(t.store.typeOf(Buffer.from(root, 'hex')), ObjectType.node);
  });

  it('goes in slices, and can be given up', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    series(t, fork, 200);
    const size = t.store.size;
    const collection = new Collection(t.engine, t.store, STRICT, false);
    assert.equal(collection.step(0), false);
    assert.equal(collection.result, undefined);
    collection.abort();
    collection.abort();
    assert.equal(t.store.size, size);
    assert.equal(collection.result, undefined);
    assert.equal(sweep(t).checkpoints.length, 199);
  });

  it('spares what a fork that is brought back meanwhile needs', () => {
    for (const steps of [0, 1, 2]) {
      const t = new EngineFixture();
      const fork = t.fork();
      const work = series(t, fork, 70);
      t.engine.discard([fork]);
      const collection = new Collection(t.engine, t.store, { keepLast: 10, keepDays: 0, grace: 0 }, false);
      for (let n = 0; n < steps; n++) assert.equal(collection.step(0), false);
      commitUndo(t.engine, planUndo(t.engine, fork));
      assert.ok(collection.step(Infinity));
      assert.deepEqual(collection.result?.forks, []);
      assert.equal(t.live(fork).state, 'live');
      assert.deepEqual(work.map((id) => has(t, id)), work.map((_, n) => n >= 60), `after ${steps} steps`);
      for (const [n, id] of work.entries()) if (n >= 60) assert.equal(t.filesAt(id)['n.txt'], `${fork.name} ${n}`);
    }
  });

  it('gives a fork that was discarded anew meanwhile its grace period anew', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    series(t, fork, 3);
    t.engine.discard([fork]);
    t.clock.millis += 2 * DAY;
    const collection = new Collection(t.engine, t.store, { keepLast: 0, keepDays: 0, grace: DAY }, false);
    commitUndo(t.engine, planUndo(t.engine, fork));
    t.engine.discard([fork]);
    assert.ok(collection.step(Infinity));
    assert.deepEqual(collection.result?.forks, []);
    commitUndo(t.engine, planUndo(t.engine, fork));
    assert.equal(t.files(fork)['n.txt'], `${fork.name} 2`);
  });

  it('spares what was taken from a doomed checkpoint meanwhile, though its fork went elsewhere since', () => {
    const t = new EngineFixture(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}`, String(n)])));
    const fork = t.fork();
    const doomed = t.checkpoint(fork, Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}`, `doomed ${n}`]))).checkpoint;
    t.checkpoint(fork, Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}`, `head ${n}`])));
    const collection = new Collection(t.engine, t.store, STRICT, false);
    assert.equal(collection.step(0), false, 'what there was is known');
    t.engine.rewind(fork, doomed);
    const taken = t.checkpoint(fork, { f7: 'on top of the doomed' }).checkpoint;
    t.engine.rewind(fork, fork.base);
    t.engine.rewind(fork, fork.base);
    assert.ok(collection.step(Infinity));
    assert.ok(has(t, taken), 'what was written since the start is never dropped');
    assert.equal(t.filesAt(taken)['f150'], 'doomed 150', 'so it must be whole');
  });

  it('that cannot be recorded drops nothing', () => {
    const t = new EngineFixture();
    series(t, t.fork(), 5);
    const [before, size] = [stateOf(t.engine), t.store.size];
    const collection = new Collection(t.engine, t.store, STRICT, false);
    t.fillDisk();
    assert.throws(() => collection.step(Infinity), hasCode('NO_SPACE'));
    assert.deepEqual(stateOf(t.engine), before);
    assert.equal(t.store.size, size);
    assert.equal(sweep(t).checkpoints.length, 4);
  });

  it('does not touch what is staged while it runs', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    series(t, fork, 3);
    const old = t.put('old content that nothing refers to');
    t.store.commit('process');
    const staged = t.put('staged before');
    const collection = new Collection(t.engine, t.store, STRICT, false);
    const again = t.put('old content that nothing refers to');
    assert.ok(collection.step(Infinity));
    t.engine.checkpoint(fork, { edits: [{ path: path('x'), entry: staged }, { path: path('y'), entry: again }] });
    assert.deepEqual([t.files(fork)['x'], t.files(fork)['y']], ['staged before', 'old content that nothing refers to']);
    assert.deepEqual(old, again);
  });
});
