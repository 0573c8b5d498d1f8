import type { StoreEvent } from '../../protocol/handshake.ts';
import type { After } from '../../server/transport/timers.ts';
import { Refresher } from '../views/refresher.ts';
import type { StateReader } from './state-reader.ts';

/** Files of a fork that are not what they were; undefined when that cannot be told. */
export type Moved = { readonly created: readonly string[]; readonly changed: readonly string[]; readonly deleted: readonly string[] } | undefined;

export interface ForkWatchOptions {
  readonly reader: Pick<StateReader, 'call' | 'moved'>;
  readonly after: After;
  readonly onMoved: (repository: string, fork: string, moved: Moved) => void;
}

interface Watched {
  users: number;
  /** Undefined until it is known. */
  head: string | undefined;
  readonly repository: string;
  readonly refresher: Refresher;
}

const INTERVAL_MILLIS = 200;
/** More files than this are told as "cannot be told": VS Code looks at what it shows anyway. */
const MAX_FILES = 2000;

/** Tells which files of the watched forks change as their heads move. Asks only after an event of the fork. */
export class ForkWatch {
  readonly #options: ForkWatchOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: ForkWatchOptions) {
    this.#options = options;
  }

  /** Watches until the returned function is called. */
  watch(repository: string, fork: string): () => void {
    const key = `${repository}\0${fork}`;
    const watched = this.#watched.get(key) ?? this.#start(repository, fork);
    this.#watched.set(key, watched);
    watched.users++;
    let isUsed = true;
    return () => {
      if (!isUsed) return;
      isUsed = false;
      watched.users--;
      if (watched.users > 0) return;
      watched.refresher.dispose();
      this.#watched.delete(key);
    };
  }

  hear({ fork, time }: StoreEvent): void {
    if (fork === null) return;
    this.#options.reader.moved(fork, time);
    for (const [key, { refresher }] of this.#watched) if (key.endsWith(`\0${fork}`)) refresher.request();
  }

  /** Events may have been missed: the connection was lost. */
  catchUp(): void {
    for (const { refresher } of this.#watched.values()) refresher.request();
  }

  dispose(): void {
    for (const { refresher } of this.#watched.values()) refresher.dispose();
    this.#watched.clear();
  }

  #start(repository: string, fork: string): Watched {
    const watched: Watched = {
      users: 0, head: undefined, repository,
      refresher: new Refresher({ work: async () => this.#look(watched, fork), intervalMillis: INTERVAL_MILLIS, after: this.#options.after }),
    };
    watched.refresher.request();
    return watched;
  }

  async #look(watched: Watched, fork: string): Promise<void> {
    const { reader, onMoved } = this.#options;
    const { repository, head: before } = watched;
    try {
      const [found] = await reader.call('forks', { repository, forks: [fork] });
      const head = found?.head;
      if (head === before) return;
      watched.head = head;
      if (before !== undefined) onMoved(repository, fork, head === undefined ? undefined : await this.#difference(repository, before, head));
    } catch {
      // Swept, or the server is away: whoever reads the files is told, and the next event or connection looks again.
    }
  }

  async #difference(repository: string, from: string, to: string): Promise<Moved> {
    try {
      const { added, changed, deleted, renamed } = await this.#options.reader.call('changes', { repository, from, to });
      if (added.length + changed.length + deleted.length + renamed.length > MAX_FILES) return undefined;
      return { created: [...added, ...renamed.map(({ to }) => to)], changed, deleted: [...deleted, ...renamed.map(({ from }) => from)] };
    } catch {
      return undefined; // retention may have let go of the checkpoint that was the head
    }
  }
}
