import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyEdits, emptyTree } from '../../../server/engine/tree/edit.ts';
import type { Edit } from '../../../server/engine/tree/entry.ts';
import { FileMode, entriesEqual } from '../../../server/engine/tree/entry.ts';
import type { MergeConflict } from '../../../server/engine/tree/merge.ts';
import { mergeTrees } from '../../../server/engine/tree/merge.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { SeededRandom } from '../../support/random.ts';
import type { TreeModel } from '../../support/tree-model.ts';
import { assertSame, entry, path, randomEdits, randomPath, rootOf, sortedPaths } from '../../support/tree-model.ts';

const write = (at: string, n: number, mode: FileMode = FileMode.file): Edit => ({ path: path(at), entry: entry(n, mode) });
const remove = (at: string): Edit => ({ path: path(at), entry: null });

/** Merges two sets of edits of a base and returns the result and the conflicts in short. */
function merge(base: Edit[], ours: Edit[], theirs: Edit[]): { files: Record<string, number>; edits: Edit[]; conflicts: MergeConflict[] } {
  const store = new MemoryStore();
  const root = applyEdits(store, emptyTree(store), base).root;
  const ourRoot = applyEdits(store, root, ours).root;
  const { edits, conflicts } = mergeTrees(store, root, ourRoot, applyEdits(store, root, theirs).root);
  const files: Record<string, number> = {};
  const after = new Map<string, number>();
  for (const edit of [...base, ...ours, ...edits]) {
    if (edit.entry === null) after.delete(edit.path);
    else after.set(edit.path, edit.entry.id.readUInt32LE());
  }
  for (const at of [...after.keys()].sort()) files[at] = after.get(at) ?? -1;
  // What is undisputed must be applicable as it is.
  applyEdits(store, ourRoot, edits);
  return { files, edits, conflicts };
}

describe('mergeTrees', () => {
  it('agrees with a merge of maps', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new SeededRandom(seed);
      const store = new MemoryStore();
      const base: TreeModel = new Map();
      for (let i = 0; i < 500; i++) base.set(randomPath(random, 300), { ...entry(i), mode: FileMode.symlink });
      const root = rootOf(store, base);
      const ours = new Map(base);
      const theirs = new Map(base);
      const ourRoot = applyEdits(store, root, randomEdits(random, ours, 1 + random.below(150), 400)).root;
      const theirRoot = applyEdits(store, root, randomEdits(random, theirs, 1 + random.below(150), 400)).root;
      for (const at of random.shuffled([...base.keys()]).slice(0, 5)) {
        ours.set(at, entry(5));
        theirs.set(at, entry(5));
      }
      const same = [...base.keys()].filter((at) => entriesEqual(ours.get(at), entry(5))).map((at) => ({ path: at, entry: entry(5) }));
      const a = applyEdits(store, ourRoot, same).root;
      const b = applyEdits(store, theirRoot, same.filter(({ path: at }) => theirs.has(at))).root;

      const merged = new Map(ours);
      const disputed: string[] = [];
      for (const at of sortedPaths(new Map([...base, ...ours, ...theirs]))) {
        const [was, our, their] = [base.get(at), ours.get(at), theirs.get(at)];
        if (entriesEqual(was, their) || entriesEqual(our, their)) continue;
        if (!entriesEqual(was, our)) disputed.push(at);
        else if (their === undefined) merged.delete(at);
        else merged.set(at, their);
      }
      const { edits, conflicts } = mergeTrees(store, root, a, b);
      assert.deepEqual(conflicts.map((conflict) => conflict.path), disputed, `seed ${seed}`);
      assertSame(store, applyEdits(store, a, edits).root, merged, `seed ${seed}`);
    }
  });

  it('takes what one side changed, and what both changed alike', () => {
    const { files, conflicts } = merge(
      [write('a', 1), write('b', 2), write('c', 3), write('d', 4)],
      [write('a', 11), write('both', 7), remove('d')],
      [write('b', 12), remove('c'), write('both', 7), write('new', 8), remove('d')],
    );
    assert.deepEqual(files, { a: 11, b: 12, both: 7, new: 8 });
    assert.deepEqual(conflicts, []);
  });

  it('names each kind of conflict, with all sides', () => {
    const { files, conflicts } = merge(
      [write('changed', 1), write('gone', 2), write('kept', 3)],
      [write('changed', 11), remove('gone'), write('kept', 13), write('new', 4)],
      [write('changed', 21), write('gone', 22), remove('kept'), write('new', 24)],
    );
    assert.deepEqual(conflicts, [
      { path: 'changed', reason: 'both-changed', base: entry(1), ours: entry(11), theirs: entry(21) },
      { path: 'gone', reason: 'changed-deleted', base: entry(2), ours: undefined, theirs: entry(22) },
      { path: 'kept', reason: 'changed-deleted', base: entry(3), ours: entry(13), theirs: undefined },
      { path: 'new', reason: 'both-added', base: undefined, ours: entry(4), theirs: entry(24) },
    ]);
    assert.deepEqual(files, { changed: 11, kept: 13, new: 4 });
  });

  it('merges a change of mode with a change of content', () => {
    const executable = FileMode.executable;
    const oneEach = merge([write('a', 1), write('b', 2)], [write('a', 1, executable), write('b', 22)], [write('a', 11), write('b', 2, executable)]);
    assert.deepEqual(oneEach.conflicts, []);
    assert.deepEqual(oneEach.edits, [write('a', 11, executable), write('b', 22, executable)]);
    const bothContents = merge([write('a', 1)], [write('a', 2, executable)], [write('a', 3)]);
    assert.deepEqual(bothContents.conflicts.map(({ reason }) => reason), ['both-changed']);
    const sameContent = merge([write('a', 1)], [write('a', 2, executable)], [write('a', 2)]);
    assert.deepEqual(sameContent.edits, [write('a', 2, executable)]);
    const toLink = merge([write('a', 1)], [write('a', 1, FileMode.symlink)], [write('a', 3)]);
    assert.deepEqual(toLink.conflicts.map(({ reason }) => reason), ['both-changed']);
  });

  it('reports files and directories that cannot stand together, and what is in the way', () => {
    const ourFile = merge([write('z', 1)], [write('a', 2)], [write('a/x', 3), write('a/y', 4)]);
    assert.deepEqual(ourFile.conflicts.map(({ path: at, reason, blockedBy }) => [at, reason, blockedBy]),
      [['a/x', 'file-directory', 'a'], ['a/y', 'file-directory', 'a']]);
    assert.deepEqual(ourFile.files, { a: 2, z: 1 });

    const ourDirectory = merge([write('z', 1)], [write('a/x', 2)], [write('a', 3), write('b', 4)]);
    assert.deepEqual(ourDirectory.conflicts.map(({ path: at, reason, blockedBy }) => [at, reason, blockedBy]), [['a', 'file-directory', 'a']]);
    assert.deepEqual(ourDirectory.files, { 'a/x': 2, b: 4, z: 1 });

    const replaced = merge([write('a', 1)], [remove('a'), write('a/x', 2)], [write('a', 3)]);
    assert.deepEqual(replaced.conflicts.map(({ path: at, reason, blockedBy }) => [at, reason, blockedBy]), [['a', 'file-directory', 'a']]);
  });

  it('lets one side turn a directory into a file when the other left it alone', () => {
    const { files, conflicts } = merge([write('a/x', 1), write('a/y', 2)], [write('b', 3)], [remove('a/x'), remove('a/y'), write('a', 4)]);
    assert.deepEqual(conflicts, []);
    assert.deepEqual(files, { a: 4, b: 3 });
    const disputed = merge([write('a/x', 1)], [write('a/x', 5)], [remove('a/x'), write('a', 4)]);
    assert.deepEqual(disputed.conflicts.map(({ path: at, reason }) => [at, reason]), [['a', 'file-directory'], ['a/x', 'changed-deleted']]);
    assert.deepEqual(disputed.files, { 'a/x': 5 });
  });
});
