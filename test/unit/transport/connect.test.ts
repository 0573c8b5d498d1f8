import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ResponseError, createMessageConnection } from 'vscode-jsonrpc/node';
import { Client } from '../../../connect/client.ts';
import { connectToServer } from '../../../connect/connect.ts';
import type { ConnectOptions } from '../../../connect/connect.ts';
import { JsonRpcConnection } from '../../../connect/json-rpc.ts';
import { serverEnvironment } from '../../../connect/spawn.ts';
import { PyiError } from '../../../protocol/errors.ts';
import { ensureDirectory, readDescription, removeDescription, serverAddress, writeDescription } from '../../../server/transport/address.ts';
import { HELLO } from './fakes.ts';

const entry = fileURLToPath(new URL('fixture-server.ts', import.meta.url));
const nodeArguments = ['--import', 'tsx'];
const host = { platform: process.platform, uid: process.getuid?.() };
const roots: string[] = [];
const pids = new Set<number>();
after(() => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

function options(more: Partial<ConnectOptions> & { variables?: Record<string, string> } = {}): ConnectOptions {
  const root = mkdtempSync(join(tmpdir(), 'pyi-connect-'));
  roots.push(root);
  // The loader is looked up from the directory of the server, which is not ours: give it by address.
  const start = { entry, nodeArguments: ['--import', import.meta.resolve('tsx')], arguments: ['--foreground'] };
  return { ...host, env: { ...process.env, PYI_RUNTIME_DIR: join(root, 'run'), ...more.variables }, name: 'test', version: '1.0.0', start, ...more };
}

async function connect(given: ConnectOptions): Promise<Client> {
  const client = await connectToServer(given);
  pids.add(client.server?.pid ?? 0);
  return client;
}

test('without a server and nothing to start one, that is said', async () => {
  await assert.rejects(connect(options({ start: undefined })), (error) => PyiError.is(error, 'NOT_FOUND') && /No server is running/.test(error.message));
});

test('the first starts a server, all others attach to it; a killed one is replaced; a newer client replaces an older one', async () => {
  const given = options();
  const waits: string[] = [];
  const clients = await Promise.all([1, 2, 3].map(async () => connect({ ...given, onWait: (what) => waits.push(what) })));
  assert.equal(new Set(clients.map((client) => client.server?.pid)).size, 1);
  assert.ok(waits.includes('starting the server'));
  const [client, second, third] = clients;
  assert.ok(client && second && third);
  assert.equal((await client.call('about', {})).clients, 3);

  // Used by others: a newer version of the same protocol works with it.
  const newer = await connect({ ...given, version: '1.1.0', env: { ...given.env, PYI_TEST_VERSION: '1.1.0' } });
  assert.equal(newer.server?.version, '1.0.0');
  newer.close();

  const pid = client.server?.pid ?? 0;
  process.kill(pid, 'SIGKILL');
  await Promise.all(clients.map(async ({ closed }) => closed));
  const again = await connect(given);
  assert.notEqual(again.server?.pid, pid);
  again.close();

  const update = { ...given, version: '1.1.0', env: { ...given.env, PYI_TEST_VERSION: '1.1.0' } };
  let replaced = await connect(update);
  while (replaced.server?.version === '1.0.0') {
    // The server has not seen yet that its last client has gone.
    replaced.close();
    replaced = await connect(update);
  }
  assert.equal(replaced.server?.version, '1.1.0');

  // An older client uses the newer server as it is.
  const older = await connect(given);
  assert.equal(older.server?.version, '1.1.0');
  await older.call('stop', {});
  await Promise.all([older.closed, replaced.closed]);
  assert.equal(readDescription(serverAddress(given)), undefined);
});

/** A server of another protocol: it knows `pyi/hello` and `pyi/retire`, as every version does. */
async function foreignServer(given: ConnectOptions, inUse: boolean): Promise<{ close: () => void }> {
  const address = serverAddress(given);
  ensureDirectory(address);
  const refusal = { code: 'UNSUPPORTED_VERSION', message: 'The server (9.0.0) speaks protocol 9.', hint: 'Update.' };
  const busy = { code: 'BUSY', message: 'The server is in use by 2 other clients.', hint: 'Close them.' };
  const server = createServer((socket) => {
    const connection = createMessageConnection(socket, socket);
    connection.onRequest('pyi/hello', () => new ResponseError(1, refusal.message, refusal));
    connection.onRequest('pyi/retire', () => {
      if (inUse) return new ResponseError(1, busy.message, busy);
      removeDescription(address, 'foreign');
      server.close();
      setImmediate(() => setImmediate(() => socket.end()));
      return { stopping: true };
    });
    connection.listen();
  });
  await new Promise<void>((resolve) => server.listen(address.socket, resolve));
  writeDescription(address, { socket: address.socket, pid: process.pid, protocol: 9, version: '9.0.0', token: 'foreign', started: 1 });
  return { close: () => server.close() };
}

test('a server of another protocol is replaced', async () => {
  const given = options();
  await foreignServer(given, false);
  const client = await connect(given);
  assert.equal(client.server?.version, '1.0.0');
  await client.call('stop', {});
  await client.closed;
});

test('a server of another protocol that others use is an error that says both', async () => {
  const given = options();
  const server = await foreignServer(given, true);
  await assert.rejects(connect(given), (error) => PyiError.is(error, 'UNSUPPORTED_VERSION') && /protocol 9\. The server is in use by 2/.test(error.message) && error.hint === 'Close them.');
  await assert.rejects(connect({ ...given, start: undefined }), (error) => PyiError.is(error, 'UNSUPPORTED_VERSION'));
  server.close();
});

test('a start that yielded to a server which then ended is made again', async () => {
  const given = options();
  const address = serverAddress(given);
  ensureDirectory(address);
  // Answers until the spawned server has looked, and is gone before the client can attach.
  const passing = createServer((socket) => {
    socket.destroy();
    passing.close();
  });
  await new Promise<void>((resolve) => passing.listen(address.socket, resolve));
  const client = await connect(given);
  assert.equal(client.server?.version, '1.0.0');
  await client.call('stop', {});
  await client.closed;
});

test('a server that cannot start is quoted', async () => {
  const failing = options({ variables: { PYI_TEST_FAIL: '1' } });
  await assert.rejects(connect(failing), (error) => PyiError.is(error, 'INTERNAL') && /ended with code 3/.test(error.message) && /cannot load the engine/.test(error.message));
});

test('connecting can be cancelled', async () => {
  const abort = new AbortController();
  abort.abort();
  await assert.rejects(connect(options({ signal: abort.signal })), (error) => PyiError.is(error, 'CANCELLED'));
});

test('the same conversation goes over stdin and stdout', async () => {
  const child = spawn(process.execPath, [...nodeArguments, entry, '--stdio'], { env: options().env, stdio: ['pipe', 'pipe', 'inherit'] });
  pids.add(child.pid ?? 0);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const client = new Client(new JsonRpcConnection({ input: child.stdout, output: child.stdin, end: () => child.stdin.end() }));
  assert.equal((await client.hello({ ...HELLO, version: '1.0.0' })).server, 'pyi');
  assert.equal((await client.call('about', {})).clients, 1);
  client.close();
  assert.equal(await exited, 0, 'the server ends with its client');
});

test('a server on stdin and stdout answers "stop" before it ends', async () => {
  const child = spawn(process.execPath, [...nodeArguments, entry, '--stdio'], { env: options().env, stdio: ['pipe', 'pipe', 'inherit'] });
  pids.add(child.pid ?? 0);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const client = new Client(new JsonRpcConnection({ input: child.stdout, output: child.stdin, end: () => child.stdin.end() }));
  await client.hello({ ...HELLO, version: '1.0.0' });
  assert.deepEqual(await client.call('stop', {}), { stopping: true });
  assert.equal(await exited, 0);
});

test('a server does not inherit the repository of the hook that started it', () => {
  const env = serverEnvironment({ GIT_DIR: '/x/.git', GIT_INDEX_FILE: '/x/index', GIT_CONFIG_GLOBAL: '/dev/null', PATH: '/bin' });
  assert.deepEqual(env, { GIT_CONFIG_GLOBAL: '/dev/null', PATH: '/bin', ELECTRON_RUN_AS_NODE: '1' });
});
