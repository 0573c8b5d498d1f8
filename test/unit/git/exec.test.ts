import assert from 'node:assert/strict';
import * as path from 'node:path';
import { test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { Git, GitError, printable } from '../../../server/git/exec.ts';
import { fifo } from '../../support/fifo.ts';
import { GitRepository } from '../../support/git-repository.ts';

test('a child sees the clean environment, not what the server inherited', async (t) => {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  const git = new Git({
    executable: 'git', defaultCwd: repository.root,
    env: {
      ...repository.env, GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere/index', GIT_WORK_TREE: '/', GIT_OBJECT_DIRECTORY: '/nowhere',
      GIT_AUTHOR_DATE: '2001-01-01T00:00:00Z', GIT_TRACE: '1', GIT_EXTERNAL_DIFF: 'false', GIT_AUTHOR_NAME: 'From The Shell', LC_ALL: 'de_DE.UTF-8',
    },
  });
  repository.git(['config', 'alias.show-env', '!env']);
  const variables = new Map((await git.run(['show-env'])).stdout.toString('utf8').split('\n').map((line) => line.split('=') as [string, string]));
  for (const name of ['GIT_INDEX_FILE', 'GIT_WORK_TREE', 'GIT_OBJECT_DIRECTORY', 'GIT_AUTHOR_DATE', 'GIT_TRACE', 'GIT_EXTERNAL_DIFF']) {
    assert.equal(variables.get(name), undefined, name);
  }
  assert.notEqual(variables.get('GIT_DIR'), '/nowhere');
  assert.equal(variables.get('GIT_AUTHOR_NAME'), 'From The Shell');
  assert.equal(variables.get('LC_ALL'), 'C');
  assert.equal(variables.get('GIT_TERMINAL_PROMPT'), '0');
  assert.equal(variables.get('GIT_OPTIONAL_LOCKS'), '0');

  const asUser = (await git.run(['show-env'], { asUser: true })).stdout.toString('utf8');
  assert.match(asUser, /^LC_ALL=de_DE\.UTF-8$/m);
  assert.doesNotMatch(asUser, /GIT_OPTIONAL_LOCKS/);
});

test('an observer is told of each process by its subcommand, whether it succeeds or not; the same git without one tells nobody', async (t) => {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  const told: string[] = [];
  const git = repository.adapter.observedBy((subcommand) => {
    told.push(`${subcommand} starts`);
    return () => { told.push(`${subcommand} ended`); };
  });
  await git.run(['-c', 'a.b=c', '--no-pager', 'status'], { cwd: repository.root });
  await assert.rejects(git.run(['cat-file', '-p', 'nothing'], { cwd: repository.root }));
  await repository.adapter.run(['version']);
  assert.deepEqual(told, ['status starts', 'status ended', 'cat-file starts', 'cat-file ended']);
});

test('an unexpected exit code is a GitError with git\'s words; an expected one is an answer', async (t) => {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  const git = repository.adapter;
  await assert.rejects(git.run(['-c', 'a.b=c', 'cat-file', '-p', 'nothing'], { cwd: repository.root }), (error: unknown) => {
    assert.ok(error instanceof GitError && PyiError.is(error, 'INTERNAL'));
    assert.equal(error.exitCode, 128);
    assert.match(error.stderr, /Not a valid object name/);
    assert.match(error.message, /^git cat-file failed with exit code 128: fatal/);
    return true;
  });
  assert.equal((await git.run(['config', '--get', 'no.such'], { cwd: repository.root, okCodes: [0, 1] })).code, 1);
});

test('a missing git and a missing directory are told apart', async (t) => {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  const missing = new Git({ executable: 'git-that-is-not-there', env: repository.env, defaultCwd: repository.root });
  await assert.rejects(missing.run(['version']), { code: 'NOT_FOUND', message: /git was not found/ });
  await assert.rejects(repository.adapter.run(['version'], { cwd: path.join(repository.root, 'gone') }), { code: 'NOT_FOUND', message: /directory does not exist/ });
});

test('a child that does not read its input is no error of its own', async (t) => {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  const { stdout } = await repository.adapter.run(['version'], { input: Buffer.alloc(1 << 20) });
  assert.match(stdout.toString(), /^git version/);
});

test('an abort ends git and what git started', { timeout: 60_000 }, async (t) => {
  const repository = GitRepository.create();
  t.after(() => { repository.remove(); });
  const life = fifo(path.join(repository.directory, 'life'));
  repository.git(['config', 'alias.wait', `!exec 9> ${path.join(repository.directory, 'life')}; sleep 600`]);
  const controller = new AbortController();
  const run = repository.adapter.run(['wait'], { cwd: repository.root, signal: controller.signal });
  await life.opened;
  controller.abort();
  await assert.rejects(run, { code: 'CANCELLED' });
  await life.closed;
  await assert.rejects(repository.adapter.run(['version'], { signal: controller.signal }), { code: 'CANCELLED' });
});

test('a lock held by somebody and a full disk have codes of their own', () => {
  assert.equal(new GitError(['add'], 128, "fatal: Unable to create '/r/.git/index.lock': File exists.").code, 'BUSY');
  assert.equal(new GitError(['add'], 128, 'error: file write error: No space left on device').code, 'NO_SPACE');
  assert.equal(new GitError(['add'], 128, "fatal: detected dubious ownership in repository at '/r'").code, 'UNAUTHORIZED');
});

test('words of a hook cannot drive a terminal', () => {
  assert.equal(printable('\u001b[31mred\u001b[0m\tand\r\u0007 bell\n'), 'red\tand bell\n');
});
