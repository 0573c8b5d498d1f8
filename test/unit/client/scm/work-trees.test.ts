import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Root } from '../../../../client/roots/roots.ts';
import { locate, reconcile, workTrees } from '../../../../client/scm/work-trees.ts';
import type { WorkTree } from '../../../../client/scm/work-trees.ts';

const READY = { kind: 'ready', openedAt: 1, liveForks: 1, checkpoints: 1, warnings: [] } as const;
const PLACE = { store: '/r/.git/pyi', root: '/r', git: true, fork: 'f1', name: 'workspace', head: 'c1', base: 'c0', workspace: true, phase: 'hybrid' } as const;

function root(folder: string, some: Partial<Root> & { place?: Root['place'] } = {}): Root {
  return { folder, name: folder, uri: { fsPath: folder } as Root['uri'], store: READY, place: PLACE, ...some };
}

const same = (folder: string): string => folder;
const trees = (...roots: Root[]): WorkTree[] => workTrees(roots, same);

test('folders of one fork are one work tree, other forks and stores are their own', () => {
  const found = trees(root('/r/a'), root('/r/b'), root('/try', { place: { ...PLACE, root: '/try', fork: 'f2', name: 'try' } }), root('/s', { place: { ...PLACE, store: '/s/.git/pyi', root: '/s' } }));
  assert.deepEqual(found.map(({ folders, name }) => [folders, name]), [[['/r/a', '/r/b'], 'workspace'], [['/try'], 'try'], [['/s'], 'workspace']]);
  assert.equal(new Set(found.map(({ key }) => key)).size, 3);
});

test('a folder without a store, or that is no fork\'s directory, has none', () => {
  assert.deepEqual(trees(root('/r', { store: { kind: 'none' } }), root('/q', { place: undefined }), root('/p', { place: { ...PLACE, fork: null } })), []);
});

test('a store that cannot be used for a moment keeps its work trees', () => {
  assert.deepEqual(trees(root('/r', { store: { kind: 'problem', message: 'busy' } })), trees(root('/r')));
});

test('where only Git is at work by the user\'s wish, nothing is recorded unasked', () => {
  assert.deepEqual(trees(root('/r'), root('/q', { place: { ...PLACE, store: 'q', phase: 'compatible' } })).map(({ isQuiet }) => isQuiet), [false, true]);
});

test('a file belongs to the innermost work tree', () => {
  const found = trees(root('/r'), root('/r/vendor/lib', { place: { ...PLACE, store: 'lib', root: '/r/vendor/lib' } }));
  assert.deepEqual(['/r/a', '/r/vendor/lib/a', '/r/vendor/library'].map((file) => locate(found, file)).map((at) => [at?.tree.folder, at?.path]),
    [['/r', 'a'], ['/r/vendor/lib', 'a'], ['/r', 'vendor/library']]);
  assert.equal(locate(found, '/elsewhere'), undefined);
});

/** Something kept for a work tree, as the providers are. */
class Kept {
  readonly told: string[] = [];
  tree: WorkTree;

  constructor(tree: WorkTree) {
    this.tree = tree;
  }

  update(tree: WorkTree): void {
    this.tree = tree;
    this.told.push(`update ${tree.name}`);
  }

  dispose(): void {
    this.told.push('dispose');
  }
}

test('what is kept follows the work trees: made, told of changes, ended', () => {
  const kept = new Map<string, Kept>();
  const made: Kept[] = [];
  const follow = (...roots: Root[]): void => reconcile(kept, trees(...roots), (tree) => {
    const one = new Kept(tree);
    made.push(one);
    return one;
  });
  follow(root('/r'));
  follow(root('/r'));
  assert.deepEqual([made.length, made[0]?.told], [1, []]);
  follow(root('/r', { place: { ...PLACE, name: 'renamed' } }));
  assert.deepEqual(made[0]?.told, ['update renamed']);
  // The store was replaced by another one.
  follow(root('/r', { place: { ...PLACE, fork: 'f9' } }));
  assert.deepEqual([made.length, made[0]?.told.at(-1), [...kept.values()]], [2, 'dispose', [made[1]]]);
  follow();
  assert.deepEqual([kept.size, made[1]?.told], [0, ['dispose']]);
});
