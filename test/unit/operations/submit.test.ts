import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { GitRepository } from '../../support/git-repository.ts';
import type { TestHost } from '../../support/host.ts';
import { connection, setUp } from '../../support/host.ts';

async function withHost(work: (host: TestHost, repository: GitRepository) => Promise<void>): Promise<void> {
  const repository = GitRepository.create();
  const host = await setUp(repository);
  try {
    await work(host, repository);
  } finally {
    await host.close();
  }
}

async function forkWith(host: TestHost, name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const { fork } = await host.call('fork', { name, agent: name, dir: false });
  for (const [path, content] of Object.entries(files)) await host.call('write', { fork, path, content: { text: content } });
  await host.call('checkpoint', { fork });
  return fork;
}

test('what is submitted at once is committed one after the other, each rebased onto the one before', () => withHost(async (host, repository) => {
  const names = ['one', 'two', 'three'];
  for (const name of names) await forkWith(host, name, { [`${name}.txt`]: name });
  const results = await Promise.all(names.map((name) => host.call('submit', { fork: name, message: `Issue #1: ${name}`, validate: ['test', '-f', `${name}.txt`] })));
  assert.deepEqual(results.map(({ outcome, rebased, exit }) => ({ outcome, rebased, exit })), [
    { outcome: 'collapsed', rebased: false, exit: 0 }, { outcome: 'collapsed', rebased: true, exit: 0 }, { outcome: 'collapsed', rebased: true, exit: 0 },
  ]);
  assert.deepEqual(repository.git(['log', '--format=%s', '-3']).toString().trim().split('\n').reverse(), names.map((name) => `Issue #1: ${name}`));
  assert.match(repository.git(['log', '-1', '--format=%B']).toString(), /Pyi-Agent: three/);
  for (const name of names) assert.equal(repository.read(`${name}.txt`), name);
  assert.equal(repository.git(['status', '--porcelain']).toString(), '');
  assert.deepEqual(await host.call('queue', {}), []);
}));

test('the validator sees what would be committed, and a no leaves everything as it is', () => withHost(async (host, repository) => {
  await forkWith(host, 'one', { 'one.txt': 'one' });
  await forkWith(host, 'two', { 'two.txt': 'two' });
  await host.call('submit', { fork: 'one' });
  const before = repository.git(['rev-parse', 'HEAD']).toString();
  // Passes in the fork as it was, fails with what the first one brought.
  const result = await host.call('submit', { fork: 'two', validate: ['sh', '-c', 'echo looked; test ! -f one.txt'] });
  assert.deepEqual([result.outcome, result.commit, result.exit, result.evidence.trim()], ['rejected', null, 1, 'looked']);
  assert.equal(repository.git(['rev-parse', 'HEAD']).toString(), before);
  assert.equal((await host.call('forks', { forks: ['two'] }))[0]?.state, 'live');
  assert.equal(await host.text('two', 'one.txt'), 'one', 'rebased it is');
}));

test('a conflict comes back as state of the fork; resolved and submitted again it is committed', () => withHost(async (host, repository) => {
  await forkWith(host, 'one', { 'a.txt': 'one\n' });
  await forkWith(host, 'two', { 'a.txt': 'two\n' });
  assert.equal((await host.call('submit', { fork: 'one' })).outcome, 'collapsed');
  const conflict = await host.call('submit', { fork: 'two' });
  assert.deepEqual([conflict.outcome, conflict.conflicts.map(({ path }) => path)], ['conflict', ['a.txt']]);
  assert.match(await host.text('two', 'a.txt'), /<<<<<<<[\s\S]*one[\s\S]*two|<<<<<<<[\s\S]*two[\s\S]*one/);
  assert.equal((await host.call('submit', { fork: 'two' })).outcome, 'conflict', 'not resolved yet');
  assert.equal(repository.read('a.txt'), 'one\n');
  await host.call('write', { fork: 'two', path: 'a.txt', content: { text: 'one and two\n' } });
  assert.equal((await host.call('submit', { fork: 'two' })).outcome, 'collapsed');
  assert.equal(repository.read('a.txt'), 'one and two\n');
}));

test('a fork waits once; a call that is taken back leaves the queue', () => withHost(async (host) => {
  await forkWith(host, 'one', { 'one.txt': 'one' });
  await forkWith(host, 'two', { 'two.txt': 'two' });
  const slow = host.call('submit', { fork: 'one', validate: ['sleep', '30'] }, { signal: AbortSignal.timeout(500) });
  const abort = new AbortController();
  const waiting = host.call('submit', { fork: 'two' }, { signal: abort.signal });
  assert.deepEqual((await host.call('queue', {})).map(({ agent }) => agent), ['one', 'two']);
  await host.refusal('submit', { fork: 'two' }, 'BUSY');
  abort.abort();
  await assert.rejects(slow, /cancelled|aborted/i);
  await assert.rejects(waiting, /aborted/i);
  assert.deepEqual(await host.call('queue', {}), []);
  assert.equal((await host.call('submit', { fork: 'two' })).outcome, 'collapsed');
}));

test('a call that is repeated under its key is carried out once, also after a restart', () => withHost(async (host, repository) => {
  const { fork } = await host.call('fork', { name: 'one', dir: false }, { idempotencyKey: 'k-fork' });
  assert.equal((await host.call('fork', { name: 'one', dir: false }, { idempotencyKey: 'k-fork' })).fork, fork);
  await host.call('write', { fork, path: 'one.txt', content: { text: 'one' } }, { idempotencyKey: 'k-write' });
  const taken = await host.call('checkpoint', { fork, message: 'one' }, { idempotencyKey: 'k-checkpoint' });
  await host.call('observe', { fork, score: 1 }, { idempotencyKey: 'k-observe' });
  const twice = await Promise.all([1, 2].map(() => host.call('submit', { fork }, { idempotencyKey: 'k-submit' })));
  assert.equal(twice[0]?.commit, twice[1]?.commit, 'also while the first is at work');
  const checkpoints = (await host.call('timeline', { limit: 1000 })).length;
  await host.restart();
  assert.deepEqual(await host.call('checkpoint', { fork, message: 'one' }, { idempotencyKey: 'k-checkpoint' }), taken);
  assert.deepEqual(await host.call('submit', { fork }, { idempotencyKey: 'k-submit' }), twice[0]);
  await host.call('observe', { fork, score: 1 }, { idempotencyKey: 'k-observe' });
  assert.equal((await host.call('forks', { forks: [fork] }))[0]?.observations.length, 1);
  assert.equal((await host.call('timeline', { limit: 1000 })).length, checkpoints);
  assert.equal(repository.git(['rev-list', '--count', 'HEAD']).toString().trim(), '2');
  await host.refusal('checkpoint', { fork: 'workspace' }, 'INVALID_ARGUMENT', { idempotencyKey: 'k-checkpoint' });
}));

test('a token comes to no file, also when the agent is registered under a key', () => withHost(async (host, repository) => {
  const { token } = await host.call('agent/register', { agent: 'ada' }, { ...connection(), idempotencyKey: 'once' });
  await host.refusal('agent/register', { agent: 'ada' }, 'CONFLICT', { ...connection(), idempotencyKey: 'once' });
  await host.restart();
  const store = join(repository.root, '.git', 'pyi');
  const files = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.some((entry) => entry.parentPath.endsWith('segments')));
  for (const entry of files) assert.equal(readFileSync(join(entry.parentPath, entry.name)).includes(token), false, entry.name);
  assert.equal((await host.call('agent/attach', { token }, connection())).agent, 'ada');
}));

test('keys of one agent mean nothing to another, and a call that failed may be repeated', () => withHost(async (host) => {
  const [ada, bob] = [connection('ada'), connection('bob')];
  await host.call('agent/register', { agent: 'ada' }, ada);
  await host.call('agent/register', { agent: 'bob' }, bob);
  const one = await host.call('fork', { dir: false }, { ...ada, idempotencyKey: 'k' });
  const two = await host.call('fork', { dir: false }, { ...bob, idempotencyKey: 'k' });
  assert.notEqual(one.fork, two.fork);
  await host.refusal('remove', { fork: one.fork, path: 'later.txt' }, 'NOT_FOUND', { ...ada, idempotencyKey: 'r' });
  await host.call('write', { fork: one.fork, path: 'later.txt', content: { text: 'x' } }, ada);
  await host.call('remove', { fork: one.fork, path: 'later.txt' }, { ...ada, idempotencyKey: 'r' });
}));
