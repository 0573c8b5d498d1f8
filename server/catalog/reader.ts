import type { SqlValue } from 'sql.js';
import type { HexId } from '../../protocol/ids.ts';
import type { CheckpointInfo, CheckpointKind, Dot, GitPosition } from '../../protocol/values.ts';
import type { OperationKind } from '../engine/records.ts';
import { checkpointFilter } from './filter.ts';
import { dayGroups, QUARTER_HOUR } from './days.ts';
import type {
  AgentActivity, CatalogCounts, DotsQuery, HistoryQuery, ObservedOnFork, OperationOnFork, Step, StepsQuery, TallyGroup, TallyQuery, TimelineQuery,
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
    const { where, params } = checkpointFilter(query);
    // The page is chosen first, from an index alone where that is possible: rows that are left out are not read.
    const rows: { id: number; info: CheckpointInfo }[] = this.#sql.all(
      `SELECT ${CHECKPOINT_COLUMNS} FROM (SELECT c.id FROM checkpoints c${where} ORDER BY c.time DESC, c.id DESC LIMIT ? OFFSET ?) page`
      + ' JOIN checkpoints c ON c.id = page.id JOIN forks f ON f.id = c.fork JOIN agents a ON a.id = c.agent'
      + ' LEFT JOIN git_positions g ON g.id = c.git LEFT JOIN pins p ON p.checkpoint = c.checkpoint ORDER BY c.time DESC, c.id DESC',
      [...params, query.limit, query.offset ?? 0], (row) => ({ id: Number(row[0]), info: readCheckpoint(row) }));
    this.#addParents(rows);
    return rows.map(({ info }) => info);
  }

  /** Checkpoints counted by day, agent or task; the group with the newest of them first. */
  tally(query: TallyQuery): TallyGroup[] {
    const { where, params } = checkpointFilter(query);
    const count = 'count(*) count, min(c.time) oldest, max(c.time) newest';
    if (query.by === 'day') {
      const quarters = this.#sql.all(
        `SELECT c.time / ${QUARTER_HOUR} quarter, count(*) FROM checkpoints c${where} GROUP BY quarter ORDER BY quarter DESC`,
        params, ([quarter, found]) => ({ start: Number(quarter) * QUARTER_HOUR, count: Number(found) }));
      return dayGroups(quarters, query.timeZone);
    }
    const sql = query.by === 'agent'
      ? `SELECT a.name, count, oldest, newest FROM (SELECT c.agent, ${count} FROM checkpoints c${where} GROUP BY c.agent) t JOIN agents a ON a.id = t.agent ORDER BY newest DESC, a.name`
      : `SELECT f.task, sum(count), min(oldest), max(newest) FROM (SELECT c.fork, ${count} FROM checkpoints c${where} GROUP BY c.fork) t`
        + ' JOIN forks f ON f.id = t.fork GROUP BY f.task ORDER BY max(newest) DESC, f.task';
    return this.#sql.all(sql, params, ([key, found, oldest, newest]) => (
      { key: textOrNull(key), count: Number(found), after: Number(oldest), before: Number(newest) + 1 }));
  }

  /** The last checkpoints of each fork, oldest first. */
  dots({ forks, limit }: DotsQuery): Record<HexId, Dot[]> {
    const dots: Record<HexId, Dot[]> = Object.fromEntries(forks.map((fork) => [fork, []]));
    // For each fork a walk of the index from its newest on: a window function would read all checkpoints of all of them.
    this.#sql.all(
      'SELECT f.fork, c.checkpoint, c.time, c.kind, p.checkpoint IS NOT NULL FROM json_each(?) wanted JOIN forks f ON f.fork = wanted.value'
      + ' JOIN checkpoints c ON c.id IN (SELECT last.id FROM checkpoints last WHERE last.fork = f.id ORDER BY last.time DESC, last.id DESC LIMIT ?)'
      + ' LEFT JOIN pins p ON p.checkpoint = c.checkpoint ORDER BY f.id, c.time, c.id',
      [JSON.stringify(forks), limit], ([fork, checkpoint, time, kind, pinned]) => {
        dots[String(fork)]?.push({ checkpoint: hex(checkpoint), time: Number(time), kind: String(kind) as CheckpointKind, pinned: pinned === 1 });
      });
    return dots;
  }

  /** Checkpoints beside what they were made from, newest first. */
  steps({ fork, before, from, limit }: StepsQuery): Step[] {
    const { where, params } = checkpointFilter({ ...(fork === undefined ? {} : { fork }), ...(before === undefined ? {} : { before }) });
    const place = from === undefined ? '' : `${where === '' ? ' WHERE' : ' AND'} (c.time, c.id) < (?, ?)`;
    return this.#sql.all(
      `SELECT c.checkpoint, c.time, c.id, c.root, coalesce(parent.root, (SELECT older.root FROM checkpoints older`
      + ' WHERE older.fork = c.fork AND (older.time, older.id) < (c.time, c.id) ORDER BY older.time DESC, older.id DESC LIMIT 1))'
      + ` FROM (SELECT c.* FROM checkpoints c${where}${place} ORDER BY c.time DESC, c.id DESC LIMIT ?) c`
      + ' LEFT JOIN checkpoint_parents link ON link.child = c.id AND link.position = 0 LEFT JOIN checkpoints parent ON parent.checkpoint = link.parent'
      + ' ORDER BY c.time DESC, c.id DESC',
      [...params, ...(from === undefined ? [] : [from.time, from.row]), limit],
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
