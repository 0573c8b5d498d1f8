import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyEdits, emptyTree } from '../../../server/engine/tree/edit.ts';
import type { Change } from '../../../server/engine/tree/diff.ts';
import { diff } from '../../../server/engine/tree/diff.ts';
import { entriesEqual } from '../../../server/engine/tree/entry.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { SeededRandom } from '../../support/random.ts';
import type { TreeModel } from '../../support/tree-model.ts';
import { entry, path, randomEdits, randomPath, rootOf, sortedPaths } from '../../support/tree-model.ts';

function naiveDiff(a: TreeModel, b: TreeModel): Change[] {
  return sortedPaths(new Map([...a, ...b]))
    .map((at) => ({ path: at, before: a.get(at), after: b.get(at) }))
    .filter(({ before, after }) => !entriesEqual(before, after));
}

describe('diff', () => {
  it('agrees with a comparison of maps', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const random = new SeededRandom(seed);
      const store = new MemoryStore();
      const a: TreeModel = new Map();
      for (let i = 0; i < seed * 200; i++) a.set(randomPath(random, 600), entry(i));
      const rootA = rootOf(store, a);
      for (const edits of [0, 1, 2, 20, 300, 2000]) {
        const b = new Map(a);
        const rootB = applyEdits(store, rootA, randomEdits(random, b, edits, 800)).root;
        assert.deepEqual([...diff(store, rootA, rootB)], naiveDiff(a, b), `seed ${seed}, ${edits} edits`);
        assert.deepEqual([...diff(store, rootB, rootA)], naiveDiff(b, a), `seed ${seed}, ${edits} edits, backwards`);
      }
    }
  });

  it('agrees for trees that have nothing, little or everything in common', () => {
    const random = new SeededRandom(77);
    const store = new MemoryStore();
    const models: TreeModel[] = [0, 1, 3, 40, 900].map((files) => {
      const model: TreeModel = new Map();
      for (let i = 0; i < files; i++) model.set(randomPath(random, 2000), entry(i));
      return model;
    });
    for (const a of models) for (const b of models) {
      assert.deepEqual([...diff(store, rootOf(store, a), rootOf(store, b))], naiveDiff(a, b), `${a.size} and ${b.size} files`);
    }
    assert.deepEqual([...diff(store, emptyTree(store), emptyTree(store))], []);
  });

  it('opens what differs, not the trees', () => {
    const store = new MemoryStore();
    const model: TreeModel = new Map();
    for (let i = 0; i < 30_000; i++) model.set(path(`d${i % 50}/file-${i}`), entry(i));
    const a = rootOf(store, model);
    const b = applyEdits(store, a, [
      { path: path('d7/file-7'), entry: entry(1) },
      { path: path('d8/new'), entry: entry(2) },
      { path: path('d9/file-9'), entry: null },
    ]).root;
    let opened = 0;
    const load = store.load.bind(store);
    store.load = (id, offset, view) => {
      opened++;
      load(id, offset, view);
    };
    assert.equal([...diff(store, a, b)].length, 3);
    assert.ok(opened < 150, `opened ${opened} nodes`);
    opened = 0;
    assert.deepEqual([...diff(store, a, a)], []);
    assert.ok(opened <= 2, `opened ${opened} nodes of equal trees`);
  });
});
