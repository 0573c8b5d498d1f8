import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ByteView } from '../../../server/engine/ports.ts';
import { applyEdits, emptyTree } from '../../../server/engine/tree/edit.ts';
import { MAX_ENTRIES, countOf, emptyView, hasNodeLayout, levelOf, openNode } from '../../../server/engine/tree/node.ts';
import { isBoundary } from '../../../server/engine/tree/key.ts';
import { references } from '../../../server/engine/tree/walk.ts';
import { lookup } from '../../../server/engine/tree/read.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { SeededRandom } from '../../support/random.ts';
import type { TreeModel } from '../../support/tree-model.ts';
import { assertSame, entry, path, rootOf } from '../../support/tree-model.ts';

/** Every node of a tree, and the content ids that they refer to. */
function walk(store: MemoryStore, root: Buffer): { nodes: ByteView[]; contents: Set<string> } {
  const nodes: ByteView[] = [];
  const contents = new Set<string>();
  const pending = [root];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const node = emptyView();
    openNode(store, id, 0, node);
    nodes.push(node);
    references(node, (bytes, offset, isNode) => {
      const child = Buffer.from(bytes.subarray(offset, offset + 32));
      if (isNode) pending.push(child);
      else contents.add(child.toString('hex'));
    });
  }
  return { nodes, contents };
}

describe('tree nodes', () => {
  it('have the bytes of docs/tree-format.md', () => {
    const store = new MemoryStore();
    assert.equal(store.get(emptyTree(store)).toString('hex'), '0001000000000000');
    const root = applyEdits(store, emptyTree(store), [
      { path: path('src/a.ts'), entry: { mode: 0, size: 5, id: Buffer.alloc(32, 0xaa) } },
      { path: path('src/bc'), entry: { mode: 1, size: 2 ** 33, id: Buffer.alloc(32, 0xbb) } },
    ]).root;
    assert.equal(store.get(root).toString('hex'), [
      '00', '01', '0200', '04000000',
      'aa'.repeat(32), '00000000', '0000000000001440',
      'bb'.repeat(32), '01000000', '0000000000000042',
      '04000000', '06000000',
      Buffer.from('src/').toString('hex'),
      Buffer.from('a.tsbc').toString('hex'),
    ].join(''));
  });

  it('stay the same from version to version', () => {
    const store = new MemoryStore();
    const model: TreeModel = new Map();
    for (let i = 0; i < 1000; i++) model.set(path(`folder-${i % 13}/file-${i}.txt`), entry(i));
    assert.equal(rootOf(store, model).toString('hex'), '7b1de795ab11ce83d70b58096b3e3b83533084efcadae958be30a726ec224039');
  });

  it('refer to every node and content exactly as a collection needs it', () => {
    const store = new MemoryStore();
    const random = new SeededRandom(4);
    const model: TreeModel = new Map();
    for (let i = 0; i < 4000; i++) model.set(path(`d${random.below(40)}/f${random.below(1e6)}`), entry(i));
    const root = rootOf(store, model);
    const { nodes, contents } = walk(store, root);
    assert.deepEqual(contents, new Set(Array.from(model.values(), ({ id }) => id.toString('hex'))));
    assert.ok(nodes.every(hasNodeLayout));
    const inner = nodes.filter((node) => levelOf(node) > 0).length;
    assert.ok(inner * 5 < nodes.length, `${inner} of ${nodes.length} nodes are inner ones`);
    assert.ok(nodes.length < model.size / 6, `${nodes.length} nodes for ${model.size} files`);
  });

  it('have a largest size, even for names that are chosen to have no boundary', () => {
    const store = new MemoryStore();
    const random = new SeededRandom(6);
    const model: TreeModel = new Map();
    for (let i = 0; model.size < 3000; i++) {
      const name = `name-${random.below(1e9)}-${i}`;
      if (!isBoundary(Buffer.from(name), 0, name.length, 0)) model.set(path(name), entry(i));
    }
    let root = rootOf(store, model);
    assert.ok(walk(store, root).nodes.every((node) => countOf(node) <= MAX_ENTRIES));
    for (let i = 0; i < 30; i++) {
      const at = path(`name-${random.below(1e9)}`);
      model.set(at, entry(i));
      root = applyEdits(store, root, [{ path: at, entry: entry(i) }]).root;
      const gone = random.pick([...model.keys()]);
      model.delete(gone);
      root = applyEdits(store, root, [{ path: gone, entry: null }]).root;
      assert.deepEqual(root, rootOf(store, model));
    }
    assertSame(store, root, model, `seed ${random.seed}`);
  });

  it('hold names of any length and bytes', () => {
    const store = new MemoryStore();
    const model: TreeModel = new Map();
    const random = new SeededRandom(12);
    for (let i = 0; i < 60; i++) {
      const names: string[] = [];
      for (let depth = random.below(15); depth >= 0; depth--) {
        names.push(random.bytes(1 + random.below(250)).toString('latin1').replaceAll(/[/\0.]/g, '_'));
      }
      model.set(path(`${i}/${names.join('/')}`), entry(i));
    }
    const root = rootOf(store, model);
    assertSame(store, root, model, `seed ${random.seed}`);
    for (const [at, expected] of model) assert.deepEqual(lookup(store, root, at), expected);
  });

  it('are told from other bytes', () => {
    const view = (bytes: Buffer): ByteView => ({ bytes, start: 0, end: bytes.length });
    assert.equal(hasNodeLayout(view(Buffer.alloc(7))), false);
    assert.equal(hasNodeLayout(view(Buffer.alloc(8))), false);
    assert.equal(hasNodeLayout(view(Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]))), true);
    assert.equal(hasNodeLayout(view(Buffer.from([0, 1, 0, 0, 0, 0, 0, 0, 0]))), false);
    assert.equal(hasNodeLayout(view(Buffer.from([0, 1, 9, 0, 0, 0, 0, 0]))), false);
  });
});
