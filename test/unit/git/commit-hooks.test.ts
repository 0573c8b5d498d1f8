import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { bytePathFromText } from '../../../protocol/paths.ts';
import { commitPaths } from '../../../server/git/commit.ts';
import type { CommitRequest, CommitResult } from '../../../server/git/commit.ts';
import { discoverLayout, requireGit } from '../../../server/git/layout.ts';
import { headPosition } from '../../../server/git/position.ts';
import { fifo } from '../../support/fifo.ts';
import { GitRepository } from '../../support/git-repository.ts';

/** A repository with `a` to be committed, `b` staged and `c` dirty. */
function create(t: TestContext): GitRepository {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  repository.commit({ a: 'old', b: 'old', c: 'old', version: '1' });
  repository.write('b', 'staged');
  repository.git(['add', 'b']);
  repository.write('c', 'dirty');
  repository.write('a', 'new');
  return repository;
}

async function commitA(repository: GitRepository, more: Partial<CommitRequest> = {}): Promise<CommitResult> {
  const layout = requireGit(await discoverLayout(repository.adapter, repository.root));
  return commitPaths(repository.adapter, layout, {
    written: [bytePathFromText('a')], removed: [], message: 'Subject', trailers: { 'Pyi-Checkpoint': 'abc' },
    expected: await headPosition(repository.adapter, layout), ...more,
  });
}

function leftovers(repository: GitRepository): string[] {
  return fs.readdirSync(path.join(repository.root, '.git')).filter((name) => name.startsWith('pyi-') || name.endsWith('.lock'));
}

test('hooks run in git\'s order, at the root, and see the index that is committed', async (t) => {
  const repository = create(t);
  const log = path.join(repository.directory, 'log');
  repository.hook('pre-commit', `echo "pre-commit $(pwd) $(git diff --cached --name-only | tr '\\n' ' ')$(git symbolic-ref HEAD)" >> ${log}`);
  repository.hook('prepare-commit-msg', `echo "prepare-commit-msg $2" >> ${log}`);
  repository.hook('commit-msg', `echo "commit-msg $(head -1 "$1")" >> ${log}; echo 'Reviewed-by: a hook' >> "$1"`);
  repository.hook('post-commit', `echo "post-commit $(git log -1 --format=%s)" >> ${log}`);
  await commitA(repository);
  assert.deepEqual(fs.readFileSync(log, 'utf8').trimEnd().split('\n'), [
    `pre-commit ${repository.root} a refs/heads/main`, 'prepare-commit-msg message', 'commit-msg Subject', 'post-commit Subject',
  ]);
  assert.equal(repository.git(['log', '-1', '--format=%B']).trimEnd(), 'Subject\n\nPyi-Checkpoint: abc\nReviewed-by: a hook');
  assert.deepEqual(repository.git(['status', '--porcelain']).split('\n'), ['M  b', ' M c']);
});

test('a hook that formats: the commit, the index and the work tree agree', async (t) => {
  const repository = create(t);
  repository.hook('pre-commit', 'printf formatted > a && printf 2 > version && git add a version');
  const { paths } = await commitA(repository);
  assert.deepEqual(paths, ['a', 'version']);
  assert.equal(repository.git(['show', 'HEAD:a']), 'formatted');
  assert.equal(repository.git(['show', 'HEAD:version']), '2');
  assert.deepEqual(repository.git(['status', '--porcelain']).split('\n'), ['M  b', ' M c']);
});

test('a hook that commits a path which the user has staged: what is staged stays', async (t) => {
  const repository = create(t);
  repository.hook('pre-commit', 'printf "by the hook" > b.tmp && git update-index --cacheinfo 100644,$(git hash-object -w b.tmp),b && rm b.tmp');
  await commitA(repository);
  assert.equal(repository.git(['show', 'HEAD:b']), 'by the hook');
  assert.equal(repository.git(['show', ':b']), 'staged');
});

for (const hook of ['pre-commit', 'prepare-commit-msg', 'commit-msg']) {
  test(`a ${hook} hook that refuses: its words, and nothing changed`, async (t) => {
    const repository = create(t);
    repository.hook(hook, 'printf "\\033[31mtests fail\\033[0m on stdout\\n"; echo "and on stderr" >&2; exit 3');
    const index = fs.readFileSync(path.join(repository.root, '.git/index'));
    const before = repository.state();
    await assert.rejects(commitA(repository), { code: 'CONFLICT', message: /tests fail on stdout\nand on stderr/, hint: /Nothing was committed/ });
    assert.deepEqual(repository.state(), before);
    assert.deepEqual(fs.readFileSync(path.join(repository.root, '.git/index')), index, 'the index file is the same to the byte');
    assert.deepEqual(leftovers(repository), []);
  });
}

test('a post-commit hook that fails, or commits on top, is no failure of the commit', async (t) => {
  const repository = create(t);
  repository.hook('post-commit', 'unset GIT_INDEX_FILE; tip=$(git commit-tree -p HEAD -m "on top" HEAD^{tree}); git update-ref HEAD $tip; exit 1');
  const { commit } = await commitA(repository);
  assert.equal(repository.git(['rev-parse', 'HEAD^']), commit);
  assert.equal(repository.git(['log', '-1', '--format=%s', commit ?? '']), 'Subject');
  assert.deepEqual(repository.git(['status', '--porcelain']).split('\n'), ['M  b', ' M c']);
});

test('signing: the program of the configuration signs', async (t) => {
  const repository = create(t);
  const gpg = path.join(repository.directory, 'gpg');
  fs.writeFileSync(gpg, '#!/bin/sh\ncat > /dev/null\necho "[GNUPG:] SIG_CREATED D" >&2\nprintf -- "-----BEGIN PGP SIGNATURE-----\\n\\nfake\\n-----END PGP SIGNATURE-----\\n"\n', { mode: 0o755 });
  repository.git(['config', 'gpg.program', gpg]);
  repository.git(['config', 'commit.gpgSign', 'true']);
  await commitA(repository);
  assert.match(repository.git(['cat-file', 'commit', 'HEAD']), /^gpgsig -----BEGIN PGP SIGNATURE-----\n \n fake$/m);
});

test('signing that fails: nothing changed', async (t) => {
  const repository = create(t);
  const gpg = path.join(repository.directory, 'gpg');
  fs.writeFileSync(gpg, '#!/bin/sh\necho "no secret key" >&2\nexit 2\n', { mode: 0o755 });
  repository.git(['config', 'gpg.program', gpg]);
  repository.git(['config', 'commit.gpgSign', 'true']);
  const before = repository.state();
  await assert.rejects(commitA(repository), { code: 'CONFLICT', message: /gpg failed to sign/ });
  assert.deepEqual(repository.state(), before);
});

test('nobody to be the author: how to say who', async (t) => {
  const repository = create(t);
  fs.writeFileSync(path.join(repository.directory, 'global.gitconfig'), '[user]\nuseConfigOnly = true\n');
  const before = repository.state();
  await assert.rejects(commitA(repository), { code: 'INVALID_ARGUMENT', hint: /git config --global user\.name/ });
  assert.deepEqual(repository.state(), before);
});

test('a cancellation while a hook runs: hook and commit end, nothing changed', { timeout: 60_000 }, async (t) => {
  const repository = create(t);
  const life = fifo(path.join(repository.directory, 'life'));
  repository.hook('pre-commit', `exec 9> ${path.join(repository.directory, 'life')}; sleep 600`);
  const before = repository.state();
  const controller = new AbortController();
  const run = commitA(repository, { signal: controller.signal });
  await life.opened;
  controller.abort();
  await assert.rejects(run, { code: 'CANCELLED' });
  await life.closed;
  assert.deepEqual(repository.state(), before);
  assert.deepEqual(leftovers(repository), []);
});

test('a post-commit hook that leaves something running does not hold the commit', { timeout: 60_000 }, async (t) => {
  const repository = create(t);
  const pidFile = path.join(repository.directory, 'pid');
  repository.hook('post-commit', `sleep 600 & echo $! > ${pidFile}`);
  const { commit } = await commitA(repository);
  process.kill(Number(fs.readFileSync(pidFile, 'utf8')));
  assert.equal(repository.git(['rev-parse', 'HEAD']), commit);
});

test('somebody holds the index for a moment: we wait', async (t) => {
  const repository = create(t);
  const lock = path.join(repository.root, '.git/index.lock');
  fs.writeFileSync(lock, '');
  const run = commitA(repository, { lockTimeoutMillis: 60_000 });
  setImmediate(() => { fs.rmSync(lock); });
  assert.notEqual((await run).commit, null);
});

test('somebody holds the index for long: BUSY, with the lock untouched', async (t) => {
  const repository = create(t);
  const lock = path.join(repository.root, '.git/index.lock');
  fs.writeFileSync(lock, 'theirs');
  const before = repository.state();
  await assert.rejects(commitA(repository, { lockTimeoutMillis: 20 }), { code: 'BUSY', hint: /remove it/ });
  assert.equal(fs.readFileSync(lock, 'utf8'), 'theirs');
  fs.rmSync(lock);
  assert.deepEqual(repository.state(), before);
});

test('while we commit, plain git is kept out of the index', async (t) => {
  const repository = create(t);
  repository.hook('pre-commit', 'unset GIT_INDEX_FILE; git add c 2>&1; git commit -q --no-verify -am stolen 2>&1; exit 0');
  const { commit } = await commitA(repository);
  assert.equal(repository.git(['rev-parse', 'HEAD']), commit);
  assert.equal(repository.git(['log', '-1', '--format=%s']), 'Subject');
  assert.deepEqual(repository.git(['status', '--porcelain']).split('\n'), ['M  b', ' M c']);
});

test('the lock of a server that was killed is taken over, another machine\'s is not', async (t) => {
  const repository = create(t);
  const gitDir = path.join(repository.root, '.git');
  const lock = path.join(gitDir, 'index.lock');
  // Larger than any pid of Linux (2^22).
  fs.writeFileSync(lock, `pyi ${os.hostname()} 99999999\n`);
  fs.mkdirSync(path.join(gitDir, 'pyi-index-left'));
  assert.notEqual((await commitA(repository)).commit, null);
  assert.deepEqual(leftovers(repository), []);

  repository.write('a', 'newer');
  fs.writeFileSync(lock, 'pyi another-machine 99999999\n');
  await assert.rejects(commitA(repository, { lockTimeoutMillis: 0 }), { code: 'BUSY' });
  fs.writeFileSync(lock, `pyi ${os.hostname()} ${process.pid}\n`);
  await assert.rejects(commitA(repository, { lockTimeoutMillis: 0 }), { code: 'BUSY' });
});

test('an index that cannot be replaced: the commit is taken back', async (t) => {
  const repository = create(t);
  // What stands in the index' place after the commit cannot be renamed over.
  repository.hook('post-commit', 'mv .git/index .git/saved && mkdir -p .git/index/in-the-way');
  const before = repository.git(['for-each-ref']);
  await assert.rejects(commitA(repository));
  assert.equal(repository.git(['for-each-ref']), before);
  assert.deepEqual(leftovers(repository), []);
});
