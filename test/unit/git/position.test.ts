import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Git } from '../../../server/git/exec.ts';
import { discoverLayout, requireGit } from '../../../server/git/layout.ts';
import type { GitLayout } from '../../../server/git/layout.ts';
import { headPosition, identity, positionFromFiles, refuseWhenUnfinished, resolveRevision } from '../../../server/git/position.ts';
import { GitRepository } from '../../support/git-repository.ts';
import type { RepositoryOptions } from '../../support/git-repository.ts';

async function open(t: TestContext, options?: RepositoryOptions): Promise<{ repository: GitRepository; layout: GitLayout }> {
  const repository = GitRepository.create(options);
  t.after(() => { repository.remove(); });
  return { repository, layout: requireGit(await discoverLayout(repository.adapter, repository.root)) };
}

/** Git that must not be needed. */
const noGit = new Git({ executable: 'git-that-is-not-there', env: {}, defaultCwd: '/' });

for (const objectFormat of ['sha1', 'sha256'] as const) {
  test(`unborn, loose, packed, detached (${objectFormat}), without a process`, async (t) => {
    const { repository, layout } = await open(t, { objectFormat });
    assert.deepEqual(await headPosition(noGit, layout), { head: null, branch: 'refs/heads/main' });
    const head = repository.commit({ a: '1' });
    assert.deepEqual(await headPosition(noGit, layout), { head, branch: 'refs/heads/main' });
    repository.git(['branch', 'a-branch-before-main']);
    repository.git(['pack-refs', '--all']);
    assert.deepEqual(await headPosition(noGit, layout), { head, branch: 'refs/heads/main' });
    const second = repository.commit({ a: '2' });
    assert.deepEqual(await headPosition(noGit, layout), { head: second, branch: 'refs/heads/main' });
    repository.git(['checkout', '-q', '--detach', head]);
    assert.deepEqual(await headPosition(noGit, layout), { head, branch: null });
    repository.git(['checkout', '-q', '-b', 'dir/ünïcode']);
    assert.deepEqual(await headPosition(noGit, layout), { head, branch: 'refs/heads/dir/ünïcode' });
  });
}

test('a linked work tree has its own HEAD and the common branches', async (t) => {
  const { repository } = await open(t);
  const head = repository.commit({ a: '1' });
  const linked = path.join(repository.directory, 'linked');
  repository.git(['worktree', 'add', '-q', '-b', 'other', linked]);
  const layout = requireGit(await discoverLayout(repository.adapter, linked));
  assert.deepEqual(await headPosition(noGit, layout), { head, branch: 'refs/heads/other' });
});

test('what files do not say plainly is asked of git', async (t) => {
  const { repository, layout } = await open(t);
  const head = repository.commit({ a: '1' });
  repository.git(['symbolic-ref', 'refs/heads/alias', 'refs/heads/main']);
  repository.git(['symbolic-ref', 'HEAD', 'refs/heads/alias']);
  assert.equal(positionFromFiles(layout.gitDir, layout.commonDir), undefined);
  assert.equal((await headPosition(repository.adapter, layout)).head, head);

  // As reftable leaves it, and as a hostile HEAD might look.
  for (const text of ['ref: refs/heads/.invalid\n', 'ref: refs/heads/../../../etc/passwd\n', 'ref: /etc/passwd\n', 'nonsense']) {
    fs.writeFileSync(path.join(layout.gitDir, 'HEAD'), text);
    assert.equal(positionFromFiles(layout.gitDir, layout.commonDir), undefined, text);
  }
});

test('the author is who git says, or nobody', async (t) => {
  const { repository, layout } = await open(t);
  assert.deepEqual(await identity(repository.adapter, layout), { name: 'Test Author', email: 'author@example.com' });
  repository.git(['config', 'user.name', 'Zoë <with> brackets']);
  assert.equal((await identity(repository.adapter, layout))?.email, 'author@example.com');
  fs.writeFileSync(path.join(repository.directory, 'global.gitconfig'), '[user]\nuseConfigOnly = true\n');
  repository.git(['config', '--unset', 'user.name']);
  assert.equal(await identity(repository.adapter, layout), undefined);
});

test('revisions', async (t) => {
  const { repository, layout } = await open(t);
  const git = repository.adapter;
  assert.equal(await resolveRevision(git, layout, 'HEAD'), undefined);
  const first = repository.commit({ a: '1' });
  repository.git(['tag', '-a', '-m', 'annotated', 'v1']);
  const second = repository.commit({ a: '2' });
  assert.equal(await resolveRevision(git, layout, 'HEAD'), second);
  assert.equal(await resolveRevision(git, layout, 'main~1'), first);
  assert.equal(await resolveRevision(git, layout, 'v1'), first);
  assert.equal(await resolveRevision(git, layout, first.slice(0, 10)), first);
  for (const nothing of ['no-such', 'HEAD:a', '--all', '-h', '', 'a\0b', 'HEAD~99', '..', '@{-1}']) {
    assert.equal(await resolveRevision(git, layout, nothing), undefined, JSON.stringify(nothing));
  }
});

test('unfinished business of the user is named', async (t) => {
  const { repository, layout } = await open(t);
  repository.commit({ a: 'base' });
  repository.git(['checkout', '-q', '-b', 'side']);
  const side = repository.commit({ a: 'side' });
  repository.git(['checkout', '-q', 'main']);
  repository.commit({ a: 'main' });
  refuseWhenUnfinished(layout);
  const cases: [string[], RegExp, string[]][] = [
    [['merge', 'side'], /^A merge/, ['merge', '--abort']],
    [['cherry-pick', side], /^A cherry-pick/, ['cherry-pick', '--abort']],
    [['revert', '--no-edit', 'HEAD~1'], /^A revert/, ['revert', '--abort']],
    [['rebase', '-q', 'side'], /^A rebase/, ['rebase', '--abort']],
    [['merge', '--squash', 'side'], /^A squashed merge/, ['reset', '-q', '--hard']],
  ];
  for (const [start, message, abort] of cases) {
    assert.throws(() => repository.git(start), new RegExp(`git ${start.join(' ')}: 1`));
    assert.throws(() => { refuseWhenUnfinished(layout); }, { code: 'BUSY', message }, start.join(' '));
    repository.git(abort);
    refuseWhenUnfinished(layout);
  }
});
