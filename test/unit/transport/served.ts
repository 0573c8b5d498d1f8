import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Handlers } from '../../../protocol/registry.ts';
import { serverAddress } from '../../../server/transport/address.ts';
import type { DispatcherOptions } from '../../../server/transport/dispatcher.ts';
import { FrameParser } from '../../../server/transport/frame-parser.ts';
import { SocketServer } from '../../../server/transport/socket-server.ts';
import { systemAfter } from '../../../server/transport/timers.ts';
import { HELLO, bench, frame } from './fakes.ts';
import type { Bench } from './fakes.ts';

/** Work to be done when the tests of the file have ended, the last first. */
export const cleanUp: (() => void | Promise<void>)[] = [];
after(async () => {
  for (const work of cleanUp.reverse()) await work();
});

export interface Served extends Bench {
  readonly token: string;
  readonly socket: string;
  /** Leads a client to the server. */
  readonly env: Readonly<Record<string, string>>;
  /** A connected socket. */
  readonly connectSocket: () => Promise<Socket>;
  /** A client that writes and reads frames as they are; has shaken hands. */
  readonly raw: () => Promise<RawClient>;
}

/** A dispatcher with everything around it faked, behind a real socket. */
export async function serve(handlers: Partial<Handlers> = {}, options: Partial<DispatcherOptions> = {}): Promise<Served> {
  const root = mkdtempSync(join(tmpdir(), 'pyi-served-'));
  cleanUp.push(() => rmSync(root, { recursive: true, force: true }));
  const fakes = bench(handlers, options);
  const env = { PYI_RUNTIME_DIR: join(root, 'run') };
  const { dispatcher, clock, log } = fakes;
  const server = await SocketServer.listen({
    dispatcher, clock, log, version: '1.2.3', pid: process.pid, after: systemAfter, idleMillis: undefined, onEnd: () => undefined,
    address: serverAddress({ env, platform: process.platform, uid: process.getuid?.() }),
  });
  assert.ok(server);
  cleanUp.push(async () => server.close());
  const { socket, token } = server.description;
  const connectSocket = async (): Promise<Socket> => {
    const connected = createConnection(socket);
    cleanUp.push(() => void connected.destroy());
    await once(connected, 'connect');
    return connected;
  };
  return {
    ...fakes, token, socket, env, connectSocket,
    raw: async () => {
      const client = new RawClient(await connectSocket());
      await client.call('pyi/hello', { ...HELLO, token });
      return client;
    },
  };
}

/** What came in, of whatever kind. */
export interface Heard {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly code: string; readonly hint: string } };
}

/** Says what it is told to say, also what is wrong, and hears everything. */
export class RawClient {
  readonly socket: Socket;
  readonly heard: (Heard | Heard[])[] = [];
  readonly closed: Promise<void>;
  readonly #parser = new FrameParser(1024 * 1024 * 1024);
  #onHeard: (() => void)[] = [];
  #id = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined).on('data', (chunk) => {
      this.#parser.push(chunk);
      for (let message = this.#parser.next(); message !== undefined; message = this.#parser.next()) this.heard.push(message);
      for (const resolve of this.#onHeard.splice(0)) resolve();
    });
  }

  /** Resolves to the first message heard, now or later, that `is` true of. */
  async hears(is: (message: Heard | Heard[]) => boolean): Promise<Heard | Heard[]> {
    for (;;) {
      const found = this.heard.find(is);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#onHeard.push(resolve));
    }
  }

  /** Resolves when so many messages have been heard. */
  async hearsAll(count: number): Promise<void> {
    while (this.heard.length < count) await new Promise<void>((resolve) => this.#onHeard.push(resolve));
  }

  send(message: unknown): void {
    this.socket.write(frame(JSON.stringify(message)));
  }

  /** Sends a request; resolves to its answer. */
  async call(method: string, params: unknown): Promise<Heard> {
    const id = `r${++this.#id}`;
    this.send({ jsonrpc: '2.0', id, method, params });
    return await this.hears((message) => !Array.isArray(message) && message.id === id) as Heard;
  }
}
