import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import blake3 from 'blake3-wasm';
import { ObjectType } from '../../../server/engine/ports.ts';
import { ContentCache } from '../../../server/store/cache.ts';
import { crc32, tableCrc32 } from '../../../server/store/crc32.ts';
import { diskError, writeFully } from '../../../server/store/disk.ts';
import { CHECKPOINT_TYPE, MAX_TYPE, NODE_TYPE, readUInt53, RECORD_TYPE, writeUInt53 } from '../../../server/store/format.ts';
import { GroupSync } from '../../../server/store/group-sync.ts';
import { hash, hashMatches } from '../../../server/store/hash.ts';
import { Marks } from '../../../server/store/marks.ts';
import { Segment, SegmentSet } from '../../../server/store/segment.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { SeededRandom } from '../../support/random.ts';

test('hash: the published BLAKE3 test vectors', () => {
  assert.equal(hash(Buffer.alloc(0)).toString('hex'), 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262');
  const bytes = Buffer.from(Array.from({ length: 1024 }, (_, i) => i % 251));
  assert.equal(hash(bytes).toString('hex'), '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7');
});

test('hash: the same digest at every size, whichever implementation runs', () => {
  const bytes = new SeededRandom(1).bytes(300_000);
  for (const size of [1, 63, 64, 65, 1023, 1025, 8191, 8192, 8193, 65_536, 300_000]) {
    const part = bytes.subarray(0, size);
    assert.deepEqual(hash(part), blake3.hash(part), `${size} bytes`);
    assert.ok(hashMatches(part, hash(part), 0));
  }
  assert.equal(hashMatches(bytes, hash(bytes.subarray(1)), 0), false);
});

test('crc32: table and native agree, and continue from a seed', () => {
  assert.equal(crc32(Buffer.from('123456789'), 0, 9), 0xcbf43926);
  const bytes = new SeededRandom(2).bytes(1000);
  for (const end of [0, 1, 63, 64, 65, 1000]) assert.equal(crc32(bytes, 0, end, 7), tableCrc32(bytes, 0, end, 7));
  assert.equal(crc32(bytes, 300, 1000, crc32(bytes, 0, 300)), crc32(bytes, 0, 1000));
  assert.equal(crc32(bytes, 0, 1000), zlib.crc32(bytes));
});

test('format: the numbers of the port are the numbers of the format', () => {
  assert.equal(RECORD_TYPE, ObjectType.record);
  assert.equal(CHECKPOINT_TYPE, ObjectType.checkpoint);
  assert.equal(NODE_TYPE, ObjectType.node);
  assert.ok(Object.values(ObjectType).every((type) => type <= MAX_TYPE));
  const buffer = Buffer.alloc(8);
  for (const value of [0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    writeUInt53(buffer, value, 0);
    assert.equal(readUInt53(buffer, 0), value);
  }
});

test('cache: windows outlive the eviction of their slab, and the budget holds', () => {
  const cache = new ContentCache(2 * 1024 * 1024);
  const view = { bytes: Buffer.alloc(0), start: 0, end: 0 };
  cache.add(Buffer.from('first'));
  const [slab, offset] = [cache.lastSlab, cache.lastOffset];
  assert.ok(cache.view(slab, offset, view));
  const window = view.bytes.subarray(view.start, view.end);
  let aged = false;
  for (let i = 0; i < 100; i++) {
    cache.add(Buffer.alloc(60_000, i));
    aged ||= cache.isAging(slab) && cache.view(slab, offset, view);
    assert.ok(cache.view(cache.lastSlab, cache.lastOffset, view));
    assert.equal(view.end - view.start, 60_000);
    assert.equal(view.bytes[view.end - 1], i);
  }
  assert.equal(cache.view(slab, offset, view), false);
  assert.equal(window.toString(), 'first');
  cache.add(Buffer.alloc(5_000_000, 7));
  assert.ok(cache.view(cache.lastSlab, cache.lastOffset, view), 'the newest object stays, whatever its size');
  cache.add(Buffer.from('after'));
  assert.ok(cache.view(cache.lastSlab, cache.lastOffset, view));
  assert.equal(view.bytes.toString('latin1', view.start, view.end), 'after');
  assert.ok(cache.bytes <= 2 * 1024 * 1024 + 5_000_004);
  assert.ok(aged || cache.isAging(slab));
});

test('marks: a set of numbers', () => {
  const marks = new Marks();
  assert.equal(marks.add(70_000), true);
  assert.equal(marks.add(70_000), false);
  assert.equal(marks.add(31), true);
  assert.deepEqual([marks.has(70_000), marks.has(31), marks.has(30), marks.has(10_000_000)], [true, true, false, false]);
  marks.delete(31);
  marks.delete(10_000_000);
  assert.equal(marks.has(31), false);
});

test('group commit: those who ask during a flush share the next one, and a failure reaches only its own', async () => {
  const flushes: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const group = new GroupSync(() => new Promise((resolve, reject) => { flushes.push({ resolve, reject }); }));
  const first = group.request();
  const second = group.request();
  const third = group.request();
  assert.equal(flushes.length, 1);
  flushes[0]?.reject(new Error('device'));
  await assert.rejects(first, /device/);
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.equal(flushes.length, 2, 'one flush for both');
  flushes[1]?.resolve();
  await Promise.all([second, third]);
  const last = group.request();
  flushes[2]?.resolve();
  await last;
});

test('disk errors: each says what happened and what to do', () => {
  const failure = (code: string): Error => Object.assign(new Error(code), { code });
  const expected = { ENOSPC: 'NO_SPACE', EDQUOT: 'NO_SPACE', EROFS: 'INTERNAL', EACCES: 'INTERNAL', EMFILE: 'INTERNAL', EIO: 'INTERNAL' };
  for (const [code, mapped] of Object.entries(expected)) {
    const error = diskError(failure(code), 'write X');
    assert.equal(error.code, mapped);
    assert.match(error.message, /^Could not write X: /);
    assert.ok(error.hint.length > 0);
  }
  assert.equal(diskError('odd', 'x').message, 'Could not x: odd');
  const disk = new MemoryDisk();
  disk.write = () => 0;
  assert.throws(() => { writeFully(disk, disk.open('/f', 'create'), Buffer.alloc(3), 0, 3, 0); }, /took no bytes/);
});

test('segments: open files stay few, and the one that is written stays open', () => {
  const disk = new MemoryDisk();
  const set = new SegmentSet(disk, '/s');
  const segments = Array.from({ length: 300 }, (_, number) => {
    disk.replace(set.path(number), Buffer.from([number & 255]));
    const header = { number, compacted: true, created: 0, firstSequence: number, lastSequence: number, salt: Buffer.alloc(16), replaces: [] };
    return set.add(new Segment(header, { length: 1, durableLength: 1, exists: true, lastSequence: number }));
  });
  const written = segments[0] as Segment;
  written.appendable = true;
  const file = set.file(written);
  const byte = Buffer.alloc(1);
  for (const [number, segment] of segments.entries()) {
    assert.equal(set.read(segment, byte, 0), true);
    assert.equal(byte[0], number & 255);
  }
  assert.ok(disk.openFiles <= 128);
  assert.equal(set.file(written), file);
  assert.equal(set.read(written, byte, 1), false, 'past the end');
  set.closeAll();
  assert.equal(disk.openFiles, 0);
});
