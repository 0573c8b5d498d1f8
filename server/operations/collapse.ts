import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { Params, Result } from '../../protocol/registry.ts';
import type { GitPosition } from '../../protocol/values.ts';
import { readCheckpoint, rootOfCheckpoint } from '../engine/checkpoint-object.ts';
import type { Engine } from '../engine/engine.ts';
import type { IntentRecord } from '../engine/records.ts';
import { resolveFork } from '../engine/references.ts';
import type { Fork } from '../engine/state.ts';
import { baseForkOf, checkCollapse, collapse as collapseForks, followersOf, losersOf, superpositionOf } from '../engine/superposition.ts';
import { diff } from '../engine/tree/diff.ts';
import { applyEdits } from '../engine/tree/edit.ts';
import type { Edit } from '../engine/tree/entry.ts';
import { lookup } from '../engine/tree/read.ts';
import type { CommitResult } from '../git/commit.ts';
import { commitPaths } from '../git/commit.ts';
import { requireGit } from '../git/layout.ts';
import { moveTip } from '../git/move-tip.ts';
import { headPosition } from '../git/position.ts';
import { dirtyPaths } from '../git/tracked.ts';
import { texts } from './arguments.ts';
import type { Host, OperationContext } from './host.ts';
import { mergeForks } from './integrate.ts';
import { settleIntents } from './recovery.ts';
import type { Moved, Repository } from './repository.ts';

/** What a collapse will do. */
interface Plan {
  readonly winner: Fork;
  readonly into: Fork;
  readonly losers: readonly Fork[];
  /** The winner's changes against the base. */
  readonly edits: readonly Edit[];
  readonly fromRoot: Buffer;
  readonly toRoot: Buffer;
  /** Where Git stands; null where the collapse makes no commit (no Git, or a fork of a fork). */
  readonly git: GitPosition | null;
  readonly message: string;
}

/** `pyi collapse`. */
export async function collapse(host: Host, params: Params<'collapse'>, context: OperationContext): Promise<Result<'collapse'>> {
  const { repository } = await host.locate(params.repository);
  const winner = chooseWinner(repository, params.fork, params.task);
  return collapseFork(repository, winner, params, context);
}

export interface CollapseChoice {
  readonly task?: string | undefined;
  readonly message?: string | undefined;
  readonly keep: boolean;
  readonly dryRun: boolean;
}

/** Collapses a superposition to `winner`. */
export async function collapseFork(repository: Repository, winner: Fork, choice: CollapseChoice, context: OperationContext): Promise<Result<'collapse'>> {
  await settleIntents(repository);
  const into = baseForkOf(repository.engine, winner);
  const rivals = choice.keep ? [] : rivalsOf(repository, winner, choice.task);
  const losers = losersOf(repository.engine, winner, rivals);
  const followers = followersOf(repository.engine, winner);
  const keys = [winner, into, ...losers, ...followers].map((fork) => fork.id);
  return repository.mutex.run(keys, async () => {
    for (const loser of losers) if (loser.state === 'live' && !choice.dryRun) await repository.settleLast(loser, 'before a collapse', context);
    // Some may have ended while this call waited for its turn.
    const plan = await makePlan(repository, winner, into, losers.filter((loser) => loser.state === 'live'), choice.message, context);
    if (choice.dryRun) return preview(plan);
    const result = await carryOut(repository, plan, context);
    for (const follower of followers) await rebaseFollower(repository, winner, into, follower);
    await repository.release([winner, ...plan.losers]);
    return result;
  });
}

/** The collapse stands by now, so a fork that cannot follow it is no error, and no cancellation stops the others. */
async function rebaseFollower(repository: Repository, winner: Fork, into: Fork, follower: Fork): Promise<void> {
  if (follower.state !== 'live') return;
  try {
    await mergeForks(repository, into, follower, `Rebase onto the collapse of ${winner.name}`);
  } catch (error) {
    const { log, warnings } = repository.parts;
    log.warn('A fork did not follow a collapse', { follower: follower.name, winner: winner.name, error });
    warnings.add(`${follower.name} did not follow the collapse of ${winner.name} (${error instanceof Error ? error.message : String(error)}). Rebase it: pyi integrate ${into.name} --into ${follower.name}`);
  }
}

/** The fork that was named, or the best observed one of a task: passed, then highest score, then likeliest. @throws PyiError */
function chooseWinner(repository: Repository, reference: string | undefined, task: string | undefined): Fork {
  if (reference !== undefined) return resolveFork(repository.engine, reference);
  if (task === undefined) throw new PyiError('INVALID_ARGUMENT', 'collapse needs a fork or a task', 'Name the winner, or give --task to take its best fork. "pyi forks" lists both.');
  const candidates = repository.engine.state.list({ task });
  if (candidates.length === 0) throw new PyiError('NOT_FOUND', `There is no live fork of task ${JSON.stringify(task)}`, '"pyi forks" lists the live forks with their tasks.');
  const best = bestOf(candidates);
  if (best === undefined) {
    throw new PyiError('NOT_FOUND', `No live fork of task ${JSON.stringify(task)} has passed an observation`, `Run "pyi observe ${candidates[0]?.name ?? 'FORK'} -- COMMAND" first, or name the winner.`);
  }
  return best;
}

/** The fork whose last observation passed with the highest score; undefined when none passed. */
export function bestOf(forks: readonly Fork[]): Fork | undefined {
  const passed = forks.filter((fork) => fork.observations.at(-1)?.ok === true);
  const score = (fork: Fork): number => fork.observations.at(-1)?.score ?? 0;
  return passed.sort((a, b) => score(b) - score(a) || b.probability - a.probability || a.created - b.created)[0];
}

function rivalsOf(repository: Repository, winner: Fork, task: string | undefined): Fork[] {
  if (task === undefined || task === winner.task) return superpositionOf(repository.engine, winner);
  throw new PyiError('INVALID_ARGUMENT', `${winner.name} is not of task ${JSON.stringify(task)}`, 'Leave --task out: the task of the winner is used.');
}

async function makePlan(repository: Repository, winner: Fork, into: Fork, losers: readonly Fork[], message: string | undefined, context: OperationContext): Promise<Plan> {
  const { engine } = repository;
  if (winner.state === 'live') await repository.settle(winner, 'before a collapse', context);
  if (into.state === 'live') await repository.settle(into, 'before a collapse', context, 'recovery');
  checkCollapse(engine, winner, into);
  const fromRoot = engine.headRoot(into);
  const toRoot = engine.headRoot(winner);
  const edits: Edit[] = Array.from(diff(engine.store, fromRoot, toRoot), ({ path, after }) => ({ path, entry: after ?? null }));
  const git = into.workspace ? await repository.gitPosition(into) : null;
  if (git !== null) {
    checkBranch(repository, winner, git);
    await checkUntouched(repository, into, edits.map(({ path }) => path));
  }
  return { winner, into, losers, edits, fromRoot, toRoot, git, message: message ?? defaultMessage(winner) };
}

/** The commit belongs on the branch that the winner started from. @throws PyiError `BRANCH_STALE` */
function checkBranch(repository: Repository, winner: Fork, git: GitPosition): void {
  const started = readCheckpoint(repository.engine.store, winner.base).git?.branch;
  if (started === undefined || started === git.branch) return;
  throw new PyiError('BRANCH_STALE', `${winner.name} started from ${branchName(started)}, but ${branchName(git.branch)} is checked out now`,
    `Switch back to ${branchName(started)}, or rebase: pyi integrate workspace --into ${winner.name}`);
}

/** What the user changed and did not commit must not end up in the agent's commit. @throws PyiError `CONFLICT` */
async function checkUntouched(repository: Repository, into: Fork, paths: readonly BytePath[]): Promise<void> {
  const layout = requireGit(await repository.parts.directories.layoutOf(into.dir ?? ''));
  const dirty = await dirtyPaths(repository.parts.git, layout, paths);
  if (dirty.length === 0) return;
  const names = dirty.slice(0, 5).map(({ path }) => textFromBytePath(path)).join(', ');
  throw new PyiError('CONFLICT', `The winner changes files that have uncommitted changes of yours: ${names}${dirty.length > 5 ? ', …' : ''}`,
    'Commit or stash these changes, then collapse again.');
}

function preview(plan: Plan): Result<'collapse'> {
  return {
    winner: plan.winner.id, commit: null, checkpoint: plan.into.head, message: plan.message,
    branch: plan.edits.length === 0 ? null : plan.git?.branch ?? null, discarded: plan.losers.map((fork) => fork.id),
    written: texts(plan.edits.filter(({ entry }) => entry !== null).map(({ path }) => path)),
    removed: texts(plan.edits.filter(({ entry }) => entry === null).map(({ path }) => path)),
  };
}

/**
 * Announce, write the work tree, commit to Git, swap. The announcement lets a restart settle what a crash cut short
 * (`recovery.ts`); an error on the way puts everything back.
 */
async function carryOut(repository: Repository, plan: Plan, context: OperationContext): Promise<Result<'collapse'>> {
  const { engine } = repository;
  const operation = engine.newId();
  const intent = intentOf(repository, plan, operation);
  const touchesUser = plan.into.dir !== null;
  repository.underway.add(operation);
  try {
    if (touchesUser) engine.transact([intent], 'process');
    const { commit, moved } = await writeAndCommit(repository, plan, intent, context);
    const checkpoint = await swap(repository, plan, operation, commit, context).catch((error: unknown) => unwind(repository, plan, intent, commit, error));
    await settleAfter(repository, plan.into, commit);
    repository.emit('collapse', plan.winner, checkpoint);
    return {
      winner: plan.winner.id, commit: commit?.commit ?? null, checkpoint, message: plan.message,
      branch: commit === undefined || commit.commit === null ? null : plan.git?.branch ?? null, discarded: plan.losers.map((fork) => fork.id),
      written: texts(moved.written), removed: texts(moved.removed),
    };
  } finally {
    repository.underway.delete(operation);
  }
}

/** The store could not take the swap: Git and the work tree go back. What then cannot go back either is left to {@link settleIntents}. */
async function unwind(repository: Repository, plan: Plan, intent: IntentRecord, commit: CommitResult | undefined, error: unknown): Promise<never> {
  const { git, directories, log } = repository.parts;
  try {
    if (plan.git !== null && commit !== undefined && commit.commit !== null) {
      const layout = requireGit(await directories.layoutOf(plan.into.dir ?? ''));
      const { head } = await headPosition(git, layout);
      await moveTip(git, layout, { branch: plan.git.branch, from: head, to: plan.git.head, reason: 'pyi: take back a collapse' });
    }
    if (plan.into.dir !== null) {
      await putBack(repository, plan);
      repository.engine.transact([{ ...intent, abandoned: true }], 'process');
    }
  } catch (failure) {
    log.warn('A collapse that could not be recorded will be settled later', { winner: plan.winner.name, failure });
  }
  throw error;
}

/** The collapse stands: what is left to do may fail without taking it back. */
async function settleAfter(repository: Repository, into: Fork, commit: CommitResult | undefined): Promise<void> {
  try {
    // A hook may have changed files while it ran: record what is there now.
    if (commit !== undefined && commit.commit !== null) await repository.settle(into, 'after a commit hook');
    await repository.parts.store.sync();
  } catch (error) {
    repository.parts.log.warn('A collapse is done, but not yet safe from power loss', { error });
  }
}

async function writeAndCommit(repository: Repository, plan: Plan, intent: IntentRecord, context: OperationContext): Promise<{ commit: CommitResult | undefined; moved: Moved }> {
  let moved: Moved | undefined;
  try {
    moved = await repository.moveDirectory(plan.into, plan.fromRoot, plan.toRoot, context);
    return { moved, commit: plan.git === null ? undefined : await commitToGit(repository, plan, moved, context) };
  } catch (error) {
    if (plan.into.dir !== null) {
      // A conflict on the way in means that nothing was written: what differs is what the user has just changed.
      if (moved !== undefined || !PyiError.is(error, 'CONFLICT')) await putBack(repository, plan);
      repository.engine.transact([{ ...intent, abandoned: true }], 'process');
    }
    throw error;
  }
}

/**
 * A hook may have changed files before it refused: these versions get a recovery checkpoint. Only the winner's paths go back then:
 * whatever else differs, the user changed meanwhile.
 */
async function putBack(repository: Repository, { into, edits, fromRoot, toRoot }: Plan): Promise<void> {
  try {
    await repository.moveDirectory(into, toRoot, fromRoot);
  } catch (error) {
    if (!PyiError.is(error, 'CONFLICT')) throw error;
    await repository.settle(into, 'before a collapse is taken back', undefined, 'recovery');
    const { engine } = repository;
    const now = engine.headRoot(into);
    const before = edits.map(({ path }) => ({ path, entry: lookup(engine.store, fromRoot, path) ?? null }));
    const back = applyEdits(engine.store, now, before).root;
    engine.store.commit('memory'); // what follows waits
    await repository.moveDirectory(into, now, back);
  }
}

async function commitToGit(repository: Repository, plan: Plan, moved: Moved, context: OperationContext): Promise<CommitResult> {
  const layout = requireGit(await repository.parts.directories.layoutOf(plan.into.dir ?? ''));
  return commitPaths(repository.parts.git, layout, {
    written: moved.written, removed: moved.removed, message: plan.message, trailers: trailersOf(repository.engine, plan.winner),
    expected: plan.git ?? { head: null, branch: null }, signal: context.signal,
  });
}

/** Returns the checkpoint of the collapse. */
async function swap(repository: Repository, plan: Plan, operation: HexId, commit: CommitResult | undefined, { receipt }: OperationContext): Promise<HexId> {
  const { engine } = repository;
  const { winner, into, losers } = plan;
  const position = await repository.gitPosition(into);
  const git = plan.git === null || commit === undefined || commit.commit === null ? undefined
    : { branch: plan.git.branch, from: plan.git.head, to: position?.head ?? commit.commit };
  return engine.withReceipt(receipt, () => collapseForks(engine, {
    winner, into, losers, operation, ...(git === undefined ? {} : { git }),
    checkpoint: { edits: plan.edits, git: position, message: plan.message, cause: `collapse ${winner.name}` },
  })).checkpoint;
}

function intentOf(repository: Repository, plan: Plan, id: HexId): IntentRecord {
  return {
    type: 'intent', id, abandoned: false, into: plan.into.id, winner: plan.winner.id,
    fromRoot: plan.fromRoot.toString('hex'), toRoot: plan.toRoot.toString('hex'),
    losers: plan.losers.map((fork) => fork.id), git: plan.git, message: plan.message, time: repository.parts.clock.now(),
  };
}

/** What the commit says of its origin. */
function trailersOf(engine: Engine, winner: Fork): Record<string, string> {
  const seen = winner.observations.at(-1);
  // What was seen of another state is no evidence for this one.
  const earlier = seen !== undefined && !sameContent(engine, seen.checkpoint, winner.head);
  return { 'Pyi-Checkpoint': winner.head, 'Pyi-Agent': winner.agent, 'Pyi-Evidence': seen === undefined ? '' : `${earlier ? `of an earlier state, ${seen.checkpoint.slice(0, 12)}: ` : ''}${evidenceLine(seen)}` };
}

function sameContent({ store }: Engine, one: HexId, other: HexId): boolean {
  if (one === other) return true;
  try {
    return rootOfCheckpoint(store, one).equals(rootOfCheckpoint(store, other));
  } catch (error) {
    if (PyiError.is(error, 'NOT_FOUND')) return false; // swept
    throw error;
  }
}

function evidenceLine(seen: Fork['observations'][number]): string {
  const verdict = `${seen.ok ? 'passed' : 'failed'}${seen.score === null ? '' : `, score ${seen.score}`}`;
  return seen.command.length > 0 ? `${verdict}: ${seen.command.join(' ').slice(0, 200)}` : `${verdict}${seen.evidence === '' ? '' : `: ${seen.evidence.slice(0, 200)}`}`;
}

function defaultMessage(winner: Fork): string {
  return winner.task === null ? `Collapse ${winner.name}` : `${winner.task}: ${winner.name}`;
}

function branchName(ref: string | null): string {
  return ref === null ? 'a detached HEAD' : ref.replace(/^refs\/heads\//, '');
}
