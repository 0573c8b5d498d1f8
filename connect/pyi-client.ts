import { fileURLToPath } from 'node:url';
import packageJson from '../package.json';
import type { SubscribeParams, SubscribeResult, ToldEvent } from '../protocol/handshake.ts';
import { PyiError } from '../protocol/errors.ts';
import type { OperationName, ParamsInput, Result } from '../protocol/registry.ts';
import type { BatchCall, BatchOutcome, CallOptions, Client } from './client.ts';
import { connectToServer } from './connect.ts';
import { fits } from '../server/transport/subscriptions.ts';

/** The client library of the package, `pyi/client`. Documented in docs/client.md. */

export { PyiError };
export type { BatchCall, BatchOutcome, CallOptions, OperationName, ParamsInput, Result, SubscribeParams, SubscribeResult, ToldEvent };

export interface PyiClientOptions {
  /** Who connects, for the log of the server. */
  readonly name?: string;
  /** Where the server of this user is looked for; default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Start a server when there is none; default: yes. */
  readonly start?: boolean;
  /** Called on each new connection before it is used, the first included: the place to attach an agent. */
  readonly onConnected?: (connection: Client) => Promise<void>;
  readonly signal?: AbortSignal;
}

export interface SubscriptionOptions extends SubscribeParams {
  /** Some events were missed for good: look at the state itself. */
  readonly onMissed?: () => void;
}

interface Subscription {
  readonly filter: Omit<SubscribeParams, 'after' | 'epoch'>;
  readonly listener: (event: ToldEvent) => void;
  readonly onMissed: () => void;
  epoch: string | undefined;
  /** The last number that was heard, or need not be heard. */
  after: number | undefined;
  /** What came while it is not known yet whether the server is still the one whose numbers {@link after} is of. */
  early: ToldEvent[] | undefined;
}

/** Connects to the server of this user. @throws PyiError as `connectToServer` */
export async function connect(options: PyiClientOptions = {}): Promise<PyiClient> {
  const client = new PyiClient(options);
  await client.connected();
  return client;
}

/** A server that is there when it is called: a broken connection is made again, and what was subscribed to goes on where it stopped. */
export class PyiClient {
  readonly #options: PyiClientOptions;
  readonly #subscriptions = new Set<Subscription>();
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  #isClosed = false;

  constructor(options: PyiClientOptions) {
    this.#options = options;
  }

  /** The connection, made again when it broke. @throws PyiError as `connectToServer`; `CANCELLED` after {@link close} */
  async connected(): Promise<Client> {
    if (this.#isClosed) throw new PyiError('CANCELLED', 'The client was closed.', 'Connect again.');
    if (this.#client?.isOpen === true) return this.#client;
    this.#connecting ??= this.#connect().finally(() => { this.#connecting = undefined; });
    return this.#connecting;
  }

  /**
   * Calls an operation. With an `idempotencyKey` it is asked once more after a broken connection.
   * @throws PyiError with the code that the server gave; `INTERNAL` when the connection broke and it is unknown what was done
   */
  async call<N extends OperationName>(name: N, params: ParamsInput<N>, options: CallOptions = {}): Promise<Result<N>> {
    const client = await this.connected();
    try {
      return await client.call(name, params, options);
    } catch (error) {
      if (client.isOpen || this.#isClosed || options.idempotencyKey === undefined) throw error;
      return (await this.connected()).call(name, params, options);
    }
  }

  /** Makes several calls in one message, in their order. See {@link Client.batch}. */
  async batch<const T extends readonly BatchCall[]>(calls: T, options: Pick<CallOptions, 'signal'> = {}): Promise<{ -readonly [I in keyof T]: BatchOutcome<T[I]['name']> }> {
    return (await this.connected()).batch(calls, options);
  }

  /** Hears events until the returned function is called, over as many connections as it takes; each once, in order. */
  async subscribe({ onMissed = () => undefined, after, epoch, ...filter }: SubscriptionOptions, listener: (event: ToldEvent) => void): Promise<() => void> {
    const subscription: Subscription = { filter, listener, onMissed, epoch, after, early: undefined };
    const client = await this.connected();
    this.#subscriptions.add(subscription);
    try {
      await subscribeOn(client, subscription);
    } catch (error) {
      this.#subscriptions.delete(subscription);
      throw error;
    }
    return () => { this.#subscriptions.delete(subscription); };
  }

  /** Ends the connection for good. */
  close(): void {
    this.#isClosed = true;
    this.#client?.close();
  }

  async #connect(): Promise<Client> {
    const { name = 'client', env = process.env, start = true, onConnected, signal } = this.#options;
    const client = await connectToServer({
      env, platform: process.platform, uid: process.getuid?.(), name, version: packageJson.version,
      start: start ? { entry: fileURLToPath(new URL('./server.cjs', import.meta.url)) } : undefined, ...(signal === undefined ? {} : { signal }),
    });
    try {
      client.onEvent((event) => this.#hear(event));
      await onConnected?.(client);
      for (const subscription of this.#subscriptions) await subscribeOn(client, subscription);
    } catch (error) {
      client.close();
      throw error;
    }
    if (this.#isClosed) client.close();
    this.#client = client;
    void client.closed.then(() => this.#reconnect());
    return client;
  }

  /** Only who listens needs a connection that nobody asked for. */
  #reconnect(): void {
    if (this.#isClosed || this.#subscriptions.size === 0) return;
    // What goes wrong shows at the next call, which tries again.
    void this.connected().catch(() => undefined);
  }

  #hear(event: ToldEvent): void {
    for (const subscription of this.#subscriptions) {
      if (!fits(subscription.filter, event)) continue;
      if (subscription.early === undefined) deliver(subscription, event);
      else subscription.early.push(event);
    }
  }
}

/** Goes on where the subscription stopped, or begins. */
async function subscribeOn(client: Client, subscription: Subscription): Promise<void> {
  const { filter, after, epoch, onMissed } = subscription;
  const early: ToldEvent[] = subscription.early = [];
  try {
    const told = await client.subscribeTo({ ...filter, ...(after === undefined || epoch === undefined ? {} : { after, epoch }) });
    if (told.epoch !== epoch) subscription.after = undefined;
    subscription.epoch = told.epoch;
    if (told.missed) onMissed();
    for (const event of early) deliver(subscription, event);
    subscription.after = Math.max(subscription.after ?? 0, told.sequence);
  } finally {
    subscription.early = undefined;
  }
}

/** Once: several subscriptions of a connection may each bring back what was missed. */
function deliver(subscription: Subscription, event: ToldEvent): void {
  if (event.sequence <= (subscription.after ?? 0)) return;
  subscription.after = event.sequence;
  subscription.listener(event);
}
