import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { PyiError } from '../protocol/errors.ts';
import type { ServerDescription } from '../protocol/handshake.ts';
import { PROTOCOL_VERSION } from '../protocol/wire.ts';
import { ensureDirectory, isErrno, readDescription, serverAddress } from '../server/transport/address.ts';
import type { Host, ServerAddress } from '../server/transport/address.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { JsonRpcConnection, socketChannel } from './json-rpc.ts';
import { spawnServer } from './spawn.ts';
import type { ServerProgram, StartedServer } from './spawn.ts';

export interface ConnectOptions extends Host {
  /** Who connects, for the log of the server: `cli`, `extension`, `bench`. */
  readonly name: string;
  /** Version of this client, as package.json has it. */
  readonly version: string;
  /** How to start a server when there is none. Undefined: only attach. */
  readonly start: ServerProgram | undefined;
  /**
   * Goes on with the conversation once the server was greeted; `take` hands the socket over. Undefined: it stays plain
   * JSON-RPC. Comes after the greeting so that any version of the server, also one that must make room, is met in the same words.
   */
  readonly converse?: (take: () => Socket) => Promise<Connection>;
  /** Told when the connection has to wait for a server to start or stop. */
  readonly onWait?: (what: string) => void;
  readonly signal?: AbortSignal;
  /** How long to wait for a server. */
  readonly waitMillis?: number;
}

const WAIT_MILLIS = 10_000;
const FIRST_DELAY_MILLIS = 5;
const LONGEST_DELAY_MILLIS = 200;

/**
 * Connects to the server of this user; starts one when there is none and `start` says how.
 *
 * A server of another protocol, or of an older version, is asked to make room. If others use it, a
 * version that speaks our protocol is used as it is, and any other is an error.
 * @throws PyiError `NOT_FOUND` (no server, and none to be started), `UNSUPPORTED_VERSION`, `UNAUTHORIZED`, `BUSY`,
 *   `CANCELLED`, `INTERNAL` (the server does not come up)
 */
export async function connectToServer(options: ConnectOptions): Promise<Client> {
  const address = serverAddress(options);
  const deadline = Date.now() + (options.waitMillis ?? WAIT_MILLIS);
  let delay = FIRST_DELAY_MILLIS;
  let started: StartedServer | undefined;
  let yielded = false;
  let lastProblem: unknown;
  for (;;) {
    if (options.signal?.aborted === true) throw new PyiError('CANCELLED', 'The connection to the server was cancelled.', 'Nothing was changed.');
    try {
      const greeted = await attach(address, options);
      if (greeted !== undefined) return await converse(greeted, options);
      if (options.start === undefined) throw notRunning(address);
      if (started === undefined) {
        options.onWait?.('starting the server');
        ensureDirectory(address);
        started = spawnServer(options.start, address.directory, options.env);
      }
      const code = started.exitCode();
      if (code !== undefined && code !== 0) throw failedToStart(code, started);
      // Exit code 0 means that another server was faster. It should answer by the next look; if it has ended
      // meanwhile (made room, was killed), it is our turn again.
      if (code === 0 && yielded) started = undefined;
      yielded = code === 0;
    } catch (error) {
      if (!PyiError.is(error, 'BUSY')) throw error;
      options.onWait?.('waiting for the server');
      lastProblem = error;
    }
    if (Date.now() > deadline) throw lastProblem ?? silent(address, started);
    await pause(delay, options.signal);
    delay = Math.min(delay * 2, LONGEST_DELAY_MILLIS);
  }
}

/** A server that was greeted. */
interface Greeted {
  readonly client: Client;
  /** Ends the plain conversation and gives its socket away. */
  readonly take: () => Socket;
}

/** The server at the address, or undefined when there is none (any more). */
async function attach(address: ServerAddress, options: ConnectOptions): Promise<Greeted | undefined> {
  const description = readDescription(address);
  if (description === undefined) return undefined;
  const socket = await connectSocket(description.socket);
  if (socket === undefined) return undefined;
  const connection = new JsonRpcConnection(socketChannel(socket));
  const client = new Client(connection);
  const take = (): Socket => {
    connection.release();
    return socket;
  };
  try {
    return await shakeHands(client, description, options) ? { client, take } : undefined;
  } catch (error) {
    client.close();
    // The server ended between our connection and its answer, or was replaced after we read server.json.
    if (PyiError.is(error, 'INTERNAL') || isReplaced(error, address, description)) return undefined;
    throw error;
  }
}

async function converse({ client, take }: Greeted, options: ConnectOptions): Promise<Client> {
  if (options.converse === undefined) return client;
  try {
    return new Client(await options.converse(take), client.server);
  } catch (error) {
    take().destroy();
    throw error;
  }
}

/** True when the server was greeted and is to be used; false when it made room. */
async function shakeHands(client: Client, description: ServerDescription, options: ConnectOptions): Promise<boolean> {
  const hello = { client: options.name, version: options.version, protocol: PROTOCOL_VERSION, token: description.token };
  try {
    const server = await client.hello(hello);
    if (options.start === undefined || !isNewer(options.version, server.version)) return true;
  } catch (error) {
    if (!PyiError.is(error, 'UNSUPPORTED_VERSION') || options.start === undefined) throw error;
    await retire(client, options, () => error);
    return false;
  }
  return retire(client, options, () => undefined);
}

/** Asks the server to make room and waits until it has. True when it stays, being in use, and `refusal` finds that bearable. */
async function retire(client: Client, options: ConnectOptions, refusal: () => PyiError | undefined): Promise<boolean> {
  try {
    await client.retire();
  } catch (error) {
    if (!PyiError.is(error, 'BUSY')) throw error;
    const fatal = refusal();
    if (fatal === undefined) return true;
    throw new PyiError('UNSUPPORTED_VERSION', `${fatal.message} ${error.message}`, error.hint, { cause: error });
  }
  options.onWait?.('waiting for a server of another version to stop');
  await client.closed;
  return false;
}

function isReplaced(error: unknown, address: ServerAddress, seen: ServerDescription): boolean {
  return PyiError.is(error, 'UNAUTHORIZED') && readDescription(address)?.token !== seen.token;
}

/** A connected socket; undefined when nobody listens. */
async function connectSocket(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error) => {
      // Reset: it died before it took the connection.
      if (isErrno(error, 'ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTSOCK')) resolve(undefined);
      else if (isErrno(error, 'EAGAIN')) reject(new PyiError('BUSY', 'The server has more connections than it can accept.', 'Try again in a moment.', { cause: error }));
      else reject(new PyiError('UNAUTHORIZED', `The server cannot be reached: ${error.message}`, 'Where sockets are not allowed, use "pyi mcp" or "pyi serve --stdio".', { cause: error }));
    });
  });
}

/** True when version `a` is newer than `b`; pre-releases count as their release. */
function isNewer(a: string, b: string): boolean {
  const numbers = (version: string): number[] => version.split(/[-+]/, 1).join('').split('.').map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done, { once: true });
  });
}

function notRunning(address: ServerAddress): PyiError {
  return new PyiError('NOT_FOUND', `No server is running for this user (looked in ${address.directory}).`, 'Any other command starts one, or "pyi serve".');
}

function failedToStart(code: number, started: StartedServer): PyiError {
  const output = started.output();
  return new PyiError('INTERNAL', `The server ended with code ${code} while it started.${output === '' ? '' : ` It said:\n${output}`}`,
    'Run "pyi serve --foreground" to see what is wrong.');
}

function silent(address: ServerAddress, started: StartedServer | undefined): PyiError {
  const output = started?.output() ?? '';
  return new PyiError('INTERNAL', `The server does not answer at ${address.socket}.${output === '' ? '' : ` It said:\n${output}`}`,
    'Run "pyi serve --foreground" to see what is wrong.');
}
