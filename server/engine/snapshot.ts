import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Phase } from '../../protocol/values.ts';
import type { AgentRecord, ClaimRecord, IntentRecord, OperationRecord, ReceiptRecord } from './records.ts';
import type { Entanglement, Fork } from './state.ts';
import { EngineState } from './state.ts';
import type { FileMode } from './tree/entry.ts';

/**
 * The engine's state as one JSON value, so that opening a store replays only what came after it. An
 * accelerator: when it is missing, damaged or of another version, the journal says everything.
 */
interface SnapshotShape {
  readonly version: typeof VERSION;
  readonly forks: readonly StoredFork[];
  readonly operations: readonly OperationRecord[];
  readonly pins: readonly (readonly [HexId, string | null])[];
  readonly retired: readonly HexId[];
  readonly commitTrees: readonly (readonly [string, HexId])[];
  readonly intents: readonly IntentRecord[];
  readonly entanglements: readonly Entanglement[];
  readonly phase: Phase;
  /** What `apply` takes as it is: agents, claims, receipts. */
  readonly records: readonly (AgentRecord | ClaimRecord | ReceiptRecord)[];
}

type StoredFork = Omit<Fork, 'pending' | 'root'> & {
  /** Read again when first asked for. */
  readonly root?: undefined;
  readonly pending: readonly (readonly [string, { mode: number; size: number; id: HexId } | null])[];
};

/** 2: pins have names. 3: agents, claims and receipts. */
const VERSION = 3;

export function encodeSnapshot(state: EngineState): Buffer {
  const shape: SnapshotShape = {
    version: VERSION,
    forks: Array.from(state.forks.values(), storeFork),
    operations: [...state.operations.values()],
    pins: [...state.pins],
    retired: [...state.retired],
    commitTrees: [...state.commitTrees],
    intents: [...state.intents.values()],
    entanglements: state.entanglements,
    phase: state.phase,
    records: [...state.agents.values(), ...state.claims.values(), ...state.receipts.values()],
  };
  return Buffer.from(JSON.stringify(shape));
}

/** @throws PyiError `UNSUPPORTED_VERSION`, or a SyntaxError: the caller replays the whole journal then. */
export function decodeSnapshot(bytes: Buffer): EngineState {
  const shape = JSON.parse(bytes.toString('utf8')) as SnapshotShape;
  if (shape.version !== VERSION) {
    throw new PyiError('UNSUPPORTED_VERSION', `The snapshot has version ${String(shape.version)}, not ${VERSION}`, 'It is rebuilt from the journal.');
  }
  const state = new EngineState();
  for (const stored of shape.forks) {
    const fork: Fork = {
      ...stored,
      observations: [...stored.observations],
      pending: new Map(stored.pending.map(([path, entry]) => [path as BytePath, entry === null ? null
        : { mode: entry.mode as FileMode, size: entry.size, id: Buffer.from(entry.id, 'hex') }])),
      root: null,
    };
    state.forks.set(fork.id, fork);
    if (fork.state === 'live') state.names.set(fork.name, fork.id);
  }
  for (const operation of shape.operations) state.operations.set(operation.id, operation);
  for (const [pin, name] of shape.pins) state.pins.set(pin, name);
  for (const id of shape.retired) state.retired.add(id);
  for (const [commit, root] of shape.commitTrees) state.commitTrees.set(commit, root);
  for (const intent of shape.intents) state.intents.set(intent.id, intent);
  state.entanglements = [...shape.entanglements];
  state.phase = shape.phase;
  for (const record of shape.records) state.apply(record);
  return state;
}

function storeFork(fork: Fork): StoredFork {
  return {
    ...fork,
    root: undefined,
    pending: Array.from(fork.pending, ([path, entry]) => [path, entry === null ? null
      : { mode: entry.mode, size: entry.size, id: entry.id.toString('hex') }] as const),
  };
}
