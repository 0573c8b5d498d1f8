import { PyiError } from '../../protocol/errors.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import { rootOfCheckpoint } from '../engine/checkpoint-object.ts';
import { contentParts } from '../engine/content/content.ts';
import { conflictText } from '../engine/merge.ts';
import type { ObjectStore } from '../engine/ports.ts';
import { findCheckpoint, findFork } from '../engine/references.ts';
import type { Fork } from '../engine/state.ts';
import { diff } from '../engine/tree/diff.ts';
import type { Change } from '../engine/tree/diff.ts';
import { FileMode } from '../engine/tree/entry.ts';
import { detectRenames } from '../engine/tree/renames.ts';
import { importCommit } from '../git/import-commit.ts';
import { unifiedPatch } from '../git/patch.ts';
import type { PatchFile } from '../git/patch.ts';
import { resolveRevision } from '../git/position.ts';
import { MODE_NAMES } from './files.ts';
import type { Host, Located } from './host.ts';

type Unusual = NonNullable<Result<'changes'>['details']>['unusual'][number];

/** A state that is compared. */
interface Compared {
  /** Of the checkpoint, fork or commit; null for a directory as it is now. */
  readonly id: string | null;
  readonly root: Buffer;
}

/** `pyi changes`: two states, compared. Renames are found as git finds them; a conflicted path counts as changed. */
export async function changes(host: Host, params: Params<'changes'>, context: CallContext): Promise<Result<'changes'>> {
  const located = await host.locate(params.repository);
  // What a directory holds now is in the store, but no checkpoint refers to it.
  return located.repository.leases.during(() => compare(located, params, context));
}

async function compare(located: Located, params: Params<'changes'>, context: CallContext): Promise<Result<'changes'>> {
  const { engine, parts } = located.repository;
  const [{ id: fromId, root: from }, { id: toId, root: to }] = await bothStates(located, params, context);
  const differences = [...diff(engine.store, from, to)];
  const { renamed, rest } = detectRenames(engine.store, differences);
  const paths = (wanted: (change: Change) => boolean): string[] => rest.filter(wanted).map(({ path }) => textFromBytePath(path));
  const result: Result<'changes'> = {
    ...(params.details ? { details: { from: fromId, to: toId, unusual: [...unusualFiles(differences)] } } : {}),
    added: paths((change) => change.before === undefined),
    changed: paths((change) => change.before !== undefined && change.after !== undefined),
    deleted: paths((change) => change.after === undefined),
    renamed: renamed.map((rename) => ({ from: textFromBytePath(rename.from), to: textFromBytePath(rename.to) })),
  };
  if (!params.patch) return result;
  const patch = await unifiedPatch(parts.git, {
    before: patchFiles(engine.store, differences, 'before'), after: patchFiles(engine.store, differences, 'after'),
    objectFormat: located.layout.objectFormat, signal: context.signal,
  });
  return { ...result, patch: patch.toString('utf8') };
}

function* patchFiles(store: ObjectStore, differences: readonly Change[], side: 'before' | 'after'): Generator<PatchFile> {
  for (const change of differences) {
    const entry = change[side];
    if (entry === undefined) continue;
    if (entry.mode === FileMode.conflict) {
      const text = conflictText(store, entry);
      yield { path: change.path, mode: FileMode.file, size: text.length, parts: () => [text] };
    } else {
      yield { path: change.path, mode: entry.mode, size: entry.size, parts: () => contentParts(store, entry.id) };
    }
  }
}

/** The sides of differences that are no plain files. */
function* unusualFiles(differences: readonly Change[]): Generator<Unusual> {
  for (const { path, before, after } of differences) {
    for (const [side, entry] of [['from', before], ['to', after]] as const) {
      const type = entry === undefined ? 'file' : MODE_NAMES[entry.mode];
      if (entry !== undefined && type !== 'file' && type !== 'executable') yield { path: textFromBytePath(path), side, type, id: entry.id.toString('hex') };
    }
  }
}

/**
 * With nothing named: what the caller's work tree changed since its last checkpoint. With one state named: from there to
 * the work tree, or for a fork from its base to the fork, which is what it did.
 */
async function bothStates(located: Located, params: Params<'changes'>, context: CallContext): Promise<[Compared, Compared]> {
  const { repository, layout } = located;
  const { engine } = repository;
  if (params.from !== undefined && params.to !== undefined) {
    return [await stateNamed(located, params.from, context), await stateNamed(located, params.to, context)];
  }
  if (params.from !== undefined) {
    const fork = forkNamed(located, params.from);
    if (fork !== undefined && !(fork.workspace && fork.dir === layout.root)) {
      return [{ id: fork.base, root: rootOfCheckpoint(engine.store, fork.base) }, await forkNow(located, fork, context)];
    }
  }
  const here = repository.forkAt(layout);
  const before = { id: here.head, root: engine.headRoot(here) };
  const from = params.from === undefined || forkNamed(located, params.from) === here ? before : await stateNamed(located, params.from, context);
  return [from, await forkNow(located, here, context)];
}

function forkNamed({ repository }: Located, reference: string): Fork | undefined {
  return findCheckpoint(repository.engine, reference) === undefined ? findFork(repository.engine, reference) : undefined;
}

/** A state by name: a fork as it is now, a checkpoint, or a Git revision, in this order. @throws PyiError `NOT_FOUND` */
async function stateNamed(located: Located, reference: string, context: CallContext): Promise<Compared> {
  const { engine } = located.repository;
  const fork = forkNamed(located, reference);
  if (fork !== undefined) return forkNow(located, fork, context);
  const checkpoint = findCheckpoint(engine, reference);
  if (checkpoint !== undefined) return { id: checkpoint, root: rootOfCheckpoint(engine.store, checkpoint) };
  const commit = await revisionNamed(located, reference, context);
  if (commit !== undefined) return commit;
  throw new PyiError('NOT_FOUND', `There is no fork, checkpoint or Git revision ${JSON.stringify(reference)}`,
    'List forks with "pyi forks", checkpoints with "pyi timeline", revisions with "git log".');
}

/** A Git commit, imported the first time that it is asked for. */
async function revisionNamed({ repository, layout }: Located, revision: string, context: CallContext): Promise<Compared | undefined> {
  if (layout.kind !== 'git') return undefined;
  const { engine, parts } = repository;
  const commit = await resolveRevision(parts.git, layout, revision);
  if (commit === undefined) return undefined;
  const known = engine.state.commitTrees.get(commit);
  if (known !== undefined) return { id: commit, root: Buffer.from(known, 'hex') };
  return repository.leases.during(async () => {
    const root = await importCommit(engine.store, parts.git, layout, commit, { signal: context.signal });
    engine.transact([{ type: 'commit-tree', commit, root: root.toString('hex') }], 'process');
    return { id: commit, root };
  });
}

/** A fork as it is now: its directory is looked at, nothing is recorded. */
async function forkNow({ repository }: Located, fork: Fork, context: CallContext): Promise<Compared> {
  if (fork.dir === null || fork.state !== 'live') return { id: fork.id, root: repository.currentRoot(fork) };
  return { id: null, root: await repository.mutex.run([fork.id], () => repository.peek(fork, context)) };
}
