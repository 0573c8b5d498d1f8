import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { checkPath, textFromBytePath } from '../../protocol/paths.ts';
import type { CheckpointKind, EntanglementKind, ForkState, GitPosition, Insight, Observation, Phase } from '../../protocol/values.ts';
import type { CheckpointBody } from './checkpoint-object.ts';
import { checkpointKey, encodeCheckpoint, rootOfCheckpoint } from './checkpoint-object.ts';
import { checkContent, checkLive, checkNothingPending } from './guards.ts';
import { checkNoClash, lookupThrough, pendingEdits } from './overlay.ts';
import type { Clock, CommitLevel, ObjectStore, Random } from './ports.ts';
import { ObjectType } from './ports.ts';
import type { ForkMove, GitMove, JournalRecord, OperationRecord, Position, ReceiptRecord, UndoableKind } from './records.ts';
import { encodeRecord } from './records.ts';
import type { Fork } from './state.ts';
import { EngineState } from './state.ts';
import { applyEdits, emptyTree } from './tree/edit.ts';
import type { EditResult } from './tree/edit.ts';
import type { Edit, Entry } from './tree/entry.ts';
import { entriesEqual } from './tree/entry.ts';
import { lookup, summary } from './tree/read.ts';

export interface ForkSpec {
  /** Default: a fresh one. */
  readonly id?: HexId;
  readonly name: string;
  readonly agent: string;
  readonly task: string | null;
  readonly parent: HexId | null;
  readonly base: HexId;
  readonly dir: string | null;
  readonly workspace?: boolean;
  readonly probability?: number;
  /** Milliseconds at probability 1. */
  readonly ttl?: number | null;
}

export interface WorkspaceSpec {
  /** Default: a fresh one. */
  readonly id?: HexId;
  readonly name: string;
  readonly agent: string;
  readonly dir: string | null;
  /** The files, against the empty tree. */
  readonly edits: readonly Edit[];
  readonly git: GitPosition | null;
}

export interface CheckpointSpec {
  readonly message?: string;
  readonly kind?: CheckpointKind;
  readonly cause?: string;
  readonly git?: GitPosition | null;
  readonly level?: CommitLevel;
  /** Applied on top of what was written to the fork since its last checkpoint. */
  readonly edits?: readonly Edit[];
  /** Further parents, for a merge or a collapse. */
  readonly merged?: readonly HexId[];
}

export interface CheckpointTaken {
  readonly checkpoint: HexId;
  readonly root: HexId;
  readonly parents: readonly HexId[];
  /** `micros` includes the commit. The stored copy was timed just before it. */
  readonly insight: Insight;
}

/** Told after each change, once its whole batch is committed and applied: the store's last batch holds it. Must not throw. */
export interface EngineListener {
  checkpointTaken?(id: HexId, body: CheckpointBody): void;
  recordApplied?(record: JournalRecord): void;
}

export interface EngineDependencies {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
}

const NO_EDITS: readonly Edit[] = [];

/**
 * The VST engine: forks and checkpoints over an object store. Synchronous and deterministic. Every method
 * either commits one atomic batch and applies it, or throws and changes nothing.
 */
export class Engine {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly state: EngineState;
  readonly #random: Random;
  readonly #listeners = new Set<EngineListener>();
  /** See {@link withReceipt}. */
  #receipt: ReceiptRecord | undefined;
  /** The checkpoints of one moment, see {@link #putCheckpoint}. */
  #moment = { time: NaN, ids: new Set<HexId>() };

  constructor(dependencies: EngineDependencies, state = new EngineState()) {
    this.store = dependencies.store;
    this.clock = dependencies.clock;
    this.#random = dependencies.random;
    this.state = state;
  }

  /** Returns what ends the listening. */
  listen(listener: EngineListener): () => void {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  /** A fresh id for a fork or an operation: 128 random bits in hex. */
  newId(): HexId {
    const bytes = this.#random.bytes(16);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  }

  /** The root of a fork's head (what is pending is not in it). */
  headRoot(fork: Fork): Buffer {
    fork.root ??= rootOfCheckpoint(this.store, fork.head);
    return fork.root;
  }

  /** The root of a fork with what was written since its last checkpoint. Stages tree nodes. */
  currentRoot(fork: Fork): Buffer {
    const root = this.headRoot(fork);
    return fork.pending.size === 0 ? root : applyEdits(this.store, root, pendingEdits(fork.pending)).root;
  }

  /**
   * Makes the first checkpoint of a store and the fork that stands for the user's work tree.
   * @throws PyiError `NAME_EXISTS`
   */
  createWorkspace({ id = this.newId(), name, agent, dir, edits, git }: WorkspaceSpec): Fork {
    this.#checkNameFree(name);
    return this.#atomically(() => {
      const started = this.clock.micros();
      const before = emptyTree(this.store);
      const result = this.#applyEdits(before, edits);
      const insight = this.#insight(result, before, edits, started);
      const body: CheckpointBody = {
        root: result.root.toString('hex'), parents: [], fork: id, agent, time: this.clock.now(), kind: 'setup',
        message: 'Setup', cause: 'setup', git, insight,
      };
      const checkpoint = this.store.put(ObjectType.checkpoint, encodeCheckpoint(body)).toString('hex');
      const record: JournalRecord = {
        type: 'fork', fork: id, name, agent, task: null, parent: null, base: checkpoint, dir, workspace: true,
        probability: 1, ttl: null, time: body.time,
      };
      this.transact([record], 'process');
      // The record placed the fork's head: only listeners still have to learn of the checkpoint, as replay would tell them.
      this.#tell([], { id: checkpoint, body });
      return this.#fork(id);
    });
  }

  /** @throws PyiError `NAME_EXISTS`, `NOT_FOUND` (base) */
  createFork(spec: ForkSpec): Fork {
    this.#checkNameFree(spec.name);
    checkpointKey(this.store, spec.base);
    const id = spec.id ?? this.newId();
    this.transact([{
      type: 'fork', fork: id, name: spec.name, agent: spec.agent, task: spec.task, parent: spec.parent, base: spec.base,
      dir: spec.dir, workspace: spec.workspace ?? false, probability: spec.probability ?? 1, ttl: spec.ttl ?? null, time: this.clock.now(),
    }], 'process');
    return this.#fork(id);
  }

  /**
   * Writes (`entry`) or removes (null) one path of a fork, to be part of its next checkpoint. The content that
   * `entry` names must have been put into the store.
   * @throws PyiError `INVALID_PATH`, `NOT_FOUND` (removing what is not there), `FORK_DISCARDED`, `FORK_MERGED`
   */
  edit(fork: Fork, path: BytePath, entry: Entry | null, level: CommitLevel = 'process'): void {
    checkLive(fork);
    checkPath(path);
    if (entry === null && this.lookup(fork, path) === undefined) {
      throw new PyiError('NOT_FOUND', `Fork ${fork.name} has no file ${JSON.stringify(textFromBytePath(path))}`, 'List its files with "pyi ls".');
    }
    if (entry !== null) {
      checkContent(this.store, path, entry);
      checkNoClash(this.store, this.headRoot(fork), fork.pending, path);
    }
    this.transact([{
      type: 'edit', fork: fork.id, path,
      entry: entry === null ? null : { mode: entry.mode, size: entry.size, id: entry.id.toString('hex') },
    }], level);
  }

  /** The entry of a path in a fork as it is now, pending writes included. */
  lookup(fork: Fork, path: BytePath): Entry | undefined {
    return lookupThrough(this.store, this.headRoot(fork), fork.pending, path);
  }

  /**
   * Records the state of a fork: its head, what was written since, and `spec.edits` on top.
   * @throws PyiError `INVALID_PATH`, `FORK_DISCARDED`, `FORK_MERGED`, `NO_SPACE`, `QUOTA_EXCEEDED`
   */
  checkpoint(fork: Fork, spec: CheckpointSpec = {}): CheckpointTaken {
    return this.checkpointWith(fork, spec, NO_RECORDS);
  }

  /** As {@link checkpoint}, with records that make sense only together with it: one batch, all or nothing. */
  checkpointWith(fork: Fork, spec: CheckpointSpec, records: (checkpoint: HexId) => readonly JournalRecord[]): CheckpointTaken {
    checkLive(fork);
    const started = this.clock.micros();
    return this.#atomically(() => {
      const before = this.headRoot(fork);
      const given = spec.edits ?? NO_EDITS;
      const edits = fork.pending.size === 0 ? given : [...pendingEdits(fork.pending), ...given];
      const result = edits.length === 0 ? unchanged(before) : this.#applyEdits(before, edits);
      const insight = this.#insight(result, before, edits, started);
      const { id: checkpoint, body } = this.#putCheckpoint({
        root: result.root.toString('hex'), parents: [fork.head, ...(spec.merged ?? [])], fork: fork.id, agent: fork.agent,
        time: this.clock.now(), kind: spec.kind ?? 'manual', message: spec.message ?? '', cause: spec.cause ?? '',
        git: spec.git ?? null, insight,
      });
      const joined = this.#receipt === undefined ? records(checkpoint) : [...records(checkpoint), { ...this.#receipt, subject: checkpoint }];
      for (const record of joined) this.store.record(encodeRecord(record));
      this.store.commit(spec.level ?? 'process');
      this.state.applyCheckpoint(checkpoint, body);
      fork.root = result.root;
      for (const record of joined) this.state.apply(record);
      this.#tell(joined, { id: checkpoint, body });
      return {
        checkpoint, root: body.root, parents: body.parents,
        insight: { ...insight, micros: round(this.clock.micros() - started) },
      };
    });
  }

  /** Moves forks to other positions in one undoable operation. */
  move(kind: UndoableKind, moves: readonly ForkMove[]): OperationRecord {
    const record = this.operationRecord(kind, moves);
    this.transact([record], 'process');
    return record;
  }

  operationRecord(kind: UndoableKind, moves: readonly ForkMove[], more: { id?: HexId; git?: GitMove } = {}): OperationRecord {
    return {
      type: 'operation', id: more.id ?? this.newId(), kind, about: kind, time: this.clock.now(), moves,
      undoes: null, git: more.git ?? null,
    };
  }

  /**
   * Points a fork's head at a checkpoint: logical, no directory is touched.
   * What is pending must have been recorded before (see `operations/rewind.ts`), else it would be lost.
   * @throws PyiError `NOT_FOUND`, `CONFLICT` (something is pending), `FORK_DISCARDED`, `FORK_MERGED`
   */
  rewind(fork: Fork, checkpoint: HexId): OperationRecord {
    checkLive(fork);
    checkpointKey(this.store, checkpoint);
    checkNothingPending(fork);
    return this.move('rewind', [moveOf(fork, { head: checkpoint })]);
  }

  /** Discards forks in one operation. @throws PyiError `FORK_DISCARDED`, `FORK_MERGED`, `INVALID_ARGUMENT` (a work tree of the user's) */
  discard(forks: readonly Fork[]): OperationRecord {
    for (const fork of forks) {
      checkLive(fork);
      if (fork.workspace) {
        throw new PyiError('INVALID_ARGUMENT', `Fork ${fork.name} is the user's work tree and cannot be discarded`, 'Name a fork that "pyi fork" made.');
      }
    }
    return this.move('discard', forks.map((fork) => moveOf(fork, { state: 'discarded' })));
  }

  /** Records what a validator said. `probability` is the fork's chance to win from now on, 0 to 1. */
  observe(fork: Fork, observation: Observation, probability: number): void {
    checkLive(fork);
    this.transact([{ type: 'observation', fork: fork.id, observation, probability }], 'process');
  }

  /** @throws PyiError `INVALID_ARGUMENT` (itself), `NAME_EXISTS` (tied already) */
  entangle(first: Fork, second: Fork, kind: EntanglementKind): void {
    checkLive(first);
    checkLive(second);
    if (first.id === second.id) {
      throw new PyiError('INVALID_ARGUMENT', 'A fork cannot be entangled with itself', 'Name two different forks.');
    }
    if (this.state.entanglements.some((tie) => tie.first === first.id && tie.second === second.id && tie.kind === kind)) {
      throw new PyiError('NAME_EXISTS', `${first.name} and ${second.name} are entangled (${kind}) already`, 'Nothing needs doing.');
    }
    this.transact([{ type: 'entanglement', first: first.id, second: second.id, kind }], 'process');
  }

  setDirectory(fork: Fork, dir: string | null): void {
    this.transact([{ type: 'directory', fork: fork.id, dir }], 'process');
  }

  /**
   * Keeps a checkpoint whatever the retention rules say, or lets it go, and its name with it. `name`: what it is called from
   * now on, null for nothing; default: as it was. Returns whether that changed anything. @throws PyiError `NOT_FOUND`
   */
  pin(checkpoint: HexId, pinned: boolean, name?: string | null): boolean {
    checkpointKey(this.store, checkpoint);
    const before = this.state.pins.get(checkpoint);
    const after = pinned ? name ?? (name === undefined ? before ?? null : null) : undefined;
    if (before === after) return false;
    this.transact([{ type: 'pin', checkpoint, pinned, ...(typeof after === 'string' ? { name: after } : {}) }], 'process');
    return true;
  }

  setPhase(phase: Phase): void {
    if (phase !== this.state.phase) this.transact([{ type: 'phase', phase }], 'process');
  }

  /**
   * What `work` commits, it commits together with `receipt`: both or neither. `work` is the one step that completes a call;
   * it is synchronous, and nothing else can come between.
   */
  withReceipt<T>(receipt: ReceiptRecord | undefined, work: () => T): T {
    this.#receipt = receipt;
    try {
      return work();
    } finally {
      this.#receipt = undefined;
    }
  }

  /** Commits records as one batch together with what is staged, then applies them. */
  transact(given: readonly JournalRecord[], level: CommitLevel): void {
    const records = this.#receipt === undefined ? given : [...given, { ...this.#receipt, ...subjectOf(given) }];
    this.#atomically(() => {
      for (const record of records) this.store.record(encodeRecord(record));
      this.store.commit(level);
    });
    for (const record of records) this.state.apply(record);
    this.#tell(records);
  }

  /** Runs what stages and commits. When it fails, nothing stays staged that a later commit would take along. */
  #atomically<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.store.rollback();
      throw error;
    }
  }

  #tell(records: readonly JournalRecord[], taken?: { readonly id: HexId; readonly body: CheckpointBody }): void {
    for (const listener of this.#listeners) {
      if (taken !== undefined) listener.checkpointTaken?.(taken.id, taken.body);
      for (const record of records) listener.recordApplied?.(record);
    }
  }

  /**
   * Stages a checkpoint. Two that are alike to the last digit (rewound and repeated within a millisecond) would be one object, which
   * the store has already: the journal would miss the second. Then its latency is a tenth of a microsecond more.
   */
  #putCheckpoint(body: CheckpointBody): { readonly id: HexId; readonly body: CheckpointBody } {
    if (this.#moment.time !== body.time) this.#moment = { time: body.time, ids: new Set() };
    const id = this.store.put(ObjectType.checkpoint, encodeCheckpoint(body)).toString('hex');
    if (this.#moment.ids.has(id)) return this.#putCheckpoint({ ...body, insight: { ...body.insight, micros: round(body.insight.micros + 0.1) } });
    this.#moment.ids.add(id);
    return { id, body };
  }

  #applyEdits(before: Buffer, edits: readonly Edit[]): EditResult {
    for (const { path, entry } of edits) {
      checkPath(path);
      if (entry !== null) checkContent(this.store, path, entry);
    }
    return applyEdits(this.store, before, edits);
  }

  #fork(id: HexId): Fork {
    const fork = this.state.forks.get(id);
    if (fork === undefined) throw new PyiError('INTERNAL', `Fork ${id} vanished while it was made`, 'Report this with the log of the server.');
    return fork;
  }

  #checkNameFree(name: string): void {
    if (this.state.names.has(name)) {
      throw new PyiError('NAME_EXISTS', `There is a live fork named ${name}`, 'Choose another name, or discard that fork first.');
    }
  }

  #insight(result: EditResult, before: Buffer, edits: readonly Edit[], started: number): Insight {
    const bytesAdded = this.#bytesAdded(result, before, edits);
    return {
      filesAdded: result.added, filesChanged: result.changed, filesDeleted: result.deleted, bytesAdded,
      bytesReused: summary(this.store, result.root).bytes - bytesAdded,
      micros: round(this.clock.micros() - started),
    };
  }

  /** Bytes of the files that really changed: edits that wrote what was there already do not count. */
  #bytesAdded(result: EditResult, before: Buffer, edits: readonly Edit[]): number {
    let bytes = 0;
    if (result.added + result.changed + result.deleted === edits.length) {
      for (const { entry } of edits) bytes += entry?.size ?? 0;
      return bytes;
    }
    // Of several edits of one path the last counts.
    for (const [path, entry] of new Map(edits.map((edit) => [edit.path, edit.entry]))) {
      if (entry !== null && !entriesEqual(lookup(this.store, before, path), entry)) bytes += entry.size;
    }
    return bytes;
  }
}

const NO_RECORDS = (): readonly JournalRecord[] => [];

/** Where a fork stands, as operations record it. */
export function positionOf(fork: Fork): Position {
  return { head: fork.head, base: fork.base, state: fork.state };
}

/** A move of `fork` from where it stands. */
export function moveOf(fork: Fork, to: { head?: HexId; base?: HexId; state?: ForkState }): ForkMove {
  const before = positionOf(fork);
  return { fork: fork.id, before, after: { head: to.head ?? before.head, base: to.base ?? before.base, state: to.state ?? before.state } };
}

/** What a receipt names, of records that go with it. */
function subjectOf(records: readonly JournalRecord[]): { subject?: HexId } {
  const [first] = records;
  if (first === undefined) return {};
  if ('fork' in first && first.fork !== null) return { subject: first.fork };
  return first.type === 'operation' && first.moves[0] !== undefined ? { subject: first.moves[0].fork } : {};
}

function unchanged(root: Buffer): EditResult {
  return { root, added: 0, changed: 0, deleted: 0 };
}

/** Latencies are kept to a tenth of a microsecond: more digits would only fill the journal. */
function round(micros: number): number {
  return Math.round(micros * 10) / 10;
}
