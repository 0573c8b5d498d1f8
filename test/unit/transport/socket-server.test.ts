import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connectToServer } from '../../../connect/connect.ts';
import { PyiError } from '../../../protocol/errors.ts';
import { readDescription, serverAddress } from '../../../server/transport/address.ts';
import type { ServerAddress } from '../../../server/transport/address.ts';
import { SocketServer } from '../../../server/transport/socket-server.ts';
import type { SocketServerOptions } from '../../../server/transport/socket-server.ts';
import { StartLock } from '../../../server/transport/start-lock.ts';
import { HELLO, bench, deferred } from './fakes.ts';
import type { Bench } from './fakes.ts';

const roots: string[] = [];
const running: SocketServer[] = [];
after(async () => {
  await Promise.all(running.map(async (server) => server.close()));
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

interface Place {
  readonly address: ServerAddress;
  readonly env: Readonly<Record<string, string>>;
}

function place(): Place {
  const root = mkdtempSync(join(tmpdir(), 'pyi-socket-'));
  roots.push(root);
  const env = { PYI_RUNTIME_DIR: join(root, 'run') };
  const address = serverAddress({ env, platform: process.platform, uid: process.getuid?.() });
  mkdirSync(address.directory, { mode: 0o700 });
  return { address, env };
}

async function listen(address: ServerAddress, fakes: Bench = bench({}), more: Partial<SocketServerOptions> = {}): Promise<SocketServer | undefined> {
  const { dispatcher, clock, log } = fakes;
  const server = await SocketServer.listen({
    dispatcher, address, clock, log, version: '1.2.3', pid: process.pid, after: fakes.timers.after, idleMillis: undefined, onEnd: () => undefined, ...more,
  });
  if (server !== undefined) running.push(server);
  return server;
}

const attach = async (env: Place['env']): ReturnType<typeof connectToServer> => connectToServer({ env, platform: process.platform, uid: process.getuid?.(), name: 'test', version: '1.2.3', start: undefined });

test('a server listens, is described, is closed to others, and leaves nothing', async () => {
  const { address, env } = place();
  const server = await listen(address);
  assert.ok(server);
  assert.equal(lstatSync(address.socket).mode & 0o777, 0o600);
  assert.deepEqual(readDescription(address), server.description);
  assert.equal(server.description.token.length, 64);
  const client = await attach(env);
  assert.equal(client.server?.version, '1.2.3');
  await server.close();
  await client.closed;
  assert.deepEqual(readdirSync(address.directory), []);
});

test('of many that start at once one wins, and all clients reach it', async () => {
  const { address, env } = place();
  const servers = await Promise.all(Array.from({ length: 8 }, async () => listen(address)));
  assert.equal(servers.filter((server) => server !== undefined).length, 1);
  const clients = await Promise.all(Array.from({ length: 20 }, async () => attach(env)));
  assert.equal(new Set(clients.map((client) => client.server?.pid)).size, 1);
  for (const client of clients) client.close();
});

/** Leaves a socket behind as a killed server does. */
function leaveStaleSocket(path: string): void {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  assert.equal(spawnSync(process.execPath, ['-e', script]).signal, 'SIGKILL');
  assert.ok(lstatSync(path).isSocket());
}

test('a stale socket, a stale server.json and a stale lock are no obstacle', async () => {
  const { address } = place();
  leaveStaleSocket(address.socket);
  writeFileSync(address.description, JSON.stringify({ socket: address.socket, pid: 999_999_999, protocol: 1, version: '1', token: 'old', started: 1 }));
  writeFileSync(address.lock, '999999999 dead');
  const server = await listen(address);
  assert.ok(server);
  assert.equal(existsSync(address.lock), false);
});

test('a socket that answers is never removed, whoever it is', async () => {
  const { address } = place();
  const stranger = createServer().listen(address.socket);
  await new Promise((resolve) => stranger.once('listening', resolve));
  assert.equal(await listen(address), undefined);
  assert.ok(existsSync(address.socket));
  stranger.close();
});

test('what is no socket is never removed', async () => {
  const { address } = place();
  writeFileSync(address.socket, 'precious');
  await assert.rejects(listen(address), (error) => PyiError.is(error, 'INVALID_ARGUMENT'));
  assert.ok(lstatSync(address.socket).isFile());
});

test('the user may name the socket; clients find it by server.json, and a second server stays away', async () => {
  const { address, env } = place();
  const socket = join(address.directory, '..', 'mine.sock');
  assert.ok(await listen(address, bench({}), { socket }));
  assert.equal((await attach(env)).server?.version, '1.2.3');
  assert.equal(await listen(address), undefined);
});

test('the lock of a start belongs to one, and is broken only when its owner is gone', () => {
  const { address } = place();
  const clock = { now: Date.now };
  const take = (isAlive: boolean): StartLock | undefined => StartLock.tryTake({ file: address.lock, pid: 5, clock, isAlive: () => isAlive });
  const first = take(true);
  assert.equal(first?.held(), true);
  assert.equal(take(true), undefined);
  const second = take(false);
  assert.equal(second?.held(), true);
  assert.equal(first.held(), false);
  first.release();
  assert.equal(second.held(), true, 'who lost the lock does not release that of its successor');
  utimesSync(address.lock, 1, 1);
  const third = take(true);
  assert.equal(third?.held(), true, 'a process id is given away again');
  third.release();
  assert.equal(existsSync(address.lock), false);
});

test('a server without clients ends after the idle time, and not before', async () => {
  const { address, env } = place();
  const fakes = bench({});
  const reasons: string[] = [];
  await listen(address, fakes, { idleMillis: 777, onEnd: (reason) => reasons.push(reason) });
  const client = await attach(env);
  assert.equal(fakes.timers.fire(777), 0, 'no timer runs while there is a client');
  const gone = deferred();
  fakes.dispatcher.onClients(() => gone.resolve());
  client.close();
  await gone.promise;
  assert.equal(fakes.timers.fire(777), 1);
  assert.deepEqual(reasons, ['idle']);
});

test('a server whose address was taken away ends', async () => {
  const { address } = place();
  const fakes = bench({});
  const reasons: string[] = [];
  await listen(address, fakes, { onEnd: (reason) => reasons.push(reason) });
  assert.equal(fakes.timers.fire(60_000), 1);
  assert.deepEqual(reasons, []);
  rmSync(address.socket);
  assert.equal(fakes.timers.fire(60_000), 1);
  assert.deepEqual(reasons, ['lost']);
});

test('a connection that says nothing is cut off', async () => {
  const { address } = place();
  const fakes = bench({});
  await listen(address, fakes, { handshakeMillis: 321 });
  const socket = createConnection(address.socket);
  await new Promise((resolve) => socket.once('connect', resolve));
  while (fakes.timers.fire(321) === 0) await new Promise(setImmediate);
  await new Promise((resolve) => socket.once('close', resolve));
});

test('a token of another run is refused', async () => {
  const { address, env } = place();
  await listen(address);
  const description = readDescription(address);
  writeFileSync(address.description, JSON.stringify({ ...description, token: 'f'.repeat(64) }));
  await assert.rejects(attach(env), (error) => PyiError.is(error, 'UNAUTHORIZED'));
});

test('hello is enough of a handshake for a raw client', async () => {
  const { address } = place();
  const server = await listen(address);
  const socket = createConnection(address.socket);
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'pyi/hello', params: { ...HELLO, token: server?.description.token } });
  socket.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
  const reply = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  assert.match(reply.toString(), /"result":\{"server":"pyi","version":"1\.2\.3","protocol":1,"pid":42\}/);
  socket.destroy();
});
