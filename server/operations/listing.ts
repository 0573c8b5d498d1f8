import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import type { CheckpointInfo, ForkInfo, TimelineFilter } from '../../protocol/values.ts';
import type { CheckpointFilter } from '../catalog/queries.ts';
import type { Fork } from '../engine/state.ts';
import { resolveCheckpoint, resolveFork } from '../engine/references.ts';
import { expiryOf } from '../engine/superposition.ts';
import { Slicer } from '../worktree/slicer.ts';
import type { Host } from './host.ts';
import type { Repository } from './repository.ts';

/** `pyi forks`. */
export async function forks(host: Host, params: Params<'forks'>, context: CallContext): Promise<Result<'forks'>> {
  const { repository } = await host.locate(params.repository);
  const filter = { all: params.all, ...(params.task === undefined ? {} : { task: params.task }) };
  const wanted = params.forks === undefined ? repository.engine.state.list(filter)
    : new Set(params.forks.map((reference) => resolveFork(repository.engine, reference)));
  const rows: ForkInfo[] = [];
  const slicer = new Slicer(repository.parts.clock, context.signal);
  for (const fork of wanted) {
    if (!repository.engine.state.forks.has(fork.id)) continue; // swept while others had their turn
    rows.push(forkInfo(repository, fork));
    if (slicer.due()) await slicer.pause();
  }
  return rows;
}

/** `pyi timeline`, answered from the catalog. */
export async function timeline(host: Host, params: Params<'timeline'>): Promise<Result<'timeline'>> {
  const { repository } = await host.locate(params.repository);
  if (params.checkpoints !== undefined) return named(repository, params.checkpoints);
  return repository.parts.catalog.timeline({ ...filterOf(repository, params), limit: params.limit, offset: params.offset });
}

/** Checkpoints in the order in which they were named. */
async function named({ engine, parts }: Repository, references: readonly string[]): Promise<CheckpointInfo[]> {
  const ids = references.map((reference) => resolveCheckpoint(engine, reference));
  const known = new Map((await parts.catalog.checkpoints(ids)).map((info) => [info.checkpoint, info]));
  return ids.map((id) => known.get(id)).filter((info) => info !== undefined);
}

/** `pyi tally`, answered from the catalog. */
export async function tally(host: Host, params: Params<'tally'>): Promise<Result<'tally'>> {
  const { repository } = await host.locate(params.repository);
  const groups = await repository.parts.catalog.tally({ ...filterOf(repository, params), by: params.by, timeZone: params.timeZone });
  return { total: groups.reduce((total, group) => total + group.count, 0), groups };
}

/** What a caller asks of the catalog, with the fork's id for its name. @throws PyiError `NOT_FOUND` */
function filterOf(repository: Repository, { fork, agent, task, kinds, text, after, before }: TimelineFilter): CheckpointFilter {
  return {
    ...(fork === undefined ? {} : { fork: resolveFork(repository.engine, fork).id }),
    ...(agent === undefined ? {} : { agent }), ...(task === undefined ? {} : { task }), ...(kinds === undefined ? {} : { kinds }),
    ...(text === undefined ? {} : { text }), ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }),
  };
}

/** `pyi agents`. */
export async function agents(host: Host, params: Params<'agents'>): Promise<Result<'agents'>> {
  const { repository } = await host.locate(params.repository);
  const known = new Map<string, Result<'agents'>[number]>();
  for (const fork of repository.engine.state.forks.values()) {
    const row = known.get(fork.agent) ?? agentRow(repository, fork.agent);
    row[fork.state]++;
    row.checkpoints += fork.checkpoints;
    row.bytes += fork.written;
    row.lastActive = Math.max(row.lastActive ?? 0, fork.lastActive);
    known.set(fork.agent, row);
  }
  for (const agent of repository.engine.state.agents.keys()) if (!known.has(agent)) known.set(agent, agentRow(repository, agent));
  return [...known.values()].sort((a, b) => (b.lastActive ?? 0) - (a.lastActive ?? 0));
}

function agentRow({ engine, sessions }: Repository, agent: string): Result<'agents'>[number] {
  const record = engine.state.agents.get(agent);
  return {
    agent, live: 0, merged: 0, discarded: 0, checkpoints: 0, lastActive: null,
    state: sessions.stateOf(agent, record), bytes: 0, quota: record === undefined ? null : { ...record.quota },
  };
}

/** A fork as listings show it. Costs what it changed, the first time after it moved. */
export function forkInfo(repository: Repository, fork: Fork): ForkInfo {
  const { engine } = repository;
  return {
    fork: fork.id, name: fork.name, agent: fork.agent, agentState: repository.sessions.stateOf(fork.agent, engine.state.agents.get(fork.agent)), task: fork.task, parent: fork.parent, base: fork.base, head: fork.head,
    state: fork.state, dir: fork.dir, observations: fork.observations, changes: repository.changeSets.of(fork).counts,
    probability: fork.probability, expires: expiryOf(fork),
    entangled: engine.state.entanglements
      .filter((tie) => tie.first === fork.id || tie.second === fork.id)
      .map((tie) => (tie.first === fork.id ? { fork: tie.second, kind: tie.kind, role: 'first' as const } : { fork: tie.first, kind: tie.kind, role: 'second' as const })),
    created: fork.created, checkpoints: fork.checkpoints, lastActive: fork.lastActive,
  };
}
