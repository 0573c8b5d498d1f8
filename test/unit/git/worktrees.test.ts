import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { discoverLayout, requireGit } from '../../../server/git/layout.ts';
import type { GitLayout } from '../../../server/git/layout.ts';
import { readTracked } from '../../../server/git/tracked.ts';
import { addWorktree, listWorktrees, removeWorktree } from '../../../server/git/worktrees.ts';
import { GitRepository } from '../../support/git-repository.ts';
import type { RepositoryOptions } from '../../support/git-repository.ts';

async function open(t: TestContext, options?: RepositoryOptions): Promise<{ repository: GitRepository; layout: GitLayout; fork: string }> {
  const repository = GitRepository.create(options);
  t.after(() => { repository.remove(); });
  const layout = requireGit(await discoverLayout(repository.adapter, repository.root));
  return { repository, layout, fork: path.join(repository.directory, 'forks', 'try one') };
}

/** Writes the files as the server would, which is none of git's doing. */
function fill(fork: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(fork, name)), { recursive: true });
    fs.writeFileSync(path.join(fork, name), content);
  }
}

for (const options of [{}, { objectFormat: 'sha256' }, { separateGitDir: true }] as const) {
  test(`plain git works inside a fork's directory ${JSON.stringify(options)}`, async (t) => {
    const { repository, layout, fork } = await open(t, options);
    const files = { a: '1', 'dir/b': '2' };
    const commit = repository.commit(files);
    assert.deepEqual(await addWorktree(repository.adapter, layout, { directory: fork, commit }), { registered: true });
    assert.deepEqual(fs.readdirSync(fork), ['.git'], 'git wrote no files');
    fill(fork, files);
    const git = (...args: string[]): string => repository.git(args, { cwd: fork });
    assert.equal(git('status', '--porcelain'), '');
    assert.equal(git('diff', 'HEAD'), '');
    assert.equal(git('log', '--format=%H'), commit);
    assert.equal(git('rev-parse', '--abbrev-ref', 'HEAD'), 'HEAD', 'detached: no branch of the user is taken');
  });
}

test('the user\'s own work tree does not notice', async (t) => {
  const { repository, layout, fork } = await open(t);
  const commit = repository.commit({ a: '1' });
  repository.write('a', 'staged');
  repository.git(['add', 'a']);
  const before = repository.state();
  await addWorktree(repository.adapter, layout, { directory: fork, commit });
  await removeWorktree(repository.adapter, layout, { directory: fork, deleteFiles: true });
  assert.deepEqual(repository.state(), before);
});

test('what differs from the commit shows, and can be committed with plain git', async (t) => {
  const { repository, layout, fork } = await open(t);
  const commit = repository.commit({ a: '1', b: '1' });
  await addWorktree(repository.adapter, layout, { directory: fork, commit });
  fill(fork, { a: 'other', c: 'new' });
  assert.deepEqual(repository.git(['status', '--porcelain'], { cwd: fork }).split('\n'), [' M a', ' D b', '?? c']);
  repository.git(['add', '-A'], { cwd: fork });
  repository.git(['commit', '-q', '-m', 'in the fork'], { cwd: fork });
  assert.equal(repository.git(['rev-parse', 'HEAD^'], { cwd: fork }), commit);
});

test('a fork of a sparse checkout is as sparse', async (t) => {
  const { repository, layout, fork } = await open(t);
  const commit = repository.commit({ 'in/a': '1', 'out/b': '2' });
  repository.git(['sparse-checkout', 'set', 'in']);
  const { sparse } = await readTracked(repository.adapter, layout);
  await addWorktree(repository.adapter, layout, { directory: fork, commit, sparse });
  fill(fork, { 'in/a': '1' });
  assert.equal(repository.git(['status', '--porcelain'], { cwd: fork }), '');
});

test('a fork of a fork, from inside it', async (t) => {
  const { repository, layout, fork } = await open(t);
  const commit = repository.commit({ a: '1' });
  await addWorktree(repository.adapter, layout, { directory: fork, commit });
  const inner = requireGit(await discoverLayout(repository.adapter, fork));
  const nested = path.join(repository.directory, 'nested');
  await addWorktree(repository.adapter, inner, { directory: nested, commit });
  assert.deepEqual((await listWorktrees(repository.adapter, layout)).map((worktree) => worktree.directory).sort(), [fork, nested, repository.root].sort());
});

test('without a commit there is nothing to register', async (t) => {
  const { repository, layout, fork } = await open(t);
  assert.deepEqual(await addWorktree(repository.adapter, layout, { directory: fork, commit: null }), { registered: false });
  assert.equal(fs.existsSync(fork), false);
  assert.deepEqual(await listWorktrees(repository.adapter, layout), [{ directory: repository.root, head: null, branch: 'refs/heads/main', prunable: false }]);
});

test('a directory with something in it is left alone; a failure leaves no registration', async (t) => {
  const { repository, layout, fork } = await open(t);
  const commit = repository.commit({ a: '1' });
  fill(fork, { precious: 'x' });
  await assert.rejects(addWorktree(repository.adapter, layout, { directory: fork, commit }), { code: 'NAME_EXISTS' });
  assert.deepEqual(fs.readdirSync(fork), ['precious']);
  await assert.rejects(addWorktree(repository.adapter, layout, { directory: `${fork}2`, commit: '1'.repeat(40) }));
  assert.equal((await listWorktrees(repository.adapter, layout)).length, 1);
});

test('removal: with the files, without them, with the directory gone, when locked', async (t) => {
  const { repository, layout, fork } = await open(t);
  const commit = repository.commit({ a: '1' });
  const add = async (): Promise<void> => {
    await addWorktree(repository.adapter, layout, { directory: fork, commit });
    fill(fork, { a: '1', 'untracked/x': 'y' });
  };
  const count = async (): Promise<number> => (await listWorktrees(repository.adapter, layout)).length;

  await add();
  repository.git(['worktree', 'lock', fork]);
  assert.deepEqual(await removeWorktree(repository.adapter, layout, { directory: fork, deleteFiles: true }), { removed: true });
  assert.deepEqual([fs.existsSync(fork), await count()], [false, 1]);

  await add();
  assert.deepEqual(await removeWorktree(repository.adapter, layout, { directory: fork, deleteFiles: false }), { removed: true });
  assert.deepEqual([fs.readdirSync(fork).sort(), await count()], [['a', 'untracked'], 1]);
  fs.rmSync(fork, { recursive: true });

  await add();
  fs.rmSync(fork, { recursive: true });
  assert.equal((await listWorktrees(repository.adapter, layout))[1]?.prunable, true);
  assert.deepEqual(await removeWorktree(repository.adapter, layout, { directory: fork, deleteFiles: false }), { removed: true });
  assert.equal(await count(), 1);
  assert.deepEqual(await removeWorktree(repository.adapter, layout, { directory: fork, deleteFiles: true }), { removed: false });
});

test('removal touches neither the main work tree nor a directory that git does not know', async (t) => {
  const { repository, layout } = await open(t);
  repository.commit({ a: '1' });
  await assert.rejects(removeWorktree(repository.adapter, layout, { directory: repository.root, deleteFiles: true }), { code: 'INVALID_ARGUMENT' });
  const stranger = path.join(repository.directory, 'stranger');
  fill(stranger, { precious: 'x' });
  assert.deepEqual(await removeWorktree(repository.adapter, layout, { directory: stranger, deleteFiles: true }), { removed: false });
  assert.deepEqual(fs.readdirSync(stranger), ['precious']);
});

test('a directory under a symbolic link is found by either name', async (t) => {
  const { repository, layout } = await open(t);
  const commit = repository.commit({ a: '1' });
  fs.mkdirSync(path.join(repository.directory, 'real'));
  fs.symlinkSync('real', path.join(repository.directory, 'alias'));
  const directory = path.join(repository.directory, 'alias', 'fork');
  await addWorktree(repository.adapter, layout, { directory, commit });
  assert.deepEqual(await removeWorktree(repository.adapter, layout, { directory, deleteFiles: true }), { removed: true });
});

test('a failure half way leaves neither a registration nor a directory', async (t) => {
  const { repository, layout, fork } = await open(t);
  const commit = repository.commit({ a: '1' });
  const failing = repository.intercepted('if [ "$1" = read-tree ]; then echo "fatal: No space left on device" >&2; exit 128; fi');
  await assert.rejects(addWorktree(failing, layout, { directory: fork, commit }), { code: 'NO_SPACE' });
  assert.deepEqual([fs.existsSync(fork), (await listWorktrees(repository.adapter, layout)).length], [false, 1]);
});

test('a git that does not know "worktree list -z"', async (t) => {
  const { repository, layout, fork } = await open(t);
  const commit = repository.commit({ a: '1' });
  await addWorktree(repository.adapter, layout, { directory: fork, commit });
  const old = repository.intercepted('if [ "$1 $2 $4" = "worktree list -z" ]; then exit 129; fi');
  assert.deepEqual(await listWorktrees(old, layout), await listWorktrees(repository.adapter, layout));
});
