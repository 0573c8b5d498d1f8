import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { StoredContent } from '../../../server/engine/content/content.ts';
import {
  CHUNK_THRESHOLD, ContentWriter, chunkReferences, contentParts, contentSize, putContent, readContent,
} from '../../../server/engine/content/content.ts';
import { AVERAGE_CHUNK, MAX_CHUNK, MIN_CHUNK, cutPoint } from '../../../server/engine/content/cut.ts';
import { ObjectType } from '../../../server/engine/ports.ts';
import { applyEdits, emptyTree } from '../../../server/engine/tree/edit.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { SeededRandom } from '../../support/random.ts';
import { path } from '../../support/tree-model.ts';

function stream(store: MemoryStore, bytes: Buffer, nextLength: () => number): StoredContent {
  const writer = new ContentWriter(store);
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + nextLength());
    writer.write(bytes.subarray(at, end));
    at = end;
  }
  return writer.finish();
}

function chunksOf(store: MemoryStore, id: Buffer): string[] {
  const bytes = store.get(id);
  const ids: string[] = [];
  chunkReferences({ bytes, start: 0, end: bytes.length }, (from, offset) => ids.push(from.toString('hex', offset, offset + 32)));
  return ids;
}

describe('content', () => {
  it('reads back what was put, at every size around the limits', () => {
    const random = new SeededRandom(1);
    const source = random.bytes(3 * CHUNK_THRESHOLD);
    const sizes = [0, 1, 7, 8, 9, 4096, MIN_CHUNK, CHUNK_THRESHOLD - 1, CHUNK_THRESHOLD, CHUNK_THRESHOLD + 1, CHUNK_THRESHOLD + MIN_CHUNK, source.length];
    for (const size of sizes) {
      const store = new MemoryStore();
      const bytes = source.subarray(0, size);
      const stored = putContent(store, bytes);
      assert.equal(stored.size, size);
      assert.equal(contentSize(store, stored.id), size);
      assert.ok(readContent(store, stored.id).equals(bytes), `${size} bytes`);
      assert.equal(store.typeOf(stored.id), size > CHUNK_THRESHOLD ? ObjectType.chunkList : ObjectType.blob);
    }
  });

  it('has the same id however it arrives', () => {
    const random = new SeededRandom(2);
    const store = new MemoryStore();
    for (const size of [0, 10, CHUNK_THRESHOLD, CHUNK_THRESHOLD + 1, 1_300_000, 3_000_000]) {
      const bytes = random.bytes(size);
      const expected = putContent(store, bytes);
      for (const longest of [5000, 70_000, CHUNK_THRESHOLD, 2_000_000]) {
        const streamed = stream(store, bytes, () => 1 + random.below(longest));
        assert.deepEqual(streamed, expected, `seed ${random.seed}: ${size} bytes in pieces of up to ${longest}`);
      }
    }
    const small = random.bytes(3000);
    assert.deepEqual(stream(store, small, () => 1), putContent(store, small));
  });

  it('streams through little memory', () => {
    const store = new MemoryStore();
    let largest = 0;
    const put = store.put.bind(store);
    store.put = (type, bytes) => {
      largest = Math.max(largest, bytes.length);
      return put(type, bytes);
    };
    const piece = new SeededRandom(3).bytes(1 << 20);
    const writer = new ContentWriter(store);
    for (let i = 0; i < 16; i++) {
      piece.writeUInt32LE(i, 1000);
      writer.write(piece);
      store.commit('process');
    }
    const { id, size } = writer.finish();
    assert.equal(size, 16 << 20);
    assert.ok(largest <= MAX_CHUNK);
    let read = 0;
    for (const part of contentParts(store, id)) {
      assert.ok(part.length <= MAX_CHUNK);
      read += part.length;
    }
    assert.equal(read, size);
  });

  it('stores what an edit in the middle changed, not the file again', () => {
    const random = new SeededRandom(4);
    const store = new MemoryStore();
    const before = random.bytes(8 << 20);
    const at = 3_333_333;
    const after = Buffer.concat([before.subarray(0, at), Buffer.from('inserted'), before.subarray(at)]);
    const known = new Set(chunksOf(store, putContent(store, before).id));
    const chunks = chunksOf(store, putContent(store, after).id);
    assert.ok(chunks.length > 60, `${chunks.length} chunks`);
    assert.ok(chunks.filter((id) => !known.has(id)).length <= 3, `${chunks.filter((id) => !known.has(id)).length} new chunks`);
  });

  it('reads any part', () => {
    const random = new SeededRandom(5);
    const store = new MemoryStore();
    for (const size of [100, 1_000_000]) {
      const bytes = random.bytes(size);
      const { id } = putContent(store, bytes);
      for (let i = 0; i < 60; i++) {
        const offset = random.below(size + 100);
        const length = random.below(size + 100);
        const parts = Buffer.concat([...contentParts(store, id, offset, length)]);
        assert.ok(parts.equals(bytes.subarray(offset, offset + length)), `seed ${random.seed}: ${offset}+${length} of ${size}`);
      }
      assert.ok(Buffer.concat([...contentParts(store, id, 40)]).equals(bytes.subarray(40)));
    }
  });

  it('accepts files that look like our own objects, and keeps those objects storable', () => {
    const store = new MemoryStore();
    const model = new MemoryStore();
    const node = model.get(applyEdits(model, emptyTree(model), [{ path: path('a'), entry: { mode: 0, size: 1, id: Buffer.alloc(32, 1) } }]).root);
    const list = model.get(putContent(model, new SeededRandom(6).bytes(CHUNK_THRESHOLD + 5)).id);
    const fakes = [
      Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]), node, list,
      Buffer.from('{"v":1,"root":"00","parents":[]}'), Buffer.from('{"reason":"both-added","base":null}'),
      Buffer.concat([Buffer.from([0]), node]),
    ];
    for (const fake of fakes) {
      const { id, size } = putContent(store, fake);
      assert.equal(size, fake.length);
      assert.ok(readContent(store, id).equals(fake));
      assert.deepEqual(stream(store, fake, () => 3), { id, size });
    }
    assert.doesNotThrow(() => emptyTree(store));
    const types = [ObjectType.node, ObjectType.node, ObjectType.chunkList, ObjectType.checkpoint, ObjectType.conflict];
    types.forEach((type, index) => assert.doesNotThrow(() => store.put(type, fakes[index] as Buffer)));
  });

  it('stores the header of a chunk list, then length and id of each chunk', () => {
    const store = new MemoryStore();
    const bytes = new SeededRandom(7).bytes(CHUNK_THRESHOLD + 1);
    const list = store.get(putContent(store, bytes).id);
    assert.equal(list.toString('latin1', 0, 4), 'PYIC');
    assert.equal(list.readUInt32LE(4), 1);
    assert.equal(list.readDoubleLE(8), bytes.length);
    let at = 0;
    for (let item = 16; item < list.length; item += 36) {
      const length = list.readUInt32LE(item);
      assert.ok(store.get(list.subarray(item + 4, item + 36)).equals(bytes.subarray(at, at + length)));
      at += length;
    }
    assert.equal(at, bytes.length);
  });

  it('says what is wrong with an id or a list', () => {
    const store = new MemoryStore();
    const fails = (id: Buffer, code: 'NOT_FOUND' | 'INVALID_ARGUMENT' | 'CORRUPT_OBJECT' | 'UNSUPPORTED_VERSION'): void => {
      assert.throws(() => readContent(store, id), (error) => PyiError.is(error, code), code);
      assert.throws(() => [...contentParts(store, id)], (error) => PyiError.is(error, code), code);
    };
    fails(Buffer.alloc(32, 1), 'NOT_FOUND');
    fails(emptyTree(store), 'INVALID_ARGUMENT');
    fails(store.put(ObjectType.chunkList, Buffer.from('nothing like a list')), 'CORRUPT_OBJECT');
    const list = Buffer.from(store.get(putContent(store, new SeededRandom(8).bytes(300_000)).id));
    const later = Buffer.from(list);
    later.writeUInt32LE(2, 4);
    fails(store.put(ObjectType.chunkList, later), 'UNSUPPORTED_VERSION');
    list.writeUInt32LE(list.readUInt32LE(16) + 1, 16);
    fails(store.put(ObjectType.chunkList, list), 'CORRUPT_OBJECT');
  });
});

describe('cutPoint', () => {
  it('keeps chunks within their bounds and near their mean', () => {
    const bytes = new SeededRandom(9).bytes(12 << 20);
    const lengths: number[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = cutPoint(bytes, at, bytes.length);
      lengths.push(end - at);
      at = end;
    }
    lengths.pop();
    assert.ok(lengths.every((length) => length > MIN_CHUNK && length <= MAX_CHUNK));
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    assert.ok(mean > AVERAGE_CHUNK * 0.8 && mean < AVERAGE_CHUNK * 1.5, `mean ${mean}`);
  });

  it('cuts content without any variety at the maximum', () => {
    assert.equal(cutPoint(Buffer.alloc(1 << 20), 0, 1 << 20), MAX_CHUNK);
  });

  it('cuts where it always did', () => {
    const bytes = new SeededRandom(10).bytes(1 << 20);
    const cuts: number[] = [];
    for (let at = 0; at < bytes.length;) cuts.push(at = cutPoint(bytes, at, bytes.length));
    assert.deepEqual(cuts.slice(0, 5), [66_999, 156_990, 239_152, 306_485, 382_729]);
  });
});
