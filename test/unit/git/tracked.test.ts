import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { bytePathFromBytes, bytePathFromText } from '../../../protocol/paths.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { discoverLayout, requireGit } from '../../../server/git/layout.ts';
import type { GitLayout } from '../../../server/git/layout.ts';
import { dirtyPaths, excludes, readTracked } from '../../../server/git/tracked.ts';
import { GitRepository } from '../../support/git-repository.ts';

async function open(t: TestContext): Promise<{ repository: GitRepository; layout: GitLayout }> {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  return { repository, layout: requireGit(await discoverLayout(repository.adapter, repository.root)) };
}

const STRANGE = ['with space', 'new\nline', '-dash', 'glob*[a]?', ':(top)magic', '"quoted"', 'tab\there', 'ünïcode'];

test('every path of the index, however it is spelled', async (t) => {
  const { repository, layout } = await open(t);
  assert.equal((await readTracked(repository.adapter, layout)).paths.size, 0);
  const raw = Buffer.from([0x66, 0xff, 0xfe]);
  for (const name of [...STRANGE, raw]) repository.write(name, 'x');
  repository.git(['add', '-A']);
  repository.write('untracked', 'x');
  const { paths, submodules, sparse } = await readTracked(repository.adapter, layout);
  assert.deepEqual([...paths].sort(), [...STRANGE.map(bytePathFromText), bytePathFromBytes(raw)].sort());
  assert.deepEqual([submodules.length, sparse.size], [0, 0]);
});

test('submodules: what is recorded, what is checked out, what is not there', async (t) => {
  const library = GitRepository.create();
  t.after(() => { library.remove(); });
  const first = library.commit({ code: '1' });
  const { repository, layout } = await open(t);
  repository.git(['submodule', 'add', '-q', library.root, 'lib a']);
  repository.git(['submodule', 'add', '-q', library.root, 'gone']);
  repository.git(['commit', '-q', '-m', 'modules']);
  repository.git(['submodule', 'deinit', '-q', '-f', 'gone']);
  repository.git(['-c', 'user.name=x', 'commit', '-q', '--allow-empty', '-m', 'moved on'], { cwd: path.join(repository.root, 'lib a') });
  const moved = repository.git(['rev-parse', 'HEAD'], { cwd: path.join(repository.root, 'lib a') });
  assert.deepEqual((await readTracked(repository.adapter, layout)).submodules, [
    { path: 'gone', recorded: first, checkedOut: null },
    { path: 'lib a', recorded: first, checkedOut: moved },
  ]);
});

test('sparse paths', async (t) => {
  const { repository, layout } = await open(t);
  repository.commit({ 'in/a': '1', 'out/b': '2', top: '3' });
  repository.git(['sparse-checkout', 'set', 'in']);
  const { paths, sparse } = await readTracked(repository.adapter, layout);
  assert.deepEqual([...paths], ['in/a', 'out/b', 'top']);
  assert.deepEqual([...sparse], ['out/b']);
});

test('where the ignore rules are', async (t) => {
  const { repository, layout } = await open(t);
  const home = repository.env['HOME'] ?? '';
  assert.deepEqual(await excludes(repository.adapter, layout), {
    infoExclude: path.join(repository.root, '.git/info/exclude'), excludesFile: path.join(home, '.config/git/ignore'), ignoreCase: false,
  });
  repository.git(['config', 'core.excludesFile', '~/my ignores']);
  repository.git(['config', 'core.ignoreCase', 'yes']);
  assert.deepEqual(await excludes(repository.adapter, layout), {
    infoExclude: path.join(repository.root, '.git/info/exclude'), excludesFile: path.join(home, 'my ignores'), ignoreCase: true,
  });
  repository.git(['config', 'core.excludesFile', 'relative']);
  assert.equal((await excludes(repository.adapter, layout)).excludesFile, path.join(repository.root, 'relative'));
  repository.git(['config', 'core.excludesFile', '']);
  assert.equal((await excludes(repository.adapter, layout)).excludesFile, undefined);
});

test('ignore rules of a plain folder and of a linked work tree', async (t) => {
  const folder = GitRepository.plain();
  t.after(() => { folder.remove(); });
  const plain = await excludes(folder.adapter, await discoverLayout(folder.adapter, folder.root));
  assert.deepEqual(Object.keys(plain), ['excludesFile', 'ignoreCase']);

  const { repository } = await open(t);
  repository.commit({ a: '1' });
  const linked = path.join(repository.directory, 'linked');
  repository.git(['worktree', 'add', '-q', linked]);
  const rules = await excludes(repository.adapter, await discoverLayout(repository.adapter, linked));
  assert.equal(rules.infoExclude, path.join(repository.root, '.git/info/exclude'));
});

test('dirty paths: staged, modified, both, untracked, ignored, deleted, unmerged', async (t) => {
  const { repository, layout } = await open(t);
  const names = ['clean', 'staged', 'modified', 'both', 'deleted', 'removed', 'not asked', 'touched', ...STRANGE];
  repository.commit({ ...Object.fromEntries(names.map((name) => [name, 'base'])), '.gitignore': 'ignored\n', 'dir/file': 'x' });
  for (const name of ['staged', 'both']) repository.write(name, 'staged');
  repository.git(['add', '-u']);
  repository.git(['rm', '-q', '--cached', 'removed']);
  for (const name of ['modified', 'both', 'not asked', ...STRANGE]) repository.write(name, 'work');
  repository.unlink('deleted');
  fs.utimesSync(repository.at('touched'), 1, 1);
  repository.write('added', 'x');
  repository.git(['add', 'added']);
  repository.write('untracked', 'x');
  repository.write('ignored', 'x');
  repository.write(Buffer.from([0xff]), 'x');

  const before = repository.state();
  const index = fs.readFileSync(path.join(layout.gitDir, 'index'));
  const raw = '\u00ff' as BytePath;
  const asked = ['clean', 'staged', 'modified', 'both', 'deleted', 'removed', 'touched', 'added', 'untracked', 'ignored', 'absent', 'dir', 'dir/file', 'clean/below', ...STRANGE]
    .map(bytePathFromText);
  const dirty = await dirtyPaths(repository.adapter, layout, [...asked, raw]);
  assert.deepEqual(repository.state(), before);
  assert.deepEqual(fs.readFileSync(path.join(layout.gitDir, 'index')), index, 'the index file itself is as it was');

  const expected = new Map<string, string>([
    ['staged', 's'], ['modified', 'm'], ['both', 'sm'], ['deleted', 'm'], ['removed', 's'], ['added', 's'], ['untracked', 'u'], ['ignored', 'u'], [raw, 'u'],
    ...STRANGE.map((name) => [bytePathFromText(name), 'm'] as const),
  ]);
  assert.deepEqual(new Map(dirty.map((entry) => [entry.path as string, `${entry.staged ? 's' : ''}${entry.modified ? 'm' : ''}${entry.untracked ? 'u' : ''}`])),
    new Map([...expected].sort(([a], [b]) => (a < b ? -1 : 1))));
});

test('dirty paths: a conflict, and a repository without commits', async (t) => {
  const { repository, layout } = await open(t);
  repository.write('first', 'x');
  repository.git(['add', 'first']);
  assert.deepEqual(await dirtyPaths(repository.adapter, layout, [bytePathFromText('first')]), [{ path: 'first', staged: true, modified: false, untracked: false }]);
  repository.commit({ a: 'base' });
  repository.git(['checkout', '-q', '-b', 'side']);
  repository.commit({ a: 'side' });
  repository.git(['checkout', '-q', 'main']);
  repository.commit({ a: 'main' });
  assert.throws(() => repository.git(['merge', 'side']));
  assert.deepEqual(await dirtyPaths(repository.adapter, layout, [bytePathFromText('a')]), [{ path: 'a', staged: true, modified: true, untracked: false }]);
});
