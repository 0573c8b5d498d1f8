import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectIndex } from '../../../server/store/object-index.ts';
import { SeededRandom } from '../../support/random.ts';

function randomIds(seed: number, count: number): Buffer[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => random.bytes(32));
}

test('index: agrees with a map over random insertions, moves and removals', () => {
  const seed = 1;
  const random = new SeededRandom(seed);
  const index = new ObjectIndex();
  const model = new Map<string, { id: Buffer; entry: number; offset: number }>();
  // Few first bytes and few tags: shards fill up, wrap around and collide.
  const makeId = (): Buffer => {
    const id = random.bytes(32);
    id[0] = random.below(2);
    id[1] = random.below(4) === 0 ? 0xff : id[1] as number;
    if (random.below(3) === 0) id.fill(0xff, 1, 5);
    return id;
  };
  for (let step = 0; step < 6000; step++) {
    const known = [...model.keys()];
    if (random.below(3) < 2 || known.length === 0) {
      const id = makeId();
      if (index.find(id, 0) !== -1) continue;
      const entry = step % 2 === 0 ? index.insert(id, 0, 1 + random.below(5)) : index.findOrInsert(id, 0, 1 + random.below(5));
      assert.equal(index.findOrInsert(Buffer.concat([Buffer.from('xx'), id]), 2, 1), entry, 'what is there is found');
      index.setPlace(entry, step & 0xffff, step * 7, step, step & 1);
      model.set(id.toString('hex'), { id, entry, offset: step * 7 });
    } else {
      const key = known[random.below(known.length)] as string;
      index.remove((model.get(key) as { entry: number }).entry);
      model.delete(key);
    }
    if (step % 500 === 0) {
      for (const { id, entry, offset } of model.values()) {
        assert.equal(index.find(Buffer.concat([Buffer.from('xx'), id]), 2), entry, `seed ${seed} step ${step}`);
        assert.equal(index.offset(entry), offset);
        assert.deepEqual(index.id(entry), id);
      }
      assert.equal(index.size, model.size);
    }
  }
  const kept = index.size - index.retain((entry) => entry % 3 === 0);
  assert.equal(index.size, kept);
  for (const { id, entry } of model.values()) assert.equal(index.find(id, 0), entry % 3 === 0 ? entry : -1, `seed ${seed}`);
});

test('index: finds by prefixes of any length exactly what has them', () => {
  const ids = randomIds(2, 3000);
  const index = new ObjectIndex();
  for (const id of ids) index.insert(id, 0, 1);
  const hexes = ids.map((id) => id.toString('hex'));
  for (let i = 0; i < 300; i++) {
    const prefix = (hexes[i] as string).slice(0, i % 65);
    const found: string[] = [];
    index.scanPrefix(prefix, (entry) => found.push(index.id(entry).toString('hex')) > 0);
    assert.deepEqual(found.sort(), hexes.filter((hex) => hex.startsWith(prefix)).sort());
  }
  let visits = 0;
  index.scanPrefix('', () => ++visits < 5);
  assert.equal(visits, 5);
});

test('index: keeps fields apart, and the damage mark until the object gets a new place', () => {
  const index = new ObjectIndex();
  const entry = index.insert(randomIds(3, 1)[0] as Buffer, 0, 5);
  index.setPlace(entry, 0xabcdef, 0xfffffff0, 77, 1);
  index.setDamaged(entry);
  index.setCached(entry, 9, 10);
  assert.deepEqual([index.type(entry), index.codec(entry), index.segment(entry), index.offset(entry), index.storedLength(entry), index.slab(entry), index.slabOffset(entry), index.isDamaged(entry)],
    [5, 1, 0xabcdef, 0xfffffff0, 77, 9, 10, true]);
  index.setPlace(entry, 1, 2, 3, 0);
  assert.equal(index.isDamaged(entry), false);
  assert.equal(index.type(entry), 5);
});

test('index: costs below 90 bytes an object', () => {
  const index = new ObjectIndex();
  for (const id of randomIds(4, 40_000)) index.insert(id, 0, 1);
  assert.ok(index.memory / index.size < 90, `${index.memory / index.size}`);
});
