import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteCache } from '../../../../client/fs/byte-cache.ts';

test('what was used last stays, what was used longest ago goes', () => {
  const cache = new ByteCache<number>(100);
  cache.set('a', 1, 40);
  cache.set('b', 2, 40);
  assert.equal(cache.get('a'), 1);
  cache.set('c', 3, 40);
  assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c'), cache.bytes], [1, undefined, 3, 80]);
});

test('one large thing does not push out all others', () => {
  const cache = new ByteCache<number>(100);
  cache.set('a', 1, 10);
  cache.set('huge', 2, 51);
  assert.deepEqual([cache.get('a'), cache.get('huge'), cache.bytes], [1, undefined, 10]);
});

test('it never holds more bytes than it may, and counts them right', () => {
  fc.assert(fc.property(fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), bytes: fc.nat(70), isRemoved: fc.boolean() })), (steps) => {
    const cache = new ByteCache<number>(100);
    for (const { key, bytes, isRemoved } of steps) {
      if (isRemoved) cache.delete(key);
      else cache.set(key, bytes, bytes);
      assert.ok(cache.bytes <= 100);
      assert.equal(cache.bytes, ['a', 'b', 'c', 'd', 'e'].reduce((sum, name) => sum + (cache.get(name) ?? 0), 0));
    }
  }));
});
