import type { Socket } from 'node:net';
import { CancellationTokenSource, ResponseError, StreamMessageWriter, createMessageConnection } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { ERROR_CODES, PyiError } from '../protocol/errors.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { HelloParams, HelloResult, StoreEvent } from '../protocol/handshake.ts';
import type { OperationName, ParamsInput, ProgressUpdate, Result } from '../protocol/registry.ts';
import { EVENT_METHOD, HELLO_METHOD, MAX_MESSAGE_BYTES, PROGRESS_METHOD, PROGRESS_TOKEN, RETIRE_METHOD, SUBSCRIBE_METHOD, methodOf } from '../protocol/wire.ts';
import { FramedReader } from '../server/transport/framing.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (update: ProgressUpdate) => void;
}

/** Turns of the event loop that messages which came before the end may take. */
const LAST_TURNS = 100;

/** Two streams to a server; a socket is both. */
export interface Channel {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Ends the connection. */
  readonly end: () => void;
}

/** The channel that a connected socket is. */
export function socketChannel(socket: Socket): Channel {
  return { input: socket, output: socket, end: () => socket.destroy() };
}

/** A conversation with a server: typed calls, errors as PyiError, events. */
export class Client {
  readonly #connection: MessageConnection;
  readonly #channel: Channel;
  readonly #progress = new Map<number, (update: ProgressUpdate) => void>();
  readonly #eventListeners = new Set<(event: StoreEvent) => void>();
  readonly #closed: Promise<void>;
  #hello: HelloResult | undefined;
  #nextToken = 1;
  #isClosed = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#connection = createMessageConnection(new FramedReader(channel.input, MAX_MESSAGE_BYTES), new StreamMessageWriter(channel.output));
    this.#connection.onNotification(PROGRESS_METHOD, ({ token, ...update }: ProgressUpdate & { token: number }) => this.#progress.get(token)?.(update));
    this.#connection.onNotification(EVENT_METHOD, (event: StoreEvent) => {
      for (const listener of this.#eventListeners) listener(event);
    });
    this.#closed = new Promise((resolve) => {
      this.#connection.onClose(() => void this.#finish());
      this.#connection.onError(() => this.close());
      this.#connection.onDispose(() => resolve());
    });
    this.#connection.listen();
  }

  /** What the server said of itself. Undefined before {@link hello}. */
  get server(): HelloResult | undefined {
    return this.#hello;
  }

  /** Resolves when the connection has ended, from whichever side. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** Shakes hands. @throws PyiError `UNAUTHORIZED`, `UNSUPPORTED_VERSION`, `BUSY` */
  async hello(params: HelloParams): Promise<HelloResult> {
    this.#hello = await this.#request<HelloResult>('hello', HELLO_METHOD, params, undefined);
    return this.#hello;
  }

  /**
   * Calls an operation.
   * @throws PyiError with the code that the server gave; `CANCELLED` after `signal`, `INTERNAL` when the connection broke
   */
  async call<N extends OperationName>(name: N, params: ParamsInput<N>, options: CallOptions = {}): Promise<Result<N>> {
    const { signal, onProgress } = options;
    if (onProgress === undefined) return this.#request<Result<N>>(name, methodOf(name), params, signal);
    const token = this.#nextToken++;
    this.#progress.set(token, onProgress);
    try {
      return await this.#request<Result<N>>(name, methodOf(name), { ...params, [PROGRESS_TOKEN]: token }, signal);
    } finally {
      this.#progress.delete(token);
    }
  }

  /** Hears the events of one repository (a directory inside it), or of all. Returns a function that stops listening. */
  async subscribe(repository: string | undefined, listener: (event: StoreEvent) => void): Promise<() => void> {
    this.#eventListeners.add(listener);
    await this.#request('subscribe', SUBSCRIBE_METHOD, repository === undefined ? {} : { repository }, undefined);
    return () => this.#eventListeners.delete(listener);
  }

  /** Asks the server to stop, which it does unless others use it. @throws PyiError `BUSY` */
  async retire(): Promise<void> {
    await this.#request('retire', RETIRE_METHOD, {}, undefined);
  }

  /** Ends the connection. Calls in hand fail; the server aborts them. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.dispose();
    this.#channel.end();
  }

  /**
   * The other side has ended the connection. What it said before, a refusal for one, may still wait in
   * the library's queue, which handles a message a turn and forgets all of them when disposed.
   */
  async #finish(): Promise<void> {
    for (let turn = 0; turn < LAST_TURNS && this.#connection.hasPendingResponse(); turn++) await new Promise(setImmediate);
    this.close();
  }

  async #request<T>(what: string, method: string, params: object, signal: AbortSignal | undefined): Promise<T> {
    if (signal?.aborted === true) throw cancelled(what);
    if (this.#isClosed) throw broken(what, undefined);
    const source = new CancellationTokenSource();
    const cancel = (): void => source.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#connection.sendRequest<T>(method, params, source.token);
    } catch (error) {
      throw toPyiError(what, error);
    } finally {
      signal?.removeEventListener('abort', cancel);
      source.dispose();
    }
  }
}

/** The PyiError that a JSON-RPC error carries. */
function toPyiError(what: string, error: unknown): PyiError {
  if (!(error instanceof ResponseError)) return broken(what, error);
  const { code, message, hint } = (error.data ?? {}) as { code?: unknown; message?: unknown; hint?: unknown };
  if (isErrorCode(code)) return new PyiError(code, String(message), String(hint ?? ''), { cause: error });
  // The library cancels requests by itself while they wait in its queue.
  if (error.code === -32800) return cancelled(what);
  return broken(what, error);
}

function isErrorCode(code: unknown): code is ErrorCode {
  return ERROR_CODES.some((known) => known === code);
}

function cancelled(what: string): PyiError {
  return new PyiError('CANCELLED', `${what} was cancelled.`, 'Nothing was changed; call it again when you want it.');
}

function broken(what: string, cause: unknown): PyiError {
  return new PyiError('INTERNAL', `The connection to the server ended during ${what}.`,
    'Run it again: the server is started anew and has kept everything that it acknowledged.', { cause });
}
