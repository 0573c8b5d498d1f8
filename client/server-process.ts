import type { Client } from '../connect/client.ts';
import { PyiError } from '../protocol/errors.ts';
import type { HelloResult } from '../protocol/handshake.ts';
import type { After } from '../server/transport/timers.ts';

/** What this window knows of the server of its user. */
export type ServerState =
  /** Not asked for yet, or ended on purpose: the next command starts it. */
  | { readonly kind: 'off' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly server: HelloResult }
  /** Lost, or not reached: tried again after `retryMillis`. */
  | { readonly kind: 'waiting'; readonly reason: PyiError; readonly attempt: number; readonly retryMillis: number }
  /** Trying again by itself would not help. */
  | { readonly kind: 'failed'; readonly reason: PyiError };

export interface ServerProcessOptions {
  /** Finds the server of this user and shakes hands; with `start`, starts one when there is none. */
  readonly connect: (request: { readonly start: boolean; readonly signal: AbortSignal }) => Promise<Client>;
  /** True when no server is described at the address: the one that was lost tidied up, so somebody wanted it to end. */
  readonly saidGoodbye: () => boolean;
  readonly after: After;
  readonly onState: (state: ServerState) => void;
  readonly onConnected: (client: Client) => void;
}

const FIRST_DELAY_MILLIS = 250;
const LONGEST_DELAY_MILLIS = 30_000;
/** A connection that lasted this long counts as success; a server that dies sooner keeps the delays growing. */
const STABLE_MILLIS = 10_000;
/** How often a window looks for a server that somebody else started after the last one was stopped. Costs one failed read. */
const LOOK_MILLIS = 10_000;

/** Errors that another attempt with the same parts would only repeat. */
const LASTING = ['UNSUPPORTED_VERSION', 'UNAUTHORIZED', 'INVALID_ARGUMENT'] as const;

/**
 * Keeps this window connected to the server of its user: attaches to the one that runs, starts one when
 * there is none, starts it again after a crash, and leaves it alone after somebody stopped it.
 *
 * Why the socket and not vscode-languageclient over IPC, which the server would answer too
 * (`--node-ipc`): an IPC channel belongs to the window that forked the process, so a second window, or
 * one that finds a server started by `pyi`, has none; a process forked beside a running server could
 * not take the locks of its stores; and LanguageClient ends what it forked two seconds after its
 * window closes (`checkProcessDied`), while our server outlives the window for the others that use it.
 * Over the socket every window and every command is alike, and connect/ does the rest.
 */
export class ServerProcess {
  readonly #options: ServerProcessOptions;
  readonly #abort = new AbortController();
  #state: ServerState = { kind: 'off' };
  #client: Client | undefined;
  #starting: Promise<Client> | undefined;
  #attempt = 0;
  #cancelTimer: () => void = () => undefined;

  constructor(options: ServerProcessOptions) {
    this.#options = options;
  }

  get state(): ServerState {
    return this.#state;
  }

  /** The connection, if there is one now. */
  get connected(): Client | undefined {
    return this.#client;
  }

  /**
   * The connection, made when there is none; a server is started if need be.
   * @throws PyiError as `connectToServer`
   */
  async client(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    this.#starting ??= this.#connect().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** As {@link client}, for callers that follow {@link state} and have no use for the error. */
  async keepConnected(): Promise<void> {
    await this.client().catch(() => undefined);
  }

  /** Ends the server for all its clients. Does nothing when none runs. */
  async stop(): Promise<void> {
    const client = this.#client ?? await this.#attach();
    await client?.call('stop', {});
  }

  /** Ends the connection; the server goes on for others, and ends by itself when there are none. */
  dispose(): void {
    this.#abort.abort();
    this.#cancelTimer();
    this.#client?.close();
  }

  async #connect(): Promise<Client> {
    this.#cancelTimer();
    this.#set({ kind: 'connecting' });
    try {
      return this.#accept(await this.#options.connect({ start: true, signal: this.#abort.signal }));
    } catch (error) {
      const reason = PyiError.is(error) ? error : new PyiError('INTERNAL', `The server cannot be reached: ${String(error)}`, 'See the output channel "PYI".', { cause: error });
      if (LASTING.some((code) => code === reason.code)) this.#set({ kind: 'failed', reason });
      else this.#retry(reason);
      throw reason;
    }
  }

  /** Connects if a server runs; starts none. */
  async #attach(): Promise<Client | undefined> {
    try {
      const client = await this.#options.connect({ start: false, signal: this.#abort.signal });
      // A command may have connected in the meantime.
      if (this.#client === undefined) return this.#accept(client);
      client.close();
      return this.#client;
    } catch {
      return undefined;
    }
  }

  #accept(client: Client): Client {
    this.#cancelTimer();
    this.#client = client;
    if (client.server !== undefined) this.#set({ kind: 'connected', server: client.server });
    this.#cancelTimer = this.#options.after(STABLE_MILLIS, () => {
      this.#attempt = 0;
    });
    void client.closed.then(() => this.#lost());
    this.#options.onConnected(client);
    return client;
  }

  #lost(): void {
    this.#client = undefined;
    if (this.#abort.signal.aborted) return;
    this.#cancelTimer();
    if (this.#options.saidGoodbye()) {
      this.#attempt = 0;
      this.#set({ kind: 'off' });
      this.#look();
    } else {
      this.#retry(new PyiError('INTERNAL', 'The server ended unexpectedly.', 'It is started again and has kept everything that it acknowledged.'));
    }
  }

  #retry(reason: PyiError): void {
    if (this.#abort.signal.aborted) return;
    const retryMillis = Math.min(FIRST_DELAY_MILLIS * 2 ** this.#attempt, LONGEST_DELAY_MILLIS);
    this.#attempt++;
    this.#set({ kind: 'waiting', reason, attempt: this.#attempt, retryMillis });
    this.#cancelTimer = this.#options.after(retryMillis, () => void this.keepConnected());
  }

  #look(): void {
    this.#cancelTimer = this.#options.after(LOOK_MILLIS, () => void this.#attach().then((client) => {
      if (client === undefined && this.#state.kind === 'off' && !this.#abort.signal.aborted) this.#look();
    }));
  }

  #set(state: ServerState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
