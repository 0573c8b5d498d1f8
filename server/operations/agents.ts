import { PyiError } from '../../protocol/errors.ts';
import type { Caller, Params, Result } from '../../protocol/registry.ts';
import { newToken, tokenDigest } from '../agents/tokens.ts';
import type { AgentRecord, AgentStanding } from '../engine/records.ts';
import { resolveFork } from '../engine/references.ts';
import { liveForksOf } from './access.ts';
import type { Host, OperationContext } from './host.ts';
import { discardForks } from './marks.ts';
import type { Repository } from './repository.ts';

/** The life of agents: registered, attached to a connection, suspended, resumed, ended. */

/** `pyi/agent/register`. */
export async function agentRegister(host: Host, params: Params<'agent/register'>, context: OperationContext): Promise<Result<'agent/register'>> {
  const { repository } = await host.locate(params.repository);
  const { engine, parts } = repository;
  const known = engine.state.agents.get(params.agent);
  if (known !== undefined && known.standing !== 'terminated') {
    throw new PyiError('NAME_EXISTS', `There is an agent ${params.agent} already`, `Attach with its token, take another name, or end it: pyi agent-terminate ${params.agent}`);
  }
  const token = newToken(parts.random);
  const now = parts.clock.now();
  const record: AgentRecord = {
    type: 'agent', agent: params.agent, standing: 'active', tokenHash: tokenDigest(token, parts.hash),
    quota: { forks: params.maxForks ?? null, bytes: params.maxBytes ?? null, callsPerSecond: params.callsPerSecond ?? null },
    heartbeatMillis: params.heartbeatSeconds === null ? null : params.heartbeatSeconds * 1000,
    mayCollapse: params.mayCollapse, grants: [], registered: now, time: now,
  };
  engine.withReceipt(context.receipt, () => { engine.transact([record], 'process'); });
  if (params.bind && context.caller !== undefined) bind(repository, record.agent, context.caller);
  repository.emit('agent', null, null, record.agent);
  return { agent: record.agent, token };
}

/** `pyi/agent/attach`: by its token an agent goes on where it was, on whichever connection. */
export async function agentAttach(host: Host, params: Params<'agent/attach'>, context: OperationContext): Promise<Result<'agent/attach'>> {
  const { repository } = await host.locate(params.repository);
  const { engine, parts } = repository;
  const digest = tokenDigest(params.token, parts.hash);
  const record = [...engine.state.agents.values()].find(({ tokenHash }) => tokenHash === digest);
  if (record === undefined || record.standing === 'terminated') {
    throw new PyiError('UNAUTHORIZED', 'This is no token of an agent of this repository', 'Register the agent; its token is told once.');
  }
  const migrated = context.caller === undefined ? false : bind(repository, record.agent, context.caller);
  repository.emit('agent', null, null, record.agent);
  return {
    agent: record.agent, standing: record.standing, migrated,
    forks: liveForksOf(engine.state.forks.values(), record.agent).map(({ id, name, task, head, dir, pending }) => ({ fork: id, name, task, head, dir, pending: pending.size })),
  };
}

/** `pyi/agent/suspend`. */
export async function agentSuspend(host: Host, params: Params<'agent/suspend'>, context: OperationContext): Promise<Result<'agent/suspend'>> {
  return stand(host, params, 'suspended', context);
}

/** `pyi/agent/resume`. */
export async function agentResume(host: Host, params: Params<'agent/resume'>, context: OperationContext): Promise<Result<'agent/resume'>> {
  return stand(host, params, 'active', context);
}

/** `pyi/agent/terminate`. Its forks are kept unless they are to be discarded, which can be undone. */
export async function agentTerminate(host: Host, params: Params<'agent/terminate'>, context: OperationContext): Promise<Result<'agent/terminate'>> {
  const { repository } = await host.locate(params.repository);
  if (params.discard) {
    const forks = liveForksOf(repository.engine.state.forks.values(), params.agent).filter((fork) => !fork.workspace);
    if (forks.length > 0) await discardForks(repository, forks);
  }
  const result = await stand(host, params, 'terminated', context);
  // What it claimed is free.
  const claims = [...repository.engine.state.claims.values()].filter(({ agent }) => agent === params.agent);
  if (claims.length > 0) repository.engine.transact(claims.map((claim) => ({ ...claim, globs: [], time: repository.parts.clock.now() })), 'process');
  return result;
}

/** `pyi/agent/heartbeat`. That it was called is what counts; `checkAccess` has noted it. */
export async function agentHeartbeat(host: Host, params: Params<'agent/heartbeat'>, context: OperationContext): Promise<Result<'agent/heartbeat'>> {
  const { repository } = await host.locate(params.repository);
  const agent = context.caller?.identity?.agent;
  if (agent === undefined) throw new PyiError('INVALID_ARGUMENT', 'This connection acts for no agent', 'Register one, or attach with its token.');
  return { agent, time: repository.parts.clock.now() };
}

/** `pyi/agent/grant`. */
export async function agentGrant(host: Host, params: Params<'agent/grant'>, context: OperationContext): Promise<Result<'agent/grant'>> {
  const { repository } = await host.locate(params.repository);
  const record = registered(repository, params.agent);
  const fork = resolveFork(repository.engine, params.fork);
  const others = record.grants.filter((id) => id !== fork.id);
  change(repository, { ...record, grants: params.revoke ? others : [...others, fork.id] }, context);
  return { agent: record.agent, grants: [...registered(repository, params.agent).grants] };
}

function bind(repository: Repository, agent: string, caller: Caller): boolean {
  const migrated = repository.sessions.bind(agent, caller);
  caller.identity = { store: repository.parts.layout.storeDirectory, agent };
  return migrated;
}

async function stand(host: Host, { repository: directory, agent }: { repository: string; agent: string }, standing: AgentStanding, context: OperationContext): Promise<Result<'agent/suspend'>> {
  const { repository } = await host.locate(directory);
  const record = registered(repository, agent);
  if (record.standing === 'terminated') throw new PyiError('NOT_FOUND', `${agent} was ended`, 'Register it anew.');
  if (record.standing !== standing) change(repository, { ...record, standing }, context);
  return {
    agent, state: repository.sessions.stateOf(agent, repository.engine.state.agents.get(agent)),
    forks: liveForksOf(repository.engine.state.forks.values(), agent).map(({ id }) => id),
  };
}

function change(repository: Repository, record: AgentRecord, context: OperationContext): void {
  const { engine, parts } = repository;
  engine.withReceipt(context.receipt, () => { engine.transact([{ ...record, time: parts.clock.now() }], 'process'); });
  repository.emit('agent', null, null, record.agent);
}

/** @throws PyiError `NOT_FOUND` */
function registered({ engine }: Repository, agent: string): AgentRecord {
  const record = engine.state.agents.get(agent);
  if (record === undefined) throw new PyiError('NOT_FOUND', `There is no registered agent ${JSON.stringify(agent)}`, 'See "pyi agents" for those that there are.');
  return record;
}
