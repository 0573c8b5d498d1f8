import type { Client } from '../../connect/client.ts';
import type { StoreEvent } from '../../protocol/handshake.ts';
import { shortId } from '../../protocol/ids.ts';
import type { Result } from '../../protocol/registry.ts';
import type { CheckpointInfo, TimelineFilter } from '../../protocol/values.ts';
import { PAGE_ROWS } from '../../webview/timeline/contract.ts';
import type { CheckpointRow, ForkName, Group, HistoryReply, Overview, OverviewRequest, PageRequest, Question, RowsReply, RowsRequest } from '../../webview/timeline/contract.ts';

type Counted = Result<'tally'>['groups'][number];

/** Counts up to a moment that is past, which stay as they are, and those from it on, which were true when they were asked for. */
interface Counts {
  readonly boundary: number;
  readonly settled: readonly Counted[];
  readonly young: readonly Counted[];
}

export interface TimelineSourceOptions {
  /** The connection. @throws PyiError when there is none */
  readonly client: () => Promise<Pick<Client, 'call'>>;
  readonly repository: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * A checkpoint is shown by its time, and counted here when its event came: between the two there may be a capture of a large tree.
 * What is older than this is taken for complete.
 */
const SETTLED_AFTER_MILLIS = 60_000;
/** With more young checkpoints than this, those that have settled meanwhile are counted for good. */
const MANY_YOUNG = 1000;
/** Questions whose counts are kept: those of the pages that are open, and some that people come back to. */
const KEPT_QUESTIONS = 8;
const HISTORY_LENGTH = 50;
/** More rows than a tall window shows. */
const TOP_ROWS = 60;
/** A message may have 64 KiB; a row shows the beginning of its first line. */
const MESSAGE_LENGTH = 400;

/**
 * The checkpoints of a repository in groups, for views that show a part of a long list.
 *
 * Counting 200,000 checkpoints for each new one would be too slow, and asking for the page that begins at the thousandth while new ones
 * come would show some twice. So counts are kept up to a boundary in the past, where nothing moves any more; what is younger is little, and
 * is counted and read again each time.
 */
export class TimelineSource {
  readonly #options: TimelineSourceOptions;
  readonly #counts = new Map<string, Promise<Counts>>();
  #forks: Promise<ReadonlyMap<string, ForkName>> | undefined;
  /** The latest of all counts. */
  #boundary = 0;

  constructor(options: TimelineSourceOptions) {
    this.#options = options;
  }

  /** The groups of a question with how many checkpoints each has, that with the newest first. */
  async tally(question: Question): Promise<Group[]> {
    const { settled, young } = await this.#refreshed(question);
    return merge(settled, young).map(({ key, count }) => ({ key, count }));
  }

  /** The groups, with the newest checkpoints when those are wanted. */
  async overview({ newest, ...question }: OverviewRequest): Promise<Overview> {
    const groups = await this.tally(question);
    const pages = newest ? newestPages(groups) : [];
    return { groups, pages: await Promise.all(pages.map(async (page) => ({ ...page, ...await this.rows({ ...question, ...page }) }))) };
  }

  async rows({ key, from, count, ...question }: RowsRequest): Promise<RowsReply> {
    const { boundary, settled, young } = await (this.#known(question) ?? this.#refreshed(question));
    const old = settled.find((group) => group.key === key);
    const recent = young.find((group) => group.key === key);
    const oldCount = old?.count ?? 0;
    const total = oldCount + (recent?.count ?? 0);
    const end = Math.min(from + count, total);
    const [oldRows, recentRows, forks] = await Promise.all([
      this.#slice(question, old, { before: boundary }, oldCount - Math.min(end, oldCount), Math.min(end, oldCount) - from),
      this.#slice(question, recent, { after: boundary }, total - end, end - Math.max(from, oldCount)),
      this.#forkNames(),
    ]);
    return { rows: [...recentRows, ...oldRows].reverse().map((info) => rowOf(info, forks)), settled: oldCount };
  }

  async history(path: string, before: number | undefined): Promise<HistoryReply> {
    const client = await this.#options.client();
    const [{ entries, more }, forks] = await Promise.all([
      client.call('history', { repository: this.#options.repository, path, limit: HISTORY_LENGTH, ...(before === undefined ? {} : { before }) }),
      this.#forkNames(),
    ]);
    return { more, rows: entries.map(({ checkpoint, change, size }) => ({ ...rowOf(checkpoint, forks), change, size, parent: checkpoint.parents[0] ?? null })) };
  }

  async forks(): Promise<ForkName[]> {
    return [...(await this.#forkNames()).values()];
  }

  /** Takes notice of what happened in the store. Returns what is to be asked for again. */
  hear({ kind, time }: Pick<StoreEvent, 'kind' | 'time'>): { readonly past: boolean; readonly forks: boolean } {
    const forks = kind !== 'checkpoint' && kind !== 'pin' && kind !== 'observe' && kind !== 'phase';
    if (forks) this.#forks = undefined;
    // A name is part of the text that is searched; clocks that went back make what is new look old.
    const past = kind === 'sweep' || kind === 'pin' || time < this.#boundary;
    if (past) {
      this.#counts.clear();
      this.#boundary = 0;
    }
    return { past, forks };
  }

  /** Forgets everything: of another connection, or another store at the same place. */
  forget(): void {
    this.#counts.clear();
    this.#forks = undefined;
    this.#boundary = 0;
  }

  #known(question: Question): Promise<Counts> | undefined {
    return this.#counts.get(nameOf(question));
  }

  /** Counts that are true now. */
  async #refreshed(question: Question): Promise<Counts> {
    const name = nameOf(question);
    const before = this.#counts.get(name);
    const counts = this.#count(question, before);
    this.#counts.delete(name);
    this.#counts.set(name, counts);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > KEPT_QUESTIONS && oldest !== undefined) this.#counts.delete(oldest);
    try {
      return await counts;
    } catch (error) {
      if (this.#counts.get(name) === counts) this.#counts.delete(name);
      throw error;
    }
  }

  async #count(question: Question, known: Promise<Counts> | undefined): Promise<Counts> {
    const before = await known?.catch(() => undefined);
    const until = this.#options.now() - SETTLED_AFTER_MILLIS;
    this.#boundary = Math.max(this.#boundary, until);
    if (before === undefined) {
      const [settled, young] = await Promise.all([this.#tally(question, { before: until }), this.#tally(question, { after: until })]);
      return { boundary: until, settled, young };
    }
    const { boundary, settled } = before;
    const young = await this.#tally(question, { after: boundary });
    if (sum(young) <= MANY_YOUNG || until <= boundary) return { boundary, settled, young };
    const [since, rest] = await Promise.all([this.#tally(question, { after: boundary, before: until }), this.#tally(question, { after: until })]);
    return { boundary: until, settled: merge(settled, since), young: rest };
  }

  async #tally({ filter, by, timeZone }: Question, bounds: { readonly after?: number; readonly before?: number }): Promise<Counted[]> {
    const client = await this.#options.client();
    const { groups } = await client.call('tally', { repository: this.#options.repository, ...filter, by, timeZone, ...bounds });
    return groups;
  }

  /** Some checkpoints of one group on one side of the boundary, newest first. */
  async #slice({ filter, by }: Question, group: Counted | undefined, { after, before }: { readonly after?: number; readonly before?: number }, offset: number, limit: number): Promise<CheckpointInfo[]> {
    if (group === undefined || limit <= 0) return [];
    const client = await this.#options.client();
    const bounds = by === 'day'
      ? { after: Math.max(group.after, after ?? group.after), before: Math.min(group.before, before ?? group.before) }
      : { ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }) };
    const member: TimelineFilter = by === 'agent' ? { agent: group.key ?? '' } : by === 'task' ? { task: group.key } : {};
    return client.call('timeline', { repository: this.#options.repository, ...filter, ...member, ...bounds, offset, limit });
  }

  async #forkNames(): Promise<ReadonlyMap<string, ForkName>> {
    this.#forks ??= this.#loadForks();
    const loading = this.#forks;
    try {
      return await loading;
    } catch (error) {
      if (this.#forks === loading) this.#forks = undefined;
      throw error;
    }
  }

  async #loadForks(): Promise<ReadonlyMap<string, ForkName>> {
    const client = await this.#options.client();
    const forks = await client.call('forks', { repository: this.#options.repository, all: true });
    return new Map(forks.map(({ fork, name, agent, task, state }) => [fork, { fork, name, agent, task, state }]));
  }
}

/** The pages that the top of a list shows. */
function newestPages(groups: readonly Group[]): PageRequest[] {
  const pages: PageRequest[] = [];
  let missing = TOP_ROWS;
  for (const { key, count } of groups) {
    for (let end = count; end > 0 && missing > 0; end = Math.floor((end - 1) / PAGE_ROWS) * PAGE_ROWS) {
      const from = Math.floor((end - 1) / PAGE_ROWS) * PAGE_ROWS;
      pages.push({ key, from, count: end - from });
      missing -= end - from;
    }
  }
  return pages;
}

/** Adds up groups of the same key; those that have the younger checkpoints first. */
function merge(older: readonly Counted[], younger: readonly Counted[]): Counted[] {
  const keys = new Set(younger.map(({ key }) => key));
  const olderByKey = new Map(older.map((group) => [group.key, group]));
  const both = younger.map((group) => {
    const before = olderByKey.get(group.key);
    return before === undefined ? group : { ...group, after: before.after, count: group.count + before.count };
  });
  return [...both, ...older.filter(({ key }) => !keys.has(key))];
}

function sum(groups: readonly Counted[]): number {
  return groups.reduce((total, { count }) => total + count, 0);
}

function nameOf({ filter, by, timeZone }: Question): string {
  const { fork, agent, task, kinds, text } = filter;
  return JSON.stringify([by, timeZone, fork, agent, task === undefined ? 0 : task, kinds, text]);
}

function rowOf({ checkpoint, fork, agent, time, message, kind, cause, pinned, name, insight }: CheckpointInfo, forks: ReadonlyMap<string, ForkName>): CheckpointRow {
  return {
    checkpoint, fork, agent, time, kind, pinned, name, message: message.trimStart().slice(0, MESSAGE_LENGTH), cause: cause.slice(0, MESSAGE_LENGTH),
    forkName: forks.get(fork)?.name ?? shortId(fork),
    added: insight.filesAdded, changed: insight.filesChanged, deleted: insight.filesDeleted, bytes: insight.bytesAdded, micros: insight.micros,
  };
}
