import { PyiError } from '../../protocol/errors.ts';
import { OPERATIONS } from '../../protocol/registry.ts';
import type { AgentIdentity, Caller, OperationName, Params } from '../../protocol/registry.ts';
import { readCheckpoint } from '../engine/checkpoint-object.ts';
import type { AgentRecord } from '../engine/records.ts';
import { resolveCheckpoint, resolveFork } from '../engine/references.ts';
import type { Fork } from '../engine/state.ts';
import type { Located } from './host.ts';
import type { Repository } from './repository.ts';

/**
 * What an agent may do. A connection that acts for nobody is the user's own, and may do everything; one that acts for an agent
 * reads everything and changes only what is that agent's.
 */

/** Looks at the parameters of one operation that an agent asks for. @throws PyiError */
type Rule<N extends OperationName> = (asked: { readonly located: Located; readonly agent: AgentRecord; readonly params: Params<N> }) => void;

/** Operations that change something and that an agent may call. All others are the user's. */
const RULES: { readonly [N in OperationName]?: Rule<N> } = {
  checkpoint: ({ located, agent, params }) => {
    checkOwn(agent, [located.repository.forkOr(params.fork, located.layout)]);
    checkBytes(located.repository, agent, 0);
  },
  write: ({ located, agent, params }) => {
    const fork = named(located, params.fork);
    checkOwn(agent, [fork]);
    checkBytes(located.repository, agent, pendingBytes(fork) + sizeOf(params.content));
  },
  remove: ({ located, agent, params }) => { checkOwn(agent, [named(located, params.fork)]); },
  rewind: ({ located, agent, params }) => { checkOwn(agent, [located.repository.forkOr(params.fork, located.layout)]); },
  observe: ({ located, agent, params }) => { checkOwn(agent, [named(located, params.fork)]); },
  discard: ({ located, agent, params }) => { checkOwn(agent, params.forks.map((fork) => named(located, fork))); },
  integrate: ({ located, agent, params }) => { checkOwn(agent, [named(located, params.into)]); },
  entangle: ({ located, agent, params }) => { checkOwn(agent, [named(located, params.first), named(located, params.second)]); },
  pin: ({ located, agent, params }) => {
    const { engine } = located.repository;
    const fork = engine.state.forks.get(readCheckpoint(engine.store, resolveCheckpoint(engine, params.checkpoint)).fork);
    checkOwn(agent, fork === undefined ? [] : [fork]);
  },
  undo: ({ located, agent, params }) => {
    const fork = located.repository.forkOr(params.fork, located.layout);
    checkOwn(agent, [fork]);
    const last = fork.lastOperation === null ? undefined : located.repository.engine.state.operations.get(fork.lastOperation);
    if (last?.about === 'collapse') checkMayCollapse(agent);
    else checkOwn(agent, (last?.moves ?? []).flatMap((move) => located.repository.engine.state.forks.get(move.fork) ?? []));
  },
  fork: ({ located, agent, params }) => {
    if (params.agent !== undefined && params.agent !== agent.agent) {
      throw new PyiError('UNAUTHORIZED', `${agent.agent} cannot make a fork in the name of ${params.agent}`, 'Leave "agent" out.');
    }
    checkForks(located.repository, agent, 1);
  },
  race: ({ located, agent, params }) => {
    checkForks(located.repository, agent, params.count);
    if (params.collapse) checkMayCollapse(agent);
  },
  collapse: ({ located, agent, params }) => {
    if (params.fork === undefined) throw new PyiError('INVALID_ARGUMENT', 'An agent says which fork is to win', 'Give "fork".');
    checkOwn(agent, [named(located, params.fork)]);
    if (!params.dryRun) checkMayCollapse(agent);
  },
  submit: ({ located, agent, params }) => {
    checkOwn(agent, [named(located, params.fork)]);
    checkMayCollapse(agent);
  },
  claim: ({ located, agent, params }) => {
    if (params.agent !== undefined && params.agent !== agent.agent) throw new PyiError('UNAUTHORIZED', `${agent.agent} cannot claim paths for ${params.agent}`, 'Leave "agent" out.');
    if (params.fork !== undefined) checkOwn(agent, [named(located, params.fork)]);
  },
  'agent/attach': () => undefined,
  'agent/terminate': ({ agent, params }) => {
    if (params.agent !== agent.agent) throw new PyiError('UNAUTHORIZED', `${agent.agent} cannot end ${params.agent}`, 'An agent can only end itself.');
  },
  doctor: ({ params, agent }) => { if (params.repair) refuse(agent, 'doctor --repair'); },
};

/** Operations for which a suspended agent is refused: those that change something. It may end itself, and say that it is alive. */
const WHILE_SUSPENDED: readonly OperationName[] = ['agent/attach', 'agent/terminate'];

/**
 * Checks that a caller may do what it asks for.
 * @throws PyiError `UNAUTHORIZED`, `QUOTA_EXCEEDED`, `BUSY` (suspended), and what the references in the parameters are worth
 */
export function checkAccess<N extends OperationName>(located: Located, caller: Caller | undefined, name: N, params: Params<N>): void {
  const identity = caller?.identity;
  if (caller === undefined || identity === undefined) return;
  const agent = recordOf(located.repository, caller, identity);
  const { sessions } = located.repository;
  sessions.seen(agent.agent);
  const { callsPerSecond } = agent.quota;
  if (callsPerSecond !== null && !sessions.takeCall(agent.agent, callsPerSecond)) {
    throw new PyiError('QUOTA_EXCEEDED', `${agent.agent} makes more than ${callsPerSecond} calls a second`, 'Wait a moment, or have its quota raised.');
  }
  if (OPERATIONS[name].readOnly) return;
  if (agent.standing === 'suspended' && !WHILE_SUSPENDED.includes(name)) {
    throw new PyiError('BUSY', `${agent.agent} is suspended`, `Wait until it is resumed: pyi agent-resume ${agent.agent}`);
  }
  const rule: Rule<N> | undefined = RULES[name];
  if (rule === undefined) refuse(agent, name);
  rule({ located, agent, params });
}

/** The record of the agent that a connection acts for. @throws PyiError `UNAUTHORIZED` when it no longer does */
function recordOf(repository: Repository, caller: Caller, identity: AgentIdentity): AgentRecord {
  const { engine, sessions, parts } = repository;
  if (identity.store !== parts.layout.storeDirectory) {
    throw new PyiError('UNAUTHORIZED', `${identity.agent} is an agent of another repository`, 'Open a connection of its own for each repository.');
  }
  const record = engine.state.agents.get(identity.agent);
  if (record === undefined || record.standing === 'terminated') {
    throw new PyiError('UNAUTHORIZED', `${identity.agent} was ended`, 'Register an agent with another name.');
  }
  if (!sessions.isHeldBy(identity.agent, caller)) {
    throw new PyiError('UNAUTHORIZED', `${identity.agent} has moved to another connection`, 'Attach with its token to take it back.');
  }
  return record;
}

function named({ repository }: Located, reference: string): Fork {
  return resolveFork(repository.engine, reference);
}

function checkOwn(agent: AgentRecord, forks: readonly Fork[]): void {
  const foreign = forks.find((fork) => fork.agent !== agent.agent && !agent.grants.includes(fork.id));
  if (foreign === undefined) return;
  throw new PyiError('UNAUTHORIZED', `${agent.agent} cannot change ${foreign.name}, which is ${foreign.workspace ? 'the work tree of the user' : `a fork of ${foreign.agent}`}`,
    `Work on a fork of its own, or let it: pyi agent-grant ${agent.agent} ${foreign.name}`);
}

function checkMayCollapse(agent: AgentRecord): void {
  if (agent.mayCollapse) return;
  throw new PyiError('UNAUTHORIZED', `${agent.agent} may not collapse`, 'Have the user collapse its fork, or register it with "mayCollapse".');
}

function checkForks({ engine }: Repository, agent: AgentRecord, more: number): void {
  const limit = agent.quota.forks;
  if (limit === null) return;
  const live = liveForksOf(engine.state.forks.values(), agent.agent).length;
  if (live + more <= limit) return;
  throw new PyiError('QUOTA_EXCEEDED', `${agent.agent} has ${live} live ${live === 1 ? 'fork' : 'forks'} of ${limit} that it may have`, 'Discard one, or have its quota raised.');
}

function checkBytes({ engine }: Repository, agent: AgentRecord, more: number): void {
  const limit = agent.quota.bytes;
  if (limit === null) return;
  const written = bytesOf(engine.state.forks.values(), agent.agent);
  if (more === 0 ? written < limit : written + more <= limit) return;
  throw new PyiError('QUOTA_EXCEEDED', `${agent.agent} has written ${written} bytes of ${limit} that it may write`, 'Have its quota raised.');
}

/** Bytes of the files that an agent wrote and changed, in all forks that are not swept yet. */
export function bytesOf(forks: Iterable<Fork>, agent: string): number {
  let bytes = 0;
  for (const fork of forks) if (fork.agent === agent) bytes += fork.written;
  return bytes;
}

/** The live forks of an agent, oldest first. */
export function liveForksOf(forks: Iterable<Fork>, agent: string): Fork[] {
  return Array.from(forks).filter((fork) => fork.agent === agent && fork.state === 'live');
}

function pendingBytes(fork: Fork): number {
  let bytes = 0;
  for (const entry of fork.pending.values()) bytes += entry?.size ?? 0;
  return bytes;
}

function sizeOf({ text, base64 }: Params<'write'>['content']): number {
  return text === undefined ? Math.floor((base64 ?? '').length * 3 / 4) : Buffer.byteLength(text);
}

function refuse(agent: AgentRecord, what: string): never {
  throw new PyiError('UNAUTHORIZED', `${agent.agent} may not ask for ${what}`, 'That is the user\'s: ask on a connection that acts for no agent.');
}
