import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import * as path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import { isDotGit } from '../../protocol/paths.ts';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import { readCheckpoint } from '../engine/checkpoint-object.ts';
import { findCheckpoint, resolveCheckpoint, resolveFork } from '../engine/references.ts';
import type { Fork } from '../engine/state.ts';
import { requireGit } from '../git/layout.ts';
import { readTracked } from '../git/tracked.ts';
import { addWorktree, refreshIndex, removeWorktree } from '../git/worktrees.ts';
import type { Host, Located } from './host.ts';
import type { Repository } from './repository.ts';

/** Key of the mutex for Git's list of work trees: two `git worktree add` at once read each other's unfinished entries and fail. */
const WORKTREE_LIST = 'git worktrees';

/** `pyi fork`. */
export async function fork(host: Host, params: Params<'fork'>, context: CallContext): Promise<Result<'fork'>> {
  const located = await host.locate(params.repository);
  const { repository } = located;
  const { parent, base } = await startingPoint(located, params.from, context);
  const agent = params.agent ?? parent.agent;
  const made = await makeFork(repository, {
    name: params.name ?? freeName(repository, agent), agent, task: params.task ?? null, parent, base, dir: params.dir,
    probability: params.probability, ttl: params.ttlSeconds === undefined ? null : params.ttlSeconds * 1000,
  }, context);
  return { fork: made.id, name: made.name, agent: made.agent, base: made.base, dir: made.dir };
}

export interface ForkRequest {
  readonly name: string;
  readonly agent: string;
  readonly task: string | null;
  readonly parent: Fork;
  readonly base: HexId;
  /** A path, true for the default place, false for none. */
  readonly dir: string | boolean;
  readonly probability?: number;
  /** Milliseconds at probability 1. */
  readonly ttl?: number | null;
}

/** Makes a fork and, when asked, its directory. When the directory cannot be made there is no fork either. */
export async function makeFork(repository: Repository, request: ForkRequest, context: CallContext): Promise<Fork> {
  const directory = request.dir === false ? null : chooseDirectory(repository, request);
  const { name, agent, task, parent, base, probability = 1, ttl = null } = request;
  const made = repository.engine.createFork({ name, agent, task, parent: parent.id, base, dir: null, probability, ttl });
  if (directory !== null) {
    try {
      await makeDirectory(repository, made, parent, directory, context);
    } catch (error) {
      repository.engine.discard([made]);
      throw error;
    }
  }
  repository.emit('fork', made, made.head);
  if (directory !== null) repository.warmUp(made);
  return made;
}

/** Where a new fork starts: a fork as it is now, a checkpoint, or the work tree of the caller as it is now. */
async function startingPoint({ repository, layout }: Located, from: string | undefined, context: CallContext): Promise<{ parent: Fork; base: HexId }> {
  const { engine } = repository;
  const checkpoint = from === undefined ? undefined : findCheckpoint(engine, from);
  if (checkpoint !== undefined) {
    const owner = engine.state.forks.get(readCheckpoint(engine.store, checkpoint).fork);
    return { parent: owner?.state === 'live' ? owner : repository.forkAt(layout), base: checkpoint };
  }
  const parent = from === undefined ? repository.forkAt(layout) : resolveFork(engine, from);
  if (parent.state !== 'live') return { parent: repository.workspaceOf(parent), base: resolveCheckpoint(engine, parent.head) };
  await repository.mutex.run([parent.id], () => repository.settle(parent, 'forked', context));
  return { parent, base: parent.head };
}

function freeName(repository: Repository, agent: string): string {
  const stem = agent.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'fork';
  for (let n = 1; ; n++) if (!repository.engine.state.names.has(`${stem}-${n}`)) return `${stem}-${n}`;
}

/** @throws PyiError `INVALID_PATH`, `NAME_EXISTS` */
function chooseDirectory(repository: Repository, request: ForkRequest): string {
  const root = repository.workspaceOf(request.parent).dir ?? repository.parts.layout.root;
  const directory = typeof request.dir === 'string'
    ? path.resolve(root, request.dir)
    : path.join(repository.parts.config.forksDirectory ?? `${root}.forks`, request.name);
  const within = path.relative(root, directory);
  if (within === '' || (!within.startsWith('..') && !path.isAbsolute(within))) {
    throw new PyiError('INVALID_PATH', `A fork cannot live inside the work tree that it was made from: ${directory}`, 'Give a directory beside the repository with --dir.');
  }
  if (directory.split(path.sep).some(isDotGit)) {
    throw new PyiError('INVALID_PATH', `A fork cannot live inside a Git directory: ${directory}`, 'Give a directory beside the repository with --dir.');
  }
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new PyiError('NAME_EXISTS', `The directory is not empty: ${directory}`, 'Give another with --dir, or remove it.');
  }
  return directory;
}

/** Git registers it first, then the files come, then the engine learns of it. */
async function makeDirectory(repository: Repository, made: Fork, parent: Fork, directory: string, context: CallContext): Promise<void> {
  const { directories, config } = repository.parts;
  const commit = readCheckpoint(repository.engine.store, made.base).git?.head ?? null;
  try {
    const registered = await register(repository, parent, directory, commit, context);
    await directories.create(made.id, directory, {
      root: repository.engine.headRoot(made), carry: config.carry, context,
      source: parent.dir === null ? null : { fork: parent.id, dir: parent.dir },
    });
    if (registered) await refreshIndex(repository.parts.git, directory, context.signal);
    repository.engine.setDirectory(made, directory);
  } catch (error) {
    await removeDirectory(repository, made.id, directory);
    throw error;
  }
}

async function register(repository: Repository, parent: Fork, directory: string, commit: string | null, context: CallContext): Promise<boolean> {
  const layout = await repository.parts.directories.layoutOf(parent.dir ?? repository.parts.layout.root);
  if (layout.kind === 'plain') return false;
  const { sparse } = await readTracked(repository.parts.git, layout);
  return repository.mutex.run([WORKTREE_LIST], async () => (
    await addWorktree(repository.parts.git, layout, { directory, commit, sparse, signal: context.signal })).registered);
}

/** Removes a fork's directory and Git's record of it. Never called for a work tree of the user's. */
export async function removeDirectory(repository: Repository, id: HexId, directory: string): Promise<void> {
  const { directories, git, layout } = repository.parts;
  await directories.forget(id);
  const known = layout.kind === 'git' && await repository.mutex.run([WORKTREE_LIST], async () => (
    await removeWorktree(git, requireGit(layout), { directory, deleteFiles: true })).removed);
  if (!known) await rm(directory, { recursive: true, force: true });
}
