import assert from 'node:assert/strict';
import * as path from 'node:path';
import { test } from 'node:test';
import { PyiError } from '../../protocol/errors.ts';
import { GitRepository } from '../support/git-repository.ts';
import { ServerProcess } from '../support/server-process.ts';

test('two servers with different runtime directories: one has the store, the other says who', async () => {
  const repository = GitRepository.create();
  const servers = ['r1', 'r2'].map((name) => new ServerProcess(path.join(repository.directory, name), repository.env));
  try {
    repository.commit({ 'a.txt': 'a\n' });
    for (const server of servers) server.start();
    const clients = await Promise.all(servers.map((server) => server.connect('test')));
    const answers = await Promise.allSettled(clients.map((client) => client.call('setup', { repository: repository.root })));
    const winner = answers.findIndex((answer) => answer.status === 'fulfilled');
    const loser = 1 - winner;
    assert.deepEqual(answers.map((answer) => answer.status).sort(), ['fulfilled', 'rejected']);
    const [refusal] = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    // In the moment in which the other takes it nobody can say who that is.
    assert.ok(PyiError.is(refusal, 'BUSY'), String(refusal));
    const later: unknown = await clients[loser]?.call('setup', { repository: repository.root }).catch((error: unknown) => error);
    assert.ok(PyiError.is(later, 'BUSY'), String(later));
    assert.match(later.message, new RegExp(`process ${servers[winner]?.pid}\\b`));
    assert.match(later.hint, /pyi stop/);
    // What the hint says helps, whether the first server stops or is killed.
    await (loser === 0 ? servers[winner]?.kill() : servers[winner]?.stop());
    const forks = await clients[loser]?.call('forks', { repository: repository.root });
    assert.deepEqual(forks?.map((fork) => fork.name), ['workspace']);
    for (const client of clients) client.close();
  } finally {
    for (const server of servers) await server.stop();
    repository.remove();
  }
});

test('many servers started at once in one runtime directory: one wins, all clients work with it', async () => {
  const repository = GitRepository.create();
  const runtime = path.join(repository.directory, 'r');
  const servers = Array.from({ length: 4 }, () => new ServerProcess(runtime, repository.env));
  try {
    repository.commit({ 'a.txt': 'a\n' });
    for (const server of servers) server.start();
    const clients = await Promise.all(Array.from({ length: 4 }, () => connectToAny(servers)));
    const abouts = await Promise.all(clients.map((client) => client.call('about', {})));
    assert.equal(new Set(abouts.map((about) => about.pid)).size, 1);
    const made = await Promise.all(clients.map((client) => client.call('setup', { repository: repository.root })));
    assert.equal(new Set(made.map((answer) => answer.fork)).size, 1, 'setup at once made several forks of one work tree');
    assert.equal(made.filter((answer) => answer.created).length, 1);
    const forks = await Promise.all(clients.map((client) => client.call('fork', { repository: repository.root, agent: 'ada' })));
    assert.deepEqual(forks.map((fork) => fork.name).sort(), ['ada-1', 'ada-2', 'ada-3', 'ada-4']);
    for (const client of clients) client.close();
  } finally {
    for (const server of servers) await server.stop();
    repository.remove();
  }
});

/** Those that lost the race have ended, so whoever is asked may be gone. */
async function connectToAny(servers: readonly ServerProcess[]): Promise<Awaited<ReturnType<ServerProcess['connect']>>> {
  return Promise.any(servers.map((server) => server.connect('test')));
}
