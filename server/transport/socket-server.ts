import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, rmSync, utimesSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { PyiError } from '../../protocol/errors.ts';
import type { ServerDescription } from '../../protocol/handshake.ts';
import { PROTOCOL_VERSION } from '../../protocol/wire.ts';
import type { Clock } from '../engine/ports.ts';
import type { Log } from '../log.ts';
import { checkSocketPath, ensureDirectory, isErrno, readDescription, removeDescription, writeDescription } from './address.ts';
import type { ServerAddress } from './address.ts';
import type { Dispatcher } from './dispatcher.ts';
import { StartLock, processIsAlive } from './start-lock.ts';
import { serveStream } from './stream.ts';
import type { StreamConnection } from './stream.ts';
import type { After } from './timers.ts';

export interface SocketServerOptions {
  readonly dispatcher: Dispatcher;
  readonly address: ServerAddress;
  /** A socket path of the user's choice. `server.json` stays where it is, so clients find it. */
  readonly socket?: string;
  readonly version: string;
  readonly pid: number;
  readonly clock: Clock;
  readonly after: After;
  readonly log: Log;
  /** How long a connection may take to shake hands. */
  readonly handshakeMillis?: number;
  /** After this long without a client the server is of no use. Undefined: it waits for ever. */
  readonly idleMillis: number | undefined;
  /** The server should stop: nobody uses it, or its address was taken from it. */
  readonly onEnd: (reason: 'idle' | 'lost') => void;
}

/** Two thousand agents may come at once; the system holds it to its own limit (somaxconn). */
const BACKLOG = 4096;
const HANDSHAKE_MILLIS = 10_000;
/** A peer that does not even refuse within this time is alive, if busy. */
const PROBE_MILLIS = 2_000;
const RETRY_MILLIS = 25;
const START_MILLIS = 10_000;
const HEARTBEAT_MILLIS = 60_000;
const LAST_WORDS_MILLIS = 1_000;

/** The server's socket. Started by {@link SocketServer.listen}. */
export class SocketServer {
  readonly description: ServerDescription;
  readonly #options: SocketServerOptions;
  readonly #server: Server;
  readonly #sockets = new Map<Socket, StreamConnection>();
  readonly #inode: number;
  readonly #endClients: () => void;
  #cancelIdle: (() => void) | undefined;
  #cancelHeartbeat: (() => void) | undefined;

  private constructor(options: SocketServerOptions, server: Server, description: ServerDescription) {
    this.#options = options;
    this.#server = server;
    this.description = description;
    this.#inode = inodeOf(description.socket);
    this.#endClients = options.dispatcher.onClients((clients) => this.#watchIdle(clients));
    server.on('connection', (socket) => this.#accept(socket));
    // After listening, errors are about single accepts (no descriptors left); the next may succeed.
    server.on('error', (error) => options.log.error('A connection could not be accepted', { error }));
    this.#watchIdle(options.dispatcher.clients);
    this.#beat();
  }

  /**
   * Listens at the address, or resolves to undefined when a live server has it already.
   *
   * Many may start at once: each first looks whether somebody answers, and only the holder of the
   * start lock removes a socket that nobody answers at.
   * @throws PyiError `UNAUTHORIZED`, `INVALID_ARGUMENT`, `BUSY`
   */
  static async listen(options: SocketServerOptions): Promise<SocketServer | undefined> {
    const { address, clock } = options;
    const path = checkSocketPath(options.socket ?? address.socket, address.platform);
    ensureDirectory(address);
    const start = clock.now();
    while (Math.abs(clock.now() - start) < START_MILLIS) {
      if (await isServed(address, path)) return undefined;
      const lock = StartLock.tryTake({ file: address.lock, pid: options.pid, clock, isAlive: processIsAlive });
      if (lock === undefined) {
        await new Promise<void>((resolve) => setTimeout(resolve, RETRY_MILLIS));
        continue;
      }
      try {
        if (await isServed(address, path)) return undefined;
        return await SocketServer.#bind(options, path, lock);
      } finally {
        lock.release();
      }
    }
    throw new PyiError('BUSY', 'Another server keeps starting and never answers.', `If no server is running, remove ${address.lock}.`);
  }

  static async #bind(options: SocketServerOptions, path: string, lock: StartLock): Promise<SocketServer> {
    const { address } = options;
    if (address.platform !== 'win32') removeStale(path, lock);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path, backlog: BACKLOG }, () => {
        server.off('error', reject);
        resolve();
      });
    }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new PyiError(isErrno(error, 'EADDRINUSE') ? 'BUSY' : 'INTERNAL', `The server cannot listen: ${reason}`,
        'Where sockets are not allowed, use "pyi serve --stdio" or "pyi mcp".', { cause: error });
    });
    // The directory keeps others out until the mode is right; for a path of the user's choice this is all there is.
    if (address.platform !== 'win32') chmodSync(path, 0o600);
    const description: ServerDescription = {
      socket: path, pid: options.pid, protocol: PROTOCOL_VERSION, version: options.version,
      token: randomBytes(32).toString('hex'), started: options.clock.now(),
    };
    const running = new SocketServer(options, server, description);
    writeDescription(address, description);
    options.log.info('Listening', { socket: path, version: options.version });
    return running;
  }

  /**
   * Ends the connections and gives the address free. Call it last, when the stores are closed: a client
   * takes the end of its connection, and of the address, as the sign that a new server may start.
   */
  async close(): Promise<void> {
    this.#cancelIdle?.();
    this.#cancelHeartbeat?.();
    this.#endClients();
    removeDescription(this.#options.address, this.description.token);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const cancel = this.#options.after(LAST_WORDS_MILLIS, () => {
      for (const socket of this.#sockets.keys()) socket.destroy();
    });
    for (const [socket, connection] of this.#sockets) void connection.settled().then(() => socket.end());
    await closed;
    cancel();
    this.#options.log.info('Stopped');
  }

  #accept(socket: Socket): void {
    const { dispatcher, after, log, handshakeMillis = HANDSHAKE_MILLIS } = this.#options;
    const connection = serveStream({
      dispatcher, after, log, handshakeMillis, input: socket, output: socket, token: this.description.token,
      destroy: () => socket.destroy(),
      end: () => socket.end(),
    });
    this.#sockets.set(socket, connection);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      connection.close();
    });
  }

  #watchIdle(clients: number): void {
    const { idleMillis, after, onEnd } = this.#options;
    this.#cancelIdle?.();
    this.#cancelIdle = clients > 0 || idleMillis === undefined ? undefined : after(idleMillis, () => onEnd('idle'));
  }

  /**
   * Looks whether the address is still ours: somebody may have cleaned the temporary directory, and a
   * server that cannot be found would hold the locks of its stores against its successor. Touching
   * the files keeps cleaners that go by age away.
   */
  #beat(): void {
    const { address, after, clock, log, onEnd } = this.#options;
    if (address.platform === 'win32') return;
    this.#cancelHeartbeat = after(HEARTBEAT_MILLIS, () => {
      try {
        if (inodeOf(this.description.socket) !== this.#inode) throw new Error('the socket is another one');
        const now = new Date(clock.now());
        for (const file of [this.description.socket, address.description, address.directory]) utimesSync(file, now, now);
      } catch (error) {
        log.warn('The address of the server was taken away', { error });
        onEnd('lost');
        return;
      }
      this.#beat();
    });
  }
}

function inodeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}

/** A live server answers at its own address or at the one that `server.json` names. */
async function isServed(address: ServerAddress, path: string): Promise<boolean> {
  const described = readDescription(address)?.socket;
  if (described !== undefined && described !== path && await answers(described)) return true;
  return answers(path);
}

/** True unless it is certain that nobody listens. */
async function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const settle = (live: boolean) => () => {
      socket.destroy();
      resolve(live);
    };
    socket.once('connect', settle(true));
    socket.once('error', (error) => settle(!isErrno(error, 'ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'ENOTDIR'))());
    socket.setTimeout(PROBE_MILLIS, settle(true));
  });
}

function removeStale(path: string, lock: StartLock): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) throw new PyiError('INVALID_ARGUMENT', `There is something else than a socket at ${path}.`, 'Move it away, or choose another path.');
  if (lock.held()) rmSync(path, { force: true });
}
