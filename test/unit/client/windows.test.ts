import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fakeChannel, toasts } from './fake-vscode.ts';
import { ServerProcess } from '../../../client/server-process.ts';
import { watchForServer } from '../../../client/server-watch.ts';
import type { Client } from '../../../connect/client.ts';
import { connectToServer } from '../../../connect/connect.ts';
import { readDescription, serverAddress } from '../../../server/transport/address.ts';
import { systemAfter } from '../../../server/transport/timers.ts';

/** Windows as the extension makes them, without their editor: real server processes, real sockets, the real LanguageClient. */
const { languageConnection } = await import('../../../client/language-connection.ts');

const entry = fileURLToPath(new URL('../transport/fixture-server.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'pyi-windows-'));
const host = { env: { ...process.env, PYI_RUNTIME_DIR: join(root, 'run') }, platform: process.platform, uid: process.getuid?.() };
const windows: Window[] = [];
const pids = new Set<number>();
after(() => {
  for (const { process: server } of windows) server.dispose();
  for (const pid of pids.add(readDescription(serverAddress(host))?.pid ?? 0)) {
    try {
      if (pid !== 0) process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  rmSync(root, { recursive: true, force: true });
});

class Window {
  readonly told: string[] = [];
  readonly process: ServerProcess;
  #onConnected: (client: Client) => void = () => undefined;
  #next: Promise<Client>;

  constructor() {
    this.#next = this.#await();
    const [output, trace] = [fakeChannel().channel, fakeChannel().channel];
    this.process = new ServerProcess({
      connect: async ({ start, signal }) => connectToServer({
        ...host, signal, name: 'extension', version: '1.0.0', waitMillis: 60_000,
        start: start ? { entry, nodeArguments: ['--import', import.meta.resolve('tsx')], arguments: ['--foreground'] } : undefined,
        converse: async (take) => languageConnection({ socket: take(), output, trace }),
      }),
      refusal: () => undefined,
      described: () => readDescription(serverAddress(host))?.pid,
      watch: (listener) => watchForServer(serverAddress(host).directory, listener),
      after: systemAfter, now: Date.now,
      onState: () => undefined,
      onOutage: () => this.told.push('outage'),
      onRecovery: () => this.told.push('recovery'),
      onConnected: (client) => this.#onConnected(client),
    });
    windows.push(this);
  }

  /** The process of the server that the window connects to next, or has connected to since this was asked last. */
  async connected(): Promise<number> {
    const client = await this.#next;
    this.#next = this.#await();
    const pid = client.server?.pid ?? 0;
    pids.add(pid);
    return pid;
  }

  async #await(): Promise<Client> {
    return new Promise((resolve) => {
      this.#onConnected = resolve;
    });
  }
}

test('windows share a server, leave it to each other, and have it back after it was killed or stopped', async () => {
  const [first, second, third] = [new Window(), new Window(), new Window()];
  for (const { process: server } of [first, second, third]) void server.keepConnected();
  const [pid, ...others] = await Promise.all([first, second, third].map(async (window) => window.connected()));
  assert.ok(pid);
  assert.deepEqual(others, [pid, pid], 'one starts it, the others attach');
  const clients = async (): Promise<number> => (await (await first.process.client()).call('about', {})).clients;
  assert.equal(await clients(), 3);

  const closed = third.process.connected?.closed;
  third.process.dispose();
  await closed;
  while (await clients() !== 2) await new Promise(setImmediate);
  assert.equal(first.process.connected?.server?.pid, pid, 'a window that closes leaves the server to the others');

  process.kill(pid, 'SIGKILL');
  const [again, againToo] = await Promise.all([first.connected(), second.connected()]);
  assert.notEqual(again, pid);
  assert.equal(againToo, again, 'both are back at one server');
  assert.equal(await clients(), 2);
  assert.deepEqual([first.told, second.told], [['recovery'], ['recovery']]);

  // Stopped on purpose: no window starts it, each comes back to the one that somebody starts.
  const ends = [first, second].map(async ({ process: server }) => server.connected?.closed);
  await second.process.stop();
  await Promise.all(ends);
  await new Promise(setImmediate);
  assert.deepEqual([first.process.state.kind, second.process.state.kind], ['off', 'off']);
  const started = await second.process.client();
  assert.equal(await first.connected(), started.server?.pid, 'found by the directory, without a look at a clock');
  assert.deepEqual([first.told, second.told, toasts], [['recovery'], ['recovery'], []]);
});
