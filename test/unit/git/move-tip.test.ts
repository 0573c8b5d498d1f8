import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { bytePathFromText } from '../../../protocol/paths.ts';
import { commitPaths } from '../../../server/git/commit.ts';
import { discoverLayout, requireGit } from '../../../server/git/layout.ts';
import type { GitLayout } from '../../../server/git/layout.ts';
import { moveTip } from '../../../server/git/move-tip.ts';
import { headPosition } from '../../../server/git/position.ts';
import { GitRepository } from '../../support/git-repository.ts';

interface Collapsed { repository: GitRepository; layout: GitLayout; from: string; to: string | null }

async function collapse(t: TestContext, prepare: (repository: GitRepository) => void): Promise<Collapsed> {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  prepare(repository);
  const layout = requireGit(await discoverLayout(repository.adapter, repository.root));
  const expected = await headPosition(repository.adapter, layout);
  repository.write('a', 'new');
  repository.write('added', 'new');
  const { commit } = await commitPaths(repository.adapter, layout, {
    written: ['a', 'added'].map(bytePathFromText), removed: [], message: 'm', trailers: {}, expected,
  });
  return { repository, layout, from: commit ?? '', to: expected.head };
}

const branch = 'refs/heads/main';

test('undo and redo of a commit: branch and index, nothing else', async (t) => {
  const { repository, layout, from, to } = await collapse(t, (made) => {
    made.commit({ a: 'old', b: 'old' });
    made.write('b', 'staged');
    made.git(['add', 'b']);
    made.write('b', 'dirty');
  });
  const before = repository.state();
  await moveTip(repository.adapter, layout, { branch, from, to, reason: 'pyi: undo collapse' });
  assert.equal(repository.git(['rev-parse', 'main']), to);
  assert.deepEqual(repository.git(['status', '--porcelain']).split('\n'), [' M a', 'MM b', '?? added']);
  assert.deepEqual(repository.state().files, before.files);
  assert.match(repository.git(['reflog', '-1', 'main']), /pyi: undo collapse$/);

  await moveTip(repository.adapter, layout, { branch, from: to, to: from, reason: 'pyi: redo collapse' });
  assert.deepEqual(repository.state(), before);
  await moveTip(repository.adapter, layout, { branch, from, to: from, reason: 'nothing' });
});

test('undo and redo of the first commit', async (t) => {
  const { repository, layout, from, to } = await collapse(t, () => undefined);
  assert.equal(to, null);
  const before = repository.state();
  await moveTip(repository.adapter, layout, { branch, from, to, reason: 'undo' });
  assert.equal(repository.git(['for-each-ref']), '');
  assert.equal(repository.git(['status', '--porcelain']), '?? a\n?? added');
  await moveTip(repository.adapter, layout, { branch, from: null, to: from, reason: 'redo' });
  assert.deepEqual(repository.state(), before);
});

test('a detached HEAD', async (t) => {
  const { repository, layout, from, to } = await collapse(t, (made) => {
    made.commit({ a: 'old' });
    made.git(['checkout', '-q', '--detach']);
  });
  const main = repository.git(['rev-parse', 'main']);
  await moveTip(repository.adapter, layout, { branch: null, from, to, reason: 'undo' });
  assert.deepEqual([repository.git(['rev-parse', 'HEAD']), repository.git(['rev-parse', 'main'])], [to, main]);
});

test('what was staged since stays staged', async (t) => {
  const { repository, layout, from, to } = await collapse(t, (made) => { made.commit({ a: 'old' }); });
  repository.write('a', 'newer');
  repository.git(['add', 'a']);
  await moveTip(repository.adapter, layout, { branch, from, to, reason: 'undo' });
  assert.equal(repository.git(['show', ':a']), 'newer');
});

test('a branch that moved on, or another branch, stays where it is', async (t) => {
  const { repository, layout, from, to } = await collapse(t, (made) => { made.commit({ a: 'old' }); });
  repository.git(['branch', 'twin']);
  const refused = { code: 'BRANCH_STALE', hint: new RegExp(`git revert ${from.slice(0, 12)}`) };
  repository.git(['checkout', '-q', 'twin']);
  await assert.rejects(moveTip(repository.adapter, layout, { branch, from, to, reason: 'undo' }), refused);
  repository.git(['checkout', '-q', 'main']);
  repository.commit({ more: '1' });
  const before = repository.state();
  await assert.rejects(moveTip(repository.adapter, layout, { branch, from, to, reason: 'undo' }), refused);
  assert.deepEqual(repository.state(), before);
  assert.equal(fs.existsSync(path.join(layout.gitDir, 'index.lock')), false);
});

test('a commit that was pruned cannot come back', async (t) => {
  const { repository, layout, from } = await collapse(t, (made) => { made.commit({ a: 'old' }); });
  await assert.rejects(moveTip(repository.adapter, layout, { branch, from, to: '1'.repeat(40), reason: 'redo' }), { code: 'NOT_FOUND' });
});

test('an index that is locked leaves the branch alone', async (t) => {
  const { repository, layout, from, to } = await collapse(t, (made) => { made.commit({ a: 'old' }); });
  fs.writeFileSync(path.join(layout.gitDir, 'index.lock'), '');
  await assert.rejects(moveTip(repository.adapter, layout, { branch, from, to, reason: 'undo', lockTimeoutMillis: 0 }), { code: 'BUSY' });
  assert.equal(repository.git(['rev-parse', 'main']), from);
});

test('an index that cannot be replaced: the branch goes back', async (t) => {
  const { repository, layout, from, to } = await collapse(t, (made) => { made.commit({ a: 'old' }); });
  const hostile = repository.intercepted('if [ "$1" = update-ref ]; then rm -f .git/index; mkdir -p .git/index/in-the-way; fi');
  await assert.rejects(moveTip(hostile, layout, { branch, from, to, reason: 'undo' }), { code: 'INTERNAL' });
  assert.equal(repository.git(['rev-parse', 'main']), from);
});
