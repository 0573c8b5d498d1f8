import type { ToldEvent } from '../../protocol/handshake.ts';
import type { CallContext, Handlers, OperationName, Params, Result } from '../../protocol/registry.ts';
import type { Clock } from '../engine/ports.ts';
import type { Log } from '../log.ts';
import type { CallRate } from './rate-limit.ts';
import { Session, eventText } from './session.ts';
import type { SessionOptions } from './session.ts';
import { Turns } from './turns.ts';

/** Where the events of all stores come from. */
export interface EventSource {
  /** Names the life of the server. */
  readonly epoch: string;
  /** The number of the last event. */
  readonly sequence: number;
  /** Returns a function that ends the subscription. */
  subscribe(listener: (event: ToldEvent) => void): () => void;
  /** The events after a number, as far back as they are kept. */
  after(sequence: number): Iterable<ToldEvent>;
  /** Whether all events after a number of an epoch are kept. */
  knowsAllAfter(epoch: string, sequence: number): boolean;
}

export interface DispatcherOptions {
  readonly handlers: Handlers;
  readonly events: EventSource;
  readonly log: Log;
  readonly clock: Clock;
  /** Calls that one connection may make; more than any needs by default. */
  readonly callRate?: CallRate;
  /** Version of this server, as package.json has it. */
  readonly version: string;
  readonly pid: number;
  /** A newer client asks this server to make room, and nobody else uses it. */
  readonly onRetire: () => void;
}

/**
 * Calls the handlers for all connections of a server, whatever carries them: sockets, stdio, the
 * language server's channel. One per server, so it is what knows how many clients there are and
 * whether work is in hand.
 */
export class Dispatcher {
  readonly options: DispatcherOptions;
  readonly turns = new Turns();
  readonly #sessions = new Set<Session>();
  /** Those who hear events: few, while there may be a thousand sessions and an event for each call. */
  readonly #listening = new Set<Session>();
  readonly #onClients = new Set<(clients: number) => void>();
  readonly #endEvents: () => void;
  #opened = 0;
  #inFlight = 0;
  #stopping = false;
  #drained: (() => void)[] = [];

  constructor(options: DispatcherOptions) {
    this.options = options;
    this.#endEvents = options.events.subscribe((event) => this.#tell(event));
  }

  /** Serves a connection until {@link Session.close}. */
  open(options: SessionOptions): Session {
    const session = new Session(this, `c${++this.#opened}`, options, () => {
      this.#sessions.delete(session);
      this.#listening.delete(session);
      this.#countClients();
    });
    this.#sessions.add(session);
    return session;
  }

  /** Connections that have shaken hands. */
  get clients(): number {
    let count = 0;
    for (const session of this.#sessions) if (session.greeted) count++;
    return count;
  }

  /** Calls `listener` whenever the number of clients may have changed. Returns a function that ends it. */
  onClients(listener: (clients: number) => void): () => void {
    this.#onClients.add(listener);
    return () => this.#onClients.delete(listener);
  }

  /** True once the server refuses new work. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Refuses new clients and calls from now on, and resolves when the calls in hand have ended. */
  async drain(): Promise<void> {
    this.#stopping = true;
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
    this.#endEvents();
  }

  /** Aborts the calls in hand; they end as their handlers see fit. */
  abortAll(): void {
    for (const session of this.#sessions) session.abort();
  }

  /** Runs one call. Called by {@link Session}. */
  call<N extends OperationName>(name: N, params: Params<N>, context: CallContext): Promise<Result<N>> {
    this.#inFlight++;
    try {
      const result = this.options.handlers[name](params, context);
      result.then(this.#onEnd, this.#onEnd);
      return result;
    } catch (error) {
      this.#onEnd();
      throw error;
    }
  }

  /** Called by {@link Session} when its client has shaken hands. */
  greeted(): void {
    this.#countClients();
  }

  /** Called by {@link Session} when its client wants events, or none any more. */
  listen(session: Session, wants: boolean): void {
    if (wants) this.#listening.add(session);
    else this.#listening.delete(session);
  }

  /** Made into text once, for all who hear it. */
  #tell(event: ToldEvent): void {
    let text: string | undefined;
    for (const session of this.#listening) if (session.wants(event)) session.tell(text ??= eventText(event));
  }

  readonly #onEnd = (): void => {
    this.#inFlight--;
    if (this.#inFlight === 0) for (const resolve of this.#drained.splice(0)) resolve();
  };

  /** Told when somebody was served who is no client, as a hook is: the time after which an idle server ends begins anew. */
  noteUse(): void {
    this.#countClients();
  }

  #countClients(): void {
    const clients = this.clients;
    for (const listener of this.#onClients) listener(clients);
  }
}
