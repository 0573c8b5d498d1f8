import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectType } from '../../../server/engine/ports.ts';
import { hash } from '../../../server/store/hash.ts';
import type { StoreWarning } from '../../../server/store/store-options.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { fill, hasCode, loaded, openStore } from '../../support/store.ts';

test('what is committed reads back, at once and after reopening, over many segments', async () => {
  const disk = new MemoryDisk();
  let store = openStore(disk);
  const ids = fill(store, 100);
  assert.ok(store.statistics().segments > 3);
  const contents = ids.map((id) => store.get(id));
  for (const [i, id] of ids.entries()) assert.deepEqual(hash(contents[i] as Buffer), id);
  await store.close();
  assert.equal(disk.openFiles, 0);
  for (let round = 0; round < 2; round++) {
    store = openStore(disk);
    assert.equal(store.faults.length, 0);
    for (const [i, id] of ids.entries()) assert.deepEqual(loaded(store, id), contents[i]);
    for (const [i, id] of ids.entries()) assert.deepEqual(store.get(id), contents[i]);
    assert.equal(store.lastSequence, 100);
    const journal = [...store.journal(40)];
    assert.deepEqual(journal.map((entry) => entry.payload.toString()), Array.from({ length: 60 }, (_, i) => `{"n":${i + 40}}`));
    assert.deepEqual(journal.map((entry) => entry.sequence), Array.from({ length: 60 }, (_, i) => i + 41));
    assert.equal((await store.verify()).ok, true);
    await store.close();
    await store.close();
  }
});

test('many small batches in one segment, with and without its sidecar', async () => {
  const disk = new MemoryDisk();
  let store = openStore(disk, { limits: { segmentBytes: 1024 * 1024, cacheBytes: 32 * 1024 } });
  const ids = fill(store, 700, 4, 10);
  for (const end of ['kill', 'close'] as const) {
    if (end === 'close') await store.close();
    disk.restart('kill');
    store = openStore(disk, { limits: { segmentBytes: 1024 * 1024, cacheBytes: 32 * 1024 } });
    assert.equal(store.statistics().segments, 1);
    assert.equal(store.lastSequence, 700);
    for (const id of ids) assert.deepEqual(hash(store.get(id)), id);
    assert.equal([...store.journal(350)].length, 350);
  }
});

test('what memory had and what it had not is counted', () => {
  const disk = new MemoryDisk();
  const store = openStore(disk);
  const id = store.put(ObjectType.blob, Buffer.from('content'));
  store.commit('process');
  for (let n = 0; n < 5; n++) store.get(id);
  assert.throws(() => store.get(Buffer.alloc(32)));
  const { loads, misses, cacheBytes } = store.statistics();
  assert.deepEqual([loads, misses], [5, 1], 'read once; what is not there is neither');
  assert.ok(cacheBytes > 0);
});

test('put: the same bytes are stored once, records never are deduplicated, a type is for good', () => {
  const store = openStore(new MemoryDisk());
  const id = store.put(ObjectType.blob, Buffer.from('same'));
  assert.deepEqual(store.put(ObjectType.blob, new Uint8Array(Buffer.from('same'))), id);
  store.record(Buffer.from('r'));
  store.record(Buffer.from('r'));
  store.commit('process');
  assert.deepEqual(store.put(ObjectType.blob, Buffer.from('same')), id);
  const { objects, putBytes, storedBytes } = store.statistics();
  assert.deepEqual({ objects, putBytes, storedBytes }, { objects: 1, putBytes: 12, storedBytes: 4 });
  assert.equal([...store.journal(0)].length, 2);
  assert.equal(store.typeOf(id), ObjectType.blob);
  assert.equal(store.typeOf(Buffer.alloc(32)), undefined);
  assert.throws(() => store.put(ObjectType.node, Buffer.from('same')), hasCode('INVALID_ARGUMENT'));
  assert.throws(() => store.put(ObjectType.record, Buffer.from('x')), hasCode('INVALID_ARGUMENT'));
  assert.throws(() => store.put(ObjectType.blob, Buffer.alloc(65 * 1024)), hasCode('INVALID_ARGUMENT'));
  assert.throws(() => store.get(Buffer.alloc(32)), hasCode('NOT_FOUND'));
  const out = Buffer.alloc(40);
  store.putInto(ObjectType.blob, Buffer.from('into'), out, 5);
  assert.deepEqual(out.subarray(5, 37), hash(Buffer.from('into')));
  assert.deepEqual(store.get(store.put(ObjectType.blob, Buffer.alloc(0))), Buffer.alloc(0), 'nothing is content too');
});

test('what get returns is the caller\'s own; what load shows never changes', () => {
  const store = openStore(new MemoryDisk());
  const id = store.put(ObjectType.node, Buffer.from('content'));
  store.commit('process');
  store.get(id).fill(0);
  assert.equal(store.get(id).toString(), 'content');
  const window = loaded(store, id);
  fill(store, 60, 2);
  assert.equal(window.toString(), 'content');
  assert.equal(loaded(store, id).toString(), 'content');
});

test('rollback forgets the batch and nothing else', async () => {
  const disk = new MemoryDisk();
  let store = openStore(disk);
  const kept = store.put(ObjectType.blob, Buffer.from('kept'));
  assert.equal(store.commit('process'), 1);
  const gone = store.put(ObjectType.blob, Buffer.from('gone'));
  store.record(Buffer.from('gone too'));
  assert.equal(store.get(gone).toString(), 'gone', 'staged content reads at once');
  store.rollback();
  assert.throws(() => store.get(gone), hasCode('NOT_FOUND'));
  assert.equal(store.commit('process'), 1, 'an empty batch takes no number');
  store.put(ObjectType.blob, Buffer.from('never committed'));
  await store.close();
  store = openStore(disk);
  assert.deepEqual([store.get(kept).toString(), store.statistics().objects, [...store.journal(0)].length], ['kept', 1, 0]);
});

test('level memory: readable at once, numbered in order, lost with the process, kept by the next process commit', () => {
  const disk = new MemoryDisk();
  let store = openStore(disk);
  const a = store.put(ObjectType.blob, Buffer.from('a'));
  assert.equal(store.commit('memory'), 1);
  assert.equal(store.get(a).toString(), 'a');
  disk.restart('kill');
  store = openStore(disk);
  assert.equal(store.typeOf(a), undefined);
  store.put(ObjectType.blob, Buffer.from('a'));
  assert.equal(store.commit('memory'), 1);
  store.put(ObjectType.blob, Buffer.from('b'));
  store.rollback();
  store.put(ObjectType.blob, Buffer.from('c'));
  assert.equal(store.commit('process'), 2);
  store.record(Buffer.from('d'));
  assert.equal(store.commit('memory'), 3);
  assert.equal([...store.journal(0)].length, 1, 'replay writes what is staged first');
  disk.restart('kill');
  store = openStore(disk);
  assert.deepEqual([store.get(a).toString(), store.lastSequence, store.faults.length], ['a', 3, 0]);
});

test('level memory: what is staged stays bounded', () => {
  const disk = new MemoryDisk();
  const store = openStore(disk);
  for (let i = 0; i < 40; i++) {
    store.put(ObjectType.blob, Buffer.alloc(60_000, i + 1));
    store.commit('memory');
  }
  const written = store.statistics().bytesOnDisk;
  assert.ok(written > 1_000_000, `${written}`);
  store.flush();
  assert.ok(store.statistics().bytesOnDisk > 40 * 60_000);
});

test('large batches: staged content reads back even when the cache has dropped it', () => {
  const store = openStore(new MemoryDisk());
  const ids = Array.from({ length: 200 }, (_, i) => store.put(ObjectType.node, Buffer.alloc(30_000, `${i}`)));
  for (const [i, id] of ids.entries()) assert.deepEqual(store.get(id), Buffer.alloc(30_000, `${i}`));
  store.commit('process');
  for (const [i, id] of ids.entries()) assert.deepEqual(store.get(id), Buffer.alloc(30_000, `${i}`));
});

test('findByPrefix and idsOfType: by type, up to the limit', () => {
  const store = openStore(new MemoryDisk());
  const ids = fill(store, 50).map((id) => id.toString('hex'));
  const blobs = ids.filter((_, i) => i % 2 === 0);
  const first = blobs[0] as string;
  assert.deepEqual(store.findByPrefix(ObjectType.blob, first.slice(0, 12), 9), [first]);
  assert.deepEqual(store.findByPrefix(ObjectType.node, first.slice(0, 12), 9), []);
  assert.deepEqual(store.findByPrefix(ObjectType.blob, '', 1000).sort(), [...blobs].sort());
  assert.equal(store.findByPrefix(ObjectType.blob, '', 3).length, 3);
  assert.deepEqual([store.findByPrefix(ObjectType.blob, 'xy', 3), store.findByPrefix(ObjectType.blob, '', 0)], [[], []]);
  assert.deepEqual([...store.idsOfType(ObjectType.blob)].map((id) => id.toString('hex')).sort(), [...blobs].sort());
});

test('sync: what was committed before survives a power cut, its file name too; what came after may not', async () => {
  const disk = new MemoryDisk();
  let store = openStore(disk);
  await store.sync();
  const ids = fill(store, 60);
  const waits = [store.sync(), store.sync(), store.sync()];
  const late = store.put(ObjectType.blob, Buffer.from('late'));
  store.commit('process');
  await Promise.all(waits);
  const after = store.put(ObjectType.blob, Buffer.from('after'));
  store.commit('process');
  disk.restart('power');
  store = openStore(disk);
  for (const id of ids) assert.deepEqual(hash(store.get(id)), id);
  assert.ok(store.typeOf(late) !== undefined);
  assert.equal(store.typeOf(after), undefined);
});

test('sync: after the device failed once nothing is promised again', async () => {
  const disk = new MemoryDisk();
  const store = openStore(disk);
  fill(store, 1);
  disk.failAt(1, 'EIO');
  await assert.rejects(store.sync(), hasCode('INTERNAL'));
  await assert.rejects(store.sync(), hasCode('INTERNAL'));
  fill(store, 1, 3);
});

test('size cap: a warning before, a clear error at the cap, room for what discarding and sweeping write', async () => {
  const disk = new MemoryDisk();
  const warnings: StoreWarning[] = [];
  const store = openStore(disk, { limits: { segmentBytes: 64 * 1024, cacheBytes: 32 * 1024, sizeCap: 200_000 }, warnings });
  const ids: Buffer[] = [];
  assert.throws(() => {
    for (let i = 0; ; i++) {
      const id = store.put(ObjectType.blob, Buffer.alloc(5000, `${i} `));
      store.commit('process');
      ids.push(id);
    }
  }, hasCode('QUOTA_EXCEEDED'));
  assert.equal(warnings.filter((warning) => warning.kind === 'nearly-full').length, 1);
  assert.equal(store.statistics().objects, ids.length, 'the refused object is gone');
  for (let i = 0; i < 10; i++) store.record(Buffer.alloc(500, 'r'));
  store.commit('process');
  store.beginMark(() => undefined);
  for (const id of ids.slice(0, 5)) assert.equal(store.mark(id, 0), true);
  store.endMark(true);
  const result = await store.compact();
  assert.ok(result.bytesAfter < result.bytesBefore / 2);
  store.put(ObjectType.blob, Buffer.alloc(5000, 'room again'));
  store.commit('process');
});

test('a store of a later format is refused and left as it is', async () => {
  for (const part of ['format', 'segment'] as const) {
    const disk = new MemoryDisk();
    const store = openStore(disk);
    fill(store, 3);
    await store.close();
    if (part === 'format') {
      disk.replace('/store/format', Buffer.from('pyi-store 2\n'));
    } else {
      const path = disk.paths().find((name) => name.endsWith('.seg')) as string;
      disk.content(path).writeUInt32LE(2, 8);
      disk.content(path).writeUInt32LE(2, 256 + 8);
    }
    const before = disk.clone();
    assert.throws(() => openStore(disk), hasCode('UNSUPPORTED_VERSION'));
    assert.deepEqual(disk.paths(), before.paths());
    for (const path of disk.paths()) assert.deepEqual(disk.content(path), before.content(path));
  }
});

test('segments beyond what 32-bit places reach are refused', () => {
  assert.throws(() => openStore(new MemoryDisk(), { limits: { segmentBytes: 2 ** 31, cacheBytes: 1024 } }), hasCode('INVALID_ARGUMENT'));
});

test('a read-only disk gives a clear error', () => {
  const disk = new MemoryDisk();
  const refuse = (): never => { throw Object.assign(new Error('EROFS'), { code: 'EROFS' }); };
  disk.makeDirectory = refuse;
  assert.throws(() => openStore(disk), /read-only/);
  const other = new MemoryDisk();
  other.open = refuse;
  assert.throws(() => openStore(other), /read-only/);
});

test('what comes after the end of a store is refused: its files may be another store\'s by then', async () => {
  const disk = new MemoryDisk();
  const late = openStore(disk);
  const [known] = fill(late, 3);
  await late.close();
  const next = openStore(disk);
  fill(next, 5);
  const before = disk.clone();
  late.put(ObjectType.blob, Buffer.from('too late'));
  assert.throws(() => late.commit('process'), hasCode('BUSY'));
  late.record(Buffer.from('{}'));
  assert.throws(() => late.commit('memory'), hasCode('BUSY'));
  for (const path of before.paths()) assert.deepEqual(disk.content(path), before.content(path));
  assert.ok(known !== undefined && next.get(known).length > 0);
  assert.deepEqual((await next.verify()).faults, []);
  await next.close();
});
