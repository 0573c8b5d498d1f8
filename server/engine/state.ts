import type { BytePath } from '../../protocol/paths.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { EntanglementKind, ForkState, Observation, Phase } from '../../protocol/values.ts';
import type { CheckpointPlace } from './checkpoint-object.ts';
import type { AgentRecord, ClaimRecord, ForkCreated, IntentRecord, JournalRecord, OperationRecord, Position, ReceiptRecord } from './records.ts';
import type { Entry, FileMode } from './tree/entry.ts';

/** An agent's mutable head over a tree. Mutated by {@link EngineState.apply} alone. */
export interface Fork {
  readonly id: HexId;
  readonly name: string;
  readonly agent: string;
  readonly task: string | null;
  readonly parent: HexId | null;
  readonly workspace: boolean;
  readonly created: number;
  /** Milliseconds at probability 1; null lives for ever. */
  readonly ttl: number | null;
  dir: string | null;
  base: HexId;
  head: HexId;
  state: ForkState;
  /** When it was merged or discarded. */
  ended: number | null;
  probability: number;
  lastActive: number;
  /** How many checkpoints were taken on it. */
  checkpoints: number;
  /** Bytes of the files that these added and changed; after a restart, without those whose frames were compacted away. */
  written: number;
  observations: Observation[];
  /** Written since the last checkpoint; null removes. */
  readonly pending: Map<BytePath, Entry | null>;
  /** The operation that `undo` would reverse. */
  lastOperation: HexId | null;
  /** Root of `head`, filled in when first asked for. */
  root: Buffer | null;
}

export interface Entanglement {
  readonly first: HexId;
  readonly second: HexId;
  readonly kind: EntanglementKind;
}

/** Observations kept a fork: the last ones decide, older ones stay in the catalog's history. */
const MAX_OBSERVATIONS = 100;

/** Receipts kept: the newest. A client repeats what it does not know the fate of within seconds. */
const MAX_RECEIPTS = 20_000;

/** Under what a receipt is found. A name of an agent has no control characters. */
export function receiptKey(agent: string, key: string): string {
  return `${agent}\0${key}`;
}

/** Under what a claim is found. */
export function claimKey(agent: string, fork: HexId | null): string {
  return `${agent}\0${fork ?? ''}`;
}

/**
 * Everything that the journal says, in memory. Live operations and replay go through the same `apply`,
 * so what a restart sees is what was there. Size follows forks, not checkpoints.
 */
export class EngineState {
  readonly forks = new Map<HexId, Fork>();
  /** Names of live forks. */
  readonly names = new Map<string, HexId>();
  /** Operations that some fork could still undo. */
  readonly operations = new Map<HexId, OperationRecord>();
  /** Pinned checkpoints, with what people call them. */
  readonly pins = new Map<HexId, string | null>();
  /** Checkpoints let go of, whose frames may still lie in a segment: hidden again when a store opens. */
  readonly retired = new Set<HexId>();
  readonly commitTrees = new Map<string, HexId>();
  readonly intents = new Map<HexId, IntentRecord>();
  /** Registered agents by name. */
  readonly agents = new Map<string, AgentRecord>();
  /** By {@link claimKey}. */
  readonly claims = new Map<string, ClaimRecord>();
  /** By {@link receiptKey}, oldest first. */
  readonly receipts = new Map<string, ReceiptRecord>();
  entanglements: Entanglement[] = [];
  phase: Phase = 'hybrid';

  applyCheckpoint(id: HexId, body: CheckpointPlace): void {
    const fork = this.forks.get(body.fork);
    if (fork === undefined) return; // the fork was purged: its checkpoints live on only where others need them
    fork.head = id;
    fork.root = null;
    fork.pending.clear();
    fork.checkpoints++;
    fork.written += body.insight.bytesAdded;
    fork.lastActive = body.time;
  }

  apply(record: JournalRecord): void {
    switch (record.type) {
      case 'fork': this.#addFork(record); break;
      case 'edit': {
        const { entry } = record;
        this.forks.get(record.fork)?.pending.set(record.path as BytePath, entry === null ? null
          : { mode: entry.mode as FileMode, size: entry.size, id: Buffer.from(entry.id, 'hex') });
        break;
      }
      case 'operation': this.#applyOperation(record); break;
      case 'observation': {
        const fork = this.forks.get(record.fork);
        if (fork === undefined) break;
        fork.observations.push(record.observation);
        if (fork.observations.length > MAX_OBSERVATIONS) fork.observations.shift();
        fork.probability = record.probability;
        fork.lastActive = record.observation.time;
        break;
      }
      case 'entanglement':
        if (!this.forks.has(record.first) || !this.forks.has(record.second)) break; // purged and compacted away
        this.entanglements.push({ first: record.first, second: record.second, kind: record.kind });
        break;
      case 'directory': {
        const fork = this.forks.get(record.fork);
        if (fork !== undefined) fork.dir = record.dir;
        break;
      }
      case 'pin':
        if (record.pinned) this.pins.set(record.checkpoint, record.name ?? null);
        else this.pins.delete(record.checkpoint);
        break;
      case 'purge': for (const id of record.forks) this.#purge(id); break;
      case 'retire': for (const id of record.checkpoints) this.retired.add(id); break;
      case 'phase': this.phase = record.phase; break;
      case 'intent':
        if (record.abandoned) this.intents.delete(record.id);
        else this.intents.set(record.id, record);
        break;
      case 'commit-tree': this.commitTrees.set(record.commit, record.root); break;
      case 'agent': this.agents.set(record.agent, record); break;
      case 'claim': this.#applyClaim(record); break;
      case 'receipt': this.#applyReceipt(record); break;
    }
  }

  /** Forks, oldest first. */
  list(filter: { task?: string; all?: boolean } = {}): Fork[] {
    const out: Fork[] = [];
    for (const fork of this.forks.values()) {
      if (filter.all !== true && fork.state !== 'live') continue;
      if (filter.task !== undefined && fork.task !== filter.task) continue;
      out.push(fork);
    }
    return out;
  }

  #applyClaim(record: ClaimRecord): void {
    const key = claimKey(record.agent, record.fork);
    if (record.globs.length === 0) this.claims.delete(key);
    else this.claims.set(key, record);
  }

  #applyReceipt(record: ReceiptRecord): void {
    const key = receiptKey(record.agent, record.key);
    this.receipts.delete(key); // to the end of the order
    this.receipts.set(key, record);
    if (this.receipts.size <= MAX_RECEIPTS) return;
    for (const oldest of this.receipts.keys()) {
      this.receipts.delete(oldest);
      break;
    }
  }

  #addFork(record: ForkCreated): void {
    this.forks.set(record.fork, {
      id: record.fork, name: record.name, agent: record.agent, task: record.task, parent: record.parent,
      workspace: record.workspace, created: record.time, ttl: record.ttl, dir: record.dir,
      base: record.base, head: record.base, state: 'live', ended: null, probability: record.probability,
      lastActive: record.time, checkpoints: 0, written: 0, observations: [], pending: new Map(), lastOperation: null, root: null,
    });
    this.names.set(record.name, record.fork);
  }

  #applyOperation(record: OperationRecord): void {
    this.intents.delete(record.id);
    this.operations.set(record.id, record);
    for (const move of record.moves) {
      const fork = this.forks.get(move.fork);
      if (fork === undefined) continue;
      // Asked of the record, not of the fork: a replay may lack the checkpoint that cleared what was pending (it was retired).
      if (move.before.head !== move.after.head) fork.pending.clear();
      this.#setPosition(fork, move.after, record.time);
      const replaced = fork.lastOperation;
      fork.lastOperation = record.id;
      if (replaced !== null) this.#forgetUnless(replaced);
    }
    this.#forgetUnless(record.id); // of forks that were purged and compacted away
  }

  #setPosition(fork: Fork, position: Position, time: number): void {
    if (fork.head !== position.head) fork.root = null;
    fork.head = position.head;
    fork.base = position.base;
    fork.lastActive = time;
    if (fork.state === position.state) return;
    fork.state = position.state;
    fork.ended = position.state === 'live' ? null : time;
    if (position.state === 'live') this.names.set(fork.name, fork.id);
    else if (this.names.get(fork.name) === fork.id) this.names.delete(fork.name);
  }

  /** Drops an operation that no fork can undo any more. */
  #forgetUnless(id: HexId): void {
    const record = this.operations.get(id);
    if (record === undefined) return;
    for (const move of record.moves) if (this.forks.get(move.fork)?.lastOperation === id) return;
    this.operations.delete(id);
  }

  #purge(id: HexId): void {
    const fork = this.forks.get(id);
    if (fork === undefined) return;
    this.forks.delete(id);
    if (this.names.get(fork.name) === id) this.names.delete(fork.name);
    if (fork.lastOperation !== null) this.#forgetUnless(fork.lastOperation);
    this.claims.delete(claimKey(fork.agent, id));
    this.entanglements = this.entanglements.filter((tie) => tie.first !== id && tie.second !== id);
  }
}
