import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { applyEdits, emptyTree } from '../../../server/engine/tree/edit.ts';
import type { Edit } from '../../../server/engine/tree/entry.ts';
import { FileMode } from '../../../server/engine/tree/entry.ts';
import { lookup, summary } from '../../../server/engine/tree/read.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { SeededRandom } from '../../support/random.ts';
import type { TreeModel } from '../../support/tree-model.ts';
import { assertSame, entry, modelOf, path, randomEdits, randomPath, rootOf, sortedPaths } from '../../support/tree-model.ts';

const write = (at: string, n = 1): Edit => ({ path: path(at), entry: entry(n) });
const remove = (at: string): Edit => ({ path: path(at), entry: null });

describe('applyEdits', () => {
  it('agrees with a map through thousands of random edits, and the root tells only what the tree holds', () => {
    for (const seed of [1, 2, 3, 4]) {
      const random = new SeededRandom(seed);
      const store = new MemoryStore();
      const model: TreeModel = new Map();
      let root = emptyTree(store);
      for (let step = 0; step < 250; step++) {
        const before = new Map(model);
        const edits = randomEdits(random, model, step % 3 === 0 ? 1 : random.below(30), seed * 40);
        const result = applyEdits(store, root, edits);
        root = result.root;
        const message = `seed ${seed} step ${step}`;
        assert.deepEqual(
          { added: result.added, changed: result.changed, deleted: result.deleted }, countsOf(before, model), message);
        assert.deepEqual(root, rootOf(store, model), `${message}: the root depends on history`);
        if (step % 25 === 0) assertSame(store, root, model, message);
      }
      assertSame(store, root, model, `seed ${seed}`);
    }
  });

  it('gives the same root for any order and any batches', () => {
    const random = new SeededRandom(99);
    const store = new MemoryStore();
    const model: TreeModel = new Map();
    for (let i = 0; i < 1500; i++) model.set(randomPath(random, 500), entry(i));
    const expected = rootOf(store, model);
    for (let round = 0; round < 3; round++) {
      let root = emptyTree(store);
      const rest = random.shuffled([...model]);
      while (rest.length > 0) {
        const batch = rest.splice(0, 1 + random.below(40)).map(([at, written]) => ({ path: at, entry: written }));
        root = applyEdits(store, root, batch).root;
        // A detour that is taken back must leave no trace.
        const detour = randomPath(random, 1000);
        if (!model.has(detour)) {
          root = applyEdits(store, root, [{ path: detour, entry: entry(7) }]).root;
          root = applyEdits(store, root, [{ path: detour, entry: null }]).root;
        }
      }
      assert.deepEqual(root, expected, `seed ${random.seed} round ${round}`);
    }
  });

  it('comes back to the empty tree', () => {
    const store = new MemoryStore();
    const random = new SeededRandom(5);
    const model: TreeModel = new Map();
    for (let i = 0; i < 400; i++) model.set(randomPath(random, 300), entry(i));
    let root = rootOf(store, model);
    for (const at of random.shuffled(sortedPaths(model))) root = applyEdits(store, root, [{ path: at, entry: null }]).root;
    assert.deepEqual(root, emptyTree(store));
    assert.deepEqual(applyEdits(store, rootOf(store, model), [...model.keys()].map((at) => ({ path: at, entry: null }))).root, root);
  });

  it('keeps the totals right through updates, insertions and deletions', () => {
    const store = new MemoryStore();
    const random = new SeededRandom(8);
    const model: TreeModel = new Map();
    let root = emptyTree(store);
    for (let step = 0; step < 300; step++) {
      root = applyEdits(store, root, randomEdits(random, model, 1 + random.below(6), 400)).root;
      let bytes = 0;
      for (const { size } of model.values()) bytes += size;
      assert.deepEqual(summary(store, root), { files: model.size, bytes }, `step ${step}`);
    }
  });

  it('updates one file in place exactly as a batch would', () => {
    const store = new MemoryStore();
    const random = new SeededRandom(13);
    const model: TreeModel = new Map();
    for (let i = 0; i < 3000; i++) model.set(randomPath(random, 2000), entry(i));
    let root = rootOf(store, model);
    for (let i = 0; i < 200; i++) {
      const at = random.pick([...model.keys()]);
      const written = { ...entry(random.below(1e9)), size: 2 ** 40 + i, mode: FileMode.executable };
      model.set(at, written);
      const result = applyEdits(store, root, [{ path: at, entry: written }]);
      assert.deepEqual({ added: result.added, changed: result.changed, deleted: result.deleted }, { added: 0, changed: 1, deleted: 0 });
      assert.deepEqual(lookup(store, result.root, at), written);
      root = result.root;
    }
    assert.deepEqual(root, rootOf(store, model));
  });

  it('counts nothing and stages nothing where nothing changes', () => {
    const store = new MemoryStore();
    const root = applyEdits(store, emptyTree(store), [write('a', 1), write('b', 2)]).root;
    store.commit('process');
    const size = store.size;
    const none = { root, added: 0, changed: 0, deleted: 0 };
    assert.deepEqual(applyEdits(store, root, []), none);
    assert.deepEqual(applyEdits(store, root, [write('a', 1)]), none);
    assert.deepEqual(applyEdits(store, root, [remove('c')]), none);
    assert.deepEqual(applyEdits(store, root, [remove('c'), write('b', 2)]), none);
    assert.deepEqual(applyEdits(store, root, [remove(`x${'y'.repeat(5000)}`)]), none);
    assert.equal(store.size, size);
  });

  it('lets the last of several edits of a path win', () => {
    const store = new MemoryStore();
    const { root, added } = applyEdits(store, emptyTree(store), [write('b', 1), write('a', 2), write('b', 3), remove('c'), write('b', 4)]);
    assert.equal(added, 2);
    assert.deepEqual(modelOf(store, root), new Map([[path('a'), entry(2)], [path('b'), entry(4)]]));
  });

  it('does not write into the tree that it starts from', () => {
    const store = new MemoryStore();
    const first = applyEdits(store, emptyTree(store), [write('a', 1), write('b', 1)]).root;
    applyEdits(store, first, [write('a', 2)]);
    applyEdits(store, first, [remove('a'), write('c')]);
    assert.deepEqual(modelOf(store, first), new Map([[path('a'), entry(1)], [path('b'), entry(1)]]));
  });

  it('refuses a file below a file and a file in place of a directory', () => {
    const store = new MemoryStore();
    const root = applyEdits(store, emptyTree(store), [write('a'), write('a!'), write('dir/sub/x'), write('dir/y')]).root;
    const refused: Edit[][] = [
      [write('a/b')], [write('a/b/c')], [write('dir')], [write('dir/sub')], [write('dir/y/z')],
      [write('n'), write('n/m')], [write('n/m'), write('n')], [remove('dir/y'), write('dir')],
      [write('a', 9), write('a/b')], [write('q/r'), write('dir/sub/x/deep'), write('z')],
    ];
    for (const edits of refused) {
      assert.throws(() => applyEdits(store, root, edits), (error) => PyiError.is(error, 'INVALID_PATH'), JSON.stringify(edits.map((edit) => edit.path)));
    }
  });

  it('turns a file into a directory, and back, when the same edits clear the way', () => {
    const store = new MemoryStore();
    const file = applyEdits(store, emptyTree(store), [write('a', 1), write('b', 2)]).root;
    const directory = applyEdits(store, file, [write('a/x', 3), remove('a')]).root;
    assert.deepEqual([...modelOf(store, directory).keys()], ['a/x', 'b']);
    assert.deepEqual(applyEdits(store, directory, [remove('a/x'), write('a', 1)]).root, file);
  });

  it('accepts names beside a directory that sort between it and what is below it', () => {
    const store = new MemoryStore();
    const { root, added } = applyEdits(store, emptyTree(store), [write('a/x'), write('a-'), write('a.'), write('a0'), write('ab')]);
    assert.equal(added, 5);
    assert.equal(applyEdits(store, root, [write('a/y'), write('a\x2e1')]).added, 2);
  });

  it('refuses paths that no tree may hold, but reads and deletes nothing for them', () => {
    const store = new MemoryStore();
    const root = applyEdits(store, emptyTree(store), [write('a')]).root;
    for (const at of ['', '/a', 'b/../c', './b', 'b//c', '.git/config', 'x/.GIT', 'n\0ul', 'y'.repeat(256), `${'d/'.repeat(2100)}f`]) {
      assert.throws(() => applyEdits(store, root, [write(at)]), (error) => PyiError.is(error, 'INVALID_PATH'), JSON.stringify(at.slice(0, 20)));
      assert.deepEqual(applyEdits(store, root, [remove(at)]).root, root);
    }
  });

  it('says which tree is missing', () => {
    const store = new MemoryStore();
    assert.throws(() => applyEdits(store, Buffer.alloc(32, 9), [write('a')]), (error) => PyiError.is(error, 'NOT_FOUND'));
  });

  it('shares all but a path with the tree before, at 100,000 files', () => {
    const store = new MemoryStore();
    const edits: Edit[] = [];
    for (let i = 0; i < 100_000; i++) edits.push(write(`packages/p${i % 97}/src/m${i % 31}/file-${i}.ts`, i));
    const built = applyEdits(store, emptyTree(store), edits);
    assert.equal(built.added, 100_000);
    assert.equal(summary(store, built.root).files, 100_000);
    const size = store.size;
    const updated = applyEdits(store, built.root, [write('packages/p5/src/m5/file-5.ts', 1e6)]).root;
    assert.ok(store.size - size <= 8, `an update made ${store.size - size} nodes`);
    const inserted = applyEdits(store, updated, [write('packages/p5/src/m5/new.ts')]).root;
    assert.ok(store.size - size <= 40, `an update and an insertion made ${store.size - size} nodes`);
    assert.equal(summary(store, inserted).files, 100_001);
    assert.deepEqual(applyEdits(store, inserted, [remove('packages/p5/src/m5/new.ts')]).root, updated);
  });
});

function countsOf(before: TreeModel, after: TreeModel): { added: number; changed: number; deleted: number } {
  const counts = { added: 0, changed: 0, deleted: 0 };
  for (const [at, now] of after) {
    const was = before.get(at);
    if (was === undefined) counts.added++;
    else if (was.mode !== now.mode || was.size !== now.size || !was.id.equals(now.id)) counts.changed++;
  }
  for (const at of before.keys()) if (!after.has(at)) counts.deleted++;
  return counts;
}
