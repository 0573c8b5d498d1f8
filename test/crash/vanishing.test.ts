import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { OperationName } from '../../protocol/registry.ts';
import { GitRepository } from '../support/git-repository.ts';
import { ServerProcess } from '../support/server-process.ts';

/** Directories that go away under a running server: a clear error, and the server and its other repositories go on. */

describe('a directory that vanishes', () => {
  const repositories: GitRepository[] = [];
  let server: ServerProcess;
  let client: Client;
  let other: GitRepository;

  before(async () => {
    other = await repository();
    server = new ServerProcess(path.join(other.directory, 'r'), other.env);
    server.start();
    client = await server.connect('test');
    await client.call('setup', { repository: other.root });
  });
  after(async () => {
    client.close();
    await server.stop();
    for (const each of repositories) each.remove();
  });

  async function repository(): Promise<GitRepository> {
    const made = GitRepository.create();
    made.commit({ 'a.txt': 'a\n', 'src/b.txt': 'b\n' });
    repositories.push(made);
    return made;
  }

  async function setUp(): Promise<GitRepository> {
    const made = await repository();
    await client.call('setup', { repository: made.root });
    return made;
  }

  async function refused(name: OperationName, params: Record<string, unknown>, code: ErrorCode): Promise<PyiError> {
    const error: unknown = await client.call(name, params as never).then(() => undefined, (thrown: unknown) => thrown);
    assert.ok(PyiError.is(error, code), `${name}: expected ${code}, got ${String(error)}`);
    assert.notEqual(error.hint, '');
    return error;
  }

  /** The server is the same one, and works. */
  async function unharmed(): Promise<void> {
    assert.equal((await client.call('about', {})).pid, server.pid);
    await client.call('checkpoint', { repository: other.root });
  }

  test('the directory of a fork: an error, never "all files deleted"; discard, collapse and sweep go on without it', async () => {
    const { root } = await setUp();
    for (const name of ['winner', 'lost', 'gone']) await client.call('fork', { repository: root, name, task: 't' });
    const dirs = new Map((await client.call('forks', { repository: root })).map((fork) => [fork.name, fork.dir ?? '']));
    await client.call('checkpoint', { repository: root, fork: 'lost' });
    for (const name of ['lost', 'gone']) fs.rmSync(dirs.get(name) ?? '', { recursive: true });
    const attempts: readonly (readonly [OperationName, Record<string, unknown>])[] = [
      ['checkpoint', { fork: 'lost' }], ['rewind', { fork: 'lost', checkpoint: 'winner' }], ['integrate', { fork: 'lost', into: 'winner' }],
      ['write', { fork: 'lost', path: 'x', content: { text: 'x' } }], ['observe', { fork: 'lost', command: ['true'] }],
    ];
    for (const [name, params] of attempts) await refused(name, { repository: root, ...params }, 'NOT_FOUND');
    assert.equal((await client.call('ls', { repository: root, fork: 'lost', recursive: true })).length, 2);
    const doctor = await client.call('doctor', { repository: root });
    assert.match(doctor.findings.find((finding) => finding.check === 'directories')?.detail ?? '', /gone: lost, gone/);
    await client.call('discard', { repository: root, forks: ['gone'] });
    fs.writeFileSync(path.join(dirs.get('winner') ?? '', 'a.txt'), 'won\n');
    const collapsed = await client.call('collapse', { repository: root, fork: 'winner' });
    assert.equal(collapsed.discarded.length, 1);
    await client.call('sweep', { repository: root, graceSeconds: 0 });
    assert.deepEqual((await client.call('forks', { repository: root, all: true })).map((fork) => fork.name), ['workspace']);
    await unharmed();
  });

  test('the work tree with its store', async () => {
    const { root } = await setUp();
    await client.call('fork', { repository: root, name: 'one', dir: false });
    fs.rmSync(root, { recursive: true });
    for (const name of ['forks', 'checkpoint', 'setup', 'stats', 'sweep'] as const) await refused(name, { repository: root }, 'NOT_FOUND');
    await unharmed();
  });

  test('the store alone: what was written into the void is never mixed up with the store that setup makes', async () => {
    const made = await setUp();
    const { root } = made;
    await client.call('fork', { repository: root, name: 'before', dir: false });
    fs.rmSync(path.join(root, '.git/pyi'), { recursive: true });
    for (const name of ['forks', 'checkpoint', 'stats'] as const) assert.match((await refused(name, { repository: root }, 'NOT_FOUND')).hint, /pyi setup/);
    const anew = await client.call('setup', { repository: root });
    assert.equal(anew.created, true);
    assert.deepEqual((await client.call('forks', { repository: root })).map((fork) => fork.name), ['workspace']);
    assert.equal((await client.call('timeline', { repository: root })).length, 1);
    await client.call('fork', { repository: root, name: 'after', dir: false });
    await unharmed();
    // What is on the disk is the new store: another process finds it so.
    await server.stop();
    server.start();
    client = await server.connect('test');
    assert.deepEqual((await client.call('forks', { repository: root })).map((fork) => fork.name), ['workspace', 'after']);
    assert.equal((await client.call('verify', { repository: root })).ok, true);
  });

  test('a store that was put back from a copy is read anew', async () => {
    const { root } = await setUp();
    const store = path.join(root, '.git/pyi');
    await client.call('fork', { repository: root, name: 'in-the-copy', dir: false });
    await client.call('checkpoint', { repository: root, fork: 'in-the-copy', level: 'disk' });
    fs.cpSync(store, `${store}.copy`, { recursive: true });
    await client.call('fork', { repository: root, name: 'later', dir: false });
    fs.renameSync(store, `${store}.old`);
    fs.renameSync(`${store}.copy`, store);
    assert.deepEqual((await client.call('forks', { repository: root })).map((fork) => fork.name), ['workspace', 'in-the-copy']);
    assert.equal((await client.call('verify', { repository: root })).ok, true);
    await unharmed();
  });

  test('a repository that was moved goes on at its new place with its history', async () => {
    const made = await setUp();
    const { root } = made;
    made.write('a.txt', 'kept\n');
    const { checkpoint, fork } = await client.call('checkpoint', { repository: root, message: 'before the move' });
    const moved = `${root}-moved`;
    fs.renameSync(root, moved);
    await refused('checkpoint', { repository: root }, 'NOT_FOUND');
    assert.match((await refused('checkpoint', { repository: moved }, 'NOT_FOUND')).hint, /pyi setup/);
    const again = await client.call('setup', { repository: moved });
    assert.deepEqual([again.created, again.fork], [false, fork]);
    assert.ok((await client.call('timeline', { repository: moved })).some((row) => row.checkpoint === checkpoint));
    fs.writeFileSync(path.join(moved, 'a.txt'), 'changed\n');
    assert.equal((await client.call('checkpoint', { repository: moved })).insight.filesChanged, 1);
    await client.call('rewind', { repository: moved, checkpoint });
    assert.equal(fs.readFileSync(path.join(moved, 'a.txt'), 'utf8'), 'kept\n');
    await unharmed();
  });
});
