import { PyiError } from '../../protocol/errors.ts';
import { MAX_CALLS_IN_FLIGHT, MAX_MESSAGE_BYTES } from '../../protocol/wire.ts';
import type { Log } from '../log.ts';
import { refusalOf, runBatch } from './batch.ts';
import type { BatchCall } from './batch.ts';
import { Calls } from './calls.ts';
import type { Call } from './calls.ts';
import type { Dispatcher } from './dispatcher.ts';
import { FrameParser } from './frame-parser.ts';
import { FrameWriter } from './frame-writer.ts';
import type { Output } from './frame-writer.ts';
import { INVALID_REQUEST, PARSE_ERROR, classify, errorText, resultText } from './json-rpc.ts';
import { LanguageServer } from './language-server.ts';
import { CALL_RATE, RateLimit } from './rate-limit.ts';
import type { Session } from './session.ts';
import type { After } from './timers.ts';
import type { Worker } from './turns.ts';

export interface StreamOptions {
  readonly dispatcher: Dispatcher;
  readonly input: NodeJS.ReadableStream;
  readonly output: Output;
  /** See `SessionOptions.token`. */
  readonly token: string | undefined;
  readonly after: After;
  readonly log: Log;
  /** Ends the connection without waiting for anything. */
  readonly destroy: () => void;
  /** Ends the connection after what is written. */
  readonly end: () => void;
  /** How long a stranger may take to shake hands; undefined: for ever. */
  readonly handshakeMillis: number | undefined;
}

/** A stranger has no use for more: `pyi/hello` is about 200 bytes, an editor's `initialize` less than 10 000 and its folders. */
const STRANGER_MESSAGE_BYTES = 64 * 1024;
/** A client that leaves this much unread is cut off, or its events would fill the memory of the server. */
const MAX_UNREAD_BYTES = MAX_MESSAGE_BYTES;
/** While it leaves this much unread, nothing more that it asks is done. */
const MAX_UNREAD_REPLIES_BYTES = 1024 * 1024;
/** How long a client may take to read why it is cut off. */
const LAST_WORDS_MILLIS = 1000;

/** The reply to what belongs to no call. */
const INVALID = errorText(null, new PyiError('INVALID_ARGUMENT', 'A message is no request, notification or response of JSON-RPC 2.0.', 'A request has "id" (text or a number) and "method".').toShape(), INVALID_REQUEST);

/** A connection over streams. */
export interface StreamConnection {
  /** Resolves when every request that came has its reply, and the replies are written. */
  readonly settled: () => Promise<void>;
  /** To be called when the streams are closed. */
  readonly close: () => void;
}

/** Serves a pair of byte streams: `pyi/*` for its session, the rest as a language server. */
export function serveStream(options: StreamOptions): StreamConnection {
  const line = new Line(options);
  return { settled: () => line.settled(), close: () => line.close() };
}

/**
 * One connection. Requests are read, handled and answered here and not by the library, which costs more for each than a
 * checkpoint does; the library is asked what language clients ask (language-server.ts), and loaded into a connection for them only.
 */
class Line implements Worker {
  readonly #options: StreamOptions;
  readonly #parser = new FrameParser(STRANGER_MESSAGE_BYTES);
  readonly #writer: FrameWriter;
  readonly #session: Session;
  readonly #calls = new Calls();
  readonly #rate: RateLimit;
  readonly #endWait: () => void;
  #languageServer: LanguageServer | undefined;
  /** A request that waits until fewer are in hand. What cancels those is heard, until a request stands before it. */
  #held: object | undefined;
  /** Replies that the client is owed. */
  #owed = 0;
  #onSettled: (() => void)[] = [];
  /** Whether its turn will come (Turns). */
  #isWaiting = false;
  /** Whether the input is kept from flowing. */
  #isPaused = false;
  /** Nothing more is read: the client has left, or broke the protocol. */
  #isDeaf = false;
  #isClosed = false;

  constructor(options: StreamOptions) {
    const { dispatcher, input, output, token, after, handshakeMillis } = options;
    this.#options = options;
    this.#writer = new FrameWriter(output);
    this.#rate = new RateLimit(dispatcher.options.callRate ?? CALL_RATE, dispatcher.options.clock);
    this.#endWait = handshakeMillis === undefined ? () => undefined : after(handshakeMillis, () => this.#cut('A connection did not shake hands in time'));
    this.#session = dispatcher.open({
      token,
      send: (json) => this.#tell(json),
      abort: () => this.#calls.abortAll(),
      onGreeted: () => {
        this.#endWait();
        this.#parser.limit = MAX_MESSAGE_BYTES;
      },
      onRefused: () => this.#leave(),
    });
    // An error after the end must not become an uncaught exception; the end itself is told by the close of the streams.
    input.on('data', (chunk: Buffer | string) => this.#receive(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)).on('error', (error) => this.#cut('A connection was closed', { reason: error.message }));
    output.on('error', () => undefined).on('drain', () => this.#goOn());
    input.resume();
  }

  /** Handles the next message. Called by {@link Turns}. */
  step(): boolean {
    const message = this.#isReady ? this.#held ?? this.#next() : undefined;
    if (message === undefined) {
      this.#isWaiting = false;
      this.#setPaused(!this.#isReady && !this.#isDeaf);
      return false;
    }
    if (this.#calls.count >= MAX_CALLS_IN_FLIGHT && (Array.isArray(message) || 'id' in message)) {
      this.#held = message;
      this.#isWaiting = false;
      this.#setPaused(true);
      return false;
    }
    this.#held = undefined;
    this.#take(message);
    return true;
  }

  async settled(): Promise<void> {
    if (this.#owed > 0) await new Promise<void>((resolve) => this.#onSettled.push(resolve));
    await new Promise<void>((resolve) => this.#writer.flush(resolve));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isDeaf = true;
    this.#endWait();
    this.#session.close();
    this.#languageServer?.dispose();
  }

  /** Whether the next message may be handled: not while the client leaves too much unread. */
  get #isReady(): boolean {
    return !this.#isDeaf && this.#writer.unread <= MAX_UNREAD_REPLIES_BYTES;
  }

  #receive(chunk: Buffer): void {
    if (this.#isDeaf) return;
    this.#parser.push(chunk);
    this.#goOn();
  }

  /** Something has come, or is no longer in the way of what came. */
  #goOn(): void {
    if (this.#isWaiting || this.#isClosed) return;
    this.#isWaiting = this.#options.dispatcher.turns.begin(this);
    if (this.#isWaiting) this.#setPaused(true);
  }

  #setPaused(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#options.input.pause();
    else this.#options.input.resume();
  }

  #next(): object | undefined {
    try {
      return this.#parser.next();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.warn('A connection was closed', { reason });
      this.#writer.send(errorText(null, new PyiError('INVALID_ARGUMENT', `${reason}.`, 'The connection ends, because nobody knows where the next message would begin.').toShape(), PARSE_ERROR));
      this.#session.close();
      this.#leave(LAST_WORDS_MILLIS);
      return undefined;
    }
  }

  #take(message: object): void {
    if (Array.isArray(message)) {
      this.#takeBatch(message);
      return;
    }
    const incoming = classify(message);
    switch (incoming.kind) {
      case 'request':
        if (incoming.method === 'initialize' || incoming.method === 'shutdown') this.#takeManners(incoming.method, message);
        else this.#answer(this.#calls.begin(incoming.id, incoming.method), incoming.params);
        return;
      case 'notification':
        if (incoming.method === '$/cancelRequest') this.#calls.cancel((incoming.params as { id?: unknown } | null | undefined)?.id);
        else if (incoming.method === 'exit') this.#exit();
        else this.#languageServer?.receive(message);
        return;
      case 'invalid':
        this.#writer.send(INVALID);
        return;
      case 'response':
    }
  }

  #answer(call: Call, params: unknown): void {
    this.#owed++;
    try {
      const outcome = this.#outcome(call, params);
      if (outcome instanceof Promise) outcome.then((result) => this.#reply(call, this.#success(call, result)), (error: unknown) => this.#reply(call, this.#failure(call, error)));
      else this.#reply(call, this.#success(call, outcome));
    } catch (error) {
      this.#reply(call, this.#failure(call, error));
    }
  }

  /** The result of a call, or the promise of it. @throws whatever went wrong; so does the promise */
  #outcome(call: Call, params: unknown): unknown {
    this.#rate.take();
    return this.#session.answer(call, params);
  }

  #success(call: Call, result: unknown): string {
    try {
      return resultText(call.id, result);
    } catch (error) {
      return this.#failure(call, error);
    }
  }

  #failure(call: Call, error: unknown): string {
    return errorText(call.id, this.#session.describe(call.method, error));
  }

  #reply(call: Call, text: string): void {
    this.#end(call);
    this.#writer.send(text);
    this.#pay();
  }

  #end(call: Call): void {
    const wasFull = this.#calls.count >= MAX_CALLS_IN_FLIGHT;
    this.#calls.end(call);
    if (wasFull) this.#goOn();
  }

  #takeBatch(batch: readonly unknown[]): void {
    const refusal = refusalOf(batch);
    if (refusal !== undefined) {
      this.#writer.send(errorText(null, refusal.toShape(), INVALID_REQUEST));
      return;
    }
    const wrong: string[] = [];
    const calls: BatchCall[] = [];
    for (const element of batch) {
      const incoming = typeof element === 'object' && element !== null && !Array.isArray(element) ? classify(element) : { kind: 'invalid' } as const;
      if (incoming.kind === 'request') calls.push({ call: this.#calls.begin(incoming.id, incoming.method), params: incoming.params });
      else if (incoming.kind === 'invalid') wrong.push(INVALID);
      else if (incoming.kind === 'notification') this.#take(element as object);
    }
    if (calls.length > 0) void this.#answerBatch(calls, wrong);
    else if (wrong.length > 0) this.#writer.send(`[${wrong.join(',')}]`);
  }

  /** @param wrong replies to what is no request */
  async #answerBatch(calls: readonly BatchCall[], wrong: readonly string[]): Promise<void> {
    this.#owed++;
    const replies = await runBatch(calls, async ({ call, params }) => {
      try {
        call.throwIfAborted();
        return this.#success(call, await this.#outcome(call, params));
      } catch (error) {
        return this.#failure(call, error);
      } finally {
        this.#end(call);
      }
    }, () => this.#options.dispatcher.turns.turn());
    this.#writer.send(`[${[...replies, ...wrong].join(',')}]`);
    this.#pay();
  }

  /** A reply is on its way. */
  #pay(): void {
    this.#owed--;
    if (this.#owed === 0) for (const resolve of this.#onSettled.splice(0)) resolve();
  }

  /** `shutdown` counts from where it stands among the requests; the library would come to it later. */
  #takeManners(method: 'initialize' | 'shutdown', message: object): void {
    if (method === 'shutdown') this.#session.shutDown();
    this.#owed++;
    const { dispatcher, log } = this.#options;
    this.#languageServer ??= new LanguageServer({
      log, version: dispatcher.options.version,
      send: (answer) => {
        this.#writer.send(JSON.stringify(answer));
        if (!('method' in answer)) this.#pay();
      },
    });
    this.#languageServer.receive(message);
  }

  #exit(): void {
    this.#session.close();
    this.#leave();
  }

  /** Sends what is no reply. */
  #tell(json: string): void {
    if (this.#isClosed) return;
    if (this.#writer.unread > MAX_UNREAD_BYTES) this.#cut('A client does not read what it is sent');
    else this.#writer.send(json);
  }

  /**
   * Listens to no more; ends the connection when what is owed is said.
   * @param patience how long that may take
   */
  #leave(patience?: number): void {
    this.#isDeaf = true;
    this.#endWait();
    // What still comes is thrown away, so that the end of the other side is seen behind it.
    this.#setPaused(false);
    const cancel = patience === undefined ? () => undefined : this.#options.after(patience, this.#options.destroy);
    void this.settled().then(() => {
      cancel();
      this.#options.end();
    });
  }

  #cut(reason: string, details?: Readonly<Record<string, unknown>>): void {
    this.#options.log.warn(reason, details);
    this.#options.destroy();
  }
}
