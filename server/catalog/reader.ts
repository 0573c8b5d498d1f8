import type { SqlValue } from 'sql.js';
import type { HexId } from '../../protocol/ids.ts';
import type { CheckpointInfo, CheckpointKind, Dot, GitPosition } from '../../protocol/values.ts';
import type { OperationKind } from '../engine/records.ts';
import { checkpointFilter } from './filter.ts';
import { LocalCalendar } from './days.ts';
import type {
  AgentActivity, CatalogCounts, CheckpointFilter, DotsQuery, HistoryQuery, ObservedOnFork, OperationOnFork, Step, StepsQuery, TallyGroup, TallyQuery, TimelineQuery,
} from './queries.ts';
import type { Statements } from './statements.ts';

/** Rows of ids go into one statement up to this many at a time: SQLite takes 32,766 parameters. */
const ROWS_A_STATEMENT = 1000;

const CHECKPOINT_COLUMNS = 'c.id, c.checkpoint, c.root, f.fork, a.name, c.time, c.message, c.kind, c.cause, c.files_added, c.files_changed,'
  + ' c.files_deleted, c.bytes_added, c.bytes_reused, c.micros, g.position, p.checkpoint IS NOT NULL, p.name';

/** Answers questions from the tables. Newest first throughout; of one moment, the later in the journal first. */
export class CatalogReader {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  timeline(query: TimelineQuery): CheckpointInfo[] {
    const { from, params } = checkpointFilter(query);
    // The page is chosen first, from an index alone where that is possible: rows that are left out are not read.
    const rows: { id: number; info: CheckpointInfo }[] = this.#sql.all(
      `SELECT ${CHECKPOINT_COLUMNS} FROM (SELECT c.id FROM ${from} ORDER BY c.time DESC, c.id DESC LIMIT ? OFFSET ?) page`
      + ' JOIN checkpoints c ON c.id = page.id JOIN forks f ON f.id = c.fork JOIN agents a ON a.id = c.agent'
      + ' LEFT JOIN git_positions g ON g.id = c.git LEFT JOIN pins p ON p.checkpoint = c.checkpoint ORDER BY c.time DESC, c.id DESC',
      [...params, query.limit, query.offset ?? 0], (row) => ({ id: Number(row[0]), info: readCheckpoint(row) }));
    this.#addParents(rows);
    return rows.map(({ info }) => info);
  }

  /** Checkpoints counted by day, agent or task; the group with the newest of them first. */
  tally(query: TallyQuery): TallyGroup[] {
    if (query.by === 'day') return this.#tallyDays(query);
    const { from, params, readsRows } = checkpointFilter(query);
    // The index of a column has its rows next to each other. Where rows have to be read, that order is the dearest.
    const by = (column: string): string => `SELECT ${column} key, count(*) count, min(c.time) oldest, max(c.time) newest FROM ${from} GROUP BY ${readsRows ? '+' : ''}${column}`;
    const sql = query.by === 'agent'
      ? `SELECT a.name, count, oldest, newest FROM (${by('c.agent')}) t JOIN agents a ON a.id = t.key ORDER BY newest DESC, a.name`
      : `SELECT f.task, sum(count), min(oldest), max(newest) FROM (${by('c.fork')}) t JOIN forks f ON f.id = t.key GROUP BY f.task ORDER BY max(newest) DESC, f.task`;
    return this.#sql.all(sql, params, ([key, found, oldest, newest]) => (
      { key: textOrNull(key), count: Number(found), after: Number(oldest), before: Number(newest) + 1 }));
  }

  /** From the newest back: each day is found by the newest checkpoint that is left, and counted as a range of time. */
  #tallyDays(query: TallyQuery): TallyGroup[] {
    const calendar = new LocalCalendar(query.timeZone);
    const groups: TallyGroup[] = [];
    for (let left: CheckpointFilter = query; ;) {
      const newest = this.#number('max(c.time)', left);
      if (newest === null) return groups;
      const day = calendar.dayOf(newest);
      const range = { after: Math.max(day.after, query.after ?? day.after), before: Math.min(day.before, query.before ?? day.before) };
      groups.push({ key: day.key, count: this.#number('count(*)', { ...query, ...range }) ?? 0, ...range });
      left = { ...query, before: day.after };
    }
  }

  #number(what: string, filter: CheckpointFilter): number | null {
    const { from, params } = checkpointFilter(filter);
    return numberOrNull(this.#sql.first(`SELECT ${what} FROM ${from}`, params)?.[0]);
  }

  /** The last checkpoints of each fork, oldest first. */
  dots({ forks, limit }: DotsQuery): Record<HexId, Dot[]> {
    const pinned = new Set(this.#sql.all('SELECT checkpoint FROM pins', [], ([checkpoint]) => hex(checkpoint)));
    const dots: Record<HexId, Dot[]> = Object.fromEntries(forks.map((fork) => [fork, []]));
    // For each fork a walk of the index from its newest on: a window function would read all checkpoints of all of them.
    this.#sql.all(
      'SELECT f.fork, c.checkpoint, c.time, c.kind FROM json_each(?) wanted JOIN forks f ON f.fork = wanted.value'
      + ' JOIN checkpoints c ON c.id IN (SELECT last.id FROM checkpoints last WHERE last.fork = f.id ORDER BY last.time DESC, last.id DESC LIMIT ?)'
      + ' ORDER BY f.id, c.time, c.id',
      [JSON.stringify(forks), limit], ([fork, raw, time, kind]) => {
        const checkpoint = hex(raw);
        dots[String(fork)]?.push({ checkpoint, time: Number(time), kind: String(kind) as CheckpointKind, pinned: pinned.has(checkpoint) });
      });
    return dots;
  }

  /** Checkpoints beside what they were made from, newest first. */
  steps({ fork, before, from: last, limit }: StepsQuery): Step[] {
    const { from, params } = checkpointFilter(
      { ...(fork === undefined ? {} : { fork }), ...(before === undefined ? {} : { before }) },
      last === undefined ? undefined : ['(c.time, c.id) < (?, ?)', [last.time, last.row]]);
    return this.#sql.all(
      'SELECT c.checkpoint, c.time, c.id, c.root, coalesce(parent.root, (SELECT older.root FROM checkpoints older'
      + ' WHERE older.fork = c.fork AND (older.time, older.id) < (c.time, c.id) ORDER BY older.time DESC, older.id DESC LIMIT 1))'
      + ` FROM (SELECT c.id, c.checkpoint, c.time, c.root, c.fork FROM ${from} ORDER BY c.time DESC, c.id DESC LIMIT ?) c`
      + ' LEFT JOIN checkpoint_parents link ON link.child = c.id AND link.position = 0 LEFT JOIN checkpoints parent ON parent.checkpoint = link.parent'
      + ' ORDER BY c.time DESC, c.id DESC',
      [...params, limit],
      ([checkpoint, time, row, root, earlier]) => (
        { checkpoint: hex(checkpoint), time: Number(time), row: Number(row), root: hex(root), before: earlier === null ? null : hex(earlier) }));
  }

  /** Checkpoints by id, in no order; those that are not there any more are left out. */
  checkpoints(ids: readonly HexId[]): CheckpointInfo[] {
    const rows: { id: number; info: CheckpointInfo }[] = this.#sql.all(
      `SELECT ${CHECKPOINT_COLUMNS} FROM json_each(?) wanted JOIN checkpoints c ON c.checkpoint = unhex(wanted.value) JOIN forks f ON f.id = c.fork`
      + ' JOIN agents a ON a.id = c.agent LEFT JOIN git_positions g ON g.id = c.git LEFT JOIN pins p ON p.checkpoint = c.checkpoint',
      [JSON.stringify(ids)], (row) => ({ id: Number(row[0]), info: readCheckpoint(row) }));
    this.#addParents(rows);
    return rows.map(({ info }) => info);
  }

  observations(query: HistoryQuery): ObservedOnFork[] {
    return this.#sql.all(
      'SELECT f.fork, o.checkpoint, o.ok, o.exit, o.score, o.evidence, o.command, o.millis, o.time FROM observations o JOIN forks f ON f.id = o.fork'
      + `${query.fork === undefined ? '' : ' WHERE f.fork = ?'} ORDER BY o.time DESC, o.id DESC LIMIT ?`,
      historyParams(query),
      ([fork, checkpoint, ok, exit, score, evidence, command, millis, time]) => ({
        fork: String(fork), checkpoint: hex(checkpoint), ok: ok === 1, exit: numberOrNull(exit), score: numberOrNull(score),
        evidence: String(evidence), command: JSON.parse(String(command)) as string[], millis: Number(millis), time: Number(time),
      }));
  }

  operations(query: HistoryQuery): OperationOnFork[] {
    return this.#sql.all(
      'SELECT o.operation, f.fork, o.kind, o.time, o.before, o.after, o.undoes FROM operations o JOIN forks f ON f.id = o.fork'
      + `${query.fork === undefined ? '' : ' WHERE f.fork = ?'} ORDER BY o.time DESC, o.id DESC LIMIT ?`,
      historyParams(query),
      ([operation, fork, kind, time, before, after, undoes]) => ({
        operation: String(operation), fork: String(fork), kind: String(kind) as OperationKind, time: Number(time),
        before: hex(before), after: hex(after), undoes: textOrNull(undoes),
      }));
  }

  /** Every agent that owns a fork or took a checkpoint, by name. */
  agents(): AgentActivity[] {
    return this.#sql.all(
      'SELECT a.name, coalesce(f.live, 0), coalesce(f.merged, 0), coalesce(f.discarded, 0), coalesce(c.count, 0), max(coalesce(c.last, f.last), coalesce(f.last, c.last))'
      + ' FROM agents a'
      + " LEFT JOIN (SELECT agent, sum(state = 'live') live, sum(state = 'merged') merged, sum(state = 'discarded') discarded, max(created) last FROM forks GROUP BY agent) f ON f.agent = a.id"
      + ' LEFT JOIN (SELECT agent, count(*) count, max(time) last FROM checkpoints GROUP BY agent) c ON c.agent = a.id'
      + ' WHERE f.agent IS NOT NULL OR c.agent IS NOT NULL ORDER BY a.name',
      [],
      ([agent, live, merged, discarded, checkpoints, lastActive]) => ({
        agent: String(agent), live: Number(live), merged: Number(merged), discarded: Number(discarded),
        checkpoints: Number(checkpoints), lastActive: numberOrNull(lastActive),
      }));
  }

  counts(): Omit<CatalogCounts, 'sequence'> {
    const count = (sql: string): number => Number(this.#sql.first(sql)?.[0]);
    return {
      checkpoints: count('SELECT count(*) FROM checkpoints'),
      forks: count("SELECT count(*) FROM forks WHERE state <> 'purged'"),
      observations: count('SELECT count(*) FROM observations'),
      operations: count('SELECT count(DISTINCT operation) FROM operations'),
      bytes: count('SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()'),
    };
  }

  /** What SQLite finds wrong with the database; nothing when it is sound. */
  faults(): string[] {
    return this.#sql.all('PRAGMA integrity_check(20)', [], ([finding]) => String(finding)).filter((finding) => finding !== 'ok');
  }

  #addParents(rows: readonly { id: number; info: CheckpointInfo }[]): void {
    const byId = new Map(rows.map(({ id, info }) => [id, info.parents]));
    for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
      const ids = rows.slice(start, start + ROWS_A_STATEMENT).map(({ id }) => id);
      this.#sql.all(
        'SELECT child, parent FROM checkpoint_parents WHERE child IN (SELECT value FROM json_each(?)) ORDER BY child, position',
        [JSON.stringify(ids)], ([child, parent]) => byId.get(Number(child))?.push(hex(parent)));
    }
  }
}

function historyParams({ fork, limit }: HistoryQuery): SqlValue[] {
  return fork === undefined ? [limit] : [fork, limit];
}

/** A row of {@link CHECKPOINT_COLUMNS}; its parents are added after. */
function readCheckpoint([, checkpoint, root, fork, agent, time, message, kind, cause, filesAdded, filesChanged, filesDeleted,
  bytesAdded, bytesReused, micros, position, pinned, name]: SqlValue[]): CheckpointInfo {
  return {
    checkpoint: hex(checkpoint), parents: [], root: hex(root), fork: String(fork), agent: String(agent), time: Number(time),
    message: String(message), kind: String(kind) as CheckpointKind, cause: String(cause),
    insight: {
      filesAdded: Number(filesAdded), filesChanged: Number(filesChanged), filesDeleted: Number(filesDeleted),
      bytesAdded: Number(bytesAdded), bytesReused: Number(bytesReused), micros: Number(micros),
    },
    git: typeof position === 'string' ? JSON.parse(position) as GitPosition : null,
    pinned: pinned === 1,
    name: textOrNull(name),
  };
}

function hex(value: SqlValue | undefined): HexId {
  if (!(value instanceof Uint8Array)) throw new TypeError('The catalog has something else where an id belongs');
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
}

function numberOrNull(value: SqlValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function textOrNull(value: SqlValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
