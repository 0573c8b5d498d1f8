import { textFromBytePath } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import { PyiError } from '../../protocol/errors.ts';
import { rootOfCheckpoint } from '../engine/checkpoint-object.ts';
import type { Fork } from '../engine/state.ts';
import { lookup } from '../engine/tree/read.ts';
import { Slicer } from '../worktree/slicer.ts';
import { texts, treePath } from './arguments.ts';
import { contentKey } from './change-sets.ts';
import type { PathChange } from './change-sets.ts';
import type { Host } from './host.ts';
import type { Repository } from './repository.ts';

type Touch = Result<'radar'>['touched'][number]['forks'][number];

/** `pyi radar`: what others are doing to the same files. Costs what the forks changed, not how many files there are. */
export async function radar(host: Host, params: Params<'radar'>, context: CallContext): Promise<Result<'radar'>> {
  const { repository, layout } = await host.locate(params.repository);
  const fork = repository.forkOr(params.fork, layout);
  const own = repository.changeSets.of(fork);
  const head = repository.engine.headRoot(fork);
  const mine = new Map<BytePath, string>();
  for (const path of params.paths?.map(treePath) ?? own.paths.keys()) {
    mine.set(path, own.paths.get(path)?.content ?? contentKey(lookup(repository.engine.store, head, path)));
  }
  const touched = new Map<BytePath, Touch[]>();
  const slicer = new Slicer(repository.parts.clock, context.signal);
  const ancestors = ancestorsOf(repository, fork);
  for (const other of repository.engine.state.list()) {
    if (other === fork || other.state !== 'live') continue; // it may have ended while others had their turn
    const changed = ancestors.has(other) ? changesSince(repository, fork, other, mine.keys()) : repository.changeSets.of(other).paths;
    for (const path of common(mine, changed)) {
      const change = changed.get(path);
      if (change === undefined || change.content === mine.get(path)) continue;
      const touch: Touch = { fork: other.id, name: other.name, agent: other.agent, head: other.head, change: change.change };
      const known = touched.get(path);
      if (known === undefined) touched.set(path, [touch]);
      else known.push(touch);
    }
    if (slicer.due()) await slicer.pause();
  }
  return {
    fork: fork.id, conflicts: texts(own.conflicts),
    touched: [...touched].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, forks]) => ({ path: textFromBytePath(path), forks })),
  };
}

/** The paths that both have, found by going through the smaller. */
function* common(one: ReadonlyMap<BytePath, unknown>, other: ReadonlyMap<BytePath, unknown>): Generator<BytePath> {
  const [few, many] = one.size < other.size ? [one, other] : [other, one];
  for (const path of few.keys()) if (many.has(path)) yield path;
}

function ancestorsOf({ engine }: Repository, fork: Fork): Set<Fork> {
  const found = new Set<Fork>();
  for (let id = fork.parent; id !== null;) {
    const parent = engine.state.forks.get(id);
    if (parent === undefined || found.has(parent)) break;
    found.add(parent);
    id = parent.parent;
  }
  return found;
}

/**
 * What a fork that this one descends from has otherwise than this one started with. Its own base says nothing here: what it changed
 * before, this fork was born with.
 */
function changesSince({ engine }: Repository, fork: Fork, ancestor: Fork, paths: Iterable<BytePath>): ReadonlyMap<BytePath, PathChange> {
  const changes = new Map<BytePath, PathChange>();
  const { store } = engine;
  let base: Buffer;
  try {
    base = rootOfCheckpoint(store, fork.base);
  } catch (error) {
    if (PyiError.is(error, 'NOT_FOUND')) return changes; // swept: nothing can be said of it
    throw error;
  }
  const now = engine.headRoot(ancestor);
  if (base.equals(now)) return changes;
  for (const path of paths) {
    const [before, after] = [lookup(store, base, path), lookup(store, now, path)];
    const content = contentKey(after);
    if (contentKey(before) === content) continue;
    changes.set(path, { change: before === undefined ? 'added' : after === undefined ? 'deleted' : 'changed', content });
  }
  return changes;
}
