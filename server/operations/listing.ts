import { setImmediate as nextTurn } from 'node:timers/promises';
import { PyiError } from '../../protocol/errors.ts';
import type { Params, Result } from '../../protocol/registry.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import type { Fork } from '../engine/state.ts';
import { resolveFork } from '../engine/references.ts';
import { rootOfCheckpoint } from '../engine/checkpoint-object.ts';
import { expiryOf } from '../engine/superposition.ts';
import { diff } from '../engine/tree/diff.ts';
import { FileMode } from '../engine/tree/entry.ts';
import type { Host } from './host.ts';
import type { Repository } from './repository.ts';

/** How long a listing works before it lets others have a turn, µs. */
const TURN_MICROS = 4000;

/** `pyi forks`. */
export async function forks(host: Host, params: Params<'forks'>): Promise<Result<'forks'>> {
  const { repository } = await host.locate(params.repository);
  const filter = { all: params.all, ...(params.task === undefined ? {} : { task: params.task }) };
  const wanted = params.forks === undefined ? repository.engine.state.list(filter)
    : new Set(params.forks.map((reference) => resolveFork(repository.engine, reference)));
  const rows: ForkInfo[] = [];
  const { clock } = repository.parts;
  let turnEnds = clock.micros() + TURN_MICROS;
  for (const fork of wanted) {
    if (!repository.engine.state.forks.has(fork.id)) continue; // swept while others had their turn
    rows.push(forkInfo(repository, fork));
    if (clock.micros() < turnEnds) continue;
    await nextTurn();
    turnEnds = clock.micros() + TURN_MICROS;
  }
  return rows;
}

/** `pyi timeline`, answered from the catalog. */
export async function timeline(host: Host, params: Params<'timeline'>): Promise<Result<'timeline'>> {
  const { repository } = await host.locate(params.repository);
  const fork = params.fork === undefined ? undefined : resolveFork(repository.engine, params.fork);
  return repository.parts.catalog.timeline({
    limit: params.limit,
    ...(fork === undefined ? {} : { fork: fork.id }),
    ...(params.agent === undefined ? {} : { agent: params.agent }),
    ...(params.before === undefined ? {} : { before: params.before }),
  });
}

/** `pyi agents`. */
export async function agents(host: Host, params: Params<'agents'>): Promise<Result<'agents'>> {
  const { repository } = await host.locate(params.repository);
  const known = new Map<string, Result<'agents'>[number]>();
  for (const fork of repository.engine.state.forks.values()) {
    const row = known.get(fork.agent) ?? { agent: fork.agent, live: 0, merged: 0, discarded: 0, checkpoints: 0, lastActive: null };
    row[fork.state]++;
    row.checkpoints += fork.checkpoints;
    row.lastActive = Math.max(row.lastActive ?? 0, fork.lastActive);
    known.set(fork.agent, row);
  }
  return [...known.values()].sort((a, b) => (b.lastActive ?? 0) - (a.lastActive ?? 0));
}

function forkInfo(repository: Repository, fork: Fork): ForkInfo {
  const { engine } = repository;
  return {
    fork: fork.id, name: fork.name, agent: fork.agent, task: fork.task, parent: fork.parent, base: fork.base, head: fork.head,
    state: fork.state, dir: fork.dir, observations: fork.observations, changes: countChanges(repository, fork),
    probability: fork.probability, expires: expiryOf(fork),
    entangled: engine.state.entanglements
      .filter((tie) => tie.first === fork.id || tie.second === fork.id)
      .map((tie) => (tie.first === fork.id ? { fork: tie.second, kind: tie.kind, role: 'first' as const } : { fork: tie.first, kind: tie.kind, role: 'second' as const })),
    created: fork.created, checkpoints: fork.checkpoints,
  };
}

/** What a fork's head changed against its base. Costs what differs; a base that was swept counts as unchanged. */
function countChanges({ engine }: Repository, fork: Fork): ForkInfo['changes'] {
  const counts = { added: 0, changed: 0, deleted: 0, conflicts: 0 };
  if (fork.head === fork.base) return counts;
  let base: Buffer;
  try {
    base = rootOfCheckpoint(engine.store, fork.base);
  } catch (error) {
    if (PyiError.is(error, 'NOT_FOUND')) return counts;
    throw error;
  }
  for (const { before, after } of diff(engine.store, base, engine.headRoot(fork))) {
    if (after?.mode === FileMode.conflict) counts.conflicts++;
    if (before === undefined) counts.added++;
    else if (after === undefined) counts.deleted++;
    else counts.changed++;
  }
  return counts;
}
