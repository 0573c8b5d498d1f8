import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { Params, Result } from '../../protocol/registry.ts';
import { putContent, readContent } from '../engine/content/content.ts';
import { positionOf } from '../engine/engine.ts';
import { checkLive } from '../engine/guards.ts';
import { planMerge, storeConflict } from '../engine/merge.ts';
import type { ObjectStore } from '../engine/ports.ts';
import { resolveFork } from '../engine/references.ts';
import type { Fork } from '../engine/state.ts';
import { applyEdits } from '../engine/tree/edit.ts';
import type { Edit, FileMode } from '../engine/tree/entry.ts';
import { isRegular } from '../engine/tree/entry.ts';
import type { MergeConflict } from '../engine/tree/merge.ts';
import type { Git } from '../git/exec.ts';
import { mergeFile } from '../git/merge-file.ts';
import { texts } from './arguments.ts';
import type { Host, OperationContext } from './host.ts';
import type { Repository } from './repository.ts';

/** Files above this are not merged by lines: they become a conflict, as binary files do. */
const MAX_LINE_MERGE = 16 * 1024 * 1024;

/** `pyi integrate`. */
export async function integrate(host: Host, params: Params<'integrate'>, context: OperationContext): Promise<Result<'integrate'>> {
  const { repository } = await host.locate(params.repository);
  const from = resolveFork(repository.engine, params.fork);
  const into = resolveFork(repository.engine, params.into);
  if (from.id === into.id) throw new PyiError('INVALID_ARGUMENT', 'A fork cannot be merged into itself', 'Name two different forks.');
  return repository.mutex.run([from.id, into.id], () => mergeForks(repository, from, into, params.message, context));
}

/** Merges `from` into `into`; the caller holds both keys. */
export function mergeForks(repository: Repository, from: Fork, into: Fork, message: string | undefined, context?: OperationContext): Promise<Result<'integrate'>> {
  // To the end: merged lines are in the store well before a checkpoint refers to them.
  return repository.leases.during(() => merge(repository, from, into, message, context));
}

async function merge(repository: Repository, from: Fork, into: Fork, message: string | undefined, context: OperationContext | undefined): Promise<Result<'integrate'>> {
  checkLive(into);
  if (from.state === 'live') await repository.settle(from, 'before a merge', context);
  await repository.settle(into, 'before a merge', context, 'recovery');
  const { engine } = repository;
  const plan = planMerge(engine, from, into);
  const { edits, conflicts } = await mergeContents(repository, plan.ours, plan.conflicts, context?.signal);
  const all = [...plan.edits, ...edits];
  const git = await repository.gitPosition(into);
  const target = applyEdits(engine.store, plan.ours, all).root;
  const before = positionOf(into);
  // Merging the fork that `into` was made from is a rebase: from now on it stands on the new head.
  const base = into.parent === from.id ? from.head : into.base;
  const spec = { edits: all, merged: [plan.theirs], kind: 'merge', cause: `integrate ${from.name}`, message: message ?? `Merge ${from.name} into ${into.name}`, git } as const;
  const { moved, result: taken } = await repository.moveDirectoryWith(into, plan.ours, target, () => engine.withReceipt(context?.receipt, () => engine.checkpointWith(into, spec, (checkpoint: HexId) => [
    engine.operationRecord('integrate', [{ fork: into.id, before, after: { head: checkpoint, base, state: 'live' } }]),
  ])), context);
  repository.emit('integrate', into, taken.checkpoint);
  return {
    fork: from.id, into: into.id, checkpoint: taken.checkpoint,
    conflicts: conflicts.map((conflict) => ({ path: textFromBytePath(conflict.path), reason: conflict.reason })),
    written: texts(moved.written), removed: texts(moved.removed),
  };
}

/**
 * Merges by lines what both sides changed, with git's own merge-file. What overlaps is stored as a conflict.
 * Contents are committed at once, so that no other caller's rollback can take them away.
 */
async function mergeContents({ engine, parts }: Repository, ours: Buffer, disputed: readonly MergeConflict[], signal: AbortSignal | undefined): Promise<{ edits: Edit[]; conflicts: MergeConflict[] }> {
  const edits: Edit[] = [];
  const conflicts: MergeConflict[] = [];
  for (const conflict of disputed) {
    signal?.throwIfAborted();
    const merged = await mergeLines(parts.git, engine.store, conflict);
    const content = merged === undefined ? undefined : putContent(engine.store, merged.content);
    if (merged === undefined || content === undefined || merged.conflicts > 0) {
      conflicts.push(conflict);
      edits.push(storeConflict(engine.store, ours, conflict, content?.id.toString('hex') ?? null));
    } else {
      edits.push({ path: conflict.path, entry: { ...content, mode: merged.mode } });
    }
    engine.store.commit('memory');
  }
  return { edits, conflicts };
}

interface MergedLines { readonly content: Buffer; readonly mode: FileMode; readonly conflicts: number }

/** Undefined where there are no lines to merge: binary, huge, missing on a side, links. Two additions merge against nothing. */
async function mergeLines(git: Git, store: ObjectStore, { base, ours, theirs }: MergeConflict): Promise<MergedLines | undefined> {
  if (ours === undefined || theirs === undefined) return undefined;
  const sides = base === undefined ? [ours, theirs] : [base, ours, theirs];
  if (!sides.every((side) => isRegular(side.mode) && side.size <= MAX_LINE_MERGE)) return undefined;
  const merged = await mergeFile(git, {
    base: base === undefined ? undefined : readContent(store, base.id),
    ours: readContent(store, ours.id), theirs: readContent(store, theirs.id),
  });
  if (merged.binary) return undefined;
  return { content: merged.content, mode: ours.mode === base?.mode ? theirs.mode : ours.mode, conflicts: merged.conflicts };
}
