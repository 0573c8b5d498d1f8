import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { OperationName, ParamsInput, Result } from '../../protocol/registry.ts';
import { ByteCache } from './byte-cache.ts';
import { isCommit, isFork } from './state-path.ts';
import type { StateLocation } from './state-path.ts';
import { t } from '../l10n.ts';

/** A file or directory of a state. */
export interface StateEntry {
  /** The last part of its path; empty for the root. */
  readonly name: string;
  readonly type: Result<'ls'>[number]['type'];
  readonly size: number;
  /** Of the same type and id, the content is the same. Null for directories. */
  readonly id: string | null;
  /** When it was recorded, or in a fork: since when it is so, as far as this window knows. Milliseconds since 1970. */
  readonly time: number;
}

export interface StateReaderOptions {
  /** The connection, made when there is none. */
  readonly client: () => Promise<Pick<Client, 'call'>>;
  readonly now: () => number;
  readonly cacheBytes?: number;
}

const CACHE_BYTES = 64 * 1024 * 1024;
/** Small enough that decoding one does not keep the extension host busy for long. */
const PART_BYTES = 4 * 1024 * 1024;
/** A file of a fork that changes while it is read is read again, so often. */
const ATTEMPTS = 3;
/** What a row of a listing takes beside its text, roughly. */
const ROW_BYTES = 120;
const REMEMBERED_TIMES = 20_000;

/**
 * Reads states through the server. What can never change is kept, within bounds: listings of checkpoints, and contents whatever state they
 * were read in. Questions asked while the same one is under way share its answer.
 */
export class StateReader {
  readonly #options: StateReaderOptions;
  readonly #cache: ByteCache<unknown>;
  readonly #pending = new Map<string, Promise<unknown>>();
  /** Files of forks: the content that was seen last, and since when. */
  readonly #seen = new Map<string, { readonly id: string; readonly time: number }>();
  /** When something last happened to a fork. */
  readonly #forkTimes = new Map<string, number>();

  constructor(options: StateReaderOptions) {
    this.#options = options;
    this.#cache = new ByteCache(options.cacheBytes ?? CACHE_BYTES);
  }

  /** @throws PyiError `NOT_FOUND` */
  async entry(at: StateLocation): Promise<StateEntry> {
    if (at.path === '') {
      await this.#rows(at);
      return { name: '', type: 'directory', size: 0, id: null, time: await this.#time(at) };
    }
    // The directory of a checkpoint is kept, so that its files cost nothing; one of a fork would be listed for each.
    const found = isFork(at.state) ? this.#self(at, await this.#rows(at)) : (await this.#rows({ ...at, path: parent(at.path) })).find(({ path }) => path === at.path);
    if (found === undefined) throw new PyiError('NOT_FOUND', t('There is nothing at {0}.', JSON.stringify(at.path)), t('It may have been removed, or be in another state.'));
    return this.#entryOf(at, found);
  }

  /** What is in a directory. @throws PyiError `NOT_FOUND`, `INVALID_ARGUMENT` when it is a file */
  async list(at: StateLocation): Promise<StateEntry[]> {
    const rows = await this.#rows(at);
    const [only] = rows;
    if (only?.path === at.path && at.path !== '') {
      if (only.type === 'submodule') return [];
      throw new PyiError('INVALID_ARGUMENT', t('{0} is a file.', JSON.stringify(at.path)), t('Read it instead.'));
    }
    return Promise.all(rows.map(async (row) => this.#entryOf({ ...at, path: row.path }, row)));
  }

  /** What a file holds; of a link its target, of a conflict the text with markers. @throws PyiError `NOT_FOUND`, `BRANCH_STALE` */
  async content(at: StateLocation): Promise<Uint8Array> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const entry = await this.entry(at);
      const key = `${at.repository}\0${entry.type}\0${entry.id ?? ''}`;
      const kept = this.#cache.get(key) as Uint8Array | undefined;
      if (kept !== undefined) return kept;
      const content = await this.#once(`content\0${at.state}\0${at.path}\0${key}`, async () => this.#read(at));
      // A checkpoint is what it is. A fork may have moved between two parts, or since its entry was read.
      if (!isFork(at.state) || (await this.entry(at)).id === entry.id) {
        this.#cache.set(key, content, content.byteLength);
        return content;
      }
    }
    throw new PyiError('BRANCH_STALE', t('{0} changes faster than it can be read.', JSON.stringify(at.path)), t('Open a checkpoint of the fork instead.'));
  }

  /** Something happened to a fork: what changes in it from now on is this young. */
  moved(fork: string, time: number): void {
    if (this.#forkTimes.has(fork)) this.#forkTimes.set(fork, time);
  }

  /** Asks the server; once more when the connection broke on the way. Only for questions. */
  async call<N extends OperationName>(name: N, params: ParamsInput<N>): Promise<Result<N>> {
    const client = await this.#options.client();
    try {
      return await client.call(name, params);
    } catch (error) {
      if (!PyiError.is(error, 'INTERNAL')) throw error;
      const next = await this.#options.client();
      if (next === client) throw error;
      return next.call(name, params);
    }
  }

  async #rows({ repository, state, path }: StateLocation): Promise<Result<'ls'>> {
    const key = `ls\0${repository}\0${state}\0${path}`;
    const kept = this.#cache.get(key) as Result<'ls'> | undefined;
    if (kept !== undefined) return kept;
    return this.#once(key, async () => {
      const rows = await this.call('ls', { repository, fork: state, path });
      if (!isFork(state)) this.#cache.set(key, rows, rows.reduce((bytes, row) => bytes + ROW_BYTES + 2 * row.path.length + (row.id?.length ?? 0), ROW_BYTES));
      return rows;
    });
  }

  /** What the listing of `at` says of `at` itself: rows of a directory are below it. */
  #self({ path }: StateLocation, rows: Result<'ls'>): Result<'ls'>[number] {
    const [only] = rows;
    return only?.path === path ? only : { path, type: 'directory', size: 0, id: null };
  }

  async #entryOf(at: StateLocation, { path, type, size, id }: Result<'ls'>[number]): Promise<StateEntry> {
    return { name: path.slice(path.lastIndexOf('/') + 1), type, size, id, time: this.#seenSince(at, id, await this.#time(at)) };
  }

  /** VS Code takes a file of the same size and time for unchanged, so a new content of a fork gets a new time. */
  #seenSince({ repository, state, path }: StateLocation, id: string | null, time: number): number {
    if (id === null || !isFork(state)) return time;
    const key = `${repository}\0${state}\0${path}`;
    const seen = this.#seen.get(key);
    if (seen?.id === id) return seen.time;
    const since = seen === undefined ? time : Math.max(this.#options.now(), seen.time + 1);
    this.#seen.delete(key);
    this.#seen.set(key, { id, time: since });
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= REMEMBERED_TIMES) break;
      this.#seen.delete(oldest);
    }
    return since;
  }

  /** When a checkpoint was taken, a fork last moved. Git commits have none here: 0. */
  async #time({ repository, state }: StateLocation): Promise<number> {
    const known = isFork(state) ? this.#forkTimes.get(state) : (this.#cache.get(`time\0${state}`) as number | undefined);
    if (known !== undefined) return known;
    return this.#once(`time\0${repository}\0${state}`, async () => {
      if (isFork(state)) {
        const [fork] = await this.call('forks', { repository, forks: [state] });
        this.#forkTimes.set(state, fork?.lastActive ?? 0);
        return fork?.lastActive ?? 0;
      }
      const [checkpoint] = isCommit(state) ? [] : await this.call('timeline', { repository, checkpoints: [state], limit: 1 });
      this.#cache.set(`time\0${state}`, checkpoint?.time ?? 0, ROW_BYTES);
      return checkpoint?.time ?? 0;
    });
  }

  async #read({ repository, state, path }: StateLocation): Promise<Uint8Array> {
    const parts: Buffer[] = [];
    for (let offset = 0, isLast = false; !isLast;) {
      const { base64, end } = await this.call('read', { repository, fork: state, path, offset, length: PART_BYTES });
      const part = Buffer.from(base64, 'base64');
      parts.push(part);
      offset += part.length;
      isLast = end || part.length === 0;
    }
    return Buffer.concat(parts);
  }

  async #once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#pending.get(key) as Promise<T> | undefined;
    if (running !== undefined) return running;
    const started = work().finally(() => this.#pending.delete(key));
    this.#pending.set(key, started);
    return started;
  }
}

function parent(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
