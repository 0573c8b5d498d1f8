import type { StoreEvent } from '../../protocol/handshake.ts';
import { parseUri } from '../../protocol/tools/uri.ts';
import type { Place } from '../../protocol/tools/uri.ts';
import type { After } from '../../server/transport/timers.ts';
import type { Caller } from '../call.ts';
import type { SharedConnection } from './connection.ts';

export interface ResourceWatchOptions {
  readonly connection: SharedConnection;
  readonly repository: () => Promise<string>;
  readonly after: After;
  readonly onUpdate: (uri: string) => Promise<void>;
  /** The list of resources is another. */
  readonly onList: () => Promise<void>;
}

/** Agents change a store a thousand times a second; a client hears of it at most five times. */
const REST_MILLIS = 200;
/** Forks come or go, and with them their timelines. `undo` may bring back what was discarded. */
const CHANGES_LIST: ReadonlySet<StoreEvent['kind']> = new Set(['fork', 'collapse', 'discard', 'sweep', 'undo', 'gone']);

/** Tells the client when what it subscribed to, or the list that it asked for, has changed. Follows no store until then. */
export class ResourceWatch {
  readonly #options: ResourceWatchOptions;
  readonly #subscribed = new Map<string, Place>();
  readonly #due = new Set<string>();
  #isListed = false;
  #isListDue = false;
  /** The repositories that are followed on {@link #client}. */
  readonly #followed = new Set<string>();
  #client: Caller | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: ResourceWatchOptions) {
    this.#options = options;
    options.connection.onLost((client) => this.#onLost(client));
  }

  dispose(): void {
    this.#cancel?.();
    this.#subscribed.clear();
    this.#isListed = false;
  }

  /** The client has asked for the list. */
  async listed(): Promise<void> {
    this.#isListed = true;
    await this.#follow(await this.#options.repository());
  }

  /** @throws PyiError `INVALID_ARGUMENT` when it is no address, or as connecting does */
  async subscribe(uri: string): Promise<void> {
    const place = parseUri(uri);
    await this.#follow(place.repository ?? await this.#options.repository());
    this.#subscribed.set(uri, place);
  }

  unsubscribe(uri: string): void {
    this.#subscribed.delete(uri);
  }

  async #follow(repository: string): Promise<void> {
    const client = await this.#options.connection.client();
    if (client !== this.#client) {
      this.#client = client;
      this.#followed.clear();
    }
    if (this.#followed.has(repository)) return;
    this.#followed.add(repository);
    await client.subscribe(repository, (event) => this.#onEvent(event));
  }

  #onEvent({ kind, fork }: StoreEvent): void {
    for (const [uri, place] of this.#subscribed) if (concerns(place, kind, fork)) this.#due.add(uri);
    if (this.#isListed && CHANGES_LIST.has(kind)) this.#isListDue = true;
    if (this.#due.size > 0 || this.#isListDue) this.#cancel ??= this.#options.after(REST_MILLIS, () => this.#tell());
  }

  #tell(): void {
    this.#cancel = undefined;
    const uris = [...this.#due].filter((uri) => this.#subscribed.has(uri));
    this.#due.clear();
    // A client that has gone hears nothing, and misses nothing.
    for (const uri of uris) this.#options.onUpdate(uri).catch(() => undefined);
    if (!this.#isListDue) return;
    this.#isListDue = false;
    this.#options.onList().catch(() => undefined);
  }

  /** What happened while there was no connection, nobody told: everything may be another. Connected once more; if that fails, the next request does it. */
  #onLost(client: Caller): void {
    if (client !== this.#client || (this.#subscribed.size === 0 && !this.#isListed)) return;
    const repositories = [...this.#followed];
    void Promise.all(repositories.map(async (repository) => this.#follow(repository))).then(() => {
      for (const uri of this.#subscribed.keys()) this.#due.add(uri);
      this.#isListDue = this.#isListed;
      this.#cancel ??= this.#options.after(REST_MILLIS, () => this.#tell());
    }, () => undefined);
  }
}

/** Whether an event may change what a resource shows. A state is named in several ways: an event of any fork may be its. */
function concerns(place: Place, kind: StoreEvent['kind'], fork: string | null): boolean {
  if (kind === 'edit') return place.kind === 'diff' && place.to === undefined;
  if (place.kind !== 'timeline' || place.fork === undefined || fork === null) return true;
  return !/^[0-9a-f]{32}$/.test(place.fork) || place.fork === fork;
}
