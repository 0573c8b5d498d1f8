import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectType } from '../../../server/engine/ports.ts';
import { hash } from '../../../server/store/hash.ts';
import { InlineRewriter } from '../../../server/store/rewrite.ts';
import type { SegmentRewriter } from '../../../server/store/rewrite.ts';
import type { SegmentStore } from '../../../server/store/segment-store.ts';
import { Crash, MemoryDisk } from '../../support/memory-disk.ts';
import { SeededRandom } from '../../support/random.ts';
import { fill, hasCode, openStore } from '../../support/store.ts';

/** Marks `live` and drops the rest. */
function collect(store: SegmentStore, live: readonly Buffer[]): void {
  store.beginMark(() => undefined);
  for (const id of live) store.mark(id, 0);
  store.endMark(true);
}

const isOdd = (payload: Buffer): boolean => (JSON.parse(payload.toString()) as { n: number }).n % 2 === 1;

test('compaction keeps what lives, compresses it, drops the rest and gives the space back', async () => {
  const disk = new MemoryDisk();
  let store = openStore(disk);
  const ids = fill(store, 100);
  const live = ids.filter((_, i) => i % 4 === 0);
  collect(store, live);
  for (let round = 0; round < 3; round++) {
    const before = store.statistics().bytesOnDisk;
    const result = await store.compact({ purgeRecord: isOdd });
    if (round === 0) {
      assert.equal(result.dropped, 75 + 50);
      assert.equal(before - store.statistics().bytesOnDisk, result.bytesBefore - result.bytesAfter);
      assert.ok(store.statistics().bytesOnDisk < before / 20, `${store.statistics().bytesOnDisk}`);
    } else if (round === 1) {
      assert.ok(result.segments <= 2, 'small results are merged once');
    } else {
      assert.deepEqual(result, { segments: 0, bytesBefore: 0, bytesAfter: 0, dropped: 0 }, 'nothing is rewritten twice');
    }
    for (const id of live) assert.deepEqual(hash(store.get(id)), id);
    assert.throws(() => store.get(ids[1] as Buffer), hasCode('NOT_FOUND'));
    assert.equal((await store.verify()).ok, true);
    const sequences = [...store.journal(0)].map((entry) => entry.sequence);
    assert.deepEqual(sequences, Array.from({ length: 50 }, (_, i) => 2 * i + 1));
    assert.equal(store.lastSequence, 100);
    await store.close();
    store = openStore(disk);
    assert.equal(store.lastSequence, 100, 'numbers are never given out twice');
  }
  assert.deepEqual([...store.journal(90)].map((entry) => entry.sequence), [91, 93, 95, 97, 99]);
});

test('a store of which nothing is left goes on counting', async () => {
  const disk = new MemoryDisk();
  let store = openStore(disk);
  fill(store, 60);
  collect(store, []);
  await store.compact({ purgeRecord: () => true });
  assert.equal([...store.journal(0)].length, 0);
  await store.close();
  store = openStore(disk);
  assert.equal(store.lastSequence, 60);
  fill(store, 30, 2);
  collect(store, []);
  await store.compact({ purgeRecord: () => true });
  await store.close();
  store = openStore(disk);
  assert.equal(store.lastSequence, 90);
  assert.ok(store.statistics().segments <= 2);
});

test('a crash or power cut at any operation of a compaction loses nothing', async () => {
  for (const how of ['kill', 'power'] as const) {
    for (let at = 1; ; at++) {
      const disk = new MemoryDisk();
      let store = openStore(disk, { limits: { segmentBytes: 16 * 1024, cacheBytes: 16 * 1024 } });
      const ids = fill(store, 20);
      const live = ids.filter((_, i) => i % 3 !== 0);
      collect(store, live);
      await store.sync();
      disk.failAt(at, 'crash', false);
      const crashed = await store.compact({ purgeRecord: isOdd }).then(() => false, (error: unknown) => {
        assert.ok(error instanceof Crash || String(error).includes('crash'), String(error));
        return true;
      });
      disk.restart(how);
      store = openStore(disk, { limits: { segmentBytes: 16 * 1024, cacheBytes: 16 * 1024 } });
      assert.deepEqual(store.faults, [], `${how} at ${at}`);
      for (const id of live) assert.deepEqual(hash(store.get(id)), id, `${how} at ${at}`);
      const sequences = [...store.journal(0)].map((entry) => entry.sequence);
      assert.deepEqual(sequences.filter((sequence) => sequence % 2 === 1), Array.from({ length: 10 }, (_, i) => 2 * i + 1));
      assert.deepEqual(sequences, [...new Set(sequences)].sort((a, b) => a - b));
      assert.equal(store.lastSequence, 20);
      assert.equal((await store.verify()).ok, true);
      collect(store, live);
      await store.compact({ purgeRecord: isOdd });
      for (const id of live) assert.deepEqual(hash(store.get(id)), id);
      if (!crashed) break;
    }
  }
});

test('the N-th operation of a compaction fails: a clear error, nothing lost, and it works again', async () => {
  for (const kind of ['ENOSPC', 'EIO'] as const) {
    for (let at = 1; ; at++) {
      const disk = new MemoryDisk();
      const store = openStore(disk, { limits: { segmentBytes: 16 * 1024, cacheBytes: 16 * 1024 } });
      const ids = fill(store, 12);
      await store.sync();
      collect(store, ids.slice(0, 6));
      disk.failAt(at, kind);
      const failed = await store.compact().then(() => false, hasCode(kind === 'ENOSPC' ? 'NO_SPACE' : 'INTERNAL'));
      const reached = failed || disk.operations >= at;
      disk.heal();
      for (const id of ids.slice(0, 6)) assert.deepEqual(hash(store.get(id)), id, `${kind} at ${at}`);
      await store.compact();
      for (const id of ids.slice(0, 6)) assert.deepEqual(hash(store.get(id)), id);
      assert.equal((await store.verify()).ok, true);
      if (!reached) break;
    }
  }
});

test('commits and reads go on while segments are rewritten', async () => {
  const disk = new MemoryDisk();
  const inline = new InlineRewriter(disk);
  const during: (() => void)[] = [];
  const rewriter: SegmentRewriter = {
    rewrite: async (job) => {
      during.shift()?.();
      const result = await inline.rewrite(job);
      during.shift()?.();
      return result;
    },
    close: () => inline.close(),
  };
  const store = openStore(disk, { rewriter });
  const ids = fill(store, 60);
  const live = ids.filter((_, i) => i % 2 === 0);
  collect(store, live);
  let again: Buffer = Buffer.alloc(0);
  const contents = new Map(live.map((id) => [id.toString('hex'), store.get(id)]));
  during.push(() => {
    // One that was dropped comes back while its old frame is being left out, another goes.
    again = store.put(ObjectType.blob, contents.get((live[0] as Buffer).toString('hex')) as Buffer);
    store.forget(live[1] as Buffer);
    fill(store, 30, 5);
  });
  const [first, second] = await Promise.all([store.compact(), store.compact()]);
  assert.equal(first, second, 'one compaction at a time');
  assert.deepEqual(again, live[0]);
  assert.throws(() => store.get(live[1] as Buffer), hasCode('NOT_FOUND'));
  for (const id of live.slice(2)) assert.deepEqual(hash(store.get(id)), id);
  assert.equal([...store.journal(0)].length, 90);
  assert.equal((await store.verify()).ok, true);
  await assert.rejects(store.compact({ signal: AbortSignal.abort() }), hasCode('CANCELLED'));
});

test('a damaged segment is not rewritten, a damaged object goes along as it is', async () => {
  const disk = new MemoryDisk();
  let store = openStore(disk);
  const ids = fill(store, 60);
  await store.close();
  const [first, second] = disk.paths().filter((path) => path.endsWith('.seg')) as [string, string];
  disk.content(first).fill(0xff, 600, 610);
  disk.content(second).fill(0xff, disk.content(second).indexOf('PYIB') + 4, disk.content(second).indexOf('PYIB') + 8);
  disk.unlink(second.replace('.seg', '.idx'));
  store = openStore(disk);
  assert.equal(store.faults.length, 1);
  await store.compact();
  assert.ok(disk.paths().includes(second));
  assert.ok(!disk.paths().includes(first));
  assert.throws(() => store.get(ids[0] as Buffer), hasCode('CORRUPT_OBJECT'));
  assert.equal((await store.verify()).faults.filter((fault) => fault.id === ids[0]?.toString('hex')).length, 1);
});

test('mark phase: new objects stay, old ones that are put again are reported, entry numbers that are used again start unmarked', () => {
  const store = openStore(new MemoryDisk());
  const [a, b, c] = ['a', 'b', 'c'].map((text) => store.put(ObjectType.blob, Buffer.from(text))) as [Buffer, Buffer, Buffer];
  store.commit('process');
  const staged = store.put(ObjectType.blob, Buffer.from('staged before the phase'));
  const touched: string[] = [];
  store.beginMark((id, type) => { touched.push(`${id.toString('hex')} ${type}`); });
  assert.equal(store.isMarked(staged, 0), true);
  store.commit('process');
  assert.deepEqual([store.mark(a, 0), store.mark(a, 0), store.isMarked(a, 0), store.isMarked(b, 0)], [true, false, true, false]);
  store.put(ObjectType.blob, Buffer.from('a'));
  store.put(ObjectType.blob, Buffer.from('b'));
  assert.deepEqual(touched, [`${b.toString('hex')} 1`]);
  const fresh = store.put(ObjectType.blob, Buffer.from('fresh'));
  assert.equal(store.isMarked(fresh, 0), true);
  assert.equal(store.mark(fresh, 0), true, 'what it refers to must be visited once');
  assert.equal(store.mark(fresh, 0), false);
  store.rollback();
  const reused = store.put(ObjectType.blob, Buffer.from('takes the number of fresh'));
  assert.equal(store.mark(reused, 0), true);
  store.forget(reused);
  store.forget(Buffer.alloc(32));
  store.rollback();
  assert.equal(store.mark(Buffer.alloc(32), 0), false);
  assert.deepEqual(store.unmarked(), { objects: 2, bytes: 2 });
  store.endMark(true);
  assert.deepEqual([a, b, c, staged].map((id) => store.typeOf(id) !== undefined), [true, false, false, true]);
  assert.deepEqual(store.put(ObjectType.blob, Buffer.from('b')), b, 'and is stored anew');
  store.commit('process');
  assert.equal(store.get(b).toString(), 'b');
  assert.throws(() => store.unmarked(), hasCode('INTERNAL'));
});

test('collections with puts in between, seeded: nothing that was marked or put since the phase began is ever lost', async () => {
  const seed = 20260;
  const random = new SeededRandom(seed);
  const disk = new MemoryDisk();
  let store = openStore(disk, { limits: { segmentBytes: 8 * 1024, cacheBytes: 8 * 1024 } });
  const live = new Map<string, Buffer>();
  const all: Buffer[] = [];
  const content = (i: number): Buffer => Buffer.alloc(20 + (i % 900), `${i} `);
  const put = (): void => {
    const i = random.below(400);
    const id = store.put(ObjectType.blob, content(i));
    live.set(id.toString('hex'), content(i));
    all.push(id);
    if (random.chance(0.3)) store.commit(random.chance(0.2) ? 'memory' : 'process');
  };
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 30; i++) put();
    store.commit('process');
    // Some die; what is put during the phase lives.
    for (const key of [...live.keys()]) if (random.chance(0.3)) live.delete(key);
    const roots = [...live.keys()];
    store.beginMark((id) => { store.mark(id, 0); });
    for (const key of roots) {
      store.mark(Buffer.from(key, 'hex'), 0);
      if (random.chance(0.2)) put();
    }
    const compaction = random.chance(0.5) ? store.compact() : undefined;
    if (random.chance(0.5)) await compaction;
    store.commit('process');
    store.endMark(true);
    await compaction;
    if (random.chance(0.5)) await store.compact();
    if (random.chance(0.3)) {
      await store.close();
      store = openStore(disk, { limits: { segmentBytes: 8 * 1024, cacheBytes: 8 * 1024 } });
    }
    for (const [key, bytes] of live) assert.deepEqual(store.get(Buffer.from(key, 'hex')), bytes, `seed ${seed} round ${round}`);
  }
  assert.ok(all.length > 1000);
  assert.equal((await store.verify()).ok, true);
});
