import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { EntanglementKind, ForkState, Observation, Phase } from '../../protocol/values.ts';

/**
 * The journal: one JSON record for each change of state that is not a checkpoint. `state.ts` applies
 * them, live and at replay alike. Fields may be added; a reader ignores those it does not know.
 */

/** What rewind, discard, collapse, integrate and undo move. */
export interface Position {
  readonly head: HexId;
  readonly base: HexId;
  readonly state: ForkState;
}

export interface ForkMove {
  readonly fork: HexId;
  readonly before: Position;
  readonly after: Position;
}

/** The Git side of a collapse, for its undo. */
export interface GitMove {
  /** Full ref name; null when HEAD was detached. */
  readonly branch: string | null;
  /** Commit ids; null stands for no commit yet. */
  readonly from: string | null;
  readonly to: string | null;
}

export const OPERATION_KINDS = ['rewind', 'discard', 'collapse', 'integrate', 'undo'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];
/** Seen through undo and redo. */
export type UndoableKind = Exclude<OperationKind, 'undo'>;

export interface ForkCreated {
  readonly type: 'fork';
  readonly fork: HexId;
  readonly name: string;
  readonly agent: string;
  readonly task: string | null;
  readonly parent: HexId | null;
  readonly base: HexId;
  readonly dir: string | null;
  /** True for the fork that stands for a work tree of the user's. */
  readonly workspace: boolean;
  readonly probability: number;
  /** Time to live in milliseconds at probability 1; null lives for ever. */
  readonly ttl: number | null;
  readonly time: number;
}

/** A file written into or removed from a fork since its last checkpoint. */
export interface EditRecord {
  readonly type: 'edit';
  readonly fork: HexId;
  /** One character a byte (see BytePath). */
  readonly path: string;
  /** Null removes. `id` in hex. */
  readonly entry: { readonly mode: number; readonly size: number; readonly id: HexId } | null;
}

export interface OperationRecord {
  readonly type: 'operation';
  readonly id: HexId;
  readonly kind: OperationKind;
  /** The kind of the operation that counts: for an undo, or the undo of one, what was undone first. */
  readonly about: UndoableKind;
  readonly time: number;
  readonly moves: readonly ForkMove[];
  /** The operation that an undo reverses. */
  readonly undoes: HexId | null;
  readonly git: GitMove | null;
}

export interface ObservationRecord {
  readonly type: 'observation';
  readonly fork: HexId;
  readonly probability: number;
  readonly observation: Observation;
}

export interface EntanglementRecord {
  readonly type: 'entanglement';
  readonly first: HexId;
  readonly second: HexId;
  readonly kind: EntanglementKind;
}

export interface DirectoryRecord {
  readonly type: 'directory';
  readonly fork: HexId;
  readonly dir: string | null;
}

export interface PinRecord {
  readonly type: 'pin';
  readonly checkpoint: HexId;
  readonly pinned: boolean;
  /** What a person calls it. Left out: nothing. */
  readonly name?: string;
}

/** Forks that retention let go of for good. Their other records may be compacted away. */
export interface PurgeRecord {
  readonly type: 'purge';
  readonly forks: readonly HexId[];
}

/** Checkpoints that retention let go of. Their frames may outlast this in a segment that is not compacted yet. */
export interface RetireRecord {
  readonly type: 'retire';
  readonly checkpoints: readonly HexId[];
}

export interface PhaseRecord {
  readonly type: 'phase';
  readonly phase: Phase;
}

/**
 * A collapse is about to change the user's work tree and branch. Closed by the operation record with the same
 * id, or by `abandoned`. One that is open when a store opens is settled first: see `server/operations/recovery.ts`.
 */
export interface IntentRecord {
  readonly type: 'intent';
  readonly id: HexId;
  readonly abandoned: boolean;
  readonly into: HexId;
  readonly winner: HexId;
  /** Root of the work tree before, and as it will be. */
  readonly fromRoot: HexId;
  readonly toRoot: HexId;
  readonly losers: readonly HexId[];
  readonly git: { readonly head: string | null; readonly branch: string | null } | null;
  readonly message: string;
  readonly time: number;
}

/** The tree of a Git commit, once imported. */
export interface CommitTreeRecord {
  readonly type: 'commit-tree';
  readonly commit: string;
  readonly root: HexId;
}

/** What an agent may use up. Null: no limit but that of the store. */
export interface AgentQuota {
  /** Live forks. */
  readonly forks: number | null;
  /** Bytes of the files that it wrote and changed, all in all. */
  readonly bytes: number | null;
  /** Calls a second. */
  readonly callsPerSecond: number | null;
}

export type AgentStanding = 'active' | 'suspended' | 'terminated';

/** A registered agent as it is from now on, the whole of it: the last record counts. */
export interface AgentRecord {
  readonly type: 'agent';
  readonly agent: string;
  readonly standing: AgentStanding;
  /** BLAKE3 of its token: the token itself is nowhere. */
  readonly tokenHash: string;
  readonly quota: AgentQuota;
  /** Silent for longer than this, it is taken for lost, milliseconds. Null: only when its connection ends. */
  readonly heartbeatMillis: number | null;
  /** May make a fork of its own the winner. */
  readonly mayCollapse: boolean;
  /** Forks of others that it may work on. */
  readonly grants: readonly HexId[];
  readonly registered: number;
  readonly time: number;
}

/** The paths that an agent says it works on, in one fork or in all of its forks. The last record counts; no globs: none. */
export interface ClaimRecord {
  readonly type: 'claim';
  readonly agent: string;
  readonly fork: HexId | null;
  readonly globs: readonly string[];
  readonly time: number;
}

/**
 * What a call with an idempotency key did, committed in one batch with what it did, so that a call that is repeated after a
 * broken connection is not carried out twice. A second record adds the result.
 */
export interface ReceiptRecord {
  readonly type: 'receipt';
  /** Whose key it is: an agent, or empty for the user. */
  readonly agent: string;
  readonly key: string;
  readonly operation: string;
  /** Of the parameters: one key stands for one call. */
  readonly digest: string;
  readonly time: number;
  /** Id of the checkpoint that was taken, or of the fork that was made or changed. */
  readonly subject?: HexId;
  readonly result?: unknown;
}

export type JournalRecord =
  | ForkCreated | EditRecord | OperationRecord | ObservationRecord | EntanglementRecord | DirectoryRecord
  | PinRecord | PurgeRecord | RetireRecord | PhaseRecord | IntentRecord | CommitTreeRecord
  | AgentRecord | ClaimRecord | ReceiptRecord;

export function encodeRecord(record: JournalRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** @throws PyiError `CORRUPT_OBJECT` when the bytes are no record. */
export function decodeRecord(bytes: Buffer): JournalRecord {
  try {
    return JSON.parse(bytes.toString('utf8')) as JournalRecord;
  } catch (cause) {
    throw new PyiError('CORRUPT_OBJECT', 'A journal record is not JSON', 'Run "pyi verify", then "pyi doctor --repair".', { cause });
  }
}
