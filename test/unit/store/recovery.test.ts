import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { ObjectType } from '../../../server/engine/ports.ts';
import { hash } from '../../../server/store/hash.ts';
import type { SegmentStore } from '../../../server/store/segment-store.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { fill, hasCode, openStore } from '../../support/store.ts';

const SEGMENT = '/store/segments/0000000000000001.seg';
const SIDECAR = '/store/segments/0000000000000001.idx';

/** A small store of three batches, closed or left as a killed process leaves it. */
async function sample(end: 'close' | 'kill' | 'sync'): Promise<{ disk: MemoryDisk; ids: Buffer[]; contents: Buffer[] }> {
  const disk = new MemoryDisk();
  const store = openStore(disk);
  const contents = Array.from({ length: 3 }, (_, i) => Buffer.from(`object ${i} with some content`));
  const ids: Buffer[] = [];
  for (const content of contents) {
    ids.push(store.put(ObjectType.checkpoint, content));
    store.record(Buffer.concat([Buffer.from('record of '), content]));
    store.commit('process');
    if (end === 'sync') await store.sync();
  }
  if (end === 'close') await store.close();
  disk.restart('kill');
  return { disk, ids, contents };
}

/** What of the sample reads back; anything that does must be right. */
function readable(store: SegmentStore, ids: readonly Buffer[], contents: readonly Buffer[]): number {
  let whole = 0;
  for (const [i, id] of ids.entries()) {
    try {
      assert.deepEqual(store.get(id), contents[i]);
      whole++;
    } catch (error) {
      assert.ok(PyiError.is(error, 'NOT_FOUND') || PyiError.is(error, 'CORRUPT_OBJECT'), String(error));
    }
  }
  return whole;
}

test('a tail torn at any byte of the last batch is cut, and writing goes on', async () => {
  const { disk, ids, contents } = await sample('kill');
  const whole = Buffer.from(disk.content(SEGMENT));
  const store = openStore(disk.clone());
  const lastStart = whole.lastIndexOf('PYIB');
  assert.equal(store.lastSequence, 3);
  for (let length = lastStart; length < whole.length; length++) {
    const torn = disk.clone();
    torn.replace(SEGMENT, whole.subarray(0, length));
    let reopened = openStore(torn);
    assert.equal(reopened.faults.length, length === lastStart ? 0 : 1);
    assert.equal(readable(reopened, ids.slice(0, 2), contents), 2, `cut at ${length}`);
    assert.equal(reopened.typeOf(ids[2] as Buffer), undefined, 'a batch is there whole or not at all');
    assert.deepEqual([...reopened.journal(0)].length, 4);
    assert.deepEqual(reopened.put(ObjectType.checkpoint, contents[2] as Buffer), ids[2]);
    assert.equal(reopened.commit('process'), 3);
    torn.restart('kill');
    reopened = openStore(torn);
    assert.equal(reopened.faults.length, 0);
    assert.equal(readable(reopened, ids, contents), 3);
    assert.equal((await reopened.verify()).ok, true);
  }
});

for (const end of ['close', 'kill', 'sync'] as const) {
  test(`every byte of a stored sample flipped (${end}): found, named, the rest readable, never wrong content`, async () => {
    const { disk, ids, contents } = await sample(end);
    const length = disk.content(SEGMENT).length;
    for (let at = 0; at < length; at++) {
      const flipped = disk.clone();
      const bytes = flipped.content(SEGMENT);
      bytes[at] = (bytes[at] as number) ^ 0x10;
      const store = openStore(flipped);
      const report = await store.verify();
      const faults = [...store.faults, ...report.faults];
      assert.ok(faults.length > 0, `byte ${at} was not noticed`);
      for (const fault of faults) assert.equal(fault.segment, '0000000000000001');
      const whole = readable(store, ids, contents);
      assert.ok(whole >= 2, `byte ${at}: only ${whole} objects left`);
      const named = report.faults.find((fault) => fault.id !== null);
      if (whole === 2 && named !== undefined) assert.ok(ids.some((id) => id.toString('hex') === named.id));
      assert.ok([...store.journal(0)].length >= 4);
      // What is damaged can be stored again.
      for (const content of contents) store.put(ObjectType.checkpoint, content);
      store.commit('process');
      assert.equal(readable(store, ids, contents), 3, `byte ${at} not mended`);
    }
  });
}

test('derived files missing, damaged or of another store: rebuilt, nothing lost', async () => {
  const disk = new MemoryDisk();
  let store = openStore(disk);
  const ids = fill(store, 80);
  await store.writeSnapshot(store.lastSequence, Buffer.from('state'));
  assert.equal(store.readSnapshot()?.payload.toString(), 'state');
  await store.close();
  const derived = disk.paths().filter((path) => path.endsWith('.idx') || path.endsWith('snapshot') || path.endsWith('format'));
  assert.ok(derived.length >= 5);
  for (const path of derived) {
    for (const damage of ['missing', 'empty', 'short', 'flipped', 'other'] as const) {
      const copy = disk.clone();
      const bytes = Buffer.from(copy.content(path));
      if (damage === 'missing') copy.unlink(path);
      if (damage === 'empty') copy.replace(path, Buffer.alloc(0));
      if (damage === 'short') copy.replace(path, bytes.subarray(0, bytes.length >> 1));
      if (damage === 'flipped') copy.content(path)[bytes.length - 3] = (bytes[bytes.length - 3] as number) ^ 1;
      if (damage === 'other') copy.replace(path, copy.content(derived[0] === path ? derived[1] as string : derived[0] as string));
      store = openStore(copy);
      for (const id of ids) assert.deepEqual(hash(store.get(id)), id, `${path} ${damage}`);
      assert.equal([...store.journal(0)].length, 80);
      const state = store.readSnapshot()?.payload.toString();
      assert.equal(state, path.endsWith('snapshot') ? undefined : 'state', `${path} ${damage}`);
      assert.equal((await store.verify()).ok, true);
      await store.close();
      assert.deepEqual(copy.paths().filter((name) => name.endsWith('.idx')).length, derived.filter((name) => name.endsWith('.idx')).length, 'the sidecar is back');
    }
  }
});

test('a snapshot from a past that was cut away is dropped', async () => {
  const { disk } = await sample('kill');
  let store = openStore(disk);
  await store.writeSnapshot(3, Buffer.from('knows batch 3'));
  disk.restart('kill');
  disk.replace(SEGMENT, disk.content(SEGMENT).subarray(0, -5));
  store = openStore(disk);
  assert.equal(store.lastSequence, 2);
  assert.equal(store.readSnapshot(), undefined);
});

test('a snapshot is replaced whole or not at all, whatever fails', async () => {
  const { disk } = await sample('close');
  let store = openStore(disk);
  await store.writeSnapshot(1, Buffer.from('old'));
  let operations = disk.operations;
  await store.writeSnapshot(2, Buffer.from('new'));
  operations = disk.operations - operations;
  for (const kind of ['ENOSPC', 'EIO', 'crash', 'short'] as const) {
    for (let at = 1; at <= operations; at++) {
      const copy = disk.clone();
      copy.restart('kill');
      store = openStore(copy);
      copy.failAt(at, kind);
      await store.writeSnapshot(3, Buffer.from('newest')).catch(() => undefined);
      copy.restart('kill');
      store = openStore(copy);
      assert.match(String(store.readSnapshot()?.payload), /^new(est)?$/, `${kind} at ${at}`);
    }
  }
});

test('a power cut that leaves a hole: the state before the hole, the rest kept aside', () => {
  const disk = new MemoryDisk();
  const store = openStore(disk);
  const ids = fill(store, 6);
  disk.restart('kill');
  const bytes = disk.content(SEGMENT);
  const starts: number[] = [];
  for (let at = bytes.indexOf('PYIB'); at !== -1; at = bytes.indexOf('PYIB', at + 1)) starts.push(at);
  bytes.fill(0, (starts[2] as number) + 600, (starts[2] as number) + 2200);
  const reopened = openStore(disk);
  assert.deepEqual(ids.map((id) => reopened.typeOf(id) !== undefined), [true, true, false, false, false, false]);
  assert.equal(reopened.lastSequence, 2);
  assert.equal(reopened.faults.length, 1);
  assert.ok(disk.paths().some((path) => path.includes('/lost/')));
});

test('damage without a hole in the same place costs one object', () => {
  const disk = new MemoryDisk();
  const store = openStore(disk);
  const ids = fill(store, 6);
  disk.restart('kill');
  const bytes = disk.content(SEGMENT);
  const at = bytes.indexOf('PYIB', 8000) + 700;
  bytes[at] = (bytes[at] as number) ^ 1;
  const reopened = openStore(disk);
  assert.equal(reopened.statistics().objects, 6);
  assert.equal(reopened.faults.length, 1);
  const damaged = reopened.faults[0]?.id;
  for (const id of ids) {
    if (id.toString('hex') === damaged) assert.throws(() => reopened.get(id), hasCode('CORRUPT_OBJECT'));
    else assert.deepEqual(hash(reopened.get(id)), id);
  }
});

test('a payload that looks like a batch is never taken for one', async () => {
  const { disk } = await sample('kill');
  const batch = Buffer.from(disk.content(SEGMENT).subarray(512));
  const other = new MemoryDisk();
  const store = openStore(other);
  store.put(ObjectType.blob, batch);
  store.commit('process');
  other.restart('kill');
  other.content(SEGMENT).fill(0xff, 512, 530);
  const reopened = openStore(other);
  assert.deepEqual([reopened.lastSequence, reopened.statistics().objects, [...reopened.journal(0)].length], [0, 0, 0]);
});

test('what interrupted creations left is cleared away; an unreadable segment is named and left alone', async () => {
  const { disk, ids, contents } = await sample('close');
  disk.replace('/store/segments/0000000000000002.seg', Buffer.alloc(100));
  disk.replace('/store/segments/0000000000000003.seg.tmp', Buffer.alloc(100));
  disk.replace('/store/segments/0000000000000004.seg', Buffer.alloc(1000, 1));
  disk.replace('/store/segments/notes.txt', Buffer.alloc(1));
  const store = openStore(disk);
  assert.deepEqual(disk.paths().filter((path) => path.includes('segments')).map((path) => path.slice(16)),
    ['0000000000000001.idx', '0000000000000001.seg', '0000000000000004.seg', 'notes.txt']);
  assert.equal(readable(store, ids, contents), 3);
  assert.deepEqual((await store.verify()).faults.map((fault) => [fault.segment, fault.id]), [['0000000000000004', null]]);
});

test('a segment that lost its end or its file is reported and the rest reads on', async () => {
  const disk = new MemoryDisk();
  let store = openStore(disk);
  const ids = fill(store, 60);
  await store.close();
  disk.replace(SEGMENT, disk.content(SEGMENT).subarray(0, -1000));
  store = openStore(disk);
  assert.equal(store.faults.length, 1);
  const report = await store.verify();
  assert.ok(report.faults.some((fault) => fault.problem.includes('at the end')));
  assert.ok(ids.filter((id) => store.typeOf(id) !== undefined).length >= 58);
  const victim = ids[0] as Buffer;
  disk.replace(SEGMENT, disk.content(SEGMENT).subarray(0, 600));
  assert.throws(() => store.get(victim), hasCode('CORRUPT_OBJECT'));
  assert.equal(disk.paths().includes(SIDECAR), true);
});

test('verify can be cancelled and tells how far it is', async () => {
  const disk = new MemoryDisk();
  const store = openStore(disk);
  fill(store, 40);
  let calls = 0;
  await store.verify({ onProgress: () => { calls++; } });
  assert.ok(calls > 0);
  await assert.rejects(store.verify({ signal: AbortSignal.abort() }), hasCode('CANCELLED'));
});
