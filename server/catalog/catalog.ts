import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { CheckpointInfo, Dot } from '../../protocol/values.ts';
import type { CheckpointBody } from '../engine/checkpoint-object.ts';
import type { EngineListener } from '../engine/engine.ts';
import type { JournalEntry } from '../engine/ports.ts';
import type { JournalRecord } from '../engine/records.ts';
import type { CatalogEntry } from './entries.ts';
import { encodeEntries, encodeJournalEntry, isCatalogued, joinEntries } from './entries.ts';
import type { StartCatalogHost } from './host.ts';
import type {
  AgentActivity, CatalogCounts, CheckpointFilter, DotsQuery, HistoryQuery, ObservedOnFork, OperationOnFork, Step, StepsQuery, TallyGroup, TallyQuery, TimelineQuery,
} from './queries.ts';
import { CatalogSession } from './session.ts';
import type { CallName, CatalogCalls } from './service.ts';

/** The journal that the catalog is derived from. */
export interface CatalogSource {
  /** Sequence of the last committed batch. */
  lastSequence(): number;
  /** Entries after a sequence, in order. Read without pauses, and not always to the end. */
  journal(after: number): Iterable<JournalEntry>;
}

export interface CatalogOptions {
  /** Where the catalog is kept between runs. Whatever is there may be replaced. */
  readonly file: string;
  /** Tells one store from another, for example its path. */
  readonly store: string;
  readonly source: CatalogSource;
  readonly startHost: StartCatalogHost;
  /** Told what the user may want to know and what stops nothing. */
  readonly onProblem: (problem: string) => void;
}

/**
 * How much of the journal goes into one message. Larger, and reading it would hold up the main thread; smaller, and
 * finding the place in the journal again would cost more than reading.
 */
const REPLAY_ENTRIES = 1000;
const REPLAY_CHARACTERS = 1 << 20;
/** How long entries may wait for company before they travel. A question sends them at once. */
const FLUSH_MILLIS = 25;
/** After so many failures in a row without the journal once read to its end, the catalog stays closed. */
const MAX_FAILURES = 3;
/** Longest text that can be looked for; SQLite refuses patterns that are much longer. */
const MAX_TEXT = 1000;

/**
 * The catalog: a database derived from the journal that answers what the engine's memory, which holds forks and
 * not checkpoints, cannot. It lives in a worker thread. It starts from its file if that is whole and replays the journal
 * from there; when the thread dies, it is built anew. Nothing depends on it being there: no method throws
 * into the path of a checkpoint.
 */
export class Catalog implements EngineListener {
  readonly #options: CatalogOptions;
  #session: CatalogSession;
  #ready: Promise<void>;
  /** True once the journal was read to its end: from then on the engine tells what happens. */
  #live = false;
  #closed = false;
  #failures = 0;
  #queued: CatalogEntry[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Starts loading and catching up; questions wait for that. */
  constructor(options: CatalogOptions) {
    this.#options = options;
    [this.#session, this.#ready] = this.#start(false);
  }

  /** Resolves when everything in the journal is in the catalog. @throws PyiError `INTERNAL` when it failed on the way */
  ready(): Promise<void> {
    return this.#ready;
  }

  checkpointTaken(checkpoint: HexId, body: CheckpointBody): void {
    if (this.#live) this.#queue({ sequence: this.#options.source.lastSequence(), checkpoint, body });
  }

  recordApplied(record: JournalRecord): void {
    if (this.#live && isCatalogued(record)) this.#queue({ sequence: this.#options.source.lastSequence(), record });
  }

  /** Checkpoints, newest first. @throws PyiError `INVALID_ARGUMENT` (text too long), `INTERNAL` */
  async timeline(query: TimelineQuery): Promise<CheckpointInfo[]> {
    checkText(query);
    return this.#ask('timeline', query);
  }

  /** Checkpoints counted by day, agent or task. @throws PyiError `INVALID_ARGUMENT` (text too long, no such time zone), `INTERNAL` */
  async tally(query: TallyQuery): Promise<TallyGroup[]> {
    checkText(query);
    checkTimeZone(query.timeZone);
    return this.#ask('tally', query);
  }

  /** The last checkpoints of forks, oldest first; nothing for a fork that has none. */
  dots(query: DotsQuery): Promise<Record<HexId, Dot[]>> {
    return this.#ask('dots', query);
  }

  /** Checkpoints beside what they were made from, newest first. */
  steps(query: StepsQuery): Promise<Step[]> {
    return this.#ask('steps', query);
  }

  /** Checkpoints by id, in no order. Those that are not there any more are left out. */
  checkpoints(ids: readonly HexId[]): Promise<CheckpointInfo[]> {
    return this.#ask('checkpoints', ids);
  }

  /** Every observation ever recorded on forks that were not purged, newest first. */
  observations(query: HistoryQuery): Promise<ObservedOnFork[]> {
    return this.#ask('observations', query);
  }

  /** Rewinds, discards, collapses, integrations and undos, newest first. */
  operations(query: HistoryQuery): Promise<OperationOnFork[]> {
    return this.#ask('operations', query);
  }

  agents(): Promise<AgentActivity[]> {
    return this.#ask('agents', null);
  }

  counts(): Promise<CatalogCounts> {
    return this.#ask('counts', null);
  }

  /** What SQLite finds wrong with the database; nothing when it is sound. Reads all of it. */
  faults(): Promise<string[]> {
    return this.#ask('faults', null);
  }

  /** Writes the file now. It is also written when enough changed and at {@link close}. */
  async save(): Promise<void> {
    await this.#ask('save', null);
  }

  /** Throws the catalog away and builds it from the journal. */
  async rebuild(): Promise<void> {
    this.#stopQueue();
    const old = this.#session;
    this.#failures = 0;
    [this.#session, this.#ready] = this.#start(true);
    await old.end();
    await this.#ready;
  }

  /** Ends the worker; saves before unless told that the file's place is no longer ours. */
  async close(save = true): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#flush();
    this.#stopQueue();
    // A catalog that failed has nothing to save; it is rebuilt at the next start.
    if (save) await this.#session.call('close', null).catch(() => undefined);
    await this.#session.end();
    await this.#ready.catch(() => undefined);
  }

  async #ask<N extends CallName>(call: N, argument: Parameters<CatalogCalls[N]>[0]): Promise<ReturnType<CatalogCalls[N]>> {
    await this.#ready;
    this.#flush();
    return this.#session.call(call, argument);
  }

  #start(fresh: boolean): [CatalogSession, Promise<void>] {
    const session = new CatalogSession(this.#options.startHost, {
      problem: (problem) => this.#options.onProblem(problem),
      failed: (error) => this.#restart(session, error),
    });
    const ready = this.#catchUp(session, fresh);
    // Whoever waits for it is told; without a waiter the failure was told as a problem.
    ready.catch(() => undefined);
    return [session, ready];
  }

  #restart(session: CatalogSession, error: PyiError): void {
    if (session !== this.#session || this.#closed) return;
    this.#stopQueue();
    this.#failures++;
    if (this.#failures >= MAX_FAILURES) {
      this.#options.onProblem(`${error.message}. It failed ${this.#failures} times in a row and stays closed; "pyi doctor --repair" tries again.`);
      this.#ready = Promise.reject(new PyiError('INTERNAL', error.message, 'Run "pyi doctor --repair".'));
      this.#ready.catch(() => undefined);
      return;
    }
    this.#options.onProblem(`${error.message}. It is rebuilt from the journal.`);
    [this.#session, this.#ready] = this.#start(true);
  }

  /** Loads the file and replays what the journal has beyond it, until nothing was added meanwhile. */
  async #catchUp(session: CatalogSession, fresh: boolean): Promise<void> {
    const { file, store, source, onProblem } = this.#options;
    const { after, reason } = await session.call('open', { file, store, sequence: source.lastSequence(), fresh });
    if (reason !== undefined) onProblem(`The catalog is rebuilt: ${reason}.`);
    let from = after;
    for (;;) {
      const target = source.lastSequence();
      await this.#replay(session, from);
      if (this.#closed || session !== this.#session) return;
      // No await between this comparison and going live, so no entry can fall between.
      if (source.lastSequence() === target) break;
      from = target;
    }
    this.#live = true;
    this.#failures = 0;
  }

  async #replay(session: CatalogSession, after: number): Promise<void> {
    let from = after;
    let sent: Promise<unknown> = Promise.resolve();
    while (!this.#closed) {
      // Read while the worker is busy with what came before.
      const { entries, sequence } = this.#nextEntries(from);
      await sent;
      if (entries.length === 0) return;
      sent = session.call('put', { entries: joinEntries(entries), sequence });
      // Awaited in the next round; until then a failure must not count as unhandled.
      sent.catch(() => undefined);
      from = sequence;
    }
  }

  /** The entries of the next whole batches of the journal, about as many as one message holds. */
  #nextEntries(after: number): { entries: string[]; sequence: number } {
    const entries: string[] = [];
    let characters = 0;
    let sequence = after;
    for (const entry of this.#options.source.journal(after)) {
      if (entry.sequence !== sequence && (entries.length >= REPLAY_ENTRIES || characters >= REPLAY_CHARACTERS)) break;
      const text = encodeJournalEntry(entry);
      entries.push(text);
      characters += text.length;
      sequence = entry.sequence;
    }
    return { entries, sequence };
  }

  /** Keeps the entry as it is: turning it into text can wait until the checkpoint has been answered. */
  #queue(entry: CatalogEntry): void {
    this.#queued.push(entry);
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MILLIS).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const sequence = this.#queued.at(-1)?.sequence;
    if (sequence === undefined) return;
    const entries = encodeEntries(this.#queued);
    this.#queued = [];
    // A failure ends the session, which tells about it and has the journal replayed.
    this.#session.call('put', { entries, sequence }).catch(() => undefined);
  }

  #stopQueue(): void {
    this.#live = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queued = [];
  }
}

/** What the database would refuse is refused before it gets there: an error in there ends the session. */
function checkText({ text }: CheckpointFilter): void {
  if ((text?.length ?? 0) <= MAX_TEXT) return;
  throw new PyiError('INVALID_ARGUMENT', `The text to look for is longer than ${MAX_TEXT} characters`, 'Give a shorter part of it.');
}

function checkTimeZone(timeZone: string): void {
  try {
    Intl.DateTimeFormat('en-US', { timeZone });
  } catch (cause) {
    throw new PyiError('INVALID_ARGUMENT', `There is no time zone ${JSON.stringify(timeZone)}`, 'Give a name of the IANA time zone database, as in "Europe/Berlin", or leave it out for UTC.', { cause });
  }
}
