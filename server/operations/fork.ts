import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import * as path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import { readCheckpoint, rootOfCheckpoint } from '../engine/checkpoint-object.ts';
import type { ForkSpec } from '../engine/engine.ts';
import { findCheckpoint, resolveCheckpoint, resolveFork } from '../engine/references.ts';
import type { Fork } from '../engine/state.ts';
import { requireGit } from '../git/layout.ts';
import { readTracked } from '../git/tracked.ts';
import { addWorktree, removeWorktree } from '../git/worktrees.ts';
import type { Host, Located, OperationContext } from './host.ts';
import { readNote, removeNote, storeFolder, writeNote } from './notes.ts';
import { placeForFork } from './places.ts';
import type { Repository } from './repository.ts';

/** Key of the mutex for Git's list of work trees: two `git worktree add` at once read each other's unfinished entries and fail. */
const WORKTREE_LIST = 'git worktrees';

/** Folder of the store with a note for each fork directory that is being made. */
const UNFINISHED = 'unfinished';

/** `pyi fork`. */
export async function fork(host: Host, params: Params<'fork'>, context: OperationContext): Promise<Result<'fork'>> {
  const located = await host.locate(params.repository);
  const { repository } = located;
  const { parent, base } = startingPoint(located, params.from);
  const made = await makeFork(repository, {
    name: params.name, agent: params.agent ?? context.caller?.identity?.agent ?? parent.agent, task: params.task ?? null, parent, base, dir: params.dir,
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
export async function makeFork(repository: Repository, request: ForkRequest, context: OperationContext): Promise<Fork> {
  const { engine } = repository;
  const { agent, task, parent, probability = 1, ttl = null } = request;
  // A request that will be refused must not leave a checkpoint of the parent behind.
  if (request.name !== undefined) {
    checkNameFree(repository, request.name);
    chooseDirectory(repository, request, request.name);
  }
  const base = request.base ?? await headAsItIs(repository, parent, context);
  // Nothing waits from here until the name is taken, so no other call can take it.
  if (request.name !== undefined) checkNameFree(repository, request.name);
  const name = request.name ?? freeName(repository, agent);
  const spec = { id: engine.newId(), name, agent, task, parent: parent.id, base, dir: chooseDirectory(repository, request, name), probability, ttl };
  const made = spec.dir === null ? engine.withReceipt(context.receipt, () => engine.createFork(spec)) : await makeWithDirectory(repository, { ...spec, dir: spec.dir }, parent, context);
  repository.emit('fork', made, made.head);
  if (made.dir !== null) repository.warmUp(made);
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
  const ended = from === undefined ? repository.lastForkAt(layout.root) : undefined;
  if (ended !== undefined && ended.state !== 'live') {
    throw new PyiError(ended.state === 'merged' ? 'FORK_MERGED' : 'FORK_DISCARDED', `This is the directory of fork ${ended.name}, which was ${ended.state}`,
      'Say where the new one starts, as in "pyi fork NAME --from workspace".');
  }
  const parent = from === undefined ? repository.forkAt(layout) : resolveFork(engine, from);
  if (parent.state === 'live') return { parent, base: null };
  return { parent: repository.workspaceOf(parent), base: resolveCheckpoint(engine, parent.head) };
}

/** The head of a live fork, once all that its directory holds is recorded. */
export async function headAsItIs(repository: Repository, fork: Fork, context: CallContext): Promise<HexId> {
  return repository.mutex.run([fork.id], async () => {
    await repository.settle(fork, 'forked', context);
    return fork.head;
  });
}

/** The engine checks too; here before anything is recorded. @throws PyiError `NAME_EXISTS` */
function checkNameFree(repository: Repository, name: string): void {
  if (!isTaken(repository, name)) return;
  throw new PyiError('NAME_EXISTS', `There is a live fork named ${name}`, `Choose another name, or discard that fork first: pyi discard ${repository.engine.state.names.get(name)?.slice(0, 12) ?? 'FORK'}`);
}

function freeName(repository: Repository, agent: string): string {
  const stem = agent.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'fork';
  return freeNames(repository, stem).next().value;
}

/** `stem-1`, `stem-2` and so on, without those that live forks have. */
export function* freeNames(repository: Repository, stem: string): Generator<string, never> {
  for (let n = 1; ; n++) if (!isTaken(repository, `${stem}-${n}`)) yield `${stem}-${n}`;
}

function isTaken(repository: Repository, name: string): boolean {
  return repository.engine.state.names.has(name) || repository.reservedNames.has(name);
}

/** Where the fork's directory will be; null when it gets none. @throws PyiError `INVALID_PATH`, `NAME_EXISTS` */
function chooseDirectory(repository: Repository, { dir, parent }: ForkRequest, name: string): string | null {
  if (dir === false) return null;
  const root = repository.workspaceOf(parent).dir ?? repository.parts.layout.root;
  if (typeof dir === 'string') return placeForFork(repository, path.resolve(root, dir));
  return placeForFork(repository, freePlace(repository, path.resolve(root, repository.parts.config.forksDirectory ?? `${root}.forks`), name));
}

/** Forks that have ended give their names back, but keep their directories until they are swept: then `name-2`, and so on. */
function freePlace(repository: Repository, directory: string, name: string): string {
  const taken = new Set(Array.from(repository.engine.state.forks.values(), (fork) => fork.dir));
  for (let n = 1; ; n++) {
    const place = path.join(directory, n === 1 ? name : `${name}-${n}`);
    if (!taken.has(place) || !existsSync(place)) return place;
  }
}

type SpecWithDirectory = ForkSpec & { readonly id: HexId; readonly dir: string };

/** Git registers the directory first, then the files come, then the engine learns of the fork. A note lets a restart clear up after a crash. */
async function makeWithDirectory(repository: Repository, spec: SpecWithDirectory, parent: Fork, context: OperationContext): Promise<Fork> {
  repository.reservedNames.add(spec.name);
  try {
    return await repository.mutex.run([`directory ${spec.dir}`], () => repository.leases.during(async () => {
      // Again: another call may have made it meanwhile, and clearing up after a failure would remove what that one made.
      placeForFork(repository, spec.dir);
      const note = unfinishedNote(repository, spec.id);
      writeNote(note, spec.dir);
      let made: Fork;
      try {
        await fillDirectory(repository, spec, parent, context);
        made = repository.engine.withReceipt(context.receipt, () => repository.engine.createFork(spec));
      } catch (error) {
        await removeDirectory(repository, spec.id, spec.dir);
        removeNote(note);
        throw error;
      }
      // The note goes only when power loss can no longer take the fork's record: else a restart would take its directory
      // for unfinished, with all the work that was done there. Where the device fails, the note stays, and names a fork that is there.
      await repository.parts.store.sync().then(() => { removeNote(note); }, () => undefined);
      return made;
    }));
  } finally {
    repository.reservedNames.delete(spec.name);
  }
}

async function fillDirectory(repository: Repository, { id, base, dir }: SpecWithDirectory, parent: Fork, context: CallContext): Promise<void> {
  const { directories, config } = repository.parts;
  const { store } = repository.engine;
  await register(repository, parent, dir, readCheckpoint(store, base).git?.head ?? null, context);
  await directories.create(id, dir, {
    root: rootOfCheckpoint(store, base), carry: config.carry, context,
    source: parent.dir === null ? null : { fork: parent.id, dir: parent.dir },
  });
}

/** Removes the directories that forks would have got whose making a crash cut short. */
export async function clearUnfinishedForks(repository: Repository): Promise<void> {
  const { layout, log } = repository.parts;
  for (const name of readdirSync(storeFolder(layout.storeDirectory, UNFINISHED))) {
    const id = path.parse(name).name;
    const note = unfinishedNote(repository, id);
    const directory = readNote(note);
    if (typeof directory === 'string' && !repository.engine.state.forks.has(id)) {
      await removeDirectory(repository, id, directory);
      log.warn('Removed the directory of a fork that a crash kept from being made', { directory });
    }
    removeNote(note);
  }
}

function unfinishedNote(repository: Repository, id: HexId): string {
  return path.join(storeFolder(repository.parts.layout.storeDirectory, UNFINISHED), `${id}.json`);
}

/** Makes the directory one of Git's linked work trees. In a sparse checkout the same paths need not be there. */
async function register(repository: Repository, parent: Fork, directory: string, commit: string | null, context: CallContext): Promise<void> {
  const { git, directories } = repository.parts;
  const layout = await directories.layoutOf(parent.dir ?? repository.parts.layout.root);
  if (layout.kind === 'plain') return;
  const isSparse = existsSync(path.join(layout.gitDir, 'info', 'sparse-checkout'));
  const sparse = isSparse ? { sparse: (await readTracked(git, layout)).sparse } : {};
  await repository.mutex.run([WORKTREE_LIST], () => addWorktree(git, layout, { directory, commit, ...sparse, signal: context.signal }));
}

/** Removes a fork's directory and Git's record of it. Never called for a work tree of the user's. */
export async function removeDirectory(repository: Repository, id: HexId, directory: string): Promise<void> {
  const { directories, git, layout } = repository.parts;
  await directories.forget(id);
  const known = layout.kind === 'git' && await repository.mutex.run([WORKTREE_LIST], async () => (
    await removeWorktree(git, requireGit(layout), { directory, deleteFiles: true })).removed);
  if (!known) await rm(directory, { recursive: true, force: true });
}
