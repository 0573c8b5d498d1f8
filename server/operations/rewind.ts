import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { Params, Result } from '../../protocol/registry.ts';
import { rootOfCheckpoint } from '../engine/checkpoint-object.ts';
import { moveOf } from '../engine/engine.ts';
import { checkLive } from '../engine/guards.ts';
import { resolveCheckpoint } from '../engine/references.ts';
import type { Fork } from '../engine/state.ts';
import { diff } from '../engine/tree/diff.ts';
import { applyEdits } from '../engine/tree/edit.ts';
import type { Edit } from '../engine/tree/entry.ts';
import { entries } from '../engine/tree/read.ts';
import { texts, treePath } from './arguments.ts';
import type { Host, OperationContext } from './host.ts';
import type { Repository } from './repository.ts';

/**
 * `pyi rewind`: what is there now becomes a recovery checkpoint, then the directory follows, then the head moves.
 * A crash in between leaves the directory ahead of the head: the next capture records that, and nothing is lost.
 */
export async function rewind(host: Host, params: Params<'rewind'>, context: OperationContext): Promise<Result<'rewind'>> {
  const { repository, layout } = await host.locate(params.repository);
  const fork = repository.forkOr(params.fork, layout);
  const target = resolveCheckpoint(repository.engine, params.checkpoint);
  const paths = params.paths?.map(treePath);
  return repository.mutex.run([fork.id], async () => {
    checkLive(fork);
    if (params.dryRun) return told(fork, target, editsTowards(repository, fork, await repository.peek(fork, context), target, paths));
    await repository.settle(fork, 'before a rewind', context, 'recovery', (now) => { editsTowards(repository, fork, now, target, paths); });
    const edits = editsTowards(repository, fork, repository.engine.headRoot(fork), target, paths);
    const result = told(fork, target, edits);
    await (paths === undefined ? rewindWhole(repository, fork, target, context) : rewindPaths(repository, fork, target, edits, context));
    repository.emit('rewind', fork, fork.head);
    return result;
  });
}

function told(fork: Fork, to: HexId, edits: readonly Edit[]): Result<'rewind'> {
  return {
    fork: fork.id, from: fork.head, to, recovery: fork.head,
    written: texts(edits.filter(({ entry }) => entry !== null).map(({ path }) => path)),
    removed: texts(edits.filter(({ entry }) => entry === null).map(({ path }) => path)),
  };
}

async function rewindWhole(repository: Repository, fork: Fork, target: HexId, context: OperationContext): Promise<void> {
  const { engine } = repository;
  await repository.moveDirectoryWith(fork, engine.headRoot(fork), rootOfCheckpoint(engine.store, target), () => engine.withReceipt(context.receipt, () => engine.rewind(fork, target)), context);
}

/** Chosen paths come back in a new checkpoint on top of the present one: the rest of the tree stays. */
async function rewindPaths(repository: Repository, fork: Fork, target: HexId, edits: readonly Edit[], context: OperationContext): Promise<void> {
  const { engine } = repository;
  const beforeHead = fork.head;
  const before = engine.headRoot(fork);
  const git = await repository.gitPosition(fork);
  const spec = { edits, git, kind: 'recovery', cause: `rewind to ${target.slice(0, 12)}`, message: `Paths of ${target.slice(0, 12)}` } as const;
  await repository.moveDirectoryWith(fork, before, applyEdits(engine.store, before, edits).root, () => engine.withReceipt(context.receipt, () => engine.checkpointWith(fork, spec, (checkpoint) => [
    engine.operationRecord('rewind', [{ ...moveOf(fork, { head: checkpoint }), before: { head: beforeHead, base: fork.base, state: fork.state } }]),
  ])), context);
}

/** What changes when the fork, whose tree is `now`, or only `paths` of it, becomes as `target` is. @throws PyiError `NOT_FOUND` for a path that neither knows */
function editsTowards(repository: Repository, fork: Fork, now: Buffer, target: HexId, paths: readonly BytePath[] | undefined): Edit[] {
  const { store } = repository.engine;
  const edits: Edit[] = [];
  const unseen = new Set(paths);
  for (const { path, after } of diff(store, now, rootOfCheckpoint(store, target))) {
    if (paths !== undefined) {
      const chosen = paths.find((wanted) => path === wanted || path.startsWith(`${wanted}/`));
      if (chosen === undefined) continue;
      unseen.delete(chosen);
    }
    edits.push({ path, entry: after ?? null });
  }
  for (const path of unseen) checkKnown(repository, fork, now, target, path);
  return edits;
}

/** A path that needs no change must at least exist: else it is a slip of the caller's. */
function checkKnown(repository: Repository, fork: Fork, now: Buffer, target: HexId, path: BytePath): void {
  const { store } = repository.engine;
  for (const root of [now, rootOfCheckpoint(store, target)]) {
    if (isIn(repository, root, path)) return;
  }
  throw new PyiError('NOT_FOUND', `Neither ${fork.name} nor ${target.slice(0, 12)} has ${JSON.stringify(textFromBytePath(path))}`, `Look what is there: pyi ls ${target.slice(0, 12)} --recursive`);
}

function isIn({ engine }: Repository, root: Buffer, path: BytePath): boolean {
  for (const entry of entries(engine.store, root, { prefix: path })) return entry !== undefined;
  return false;
}
