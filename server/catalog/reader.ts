import type { SqlValue } from 'sql.js';
import type { HexId } from '../../protocol/ids.ts';
import type { CheckpointInfo, CheckpointKind, GitPosition } from '../../protocol/values.ts';
import type { OperationKind } from '../engine/records.ts';
import type { AgentActivity, CatalogCounts, HistoryQuery, ObservedOnFork, OperationOnFork, TimelineQuery } from './queries.ts';
import type { Statements } from './statements.ts';

/** Rows of ids go into one statement up to this many at a time: SQLite takes 32,766 parameters. */
const ROWS_A_STATEMENT = 1000;

const CHECKPOINT_COLUMNS = 'c.id, c.checkpoint, c.root, f.fork, a.name, c.time, c.message, c.kind, c.cause, c.files_added, c.files_changed,'
  + ' c.files_deleted, c.bytes_added, c.bytes_reused, c.micros, g.position, p.checkpoint IS NOT NULL';

/** Answers questions from the tables. Newest first throughout; of one moment, the later in the journal first. */
export class CatalogReader {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  timeline(query: TimelineQuery): CheckpointInfo[] {
    const { where, params } = timelineFilter(query);
    const rows: { id: number; info: CheckpointInfo }[] = this.#sql.all(
      `SELECT ${CHECKPOINT_COLUMNS} FROM checkpoints c JOIN forks f ON f.id = c.fork JOIN agents a ON a.id = c.agent`
      + ` LEFT JOIN git_positions g ON g.id = c.git LEFT JOIN pins p ON p.checkpoint = c.checkpoint${where} ORDER BY c.time DESC, c.id DESC LIMIT ?`,
      [...params, query.limit], (row) => ({ id: Number(row[0]), info: readCheckpoint(row) }));
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

function timelineFilter({ fork, agent, before, text }: TimelineQuery): { where: string; params: SqlValue[] } {
  const conditions: [string, SqlValue[]][] = [
    ...(fork === undefined ? [] : [['c.fork = (SELECT id FROM forks WHERE fork = ?)', [fork]] as [string, SqlValue[]]]),
    ...(agent === undefined ? [] : [['c.agent = (SELECT id FROM agents WHERE name = ?)', [agent]] as [string, SqlValue[]]]),
    ...(before === undefined ? [] : [['c.time < ?', [before]] as [string, SqlValue[]]]),
    ...(text === undefined ? [] : [["(c.message LIKE ? ESCAPE '\\' OR c.cause LIKE ? ESCAPE '\\')", [containing(text), containing(text)]] as [string, SqlValue[]]]),
  ];
  return {
    where: conditions.length === 0 ? '' : ` WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`,
    params: conditions.flatMap(([, params]) => params),
  };
}

/** A LIKE pattern for text that has `text` in it, with LIKE's own signs taken literally. */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

function historyParams({ fork, limit }: HistoryQuery): SqlValue[] {
  return fork === undefined ? [limit] : [fork, limit];
}

/** A row of {@link CHECKPOINT_COLUMNS}; its parents are added after. */
function readCheckpoint([, checkpoint, root, fork, agent, time, message, kind, cause, filesAdded, filesChanged, filesDeleted,
  bytesAdded, bytesReused, micros, position, pinned]: SqlValue[]): CheckpointInfo {
  return {
    checkpoint: hex(checkpoint), parents: [], root: hex(root), fork: String(fork), agent: String(agent), time: Number(time),
    message: String(message), kind: String(kind) as CheckpointKind, cause: String(cause),
    insight: {
      filesAdded: Number(filesAdded), filesChanged: Number(filesChanged), filesDeleted: Number(filesDeleted),
      bytesAdded: Number(bytesAdded), bytesReused: Number(bytesReused), micros: Number(micros),
    },
    git: typeof position === 'string' ? JSON.parse(position) as GitPosition : null,
    pinned: pinned === 1,
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
