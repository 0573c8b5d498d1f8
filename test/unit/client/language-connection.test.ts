import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fakeChannel, listeners, toasts } from './fake-vscode.ts';
import type { FakeChannel } from './fake-vscode.ts';
import type { Client } from '../../../connect/client.ts';
import { connectToServer } from '../../../connect/connect.ts';
import { PyiError } from '../../../protocol/errors.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { StoreEvent } from '../../../protocol/handshake.ts';
import type { Handlers, ProgressUpdate } from '../../../protocol/registry.ts';
import { readDescription, serverAddress, writeDescription } from '../../../server/transport/address.ts';
import type { Host } from '../../../server/transport/address.ts';
import { SocketServer } from '../../../server/transport/socket-server.ts';
import { systemAfter } from '../../../server/transport/timers.ts';
import { bench, deferred, frame } from '../transport/fakes.ts';
import type { Bench } from '../transport/fakes.ts';

/** The real LanguageClient of the extension against a real server on a socket. Loaded late: it needs the fake editor. */
const { languageConnection } = await import('../../../client/language-connection.ts');

const repository = '/r';
const PHASE = { phase: 'hybrid', previous: 'compatible' } as const;

let host: Host;
let output: FakeChannel;
let trace: FakeChannel;
let work: (() => unknown)[] = [];
beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), 'pyi-lc-'));
  host = { env: { PYI_RUNTIME_DIR: join(root, 'run') }, platform: process.platform, uid: process.getuid?.() };
  [output, trace] = [fakeChannel(), fakeChannel()];
  work = [() => rmSync(root, { recursive: true, force: true })];
  toasts.length = 0;
  listeners.clear();
});
afterEach(async () => {
  for (const end of work.reverse()) await end();
});

async function serve(handlers: Partial<Handlers>): Promise<Bench & { readonly server: SocketServer }> {
  const fakes = bench(handlers);
  const { dispatcher, clock, log } = fakes;
  const server = await SocketServer.listen({ dispatcher, clock, log, version: '1.2.3', pid: process.pid, after: systemAfter, idleMillis: undefined, onEnd: () => undefined, address: serverAddress(host) });
  assert.ok(server);
  work.push(async () => server.close());
  return { ...fakes, server };
}

/** A client as a window has it. */
async function connect(meanwhile: (socket: Socket) => void = () => undefined): Promise<Client> {
  const client = await connectToServer({
    ...host, name: 'extension', version: '1.2.3', start: undefined,
    converse: async (take) => {
      const socket = take();
      meanwhile(socket);
      return languageConnection({ socket, output: output.channel, trace: trace.channel });
    },
  });
  work.push(() => client.close());
  return client;
}

async function rejects(promise: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => PyiError.is(error, code) && message.test(error.message));
}

test('calls, errors, progress and events are those of the plain conversation', async () => {
  const { events, dispatcher } = await serve({
    phase: async () => PHASE,
    undo: async () => {
      throw new PyiError('FORK_MERGED', 'The fork "a" was merged.', 'Fork from its head.');
    },
    sweep: async (_params, { progress }) => {
      progress({ what: 'objects', done: 0, total: 2 });
      progress({ what: 'objects', done: 2, total: 2 });
      return { forks: [], decayed: [], checkpoints: 0, objects: 0, bytes: 0, bytesFreed: 0, millis: 0 };
    },
  });
  const client = await connect();
  assert.equal(client.server?.pid, 42);
  assert.equal(dispatcher.clients, 1, 'it is the connection that was greeted');
  assert.deepEqual(await client.call('phase', { repository }), PHASE);
  await assert.rejects(client.call('undo', { repository }), (error) => PyiError.is(error, 'FORK_MERGED') && error.hint === 'Fork from its head.');
  await rejects(client.call('phase', {} as { repository: string }), 'INVALID_ARGUMENT', /"repository" is missing/);
  const updates: ProgressUpdate[] = [];
  await client.call('sweep', { repository }, { onProgress: (update) => updates.push(update) });
  assert.deepEqual(updates.map(({ done }) => done), [0, 2]);
  const heard = new Promise<StoreEvent>((resolve) => void client.subscribe('/r/sub', resolve).then(() => events.tell('/r')));
  assert.equal((await heard).repository, '/r');
  assert.deepEqual(toasts, []);
});

test('a large answer arrives whole', async () => {
  const text = 'x'.repeat(5_000_000);
  await serve({ read: async () => ({ path: 'p', base64: text }) as never });
  const client = await connect();
  assert.equal((await client.call('read', { repository, fork: 'f', path: 'p' })).base64.length, text.length);
});

test('cancelling a call aborts its handler', async () => {
  const started = deferred();
  await serve({ verify: async (_params, { signal }) => {
    started.resolve();
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  } });
  const client = await connect();
  const abort = new AbortController();
  const call = client.call('verify', { repository }, { signal: abort.signal });
  await started.promise;
  abort.abort();
  await rejects(call, 'CANCELLED', /was cancelled/);
});

test('closing says goodbye, ends what is in hand, and leaves the server and nothing behind', async () => {
  const started = deferred();
  const aborted = deferred();
  const { dispatcher } = await serve({
    phase: async () => PHASE,
    verify: async (_params, { signal }) => {
      started.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => {
        aborted.resolve();
        reject(signal.reason as Error);
      }));
    },
  });
  const [client, other] = [await connect(), await connect()];
  const call = client.call('verify', { repository }).catch((error: unknown) => error);
  await started.promise;
  client.close();
  await rejects(client.call('phase', { repository }), 'INTERNAL', /connection to the server ended/);
  await client.closed;
  await aborted.promise;
  assert.ok(PyiError.is(await call));
  assert.equal(dispatcher.clients, 1);
  assert.deepEqual(await other.call('phase', { repository }), PHASE);
  const before = listeners.size;
  other.close();
  await other.closed;
  assert.ok(before > 0);
  assert.equal(listeners.size, 0, 'no listener stays on the editor');
  assert.deepEqual(toasts, []);
});

test('the last answer of a server that stops arrives, then the end is told, and nobody is bothered', async () => {
  let stop: () => Promise<void> = async () => undefined;
  const { server } = await serve({ stop: async () => {
    setImmediate(() => void stop());
    return { stopping: true };
  } });
  stop = async () => server.close();
  const client = await connect();
  assert.deepEqual(await client.call('stop', {}), { stopping: true });
  await client.closed;
  await rejects(client.call('phase', { repository }), 'INTERNAL', /connection to the server ended/);
  assert.deepEqual(toasts, []);
  assert.equal(listeners.size, 0);
});

test('a server that dies between the greeting and the conversation is an error, and no message', async () => {
  await serve({});
  await assert.rejects(connect((socket) => socket.destroy()), /has ended/);
  await assert.rejects(connect((socket) => void setImmediate(() => socket.destroy())));
  assert.deepEqual(toasts, []);
  assert.equal(listeners.size, 0);
});

/** A server that answers `pyi/hello` and then does as it likes. */
async function rogue(answer: (socket: Socket, request: { readonly id: number; readonly method: string }) => void): Promise<Server> {
  const { server } = await serve({});
  const description = readDescription(serverAddress(host));
  assert.ok(description);
  const socket = join(server.description.socket, '..', 'rogue.sock');
  const listening = createServer((connection) => {
    let text = '';
    connection.on('error', () => undefined).on('data', (chunk) => {
      text += chunk.toString();
      for (let match = /^Content-Length: (\d+)\r\n\r\n/.exec(text); match !== null && text.length >= match[0].length + Number(match[1]); match = /^Content-Length: (\d+)\r\n\r\n/.exec(text)) {
        const body = text.slice(match[0].length, match[0].length + Number(match[1]));
        text = text.slice(match[0].length + body.length);
        const request = JSON.parse(body) as { id: number; method: string };
        if (request.method === 'pyi/hello') connection.write(frame(JSON.stringify({ jsonrpc: '2.0', id: request.id, result: { server: 'pyi', version: '1.2.3', protocol: 1, pid: 7 } })));
        else answer(connection, request);
      }
    });
  });
  await new Promise<void>((resolve) => listening.listen(socket, resolve));
  work.push(() => listening.close());
  writeDescription(serverAddress(host), { ...description, socket });
  return listening;
}

test('a server that refuses to be a language server is an error, and no message', async () => {
  await rogue((socket, { id }) => socket.write(frame(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'What is initialize?' } }))));
  await assert.rejects(connect(), /What is initialize/);
  assert.deepEqual(toasts, []);
});

test('a server that announces more than may be is left', async () => {
  await rogue((socket, { id, method }) => {
    if (method === 'initialize') socket.write(frame(JSON.stringify({ jsonrpc: '2.0', id, result: { capabilities: {} } })));
    else if (method === 'pyi/phase') socket.write(`Content-Length: ${64 * 1024 * 1024 + 1}\r\n\r\n`);
  });
  const client = await connect();
  await rejects(client.call('phase', { repository }), 'INTERNAL', /connection to the server ended/);
  await client.closed;
  assert.match(output.lines.join('\n'), /passes the limit of 67108864/);
  assert.deepEqual(toasts, []);
});

test('a call that fails because the server died knows at once that the connection is of no use', async () => {
  await rogue((socket, { id, method }) => {
    if (method === 'initialize') socket.write(frame(JSON.stringify({ jsonrpc: '2.0', id, result: { capabilities: {} } })));
    else socket.destroy();
  });
  const client = await connect();
  assert.equal(client.isOpen, true);
  const failed = await client.call('phase', { repository }).then(() => undefined, (error: unknown) => ({ error, isOpen: client.isOpen }));
  assert.ok(PyiError.is(failed?.error, 'INTERNAL'));
  assert.equal(failed.isOpen, false);
  await client.closed;
  await rejects(client.call('phase', { repository }), 'INTERNAL', /connection to the server ended/);
});

test('an answer that is an error leaves the connection open', async () => {
  await serve({ phase: async () => PHASE });
  const client = await connect();
  await assert.rejects(client.call('no-such' as 'phase', { repository }));
  assert.equal(client.isOpen, true);
  assert.deepEqual(await client.call('phase', { repository }), PHASE);
});

test('nothing of the window is told to the server before it is asked about', async () => {
  const said: unknown[] = [];
  await rogue((socket, request) => {
    said.push(request);
    if (request.method === 'initialize') socket.write(frame(JSON.stringify({ jsonrpc: '2.0', id: request.id, result: { capabilities: {} } })));
  });
  await connect();
  assert.doesNotMatch(JSON.stringify(said), /secret/);
  assert.ok(JSON.stringify(said).length < 20_000, 'a stranger may say 64 KiB');
});

test('messages are traced while the channel for traces is at that level, and the token never is', async () => {
  const { server } = await serve({ phase: async () => PHASE });
  trace.setLevel('Trace');
  const client = await connect();
  await client.call('phase', { repository });
  assert.match(trace.lines.join('\n'), /Sending request 'pyi\/phase/);
  assert.match(trace.lines.join('\n'), /Received response 'pyi\/phase/);
  assert.doesNotMatch([...trace.lines, ...output.lines].join('\n'), new RegExp(server.description.token));
  trace.setLevel('Info');
  const before = trace.lines.length;
  await client.call('phase', { repository });
  assert.equal(trace.lines.length, before);
});
