import { Pages } from './pages.ts';
import type { CheckpointRow, Group, HistoryReply, HistoryRequest, HistoryRow, Overview, OverviewRequest, Question, RowsReply, RowsRequest } from './contract.ts';

/** Where checkpoints come from. A rejection is told in words for the user. */
export interface Asked {
  readonly overview: (request: OverviewRequest) => Promise<Overview>;
  readonly rows: (request: RowsRequest) => Promise<RowsReply>;
  readonly history: (request: HistoryRequest) => Promise<HistoryReply>;
}

/** What a list shows: groups, and the checkpoints of them that are at hand. */
export interface Feed {
  /** Undefined while it is not known. */
  readonly groups: readonly Group[] | undefined;
  /** What went wrong last; undefined when nothing did. */
  readonly problem: string | undefined;
  row(key: string | null, place: number): CheckpointRow | undefined;
  /** These places are looked at: what of them is missing is loaded. */
  want(places: readonly Wanted[]): void;
  /** Something happened: new checkpoints, and with `past`, changes of older ones. */
  expect(past: boolean): void;
  /** Ends it: what is still to come is not told any more. */
  close(): void;
}

export interface Wanted {
  readonly key: string | null;
  readonly from: number;
  readonly to: number;
}

/** What a feed tells: `groups` when places came or went, `rows` when what stands at them is there. `older`: so many came before all others. */
export type OnFeed = (change: { readonly kind: 'groups'; readonly older: number } | { readonly kind: 'rows' | 'problem' }) => void;

/** Pages that are asked for at the same time: while one is read, the next is on its way. */
const ASKED_AT_ONCE = 2;
/** Rows on both sides of what is looked at that are loaded, too, when nothing else is. */
const AHEAD_ROWS = 60;

/** The timeline of a repository. */
export class TimelineFeed implements Feed {
  readonly #ask: Asked;
  readonly #question: Question;
  readonly #onChange: OnFeed;
  readonly #pages = new Pages();
  readonly #asked = new Set<string>();
  #groups: readonly Group[] | undefined;
  #problem: string | undefined;
  #wanted: readonly Wanted[] = [];
  #counting = false;
  #outdated = false;
  /** How often something happened: an answer to what was asked before may be old. */
  #happened = 0;
  #closed = false;

  /** `known`: the answer, where that is there already. It is told after the constructor has returned, as any other. */
  constructor(ask: Asked, question: Question, onChange: OnFeed, known?: Overview) {
    this.#ask = ask;
    this.#question = question;
    this.#onChange = onChange;
    if (known === undefined) void this.#count();
    else queueMicrotask(() => this.#take(known, false));
  }

  get groups(): readonly Group[] | undefined {
    return this.#groups;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  row(key: string | null, place: number): CheckpointRow | undefined {
    return this.#pages.row(key, place);
  }

  want(places: readonly Wanted[]): void {
    this.#wanted = places;
    this.#load();
  }

  expect(past: boolean): void {
    this.#happened++;
    if (past) this.#pages.expectAnything();
    else this.#pages.expectNews();
    void this.#count();
  }

  close(): void {
    this.#closed = true;
  }

  async #count(): Promise<void> {
    this.#outdated = true;
    if (this.#counting) return;
    this.#counting = true;
    while (this.#outdated && !this.#closed) {
      this.#outdated = false;
      try {
        const happened = this.#happened;
        const overview = await this.#ask.overview({ ...this.#question, newest: this.#looksAtNewest });
        this.#take(overview, happened !== this.#happened);
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#counting = false;
  }

  get #looksAtNewest(): boolean {
    const newest = this.#groups?.[0];
    return newest === undefined || this.#wanted.some(({ key, to }) => key === newest.key && to >= newest.count);
  }

  #take({ groups, pages }: Overview, old: boolean): void {
    if (this.#closed) return;
    const before = new Map((this.#groups ?? []).map(({ key, count }) => [key, count]));
    // Checkpoints were let go, so that the others moved.
    for (const { key, count } of groups) if (count < (before.get(key) ?? 0)) this.#pages.forget(key);
    for (const page of pages) this.#pages.put(page, page, old);
    this.#groups = groups;
    this.#problem = undefined;
    this.#onChange({ kind: 'groups', older: 0 });
    this.#load();
  }

  #load(): void {
    if (this.#closed || this.#problem !== undefined) return;
    for (const places of this.#wanted) if (!this.#request(places)) return;
    // What the next turn of the wheel brings into sight: rows that are there need not be drawn twice.
    for (const { key, from, to } of this.#wanted) if (!this.#request({ key, from: Math.max(0, from - AHEAD_ROWS), to: to + AHEAD_ROWS })) return;
  }

  /** Asks for what is missing of some places. Returns false when it has to wait for answers. */
  #request({ key, from, to }: Wanted): boolean {
    const group = this.#groups?.find((candidate) => candidate.key === key);
    for (const request of group === undefined ? [] : this.#pages.missing(group, from, Math.min(to, group.count))) {
      const name = JSON.stringify([request.key, request.from]);
      if (this.#asked.size >= ASKED_AT_ONCE) return false;
      if (this.#asked.has(name)) continue;
      this.#asked.add(name);
      const happened = this.#happened;
      void this.#ask.rows({ ...this.#question, ...request }).then(
        (reply) => this.#pages.put(request, reply, happened !== this.#happened),
        (error: unknown) => this.#fail(error),
      ).finally(() => {
        this.#asked.delete(name);
        if (this.#closed) return;
        this.#onChange({ kind: 'rows' });
        this.#load();
      });
    }
    return true;
  }

  /** Nothing is tried again before something happens. */
  #fail(error: unknown): void {
    if (this.#closed) return;
    this.#problem = error instanceof Error ? error.message : String(error);
    this.#onChange({ kind: 'problem' });
  }
}

/** Reading the history of a file walks through the whole timeline; agents make many checkpoints that do not touch it. */
const HISTORY_REST_MILLIS = 2000;

/** The history of a file, which grows at both ends: new checkpoints come by themselves, older ones when they are looked at. */
export class HistoryFeed implements Feed {
  readonly #ask: Asked;
  readonly #request: HistoryRequest;
  readonly #onChange: OnFeed;
  #rows: readonly HistoryRow[] | undefined;
  #more = false;
  #problem: string | undefined;
  #asking = false;
  #outdated: 'no' | 'news' | 'past' = 'no';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(ask: Asked, request: HistoryRequest, onChange: OnFeed) {
    this.#ask = ask;
    this.#request = request;
    this.#onChange = onChange;
    void this.#refresh();
  }

  get groups(): readonly Group[] | undefined {
    // One place more, when there may be older ones: to look at it is to ask for them.
    return this.#rows === undefined ? undefined : [{ key: null, count: this.#rows.length + (this.#more ? 1 : 0) }];
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  row(_key: string | null, place: number): HistoryRow | undefined {
    const rows = this.#rows ?? [];
    return rows[rows.length - 1 - place + (this.#more ? 1 : 0)];
  }

  want(places: readonly Wanted[]): void {
    const oldest = this.#rows?.at(-1)?.time;
    if (this.#more && oldest !== undefined && places.some(({ from }) => from === 0)) void this.#during(async () => this.#loadOlder(oldest));
  }

  expect(past: boolean): void {
    if (past || this.#outdated === 'no') this.#outdated = past ? 'past' : 'news';
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#refresh();
    }, HISTORY_REST_MILLIS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** The newest, before those that are known; all that are known, when older ones may have changed. */
  async #refresh(): Promise<void> {
    await this.#during(async () => {
      const known = this.#rows ?? [];
      const least = this.#outdated === 'past' ? known.length : 0;
      this.#outdated = 'no';
      let { rows, more } = await this.#ask.history(this.#request);
      for (let last = rows.at(-1); more && last !== undefined && rows.length < least; last = rows.at(-1)) {
        const next = await this.#ask.history({ ...this.#request, before: last.time });
        rows = [...rows, ...next.rows];
        more = next.more;
      }
      const joint = rows.findIndex(({ checkpoint }) => checkpoint === known[0]?.checkpoint);
      const rest = joint < 0 ? [] : known.slice(rows.length - joint);
      this.#rows = [...rows, ...rest];
      if (rest.length === 0) this.#more = more;
      return 0;
    });
  }

  async #loadOlder(oldest: number): Promise<number> {
    const { rows, more } = await this.#ask.history({ ...this.#request, before: oldest });
    const before = this.groups?.[0]?.count ?? 0;
    this.#rows = [...this.#rows ?? [], ...rows];
    this.#more = more;
    return (this.groups?.[0]?.count ?? 0) - before;
  }

  /** One question at a time. `work` resolves to how many places came before all others. */
  async #during(work: () => Promise<number>): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const older = await work();
      this.#problem = undefined;
      if (!this.#closed) this.#onChange({ kind: 'groups', older });
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      if (!this.#closed) this.#onChange({ kind: 'problem' });
    } finally {
      this.#asking = false;
      if (this.#outdated !== 'no' && !this.#closed) this.expect(false);
    }
  }
}
