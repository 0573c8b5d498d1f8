import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { gitDirectoryError } from '../../../server/git/git-directory-error.ts';
import { IndexTransaction } from '../../../server/git/index-transaction.ts';
import { discoverLayout, requireGit } from '../../../server/git/layout.ts';
import { GitRepository } from '../../support/git-repository.ts';

test('what is published is the index; what is not leaves no trace', async (t) => {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  repository.commit({ a: '1' });
  repository.write('b', '2');
  const layout = requireGit(await discoverLayout(repository.adapter, repository.root));
  for (const publish of [false, true]) {
    const transaction = await IndexTransaction.begin(layout);
    const copy = transaction.copy('copy');
    repository.git(['update-index', '--add', 'b'], { env: { GIT_INDEX_FILE: copy } });
    if (publish) transaction.publish(copy);
    transaction.close();
    assert.equal(repository.git(['ls-files']), publish ? 'a\nb' : 'a');
    assert.deepEqual(fs.readdirSync(layout.gitDir).filter((name) => name.startsWith('pyi-') || name.endsWith('.lock')), []);
  }
});

test('a copy hides no change that the original would show', async (t) => {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  const layout = requireGit(await discoverLayout(repository.adapter, repository.root));
  const then = new Date('2020-01-01T00:00:00Z');
  repository.write('a', 'one');
  fs.utimesSync(repository.at('a'), then, then);
  repository.git(['add', 'a']);
  // Same size, times and inode as the index knows: only the age of the index file says "look again".
  fs.writeFileSync(repository.at('a'), 'two');
  fs.utimesSync(repository.at('a'), then, then);
  fs.utimesSync(path.join(layout.gitDir, 'index'), then, then);
  const transaction = await IndexTransaction.begin(layout);
  try {
    const copy = transaction.copy('copy');
    assert.equal(repository.git(['-c', 'core.trustctime=false', 'diff-files', '--name-only'], { env: { GIT_INDEX_FILE: copy } }), 'a');
  } finally {
    transaction.close();
  }
});

test('an index behind a symbolic link stays behind it', async (t) => {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  repository.commit({ a: '1' });
  const layout = requireGit(await discoverLayout(repository.adapter, repository.root));
  const index = path.join(layout.gitDir, 'index');
  fs.renameSync(index, path.join(repository.directory, 'real-index'));
  fs.symlinkSync(path.join(repository.directory, 'real-index'), index);
  const transaction = await IndexTransaction.begin(layout);
  transaction.publish(transaction.copy('copy'));
  transaction.close();
  assert.equal(fs.lstatSync(index).isSymbolicLink(), true);
  assert.equal(repository.git(['ls-files']), 'a');
});

test('waiting for the lock can be cancelled', async (t) => {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  const layout = requireGit(await discoverLayout(repository.adapter, repository.root));
  fs.writeFileSync(path.join(layout.gitDir, 'index.lock'), 'theirs');
  const controller = new AbortController();
  const waiting = IndexTransaction.begin(layout, { signal: controller.signal, lockTimeoutMillis: 60_000 });
  setImmediate(() => { controller.abort(); });
  await assert.rejects(waiting, { code: 'CANCELLED' });
  await assert.rejects(IndexTransaction.begin(layout, { signal: controller.signal }), { code: 'CANCELLED' });
  await assert.rejects(IndexTransaction.begin({ ...layout, gitDir: path.join(layout.gitDir, 'gone') }), { code: 'INTERNAL' });
});

test('a full disk and a directory that may not be written have codes of their own', () => {
  const failure = (code: string): Error => Object.assign(new Error(code), { code });
  assert.equal(gitDirectoryError(failure('ENOSPC'), '/r').code, 'NO_SPACE');
  assert.equal(gitDirectoryError(failure('EROFS'), '/r').code, 'UNAUTHORIZED');
  assert.equal(gitDirectoryError(failure('EIO'), '/r').code, 'INTERNAL');
});
