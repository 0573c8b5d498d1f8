import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Git } from '../../../server/git/exec.ts';
import { discoverLayout, requireGit } from '../../../server/git/layout.ts';
import { GitRepository } from '../../support/git-repository.ts';
import type { RepositoryOptions } from '../../support/git-repository.ts';

function create(t: TestContext, options?: RepositoryOptions): GitRepository {
  const repository = GitRepository.create(options);
  t.after(() => { repository.remove(); });
  return repository;
}

test('a repository without commits, from a subdirectory', async (t) => {
  const repository = create(t);
  repository.write('a/b/file', '');
  assert.deepEqual(await discoverLayout(repository.adapter, path.join(repository.root, 'a/b')), {
    kind: 'git', root: repository.root, gitDir: path.join(repository.root, '.git'), commonDir: path.join(repository.root, '.git'),
    storeDirectory: path.join(repository.root, '.git/pyi'), objectFormat: 'sha1', isLinkedWorktree: false,
  });
});

test('a linked work tree shares its store', async (t) => {
  const repository = create(t, { objectFormat: 'sha256' });
  repository.commit({ file: 'x' });
  const linked = path.join(repository.directory, 'linked');
  repository.git(['worktree', 'add', '-q', linked]);
  assert.deepEqual(await discoverLayout(repository.adapter, linked), {
    kind: 'git', root: linked, gitDir: path.join(repository.root, '.git/worktrees/linked'), commonDir: path.join(repository.root, '.git'),
    storeDirectory: path.join(repository.root, '.git/pyi'), objectFormat: 'sha256', isLinkedWorktree: true,
  });
});

test('a separate git directory, and one behind a symbolic link', async (t) => {
  const repository = create(t, { separateGitDir: true });
  const gitDir = path.join(repository.directory, 'elsewhere.git');
  const layout = requireGit(await discoverLayout(repository.adapter, repository.root));
  assert.deepEqual([layout.root, layout.gitDir, layout.commonDir, layout.isLinkedWorktree], [repository.root, gitDir, gitDir, false]);

  fs.rmSync(path.join(repository.root, '.git'));
  fs.symlinkSync(gitDir, path.join(repository.root, '.git'));
  const linked = requireGit(await discoverLayout(repository.adapter, repository.root));
  assert.deepEqual([linked.gitDir, linked.isLinkedWorktree], [gitDir, false]);
});

test('a submodule is a repository of its own', async (t) => {
  const library = create(t);
  library.commit({ code: 'x' });
  const repository = create(t);
  repository.git(['submodule', 'add', '-q', library.root, 'lib']);
  const layout = requireGit(await discoverLayout(repository.adapter, path.join(repository.root, 'lib')));
  assert.equal(layout.root, path.join(repository.root, 'lib'));
  assert.equal(layout.storeDirectory, path.join(repository.root, '.git/modules/lib/pyi'));
  assert.equal(layout.isLinkedWorktree, false);
});

test('a directory whose name has a newline', async (t) => {
  const repository = create(t, { name: 'two\nlines ' });
  const layout = requireGit(await discoverLayout(repository.adapter, repository.root));
  assert.deepEqual([layout.root, layout.gitDir], [repository.root, path.join(repository.root, '.git')]);
});

test('bare repositories and git directories are refused', async (t) => {
  const repository = create(t);
  const bare = path.join(repository.directory, 'bare.git');
  repository.git(['init', '-q', '--bare', bare]);
  await assert.rejects(discoverLayout(repository.adapter, bare), { code: 'INVALID_ARGUMENT', message: /bare/ });
  await assert.rejects(discoverLayout(repository.adapter, path.join(repository.root, '.git')), { code: 'INVALID_ARGUMENT', message: /inside a Git directory/ });
});

test('a work tree linked to a bare repository is fine', async (t) => {
  const repository = create(t);
  repository.commit({ file: 'x' });
  const bare = path.join(repository.directory, 'bare.git');
  repository.git(['clone', '-q', '--bare', repository.root, bare]);
  const linked = path.join(repository.directory, 'linked');
  repository.git(['worktree', 'add', '-q', linked, 'main'], { cwd: bare });
  const layout = requireGit(await discoverLayout(repository.adapter, linked));
  assert.deepEqual([layout.root, layout.storeDirectory], [linked, path.join(bare, 'pyi')]);
});

test('a plain folder: its own root, or the parent that has a store', async (t) => {
  const folder = GitRepository.plain();
  t.after(() => { folder.remove(); });
  const deep = path.join(folder.root, 'a/b');
  fs.mkdirSync(deep, { recursive: true });
  assert.deepEqual(await discoverLayout(folder.adapter, deep), {
    kind: 'plain', root: deep, gitDir: null, commonDir: null, storeDirectory: path.join(deep, '.pyi'), objectFormat: null, isLinkedWorktree: false,
  });
  fs.mkdirSync(path.join(folder.root, '.pyi'));
  const layout = await discoverLayout(folder.adapter, deep);
  assert.equal(layout.root, folder.root);
  assert.throws(() => requireGit(layout), { code: 'INVALID_ARGUMENT' });
});

test('without git installed, a plain folder works and a repository says what is missing', async (t) => {
  const repository = create(t);
  const folder = GitRepository.plain();
  t.after(() => { folder.remove(); });
  const git = new Git({ executable: 'git-that-is-not-there', env: {}, defaultCwd: folder.root });
  assert.equal((await discoverLayout(git, folder.root)).kind, 'plain');
  await assert.rejects(discoverLayout(git, repository.root), { code: 'NOT_FOUND', message: /git was not found/ });
});

test('a .git that points nowhere is a fault, not a plain folder', async (t) => {
  const folder = GitRepository.plain();
  t.after(() => { folder.remove(); });
  folder.write('.git', 'gitdir: /nowhere/at/all\n');
  await assert.rejects(discoverLayout(folder.adapter, folder.root), { message: /not a git repository: \/nowhere/ });
});

test('a directory that does not exist, and a file', async (t) => {
  const repository = create(t);
  repository.write('file', '');
  await assert.rejects(discoverLayout(repository.adapter, path.join(repository.root, 'gone')), { code: 'NOT_FOUND' });
  await assert.rejects(discoverLayout(repository.adapter, path.join(repository.root, 'file')), { code: 'NOT_FOUND', message: /Not a directory/ });
});
