import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { Caller, ProgressUpdate, Result } from '../../../protocol/registry.ts';
import { HELLO, bench, deferred, frame } from './fakes.ts';

const repository = '/r';
const STOPPED: Result<'stop'> = { stopping: true };

async function rejects(promise: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<PyiError> {
  const error = await promise.then(() => assert.fail('nothing was refused'), (reason: unknown) => reason);
  assert.ok(PyiError.is(error, code), String(error));
  assert.match(error.message, message);
  return error;
}

test('hello tells both sides whom they talk to, then calls are answered', async () => {
  const { connect, dispatcher } = bench({ phase: async ({ repository: asked }) => ({ phase: 'hybrid', previous: asked === repository ? 'hybrid' : 'machine' }) });
  const { client } = connect();
  assert.deepEqual(await client.hello(HELLO), { server: 'pyi', version: '1.2.3', protocol: 1, pid: 42 });
  assert.deepEqual(await client.call('phase', { repository }), { phase: 'hybrid', previous: 'hybrid' });
  assert.equal(dispatcher.clients, 1);
  const gone = deferred();
  dispatcher.onClients(() => gone.resolve());
  client.close();
  await gone.promise;
  assert.equal(dispatcher.clients, 0);
});

test('nothing is done before hello', async () => {
  let called = false;
  const { connect } = bench({ stop: async () => {
    called = true;
    return STOPPED;
  } });
  const { client } = connect();
  await rejects(client.call('stop', {}), 'UNAUTHORIZED', /pyi\/stop came before/);
  await rejects(client.retire(), 'UNAUTHORIZED', /pyi\/retire came before/);
  assert.equal(called, false);
});

test('a wrong or missing token is refused and the connection ended', async () => {
  for (const token of ['wrong', undefined, 'secre', 'secrets']) {
    const { connect, dispatcher } = bench({});
    const { client } = connect({ token: 'secret' });
    await rejects(client.hello({ ...HELLO, ...(token === undefined ? {} : { token }) }), 'UNAUTHORIZED', /token/);
    await client.closed;
    assert.equal(dispatcher.clients, 0);
  }
  const { client } = bench({}).connect({ token: 'secret' });
  await client.hello({ ...HELLO, token: 'secret' });
});

test('another protocol is refused with a way out, and may only ask the server to make room', async () => {
  const { connect, retired } = bench({ stop: async () => STOPPED });
  const { client } = connect({ token: 'secret' });
  const error = await rejects(client.hello({ ...HELLO, protocol: 2, token: 'secret' }), 'UNSUPPORTED_VERSION', /\(1\.2\.3\) speaks protocol 1.*protocol 2/);
  assert.match(error.hint, /pyi stop/);
  await rejects(client.call('stop', {}), 'UNAUTHORIZED', /before/);
  await client.retire();
  assert.equal(retired(), 1);
});

test('a server in use does not make room', async () => {
  const { connect, retired, dispatcher } = bench({});
  const gone = deferred();
  const other = connect().client;
  await other.hello(HELLO);
  const { client } = connect();
  await client.hello(HELLO);
  await rejects(client.retire(), 'BUSY', /1 other client/);
  dispatcher.onClients(() => gone.resolve());
  other.close();
  await gone.promise;
  await client.retire();
  assert.equal(retired(), 1);
});

test('a stranger is cut off after the time limit, a client is not', async () => {
  const { connect, timers, log } = bench({ stop: async () => STOPPED });
  const known = connect({ handshakeMillis: 5000 }).client;
  await known.hello(HELLO);
  const stranger = connect({ handshakeMillis: 5000 }).client;
  assert.equal(timers.fire(5000), 1);
  await stranger.closed;
  assert.match(log.entries.at(-1)?.message ?? '', /did not shake hands/);
  assert.deepEqual(await known.call('stop', {}), STOPPED);
});

test('a stranger may not send a large message, a client may', async () => {
  const { connect, log } = bench({ write: async ({ path, content }) => ({ fork: 'f', path, bytes: content.text?.length ?? 0, level: 'process' }) });
  const text = 'x'.repeat(1_000_000);
  const stranger = connect();
  stranger.toServer.write(frame(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'pyi/hello', params: { text } })));
  await stranger.client.closed;
  assert.match(String(log.entries.at(-1)?.details?.['reason']), /passes the limit of 65536/);
  const { client } = connect();
  await client.hello(HELLO);
  assert.equal((await client.call('write', { repository, fork: 'f', path: 'p', content: { text } })).bytes, 1_000_000);
});

test('a client that announces 4 GB is cut off at the header', async () => {
  const { connect } = bench({});
  const { client, toServer } = connect();
  await client.hello(HELLO);
  toServer.write('Content-Length: 4294967296\r\n\r\n');
  await client.closed;
});

test('parameters are checked before the handler sees them', async () => {
  const { connect } = bench({});
  const { client } = connect();
  await client.hello(HELLO);
  await rejects(client.call('checkpoint', { repository, level: 'fast' as 'disk' }), 'INVALID_ARGUMENT', /"level" must be one of memory/);
});

test('an unknown method is refused with a suggestion', async () => {
  const { connect } = bench({});
  const { client } = connect();
  await client.hello(HELLO);
  const error = await rejects(client.call('checkpint' as 'checkpoint', { repository }), 'INVALID_ARGUMENT', /no method "pyi\/checkpint"/);
  assert.equal(error.hint, 'Did you mean "pyi/checkpoint"?');
});

test('an error of a handler arrives whole', async () => {
  const { connect } = bench({ undo: async () => {
    throw new PyiError('FORK_MERGED', 'The fork "a" was merged.', 'Fork from its head.');
  } });
  const { client } = connect();
  await client.hello(HELLO);
  const error = await rejects(client.call('undo', { repository }), 'FORK_MERGED', /was merged/);
  assert.equal(error.hint, 'Fork from its head.');
});

test('an unexpected error is INTERNAL without a stack, and logged with one', async () => {
  const { connect, log } = bench({ undo: async () => {
    throw new TypeError('x is undefined\n    at secret.ts:1');
  } });
  const { client } = connect();
  await client.hello(HELLO);
  const error = await rejects(client.call('undo', { repository }), 'INTERNAL', /^pyi\/undo failed unexpectedly: x is undefined$/);
  assert.doesNotMatch(JSON.stringify({ ...error.toShape(), cause: error.cause }), /secret\.ts/);
  const entry = log.entries.find(({ level }) => level === 'error');
  assert.match((entry?.details?.['error'] as Error).stack ?? '', /secret\.ts/);
});

test('cancelling a call aborts its handler', async () => {
  const started = deferred();
  const { connect } = bench({ verify: async (_params, { signal }) => {
    started.resolve();
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    return assert.fail();
  } });
  const { client } = connect();
  await client.hello(HELLO);
  const abort = new AbortController();
  const call = client.call('verify', { repository }, { signal: abort.signal });
  await started.promise;
  abort.abort();
  await rejects(call, 'CANCELLED', /was cancelled/);
  await rejects(client.call('verify', { repository }, { signal: abort.signal }), 'CANCELLED', /was cancelled/);
});

test('a client that goes takes its calls with it', async () => {
  const { connect } = bench({ verify: async (_params, { signal }) => {
    started.resolve();
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => {
      aborted.resolve();
      reject(signal.reason as Error);
    }));
  } });
  const started = deferred();
  const aborted = deferred();
  const { client } = connect();
  await client.hello(HELLO);
  const call = rejects(client.call('verify', { repository }), 'INTERNAL', /connection to the server ended/);
  await started.promise;
  client.close();
  await call;
  await aborted.promise;
});

test('a handler learns who calls: one caller for each connection, until that ends', async () => {
  const callers: (Caller | undefined)[] = [];
  const { connect } = bench({ stop: async (_params, { caller }) => {
    callers.push(caller);
    if (caller !== undefined) caller.identity ??= { store: '/s', agent: 'a' };
    return STOPPED;
  } });
  const { client } = connect();
  await client.hello({ ...HELLO, client: 'first' });
  await client.call('stop', {});
  await client.hello({ ...HELLO, client: 'again' });
  await client.call('stop', {});
  const other = connect().client;
  await other.hello({ ...HELLO, client: 'second' });
  await other.call('stop', {});
  const [first, same, second] = callers;
  assert.equal(first, same, 'what a handler writes into it stays');
  assert.deepEqual([first?.client, first?.identity?.agent, second?.client], ['first', 'a', 'second']);
  assert.notEqual(first?.connection, second?.connection);
  const ended = new Promise((resolve) => first?.ended.addEventListener('abort', resolve));
  client.close();
  await ended;
  assert.equal(second?.ended.aborted, false);
});

test('the key under which a call may be repeated reaches the handler, and is none of its parameters', async () => {
  const keys: (string | undefined)[] = [];
  const { connect } = bench({ phase: async (params, { idempotencyKey }) => {
    assert.deepEqual(Object.keys(params), ['repository']);
    keys.push(idempotencyKey);
    return { phase: 'hybrid', previous: 'hybrid' };
  } });
  const { client } = connect();
  await client.hello(HELLO);
  for (const options of [{ idempotencyKey: 'k' }, {}, { idempotencyKey: 'x'.repeat(200), onProgress: () => undefined }]) await client.call('phase', { repository }, options);
  assert.deepEqual(keys, ['k', undefined, 'x'.repeat(200)]);
  for (const idempotencyKey of ['', 'x'.repeat(201), 7 as unknown as string]) {
    await rejects(client.call('phase', { repository }, { idempotencyKey }), 'INVALID_ARGUMENT', /"idempotencyKey" must be text of 1 to 200 characters/);
  }
  await rejects(client.call('forks', { repository }, { idempotencyKey: 'k' }), 'INVALID_ARGUMENT', /forks changes nothing and takes no "idempotencyKey"/);
  assert.equal(keys.length, 3);
});

test('progress is throttled, and ends with the last', async () => {
  const { connect, clock } = bench({ sweep: async (_params, { progress }) => {
    for (let done = 0; done <= 100; done++) {
      clock.time += 10;
      progress({ what: 'objects', done, total: 100 });
    }
    return { forks: [], decayed: [], checkpoints: 0, objects: 0, bytes: 0, bytesFreed: 0, millis: 0 };
  } });
  const { client } = connect();
  await client.hello(HELLO);
  const updates: ProgressUpdate[] = [];
  await client.call('sweep', { repository }, { onProgress: (update) => updates.push(update) });
  assert.deepEqual(updates.map(({ done }) => done), [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  assert.deepEqual(updates[0], { what: 'objects', done: 0, total: 100 });
});

test('events reach those who asked for them', async () => {
  const { connect, events } = bench({});
  const heard: string[] = [];
  const last = deferred();
  const listen = async (name: string, directory: string | undefined): Promise<void> => {
    const { client } = connect();
    await client.hello(HELLO);
    await client.subscribe(directory, (event) => {
      heard.push(`${name} ${event.repository}`);
      if (heard.length === 4) last.resolve();
    });
  };
  await listen('all', undefined);
  await listen('root', '/a');
  await listen('inside', '/a/src');
  await listen('sibling', '/ab');
  const silent = connect().client;
  await silent.hello(HELLO);
  events.tell('/a');
  events.tell('/b');
  await last.promise;
  assert.deepEqual(heard.sort(), ['all /a', 'all /b', 'inside /a', 'root /a']);
});

test('draining waits for the calls in hand and refuses new ones', async () => {
  const started = deferred();
  const finish = deferred();
  const { connect, dispatcher } = bench({ verify: async () => {
    started.resolve();
    await finish.promise;
    return { ok: true, segments: 0, objects: 0, bytes: 0, millis: 0, faults: [] };
  } });
  const { client } = connect();
  await client.hello(HELLO);
  const call = client.call('verify', { repository });
  await started.promise;
  let drained = false;
  const draining = dispatcher.drain().then(() => {
    drained = true;
  });
  await rejects(client.call('stop', {}), 'BUSY', /stopping/);
  await rejects(connect().client.hello(HELLO), 'BUSY', /stopping/);
  assert.equal(drained, false);
  finish.resolve();
  assert.equal((await call).ok, true);
  await draining;
});

test('messages that are no requests do no harm', async () => {
  const { connect } = bench({ stop: async () => STOPPED });
  const { client, toServer } = connect();
  await client.hello(HELLO);
  for (const body of [
    '{}', '{"id":1}', '{"id":null,"method":"pyi/stop"}', '{"id":{},"method":"pyi/stop"}', '{"jsonrpc":"2.0","method":"pyi/nothing","params":{}}', '{"jsonrpc":"2.0","id":99,"result":1}',
    '{"jsonrpc":"2.0","method":"$/cancelRequest"}', '{"jsonrpc":"2.0","method":"$/cancelRequest","params":null}', '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":[]}}',
  ]) toServer.write(frame(body));
  assert.deepEqual(await client.call('stop', {}), STOPPED);
});
