import { rm } from 'node:fs/promises';
import * as path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import { readCheckpoint } from '../engine/checkpoint-object.ts';
import { findCheckpoint, resolveCheckpoint, resolveFork } from '../engine/references.ts';
import type { Fork } from '../engine/state.ts';
import { requireGit } from '../git/layout.ts';
import { readTracked } from '../git/tracked.ts';
import { addWorktree, refreshIndex, removeWorktree } from '../git/worktrees.ts';
import type { Host, Located } from './host.ts';
import { placeForFork } from './places.ts';
import type { Repository } from './repository.ts';

/** Key of the mutex for Git's list of work trees: two `git worktree add` at once read each other's unfinished entries and fail. */
const WORKTREE_LIST = 'git worktrees';

/** `pyi fork`. */
export async function fork(host: Host, params: Params<'fork'>, context: CallContext): Promise<Result<'fork'>> {
  const located = await host.locate(params.repository);
  const { repository } = located;
  const { parent, base } = startingPoint(located, params.from);
  const made = await makeFork(repository, {
    name: params.name, agent: params.agent ?? parent.agent, task: params.task ?? null, parent, base, dir: params.dir,
    probability: params.probability, ttl: params.ttlSeconds === undefined ? null : params.ttlSeconds * 1000,
  }, context);
  return { fork: made.id, name: made.name, agent: made.agent, base: made.base, dir: made.dir };
}

export interface ForkRequest {
  /** Undefined: made from the agent and a number. */
  readonly name: string | undefined;
  readonly agent: string;
  readonly task: string | null;
  readonly parent: Fork;
  /** Null: the parent as it is now. */
  readonly base: HexId | null;
  /** A path, true for the default place, false for none. */
  readonly dir: string | boolean;
  readonly probability?: number;
  /** Milliseconds at probability 1. */
  readonly ttl?: number | null;
}

/** Makes a fork and, when asked, its directory. When the directory cannot be made there is no fork either. */
export async function makeFork(repository: Repository, request: ForkRequest, context: CallContext): Promise<Fork> {
  const { engine } = repository;
  const { agent, task, parent, probability = 1, ttl = null } = request;
  // A request that will be refused must not leave a checkpoint of the parent behind.
  if (request.name !== undefined) {
    checkNameFree(repository, request.name);
    chooseDirectory(repository, request, request.name);
  }
  const base = request.base ?? await headAsItIs(repository, parent, context);
  // Nothing waits from here until the fork has its name, so no other can take it.
  const name = request.name ?? freeName(repository, agent);
  const directory = chooseDirectory(repository, request, name);
  const made = engine.createFork({ name, agent, task, parent: parent.id, base, dir: null, probability, ttl });
  if (directory !== null) {
    try {
      await makeDirectory(repository, made, parent, directory, context);
    } catch (error) {
      engine.discard([made]);
      throw error;
    }
  }
  repository.emit('fork', made, made.head);
  if (directory !== null) repository.warmUp(made);
  return made;
}

/** Where a new fork starts: a checkpoint, or (base null) a fork or the work tree of the caller as it is when the time comes. */
function startingPoint({ repository, layout }: Located, from: string | undefined): { parent: Fork; base: HexId | null } {
  const { engine } = repository;
  const checkpoint = from === undefined ? undefined : findCheckpoint(engine, from);
  if (checkpoint !== undefined) {
    const owner = engine.state.forks.get(readCheckpoint(engine.store, checkpoint).fork);
    return { parent: owner?.state === 'live' ? owner : repository.forkAt(layout), base: checkpoint };
  }
  const parent = from === undefined ? repository.forkAt(layout) : resolveFork(engine, from);
  if (parent.state === 'live') return { parent, base: null };
  return { parent: repository.workspaceOf(parent), base: resolveCheckpoint(engine, parent.head) };
}

async function headAsItIs(repository: Repository, fork: Fork, context: CallContext): Promise<HexId> {
  return repository.mutex.run([fork.id], async () => {
    await repository.settle(fork, 'forked', context);
    return fork.head;
  });
}

/** The engine checks too; here before anything is recorded. @throws PyiError `NAME_EXISTS` */
function checkNameFree({ engine }: Repository, name: string): void {
  if (!engine.state.names.has(name)) return;
  throw new PyiError('NAME_EXISTS', `There is a live fork named ${name}`, 'Choose another name, or discard that fork first.');
}

function freeName(repository: Repository, agent: string): string {
  const stem = agent.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'fork';
  for (let n = 1; ; n++) if (!repository.engine.state.names.has(`${stem}-${n}`)) return `${stem}-${n}`;
}

/** Where the fork's directory will be; null when it gets none. @throws PyiError `INVALID_PATH`, `NAME_EXISTS` */
function chooseDirectory(repository: Repository, { dir, parent }: ForkRequest, name: string): string | null {
  if (dir === false) return null;
  const root = repository.workspaceOf(parent).dir ?? repository.parts.layout.root;
  return placeForFork(repository, typeof dir === 'string'
    ? path.resolve(root, dir)
    : path.resolve(root, repository.parts.config.forksDirectory ?? `${root}.forks`, name));
}

/** Git registers it first, then the files come, then the engine learns of it. */
async function makeDirectory(repository: Repository, made: Fork, parent: Fork, directory: string, context: CallContext): Promise<void> {
  const { directories, config } = repository.parts;
  const commit = readCheckpoint(repository.engine.store, made.base).git?.head ?? null;
  await repository.mutex.run([`directory ${directory}`], async () => {
    // Again: another call may have made it meanwhile, and clearing up after a failure would remove what that one made.
    placeForFork(repository, directory);
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
  });
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
