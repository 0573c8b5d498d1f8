import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { CancellationToken, StreamMessageReader, StreamMessageWriter, createMessageConnection } from 'vscode-jsonrpc/node';
import { JsonRpcConnection } from '../../../connect/json-rpc.ts';
import { PyiError, connect } from '../../../connect/pyi-client.ts';
import type { ToldEvent } from '../../../connect/pyi-client.ts';
import { deferred } from './fakes.ts';
import { serve } from './served.ts';

const repository = '/r';

test('typed calls and batches; an error of one call of a batch is its own', async () => {
  const { env } = await serve({
    phase: async () => ({ phase: 'hybrid', previous: 'compatible' }),
    undo: async () => { throw new PyiError('FORK_MERGED', 'It was merged.', 'Fork anew.'); },
  });
  const client = await connect({ env, start: false });
  const [phase, undo, again] = await client.batch([{ name: 'phase', params: { repository } }, { name: 'undo', params: { repository } }, { name: 'phase', params: { repository } }]);
  assert.ok(phase.ok && again.ok && !undo.ok);
  assert.equal(phase.result.previous, 'compatible');
  assert.ok(PyiError.is(undo.error, 'FORK_MERGED'));
  assert.equal(undo.error.hint, 'Fork anew.');
  assert.deepEqual(await client.batch([]), []);
  await assert.rejects(client.batch(Array.from({ length: 1001 }, () => ({ name: 'phase', params: { repository } } as const))), (error) => PyiError.is(error, 'QUOTA_EXCEEDED'));
  client.close();
  await assert.rejects(client.call('phase', { repository }), (error) => PyiError.is(error, 'CANCELLED'));
});

test('a subscription goes on over a broken connection: what happened meanwhile is heard once, in order', async () => {
  const { env, events } = await serve();
  let connections = 0;
  const client = await connect({ env, start: false, onConnected: async () => { connections++; } });
  const heard: ToldEvent[] = [];
  const last = deferred();
  let missed = 0;
  const stop = await client.subscribe({ repository: '/a', onMissed: () => missed++ }, (event) => {
    heard.push(event);
    if (event.kind === 'collapse') last.resolve();
  });
  events.tell('/a', { kind: 'fork' });
  while (heard.length === 0) await new Promise(setImmediate);
  (await client.connected()).close();
  for (const name of ['/a', '/b', '/a']) events.tell(name, { kind: 'checkpoint' });
  await client.connected();
  events.tell('/a', { kind: 'collapse' });
  await last.promise;
  assert.deepEqual(heard.map(({ sequence }) => sequence), [1, 2, 4, 5]);
  assert.deepEqual([connections, missed], [2, 0]);
  stop();
  client.close();
});

test('a call with a key is asked again after the connection broke, one without is not', async () => {
  const keys: (string | undefined)[] = [];
  const { env, dispatcher } = await serve({ phase: async (_params, { idempotencyKey, signal }) => {
    keys.push(idempotencyKey);
    if (keys.filter((key) => key === idempotencyKey).length > 1) return { phase: 'hybrid', previous: 'hybrid' };
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  } });
  const client = await connect({ env, start: false });
  const breakWhen = async (count: number): Promise<void> => {
    while (keys.length < count) await new Promise(setImmediate);
    (await client.connected()).close();
  };
  const [keyed] = await Promise.all([client.call('phase', { repository }, { idempotencyKey: 'k' }), breakWhen(1)]);
  assert.equal(keyed.phase, 'hybrid');
  await Promise.all([assert.rejects(client.call('phase', { repository }), (error) => PyiError.is(error, 'INTERNAL')), breakWhen(3)]);
  assert.deepEqual(keys, ['k', 'k', undefined]);
  client.close();
  assert.ok(dispatcher.clients <= 1);
});

test('the connection speaks with a stock server of vscode-jsonrpc', async () => {
  const [toServer, fromServer] = [new PassThrough(), new PassThrough()];
  const server = createMessageConnection(new StreamMessageReader(toServer), new StreamMessageWriter(fromServer));
  server.onRequest('echo', (params: object) => params);
  server.onRequest('fail', () => { throw new TypeError('no'); });
  server.listen();
  const connection = new JsonRpcConnection({ input: fromServer, output: toServer, end: () => toServer.destroy() });
  const told = new Promise((resolve) => connection.onNotification('told', resolve));
  const texts = Array.from({ length: 100 }, (_, index) => `é😀${index}`);
  assert.deepEqual(await Promise.all(texts.map((text) => connection.request('echo', { text }, CancellationToken.None))), texts.map((text) => ({ text })));
  await assert.rejects(connection.request('fail', {}, CancellationToken.None), (error: { code?: unknown; message: string }) => error.code === -32603 && error.message.includes('no'));
  await server.sendNotification('told', { a: 1 });
  assert.deepEqual(await told, { a: 1 });
  server.dispose();
  connection.close();
  await connection.closed;
  await assert.rejects(connection.request('echo', {}, CancellationToken.None), /has ended/);
});
