import type { SqlValue } from 'sql.js';
import type { HexId } from '../../protocol/ids.ts';
import type { GitPosition } from '../../protocol/values.ts';
import type { CheckpointBody } from '../engine/checkpoint-object.ts';
import type { ForkCreated, JournalRecord, ObservationRecord, OperationRecord } from '../engine/records.ts';
import type { CatalogEntry } from './entries.ts';
import type { Statements } from './statements.ts';

const raw = (id: HexId): Buffer => Buffer.from(id, 'hex');

/**
 * Puts journal entries into the tables. Entries come in journal order. Seeing an entry again is harmless as long as
 * all that followed it comes again too, so a replay may begin anywhere before the end.
 */
export class CatalogWriter {
  readonly #sql: Statements;
  /** Row numbers by name: asked for with every checkpoint, and there are few. */
  readonly #agents = new Map<string, number>();
  readonly #forks = new Map<HexId, number>();
  #position = { text: '', id: 0 };

  constructor(sql: Statements) {
    this.#sql = sql;
    sql.all('SELECT name, id FROM agents', [], ([name, id]) => this.#agents.set(String(name), Number(id)));
    sql.all('SELECT fork, id FROM forks', [], ([fork, id]) => this.#forks.set(String(fork), Number(id)));
  }

  put(entry: CatalogEntry): void {
    if ('checkpoint' in entry) this.#putCheckpoint(entry.checkpoint, entry.body);
    else this.#putRecord(entry.sequence, entry.record);
  }

  #putCheckpoint(checkpoint: HexId, body: CheckpointBody): void {
    const id = raw(checkpoint);
    const fork = this.#forkNumber(body.fork);
    this.#sql.run('UPDATE forks SET head = ? WHERE id = ?', [id, fork]);
    const { insight, git } = body;
    const row: SqlValue[] = [
      id, raw(body.root), fork, this.#agentNumber(body.agent), body.time, body.kind, body.message, body.cause,
      git === null ? null : this.#positionNumber(git), insight.filesAdded, insight.filesChanged, insight.filesDeleted, insight.bytesAdded, insight.bytesReused, insight.micros,
    ];
    const child = this.#sql.first(
      'INSERT INTO checkpoints (checkpoint, root, fork, agent, time, kind, message, cause, git,'
      + ' files_added, files_changed, files_deleted, bytes_added, bytes_reused, micros) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)'
      + ' ON CONFLICT (checkpoint) DO NOTHING RETURNING id', row)?.[0];
    if (child === undefined) return; // seen before, its parents too
    for (const [position, parent] of body.parents.entries()) {
      this.#sql.run('INSERT INTO checkpoint_parents (child, position, parent) VALUES (?,?,?)', [child, position, raw(parent)]);
    }
  }

  #putRecord(sequence: number, record: JournalRecord): void {
    switch (record.type) {
      case 'fork': this.#putFork(record); break;
      case 'operation': this.#putOperation(record); break;
      case 'observation': this.#putObservation(sequence, record); break;
      case 'directory': this.#sql.run('UPDATE forks SET dir = ? WHERE fork = ?', [record.dir, record.fork]); break;
      case 'pin':
        if (record.pinned) this.#sql.run('INSERT OR REPLACE INTO pins (checkpoint, name) VALUES (?,?)', [raw(record.checkpoint), record.name ?? null]);
        else this.#sql.run('DELETE FROM pins WHERE checkpoint = ?', [raw(record.checkpoint)]);
        break;
      case 'purge': this.#purge(record.forks); break;
      case 'retire': this.#retire(record.checkpoints); break;
      // The rest shows nowhere in the catalog; see isCatalogued.
    }
  }

  #putFork(record: ForkCreated): void {
    const id = this.#forkNumber(record.fork);
    this.#sql.run(
      "UPDATE forks SET name = ?, agent = ?, task = ?, parent = ?, base = ?, head = ?, state = 'live', dir = ?, probability = ?, ttl = ?, created = ? WHERE id = ?",
      [record.name, this.#agentNumber(record.agent), record.task, record.parent, raw(record.base), raw(record.base), record.dir, record.probability, record.ttl, record.time, id]);
  }

  #putOperation(record: OperationRecord): void {
    for (const { fork, before, after } of record.moves) {
      const id = this.#forkNumber(fork);
      this.#sql.run('UPDATE forks SET head = ?, base = ?, state = ? WHERE id = ?', [raw(after.head), raw(after.base), after.state, id]);
      this.#sql.run('INSERT OR IGNORE INTO operations (operation, fork, kind, time, before, after, undoes) VALUES (?,?,?,?,?,?,?)',
        [record.id, id, record.kind, record.time, raw(before.head), raw(after.head), record.undoes]);
    }
  }

  #putObservation(sequence: number, { fork, probability, observation }: ObservationRecord): void {
    const id = this.#forkNumber(fork);
    this.#sql.run('UPDATE forks SET probability = ? WHERE id = ?', [probability, id]);
    this.#sql.run(
      'INSERT OR IGNORE INTO observations (sequence, fork, checkpoint, ok, exit, score, evidence, command, millis, time) VALUES (?,?,?,?,?,?,?,?,?,?)',
      [sequence, id, raw(observation.checkpoint), observation.ok ? 1 : 0, observation.exit, observation.score, observation.evidence,
        JSON.stringify(observation.command), observation.millis, observation.time]);
  }

  #purge(forks: readonly HexId[]): void {
    for (const fork of forks) {
      const id = this.#forkNumber(fork);
      this.#sql.run("UPDATE forks SET state = 'purged', dir = NULL WHERE id = ?", [id]);
      this.#sql.run('DELETE FROM observations WHERE fork = ?', [id]);
      this.#sql.run('DELETE FROM operations WHERE fork = ?', [id]);
    }
    this.#removeForgottenForks();
  }

  /** Removes checkpoints that retention let go of, and purged forks that nothing names any more. */
  #retire(checkpoints: readonly HexId[]): void {
    const ids = JSON.stringify(checkpoints);
    const chosen = '(SELECT unhex(value) FROM json_each(?))';
    this.#sql.run(`DELETE FROM checkpoint_parents WHERE child IN (SELECT id FROM checkpoints WHERE checkpoint IN ${chosen})`, [ids]);
    this.#sql.run(`DELETE FROM checkpoints WHERE checkpoint IN ${chosen}`, [ids]);
    this.#sql.run(`DELETE FROM pins WHERE checkpoint IN ${chosen}`, [ids]);
    this.#removeForgottenForks();
  }

  #removeForgottenForks(): void {
    const gone = this.#sql.all(
      "DELETE FROM forks WHERE state = 'purged' AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE checkpoints.fork = forks.id) RETURNING fork",
      [], ([fork]) => String(fork));
    for (const fork of gone) this.#forks.delete(fork);
  }

  #agentNumber(name: string): number {
    let id = this.#agents.get(name);
    if (id === undefined) {
      id = Number(this.#sql.first('INSERT INTO agents (name) VALUES (?) RETURNING id', [name])?.[0]);
      this.#agents.set(name, id);
    }
    return id;
  }

  /** The row of a position, as JSON. Only the last one is remembered: checkpoints in a row mostly share it. */
  #positionNumber({ head, branch }: GitPosition): number {
    const position = JSON.stringify({ head, branch });
    if (position !== this.#position.text) {
      this.#sql.run('INSERT OR IGNORE INTO git_positions (position) VALUES (?)', [position]);
      const id = Number(this.#sql.first('SELECT id FROM git_positions WHERE position = ?', [position])?.[0]);
      this.#position = { text: position, id };
    }
    return this.#position.id;
  }

  /** The row of a fork. One that the journal no longer describes is made as purged: only its checkpoints are left. */
  #forkNumber(fork: HexId): number {
    let id = this.#forks.get(fork);
    if (id === undefined) {
      id = Number(this.#sql.first("INSERT INTO forks (fork, name, state) VALUES (?, '', 'purged') RETURNING id", [fork])?.[0]);
      this.#forks.set(fork, id);
    }
    return id;
  }
}
