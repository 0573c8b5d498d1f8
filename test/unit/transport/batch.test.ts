import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { GitRepository } from '../../support/git-repository.ts';
import { setUp } from '../../support/host.ts';
import { deferred, frame } from './fakes.ts';
import { cleanUp, serve } from './served.ts';
import type { Heard, RawClient } from './served.ts';

const repository = '/r';
const request = (id: string | number, method: string, params: object): object => ({ jsonrpc: '2.0', id, method, params });
const isBatch = (message: Heard | Heard[]): message is Heard[] => Array.isArray(message);

async function batch(client: RawClient, messages: readonly unknown[]): Promise<Heard[]> {
  const before = client.heard.filter(isBatch).length;
  client.send(messages);
  await client.hears(() => client.heard.filter(isBatch).length > before);
  return client.heard.filter(isBatch).at(-1) ?? [];
}

test('a batch is run in its order, also where calls take different times, and answered in one list', async () => {
  const log: string[] = [];
  const { raw } = await serve({
    write: async ({ path }) => {
      log.push(`write ${path}`);
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
      log.push(`wrote ${path}`);
      if (path === 'bad') throw new PyiError('CONFLICT', 'It cannot be.', 'Try another.');
      return { fork: 'f', path, bytes: 1, level: 'process' };
    },
    read: async ({ path }) => {
      log.push(`read ${path}`);
      await new Promise(setImmediate);
      log.push(`done ${path}`);
      return { path, mode: 'file', size: 0, base64: '', end: true };
    },
  });
  const client = await raw();
  const write = (id: number, path: string): object => request(id, 'pyi/write', { repository, fork: 'f', path, content: { text: 'x' } });
  const read = (id: number, path: string): object => request(id, 'pyi/read', { repository, fork: 'f', path });
  const answers = await batch(client, [write(1, 'a'), write(2, 'bad'), read(3, 'r'), read(4, 's'), { jsonrpc: '2.0', method: 'pyi/told' }, 7, [], write(5, 'b'), request(6, 'pyi/nothing', {})]);
  assert.deepEqual(log, ['write a', 'wrote a', 'write bad', 'wrote bad', 'read r', 'read s', 'done r', 'done s', 'write b', 'wrote b']);
  assert.deepEqual(answers.map(({ id, error }) => [id, error?.code, error?.data?.code]), [
    [1, undefined, undefined], [2, 1, 'CONFLICT'], [3, undefined, undefined], [4, undefined, undefined], [5, undefined, undefined], [6, -32602, 'INVALID_ARGUMENT'],
    [null, -32600, 'INVALID_ARGUMENT'], [null, -32600, 'INVALID_ARGUMENT'],
  ]);
  assert.equal(answers[3]?.result === undefined, false);
});

test('an empty batch, one of too many and one of notifications alone', async () => {
  let calls = 0;
  const { raw } = await serve({ stop: async () => {
    calls++;
    return { stopping: true };
  } });
  const client = await raw();
  client.send([]);
  client.send(Array.from({ length: 1001 }, (_, id) => request(id, 'pyi/stop', {})));
  client.send([{ jsonrpc: '2.0', method: 'pyi/stop' }]);
  await client.call('pyi/subscribe', {});
  const replies = client.heard as Heard[];
  assert.deepEqual(replies.slice(1, -1).map(({ id, error }) => [id, error?.data?.code]), [[null, 'INVALID_ARGUMENT'], [null, 'QUOTA_EXCEEDED']], 'nothing is said to notifications');
  assert.equal(calls, 0);
});

test('a call of a batch can be taken back before it has begun', async () => {
  const started = deferred();
  const done: string[] = [];
  const { raw } = await serve({
    undo: async (_params, { signal }) => {
      started.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    },
    discard: async ({ forks }) => {
      done.push(...forks);
      throw new PyiError('NOT_FOUND', 'None.', '');
    },
  });
  const client = await raw();
  const answers = batch(client, [request(1, 'pyi/undo', { repository }), request(2, 'pyi/discard', { repository, forks: ['two'] }), request(3, 'pyi/discard', { repository, forks: ['three'] })]);
  await started.promise;
  client.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 2 } });
  client.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } });
  assert.deepEqual((await answers).map(({ error }) => error?.data?.code), ['CANCELLED', 'CANCELLED', 'NOT_FOUND']);
  assert.deepEqual(done, ['three']);
});

test('a batch whose answers would pass the longest message leaves some out', async () => {
  const { raw } = await serve({ read: async ({ path }) => ({ path, mode: 'file', size: 0, base64: 'x'.repeat(30_000_000), end: true }) });
  const client = await raw();
  const answers = await batch(client, [1, 2, 3].map((id) => request(id, 'pyi/read', { repository, fork: 'f', path: 'p' })));
  assert.deepEqual(answers.map(({ error }) => error?.data?.code), [undefined, undefined, 'QUOTA_EXCEEDED']);
});

test('a long batch lets others have their turn', async () => {
  let made = 0;
  const { raw } = await serve({
    undo: async () => {
      made++;
      throw new PyiError('NOT_FOUND', 'None.', '');
    },
    stop: async () => ({ stopping: true }),
  });
  const [long, other] = [await raw(), await raw()];
  const body = Buffer.concat([frame(JSON.stringify(Array.from({ length: 1000 }, (_, id) => request(id, 'pyi/undo', { repository }))))]);
  long.socket.write(body);
  while (made === 0) await new Promise(setImmediate);
  await other.call('pyi/stop', {});
  assert.ok(made < 900, `${made} of 1000 calls of the batch were made before the other's one`);
  await long.hears(isBatch);
  assert.equal(made, 1000);
});

test('what is sent in one breath has its effects on a fork in that order; a batch reads what it wrote', async () => {
  const host = await setUp(GitRepository.create());
  cleanUp.push(async () => host.close());
  const { raw } = await serve({
    write: (params) => host.call('write', params), read: (params) => host.call('read', params), checkpoint: (params) => host.call('checkpoint', params), rewind: (params) => host.call('rewind', params),
  });
  const { fork } = await host.call('fork', { agent: 'a', dir: false });
  const client = await raw();
  const root = host.repository.root;
  const write = (id: number, text: string): object => request(id, 'pyi/write', { repository: root, fork, path: 'p', content: { text } });
  // The first calls open the store; the order holds all the same.
  await host.restart();
  const steps = 50;
  const bytes: Buffer[] = [];
  for (let step = 0; step < steps; step++) {
    for (const message of [write(step * 2, `${step}\n`), request(step * 2 + 1, 'pyi/checkpoint', { repository: root, fork, message: `step ${step}` })]) bytes.push(frame(JSON.stringify(message)));
  }
  client.socket.write(Buffer.concat(bytes));
  await client.hearsAll(1 + steps * 2);
  const taken = (client.heard.slice(1) as Heard[]).filter(({ id }) => Number(id) % 2 === 1).sort((a, b) => Number(a.id) - Number(b.id));
  for (const [step, { result }] of taken.entries()) assert.equal(await host.text((result as { checkpoint: string }).checkpoint, 'p'), `${step}\n`);

  const answers = await batch(client, [1, 2, 3].flatMap((id) => [write(id, `batch ${id}`), request(`r${id}`, 'pyi/read', { repository: root, fork, path: 'p' })]));
  const texts = answers.filter((_, index) => index % 2 === 1).map(({ result }) => Buffer.from((result as { base64: string }).base64, 'base64').toString());
  assert.deepEqual(texts, ['batch 1', 'batch 2', 'batch 3']);
});
