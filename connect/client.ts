import { CancellationToken, CancellationTokenSource } from 'vscode-jsonrpc/node';
import { ERROR_CODES, PyiError } from '../protocol/errors.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { HelloParams, HelloResult, SubscribeParams, SubscribeResult, ToldEvent } from '../protocol/handshake.ts';
import type { OperationName, ParamsInput, ProgressUpdate, Result } from '../protocol/registry.ts';
import { EVENT_METHOD, HELLO_METHOD, IDEMPOTENCY_KEY, MAX_BATCH, PROGRESS_METHOD, PROGRESS_TOKEN, RETIRE_METHOD, SUBSCRIBE_METHOD, methodOf } from '../protocol/wire.ts';
import type { Connection, Request } from './connection.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (update: ProgressUpdate) => void;
  /** Of a call that changes something: asked again under the same key, it is not done twice. */
  readonly idempotencyKey?: string;
}

/** A call of a batch. */
export type BatchCall = { [N in OperationName]: { readonly name: N; readonly params: ParamsInput<N>; readonly idempotencyKey?: string } }[OperationName];
export type BatchOutcome<N extends OperationName> = { readonly ok: true; readonly result: Result<N> } | { readonly ok: false; readonly error: PyiError };

/** A conversation with a server: typed calls, errors as PyiError, events. The same over every {@link Connection}. */
export class Client {
  readonly #connection: Connection;
  readonly #progress = new Map<number, (update: ProgressUpdate) => void>();
  readonly #eventListeners = new Set<(event: ToldEvent) => void>();
  #hello: HelloResult | undefined;
  #nextToken = 1;
  #isClosed = false;

  /** @param greeted what the server said, when the connection was greeted before */
  constructor(connection: Connection, greeted?: HelloResult) {
    this.#connection = connection;
    this.#hello = greeted;
    connection.onNotification(PROGRESS_METHOD, (params) => {
      const { token, ...update } = params as ProgressUpdate & { token: number };
      this.#progress.get(token)?.(update);
    });
    connection.onNotification(EVENT_METHOD, (params) => {
      for (const listener of this.#eventListeners) listener(params as ToldEvent);
    });
    void connection.closed.then(() => {
      this.#isClosed = true;
    });
  }

  /** What the server said of itself. Undefined before {@link hello}. */
  get server(): HelloResult | undefined {
    return this.#hello;
  }

  /** Whether a call can succeed. A call that fails with the connection knows of its end before {@link closed} tells. */
  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Resolves when the connection has ended, from whichever side. */
  get closed(): Promise<void> {
    return this.#connection.closed;
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
    const { signal, onProgress, idempotencyKey } = options;
    const asked = idempotencyKey === undefined ? params : { ...params, [IDEMPOTENCY_KEY]: idempotencyKey };
    if (onProgress === undefined) return this.#request<Result<N>>(name, methodOf(name), asked, signal);
    const token = this.#nextToken++;
    this.#progress.set(token, onProgress);
    try {
      return await this.#request<Result<N>>(name, methodOf(name), { ...asked, [PROGRESS_TOKEN]: token }, signal);
    } finally {
      this.#progress.delete(token);
    }
  }

  /**
   * Makes several calls in one message. They take effect in their order; one that fails stops none behind it.
   * @returns for each call its result, or why it failed
   * @throws PyiError `QUOTA_EXCEEDED` for more than 1,000 calls, `INTERNAL` when the connection broke
   */
  async batch<const T extends readonly BatchCall[]>(calls: T, { signal }: Pick<CallOptions, 'signal'> = {}): Promise<{ -readonly [I in keyof T]: BatchOutcome<T[I]['name']> }> {
    if (calls.length > MAX_BATCH) throw new PyiError('QUOTA_EXCEEDED', `A batch of ${calls.length} calls passes the limit of ${MAX_BATCH}.`, 'Send several batches; nothing was done.');
    const requests = calls.map(({ name, params, idempotencyKey }) => ({ method: methodOf(name), params: idempotencyKey === undefined ? params : { ...params, [IDEMPOTENCY_KEY]: idempotencyKey } }));
    const answers = requests.length === 0 ? [] : await this.#together(signal, (token) => this.#requestAll(requests, token));
    const outcomes = answers.map((answer, index): BatchOutcome<OperationName> => {
      if (answer.status === 'fulfilled') return { ok: true, result: answer.value as Result<OperationName> };
      if (isEnd(answer.reason)) this.close();
      return { ok: false, error: toPyiError(calls[index]?.name ?? 'batch', answer.reason) };
    });
    return outcomes as { -readonly [I in keyof T]: BatchOutcome<T[I]['name']> };
  }

  /** Hears the events of one repository (a directory inside it), or of all. Returns a function that stops listening. */
  async subscribe(repository: string | undefined, listener: (event: ToldEvent) => void): Promise<() => void> {
    const stop = this.onEvent(listener);
    await this.subscribeTo(repository === undefined ? {} : { repository });
    return stop;
  }

  /** Asks for events; {@link onEvent} hears them. What was missed comes before the answer. */
  async subscribeTo(params: SubscribeParams): Promise<SubscribeResult> {
    return this.#request<SubscribeResult>('subscribe', SUBSCRIBE_METHOD, params, undefined);
  }

  /** Hears every event that this connection is told. Returns a function that stops listening. */
  onEvent(listener: (event: ToldEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** Asks the server to stop, which it does unless others use it. @throws PyiError `BUSY` */
  async retire(): Promise<void> {
    await this.#request('retire', RETIRE_METHOD, {}, undefined);
  }

  /** Ends the connection. Calls in hand fail; the server aborts them. */
  close(): void {
    this.#isClosed = true;
    this.#connection.close();
  }

  async #request<T>(what: string, method: string, params: object, signal: AbortSignal | undefined): Promise<T> {
    if (signal?.aborted === true) throw cancelled(what);
    if (this.#isClosed) throw broken(what, undefined);
    try {
      return await this.#together(signal, (token) => this.#connection.request(method, params, token)) as T;
    } catch (error) {
      if (isEnd(error)) this.close();
      throw toPyiError(what, error);
    }
  }

  /** Each answer of a batch; one call after the other where the library knows no batches. */
  async #requestAll(requests: readonly Request[], token: CancellationToken): Promise<PromiseSettledResult<unknown>[]> {
    if (this.#connection.requestAll !== undefined) return Promise.allSettled(this.#connection.requestAll(requests, token));
    const answers: PromiseSettledResult<unknown>[] = [];
    for (const { method, params } of requests) answers.push(...await Promise.allSettled([this.#connection.request(method, params, token)]));
    return answers;
  }

  /** Asks, with a token that is cancelled when the signal is aborted. */
  async #together<T>(signal: AbortSignal | undefined, ask: (token: CancellationToken) => Promise<T>): Promise<T> {
    if (signal === undefined) return ask(CancellationToken.None);
    const source = new CancellationTokenSource();
    const cancel = (): void => source.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    try {
      return await ask(source.token);
    } finally {
      signal.removeEventListener('abort', cancel);
      source.dispose();
    }
  }
}

/** JSON-RPC's code for a request that was cancelled. */
const REQUEST_CANCELLED = -32800;
/** Codes that an answer may have: JSON-RPC 2.0 §5.1, and the range of the Language Server Protocol. Its library's own are between the two. */
const ANSWER_CODES = [[-32_700, -32_600], [-32_899, -32_800]] as const;

/** Whether a request failed with its connection, and not by an answer. */
function isEnd(error: unknown): boolean {
  const { code, data } = (error ?? {}) as { code?: unknown; data?: unknown };
  return data === undefined && !(typeof code === 'number' && ANSWER_CODES.some(([least, most]) => code >= least && code <= most));
}

/** The PyiError that a JSON-RPC error carries. Looks at what is there, not at the class: each library has its own. */
function toPyiError(what: string, error: unknown): PyiError {
  const { code: rpcCode, data } = (error ?? {}) as { code?: unknown; data?: unknown };
  const { code, message, hint } = (data ?? {}) as { code?: unknown; message?: unknown; hint?: unknown };
  if (isErrorCode(code)) return new PyiError(code, String(message), String(hint ?? ''), { cause: error });
  // The library cancels requests by itself while they wait in its queue.
  return rpcCode === REQUEST_CANCELLED ? cancelled(what) : broken(what, error);
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
