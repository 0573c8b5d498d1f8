import { createHash, timingSafeEqual } from 'node:crypto';
import { PyiError } from '../../protocol/errors.ts';
import type { ErrorShape } from '../../protocol/errors.ts';
import { HelloParams, SubscribeParams, UnsubscribeParams } from '../../protocol/handshake.ts';
import type { HelloResult, SubscribeResult, ToldEvent } from '../../protocol/handshake.ts';
import { nearest } from '../../protocol/nearest.ts';
import { OPERATIONS } from '../../protocol/registry.ts';
import type { CallContext, Caller, OperationName, ProgressUpdate } from '../../protocol/registry.ts';
import { EVENT_METHOD, HELLO_METHOD, IDEMPOTENCY_KEY, PROGRESS_METHOD, PROTOCOL_VERSION, RETIRE_METHOD, SUBSCRIBE_METHOD, UNSUBSCRIBE_METHOD, methodOf } from '../../protocol/wire.ts';
import { splitCallOptions } from './call-options.ts';
import { cancelled } from './calls.ts';
import type { Call } from './calls.ts';
import type { Dispatcher } from './dispatcher.ts';
import { notificationText } from './json-rpc.ts';
import { EffectOrder } from './order.ts';
import { Subscriptions, fits } from './subscriptions.ts';
import { isOperation, parseParams, parseWith } from './validate.ts';

export interface SessionOptions {
  /** Sends a message, given as JSON, to the client. */
  readonly send: (json: string) => void;
  /** Aborts the calls in hand. */
  readonly abort: () => void;
  /** What `pyi/hello` must bring; undefined where the channel itself says who is at the other end (stdio). */
  readonly token: string | undefined;
  readonly onGreeted?: () => void;
  /** The client has no business here: the connection should end once the reply is out. */
  readonly onRefused?: () => void;
}

/** Shortest time between two progress messages of a call, µs. */
const PROGRESS_INTERVAL_MICROS = 100_000;

const STRICT_SUBSCRIBE = SubscribeParams.strict();
const STRICT_UNSUBSCRIBE = UnsubscribeParams.strict();

const NO_PROGRESS = (): void => undefined;

type State = 'strange' | 'recognized' | 'greeted' | 'closed';

/** One connection: the handshake, then calls. */
export class Session {
  readonly #dispatcher: Dispatcher;
  readonly #options: SessionOptions;
  readonly #onClose: () => void;
  readonly #ended = new AbortController();
  readonly #connection: string;
  readonly #subscriptions = new Subscriptions();
  readonly #order = new EffectOrder();
  /** Known once the client has said its name. */
  #caller: Caller | undefined;
  #state: State = 'strange';
  #shutDown = false;

  /** @param connection names the connection in this server's life */
  constructor(dispatcher: Dispatcher, connection: string, options: SessionOptions, onClose: () => void) {
    this.#dispatcher = dispatcher;
    this.#connection = connection;
    this.#options = options;
    this.#onClose = onClose;
  }

  get greeted(): boolean {
    return this.#state === 'greeted';
  }

  wants(event: ToldEvent): boolean {
    return this.#state === 'greeted' && this.#subscriptions.want(event);
  }

  /** Passes an event on. @param text see {@link eventText} */
  tell(text: string): void {
    this.#options.send(text);
  }

  /** The client has said that it will ask no more: what it asks all the same is refused. Calls in hand go on. */
  shutDown(): void {
    this.#shutDown = true;
  }

  /** The connection is gone. Its calls are aborted: nobody waits for their answers. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.abort();
    this.#ended.abort();
    this.#onClose();
  }

  /** Aborts the calls in hand. */
  abort(): void {
    this.#options.abort();
  }

  /**
   * Answers a request, at once or with a promise.
   * @throws whatever {@link describe} makes an error for the client of; so does the promise
   */
  answer(call: Call, params: unknown): unknown {
    const { method } = call;
    if (this.#shutDown || this.#state === 'closed') {
      throw new PyiError('INVALID_ARGUMENT', `${method} came after ${this.#shutDown ? 'shutdown' : 'the end of the connection'}.`, 'Open another connection.');
    }
    if (method === HELLO_METHOD) return this.#hello(params);
    if (method === RETIRE_METHOD && this.#state === 'recognized') return this.#retire();
    if (this.#state !== 'greeted' || this.#caller === undefined) {
      throw new PyiError('UNAUTHORIZED', `${method} came before a successful ${HELLO_METHOD}.`, `Send ${HELLO_METHOD} first; docs/protocol.md says how.`);
    }
    if (method === RETIRE_METHOD) return this.#retire();
    if (method === SUBSCRIBE_METHOD) return this.#subscribe(params);
    if (method === UNSUBSCRIBE_METHOD) return this.#unsubscribe(params);
    const name = method.slice(methodOf('').length);
    if (!method.startsWith(methodOf('')) || !isOperation(name)) throw unknownMethod(method);
    return this.#call(name, params, this.#caller, call);
  }

  /** The token is looked at before anything is told, the version before anything is done. */
  #hello(raw: unknown): HelloResult {
    const { version, pid } = this.#dispatcher.options;
    const params = parseWith(HELLO_METHOD, HelloParams, raw);
    if (this.#options.token !== undefined && !sameSecret(params.token ?? '', this.#options.token)) {
      this.#dispatcher.options.log.warn('A client brought a wrong token', { client: params.client });
      this.#options.onRefused?.();
      throw new PyiError('UNAUTHORIZED', 'The token is not the one of this server.', 'Take the token from server.json, which is written anew whenever the server starts.');
    }
    if (this.#state === 'strange') this.#state = 'recognized';
    if (params.protocol !== PROTOCOL_VERSION) {
      throw new PyiError('UNSUPPORTED_VERSION',
        `The server (${version}) speaks protocol ${PROTOCOL_VERSION}, the client (${params.version}) protocol ${params.protocol}.`,
        `Update the ${params.protocol < PROTOCOL_VERSION ? 'client' : 'server'}, or run "pyi stop" so that a server that fits is started.`);
    }
    if (this.#dispatcher.stopping) throw stopping();
    // A second hello changes nothing: a handler may hold the caller, and have given it an identity.
    this.#caller ??= { connection: this.#connection, client: params.client, identity: undefined, ended: this.#ended.signal };
    this.#state = 'greeted';
    this.#options.onGreeted?.();
    this.#dispatcher.greeted();
    return { server: 'pyi', version, protocol: PROTOCOL_VERSION, pid };
  }

  #retire(): { stopping: boolean } {
    const others = this.#dispatcher.clients - (this.greeted ? 1 : 0);
    if (others > 0) {
      throw new PyiError('BUSY', `The server is in use by ${others} other ${others === 1 ? 'client' : 'clients'}.`, 'Close the other windows and commands that use PYI, or run "pyi stop".');
    }
    this.#dispatcher.options.onRetire();
    return { stopping: true };
  }

  /** What the client has missed comes before the answer, and what happens from now on behind it. */
  #subscribe(raw: unknown): SubscribeResult {
    const { after, epoch, ...filter } = parseWith(SUBSCRIBE_METHOD, STRICT_SUBSCRIBE, raw);
    if ((after === undefined) !== (epoch === undefined)) {
      throw new PyiError('INVALID_ARGUMENT', 'Of "after" and "epoch" one is missing: a number counts in its epoch only.', 'Give both, as pyi/subscribe and the last event told them, or neither.');
    }
    const { events } = this.#dispatcher.options;
    this.#subscriptions.add(filter);
    this.#dispatcher.listen(this, true);
    if (after !== undefined && epoch === events.epoch) {
      for (const event of events.after(after)) if (fits(filter, event)) this.#options.send(eventText(event));
    }
    const missed = after !== undefined && epoch !== undefined && !events.knowsAllAfter(epoch, after);
    return { subscribed: true, epoch: events.epoch, sequence: events.sequence, missed };
  }

  #unsubscribe(raw: unknown): { ended: number } {
    const { repository } = parseWith(UNSUBSCRIBE_METHOD, STRICT_UNSUBSCRIBE, raw);
    const ended = this.#subscriptions.remove(repository);
    this.#dispatcher.listen(this, !this.#subscriptions.isEmpty);
    return { ended };
  }

  #call(name: OperationName, raw: unknown, caller: Caller, call: Call): Promise<unknown> {
    const { progressToken, idempotencyKey, params: given } = splitCallOptions(raw);
    if (idempotencyKey !== undefined && OPERATIONS[name].readOnly) {
      throw new PyiError('INVALID_ARGUMENT', `${name} changes nothing and takes no "${IDEMPOTENCY_KEY}".`, 'Leave it out; such a call may be repeated at will.');
    }
    const params = parseParams(name, given);
    const context: CallContext = { get signal() { return call.signal; }, caller, progress: this.#progressSender(progressToken) };
    return this.#order.run(name, params, () => {
      call.throwIfAborted();
      if (this.#dispatcher.stopping) throw stopping();
      return this.#dispatcher.call(name, params, idempotencyKey === undefined ? context : { ...context, idempotencyKey });
    });
  }

  /** Sends the first update, the last and what lies at least 100 ms apart: a client cannot use more. */
  #progressSender(token: string | number | undefined): (update: ProgressUpdate) => void {
    if (token === undefined) return NO_PROGRESS;
    let sentAt: number | undefined;
    return ({ what, done, total }) => {
      const now = this.#dispatcher.options.clock.micros();
      if (sentAt !== undefined && now - sentAt < PROGRESS_INTERVAL_MICROS && done !== total) return;
      sentAt = now;
      this.#options.send(notificationText(PROGRESS_METHOD, { token, what, done, total }));
    };
  }

  /** What the client is told of an error. What it is not told goes to the log. */
  describe(method: string, error: unknown): ErrorShape {
    if (PyiError.is(error)) {
      if (error.code === 'INTERNAL') this.#dispatcher.options.log.error(`${method} failed`, { error });
      return error.toShape();
    }
    if (error instanceof Error && error.name === 'AbortError') {
      return cancelled(method).toShape();
    }
    this.#dispatcher.options.log.error(`${method} failed unexpectedly`, { error });
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    return { code: 'INTERNAL', message: `${method} failed unexpectedly: ${reason}`, hint: 'The log of the server says more; "pyi doctor" checks the store.' };
  }
}

/** An event as it goes to a client. */
export function eventText(event: ToldEvent): string {
  return notificationText(EVENT_METHOD, event);
}

/** Compares without telling by its time how much was right. Digests, because the lengths must be equal. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function unknownMethod(method: string): PyiError {
  const near = nearest(method, Object.keys(OPERATIONS).map(methodOf));
  return new PyiError('INVALID_ARGUMENT', `There is no method ${JSON.stringify(method.slice(0, 100))}.`,
    near === undefined ? 'See docs/protocol.md for the methods.' : `Did you mean "${near}"?`);
}

function stopping(): PyiError {
  return new PyiError('BUSY', 'The server is stopping.', 'Try again in a moment; a new server is started when it is needed.');
}
