import type * as z from 'zod';
import type { Operation } from './operation.ts';
import * as agents from './operations/agents.ts';
import * as outcomes from './operations/outcomes.ts';
import * as states from './operations/states.ts';
import * as upkeep from './operations/upkeep.ts';

/** Every operation by its verb, in the order of the documentation. */
export const OPERATIONS = {
  setup: upkeep.setup,
  checkpoint: states.checkpoint,
  fork: states.forkOperation,
  forks: states.forks,
  timeline: states.timeline,
  tally: states.tally,
  history: states.history,
  superposition: states.superposition,
  where: states.where,
  radar: states.radar,
  changes: states.changes,
  rewind: states.rewind,
  undo: states.undo,
  write: states.write,
  read: states.read,
  remove: states.remove,
  ls: states.ls,
  find: states.find,
  observe: outcomes.observe,
  collapse: outcomes.collapse,
  race: outcomes.race,
  discard: states.discard,
  integrate: states.integrate,
  entangle: states.entangle,
  materialize: states.materialize,
  pin: upkeep.pin,
  agents: upkeep.agents,
  'agent/register': agents.agentRegister,
  'agent/attach': agents.agentAttach,
  'agent/suspend': agents.agentSuspend,
  'agent/resume': agents.agentResume,
  'agent/terminate': agents.agentTerminate,
  'agent/heartbeat': agents.agentHeartbeat,
  'agent/grant': agents.agentGrant,
  claim: agents.claim,
  claims: agents.claims,
  submit: agents.submit,
  queue: agents.queue,
  audit: agents.audit,
  stats: upkeep.stats,
  doctor: upkeep.doctor,
  sweep: upkeep.sweep,
  verify: upkeep.verify,
  phase: upkeep.phase,
  'git-compat': upkeep.gitCompat,
  about: upkeep.about,
  stop: upkeep.stop,
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;
/** Parameters as a caller gives them: defaults may be left out. */
export type ParamsInput<N extends OperationName> = z.input<(typeof OPERATIONS)[N]['params']>;
/** Parameters as a handler gets them: validated, defaults filled in. */
export type Params<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['params']>;
export type Result<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['result']>;

/** An agent that is registered in a store. */
export interface AgentIdentity {
  /** Directory of the store that knows the agent. */
  readonly store: string;
  readonly agent: string;
}

/** Who makes calls: one connection. */
export interface Caller {
  /** Names the connection in this server's life. */
  readonly connection: string;
  /** What the client called itself in `pyi/hello`. */
  readonly client: string;
  /** The agent that the connection acts for, once it has registered or attached; undefined: the user who owns the server. */
  identity: AgentIdentity | undefined;
  /** Aborted when the connection has ended. */
  readonly ended: AbortSignal;
}

/** What every handler is given beside its parameters. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Undefined for what the server does of its own accord. */
  readonly caller?: Caller;
  /** Named by a caller who may ask again after a broken connection: what was done once under this key is not done again. */
  readonly idempotencyKey?: string;
  /** Tells the caller how far long work is. `total` is undefined while unknown. */
  readonly progress: (update: ProgressUpdate) => void;
}

export interface ProgressUpdate {
  readonly what: string;
  readonly done: number;
  readonly total: number | undefined;
}

/** An implementation of every operation: what the transport calls, whatever the transport is. */
export type Handlers = { readonly [N in OperationName]: (params: Params<N>, context: CallContext) => Promise<Result<N>> };
