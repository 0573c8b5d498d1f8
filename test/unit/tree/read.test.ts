import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { ObjectType } from '../../../server/engine/ports.ts';
import { emptyTree } from '../../../server/engine/tree/edit.ts';
import type { Range } from '../../../server/engine/tree/read.ts';
import { entries, listDirectory, lookup, pathsFrom, summary } from '../../../server/engine/tree/read.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { SeededRandom } from '../../support/random.ts';
import type { TreeModel } from '../../support/tree-model.ts';
import { entry, path, randomPath, rootOf, sortedPaths } from '../../support/tree-model.ts';

function randomTree(seed: number, files: number): { store: MemoryStore; model: TreeModel; root: Buffer; random: SeededRandom } {
  const random = new SeededRandom(seed);
  const store = new MemoryStore();
  const model: TreeModel = new Map();
  for (let i = 0; i < files; i++) model.set(randomPath(random, files), entry(i));
  return { store, model, root: rootOf(store, model), random };
}

describe('reading a tree', () => {
  it('finds every path, and no other', () => {
    for (const files of [0, 1, 7, 60, 2000]) {
      const { store, model, root, random } = randomTree(files, files);
      for (const [at, expected] of model) assert.deepEqual(lookup(store, root, at), expected);
      for (let i = 0; i < 500; i++) {
        const at = randomPath(random, files * 2 + 1);
        assert.deepEqual(lookup(store, root, at), model.get(at));
      }
      for (const at of ['', 'd0', 'd0/', '\0', '\xff\xff\xff', 'x'.repeat(6000)]) assert.equal(lookup(store, root, path(at)), undefined);
    }
  });

  it('lists ranges as a sorted map would', () => {
    const { store, model, root, random } = randomTree(21, 1200);
    const sorted = sortedPaths(model);
    const ranges: Range[] = [{}, { prefix: path('') }, { prefix: path('d1') }, { prefix: path('d1/d2') }, { prefix: path('d') }, { prefix: path('nothing') }];
    for (let i = 0; i < 60; i++) {
      const after = random.below(2) === 0 ? random.pick(sorted) : randomPath(random, 1200);
      ranges.push({ after }, { after, prefix: path(`d${random.below(5)}`) }, { prefix: random.pick(sorted) }, { prefix: random.pick(sorted), after });
    }
    for (const range of ranges) {
      const { prefix = '', after } = range;
      const expected = sorted.filter((at) => (prefix === '' || at === prefix || at.startsWith(`${prefix}/`)) && (after === undefined || at > after));
      assert.deepEqual(Array.from(entries(store, root, range), (item) => item.path), expected, JSON.stringify(range));
    }
  });

  it('lists paths from any place on', () => {
    const { store, model, root, random } = randomTree(22, 500);
    for (let i = 0; i < 50; i++) {
      const start = randomPath(random, 1000);
      assert.deepEqual([...pathsFrom(store, root, start)], sortedPaths(model).filter((at) => at >= start));
    }
  });

  it('lists directories as a file system would', () => {
    const { store, model, root } = randomTree(23, 1500);
    const directories = new Set<string>(['', 'nothing', 'd0/nothing', 'd']);
    for (const at of model.keys()) for (let slash = at.indexOf('/'); slash > 0; slash = at.indexOf('/', slash + 1)) directories.add(at.slice(0, slash));
    for (const directory of directories) {
      const prefix = directory === '' ? '' : `${directory}/`;
      const expected = new Map<string, BytePath | null>();
      for (const at of model.keys()) {
        if (!at.startsWith(prefix)) continue;
        const [name = '', ...below] = at.slice(prefix.length).split('/');
        expected.set(name, below.length === 0 ? at : null);
      }
      const items = listDirectory(store, root, path(directory));
      assert.deepEqual(items.map((item) => item.name), [...expected.keys()].sort(), directory);
      for (const item of items) {
        const at = expected.get(item.name);
        assert.equal(item.path, `${prefix}${item.name}`);
        assert.deepEqual(item.entry, at === null || at === undefined ? null : model.get(at));
      }
    }
  });

  it('opens few nodes to list a directory beside a large one', () => {
    const store = new MemoryStore();
    const model: TreeModel = new Map([[path('a'), entry(1)], [path('z'), entry(2)]]);
    for (let i = 0; i < 20_000; i++) model.set(path(`large/file-${i}`), entry(i));
    const root = rootOf(store, model);
    const loads = countLoads(store);
    assert.deepEqual(listDirectory(store, root, path('')).map((item) => item.name), ['a', 'large', 'z']);
    assert.ok(loads() < 40, `opened ${loads()} nodes`);
  });

  it('reads the totals from one node', () => {
    const { store, model, root } = randomTree(24, 3000);
    const loads = countLoads(store);
    assert.equal(summary(store, root).files, model.size);
    assert.equal(loads(), 1);
    assert.deepEqual(summary(store, emptyTree(store)), { files: 0, bytes: 0 });
  });

  it('refuses what is no tree, or one of a later version', () => {
    const store = new MemoryStore();
    const later = store.put(ObjectType.node, Buffer.from([0, 2, 0, 0, 0, 0, 0, 0]));
    assert.throws(() => lookup(store, later, path('a')), (error) => PyiError.is(error, 'UNSUPPORTED_VERSION'));
    assert.throws(() => [...entries(store, Buffer.alloc(32))], (error) => PyiError.is(error, 'NOT_FOUND'));
  });
});

function countLoads(store: MemoryStore): () => number {
  const load = store.load.bind(store);
  let count = 0;
  store.load = (id, offset, view) => {
    count++;
    load(id, offset, view);
  };
  return () => count;
}
