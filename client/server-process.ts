import type { Client } from '../connect/client.ts';
import { PyiError } from '../protocol/errors.ts';
import type { HelloResult } from '../protocol/handshake.ts';
import type { After } from '../server/transport/timers.ts';
import { t } from './l10n.ts';

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

/** A connection that was lost or did not come about. */
export interface Trouble {
  /** Wall clock, ms. */
  readonly time: number;
  readonly reason: PyiError;
}

export interface ServerProcessOptions {
  /** Finds the server of this user and shakes hands; with `start`, starts one when there is none. */
  readonly connect: (request: { readonly start: boolean; readonly signal: AbortSignal }) => Promise<Client>;
  /** Why this window may have no connection and start no server; undefined when it may. */
  readonly refusal: () => PyiError | undefined;
  /** Process of the server that is described at the address. A server that ends because somebody wants it to leaves no description. */
  readonly described: () => number | undefined;
  /** Calls `listener` when {@link described} may have changed. Returns a function that ends it. */
  readonly watch: (listener: () => void) => () => void;
  readonly after: After;
  readonly now: () => number;
  readonly onState: (state: ServerState) => void;
  /** The user should know: there is no server, and trying again did not help or would not. */
  readonly onOutage: (reason: PyiError) => void;
  /** The user should know: the server ended unexpectedly, and there is one again. Of an outage the user is told once, here or above. */
  readonly onRecovery: (server: HelloResult) => void;
  readonly onConnected: (client: Client) => void;
}

const FIRST_DELAY_MILLIS = 250;
const LONGEST_DELAY_MILLIS = 30_000;
/** A connection that lasted this long counts as success; a server that dies sooner keeps the delays growing. */
const STABLE_MILLIS = 10_000;
/** Failed attempts before the user is told: a server that crashed is back after the first. */
const QUIET_ATTEMPTS = 3;
/** What went wrong last is kept, for diagnostics. */
const MAX_TROUBLES = 10;

/** Errors that another attempt with the same parts would only repeat. */
const LASTING = ['UNSUPPORTED_VERSION', 'UNAUTHORIZED', 'INVALID_ARGUMENT'] as const;

/**
 * Keeps this window connected to the server of its user: attaches to the one that runs, starts one when
 * there is none, starts it again after a crash, and leaves it alone after somebody stopped it.
 *
 * How the server is spoken to: a LanguageClient holds the conversation (language-connection.ts), but over
 * the server's socket, on which connect/ has found, started and greeted it, and not over the IPC channel
 * of a process that the LanguageClient forks. Such a channel belongs to one window, so a second window, or
 * one that finds a server started by `pyi`, has none; a process forked beside a running server could not
 * take the locks of its stores; and LanguageClient ends what it forked two seconds after its window closes
 * (`checkProcessDied`), while our server outlives the window for the others that use it. So the
 * LanguageClient owns no process and restarts nothing; that is done here, for all windows alike.
 */
export class ServerProcess {
  readonly #options: ServerProcessOptions;
  readonly #abort = new AbortController();
  #state: ServerState = { kind: 'off' };
  #client: Client | undefined;
  #starting: Promise<Client> | undefined;
  #attempt = 0;
  /** What the user has not been told of since the server was lost. */
  #outage: 'none' | 'untold' | 'told' = 'none';
  #troubles: readonly Trouble[] = [];
  #endWatch: () => void = () => undefined;
  #cancelTimer: () => void = () => undefined;

  constructor(options: ServerProcessOptions) {
    this.#options = options;
  }

  get state(): ServerState {
    return this.#state;
  }

  /** What went wrong last, the oldest first. */
  get troubles(): readonly Trouble[] {
    return this.#troubles;
  }

  /** The connection, if there is one now. */
  get connected(): Client | undefined {
    return this.#client;
  }

  /**
   * The connection, made when there is none; a server is started if need be.
   * @throws PyiError as `connectToServer`, or the refusal
   */
  async client(): Promise<Client> {
    const refusal = this.#options.refusal();
    if (refusal !== undefined) throw refusal;
    if (this.#client?.isOpen === true) return this.#client;
    // A call has failed with it, and its end is about to be told.
    await this.#client?.closed;
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
    this.#rest();
    this.#client?.close();
  }

  async #connect(): Promise<Client> {
    this.#rest();
    this.#set({ kind: 'connecting' });
    try {
      return this.#accept(await this.#options.connect({ start: true, signal: this.#abort.signal }));
    } catch (error) {
      const reason = PyiError.is(error) ? error : new PyiError('INTERNAL', t('The server cannot be reached: {0}', String(error)), t('See the output channel "PYI".'), { cause: error });
      if (LASTING.some((code) => code === reason.code)) this.#fail(reason);
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
    if (this.#abort.signal.aborted) {
      client.close();
      throw new PyiError('CANCELLED', t('The window is closing.'), t('Nothing was changed.'));
    }
    this.#rest();
    this.#client = client;
    const { server } = client;
    if (server !== undefined) this.#set({ kind: 'connected', server });
    this.#cancelTimer = this.#options.after(STABLE_MILLIS, () => {
      this.#attempt = 0;
    });
    void client.closed.then(() => this.#lost(server?.pid));
    this.#options.onConnected(client);
    if (this.#outage === 'untold' && server !== undefined) this.#options.onRecovery(server);
    this.#outage = 'none';
    return client;
  }

  #lost(pid: number | undefined): void {
    this.#client = undefined;
    if (this.#abort.signal.aborted) return;
    this.#rest();
    const described = this.#options.described();
    if (described === pid) {
      this.#outage = 'untold';
      this.#retry(new PyiError('INTERNAL', t('The server ended unexpectedly.'), t('It is started again and has kept everything that it acknowledged.')));
      return;
    }
    this.#attempt = 0;
    this.#set({ kind: 'off' });
    // Another server has taken its place already, or will when somebody wants it.
    if (described === undefined) this.#awaitServer();
    else void this.keepConnected();
  }

  #retry(reason: PyiError): void {
    if (this.#abort.signal.aborted) return;
    const retryMillis = Math.min(FIRST_DELAY_MILLIS * 2 ** this.#attempt, LONGEST_DELAY_MILLIS);
    this.#attempt++;
    this.#note(reason);
    this.#set({ kind: 'waiting', reason, attempt: this.#attempt, retryMillis });
    this.#cancelTimer = this.#options.after(retryMillis, () => void this.keepConnected());
    if (this.#attempt >= QUIET_ATTEMPTS) this.#tell(reason);
  }

  #fail(reason: PyiError): void {
    this.#note(reason);
    this.#set({ kind: 'failed', reason });
    this.#tell(reason);
  }

  #note(reason: PyiError): void {
    this.#troubles = [...this.#troubles, { time: this.#options.now(), reason }].slice(-MAX_TROUBLES);
  }

  #tell(reason: PyiError): void {
    if (this.#outage === 'told') return;
    this.#outage = 'told';
    this.#options.onOutage(reason);
  }

  /** Attaches when somebody else starts a server. */
  #awaitServer(): void {
    let isLooking = false;
    this.#endWatch = this.#options.watch(() => {
      if (isLooking || this.#state.kind !== 'off' || this.#options.described() === undefined) return;
      isLooking = true;
      void this.#attach().finally(() => {
        isLooking = false;
      });
    });
  }

  /** Waits for nothing any more. */
  #rest(): void {
    this.#cancelTimer();
    this.#endWatch();
    this.#endWatch = () => undefined;
  }

  #set(state: ServerState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
