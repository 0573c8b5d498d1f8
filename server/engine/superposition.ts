import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import { rootOfCheckpoint } from './checkpoint-object.ts';
import type { CheckpointSpec, CheckpointTaken, Engine } from './engine.ts';
import { moveOf } from './engine.ts';
import { checkLive, checkNothingPending } from './guards.ts';
import type { ForkMove, GitMove } from './records.ts';
import type { Fork } from './state.ts';
import { diff } from './tree/diff.ts';
import { FileMode } from './tree/entry.ts';

/** Forks that compete: live, same parent and task. Without a task a fork stands alone. */
export function superpositionOf(engine: Engine, fork: Fork): Fork[] {
  if (fork.task === null) return [fork];
  return engine.state.list({ task: fork.task }).filter((other) => other.parent === fork.parent);
}

/** The fork that a collapse of `fork` moves: the one it was made from. @throws PyiError `NOT_FOUND`, `INVALID_ARGUMENT` */
export function baseForkOf(engine: Engine, fork: Fork): Fork {
  if (fork.parent === null) {
    throw new PyiError('INVALID_ARGUMENT', `Fork ${fork.name} is the work tree itself: there is nothing to collapse it into`, 'Name a fork that "pyi fork" made.');
  }
  const parent = engine.state.forks.get(fork.parent);
  if (parent === undefined) {
    throw new PyiError('NOT_FOUND', `The fork that ${fork.name} was made from is gone`, 'Use "pyi integrate" to merge it into another fork.');
  }
  return parent;
}

/**
 * The compare of the compare-and-swap: the base must still have the content that the winner started from.
 * Content counts, not the checkpoint's id: a new checkpoint of the same files is no reason to rebase.
 * @throws PyiError `BRANCH_STALE`, `FORK_MERGED`, `FORK_DISCARDED`, `CONFLICT` (unresolved conflicts in the winner, or writes that no checkpoint holds)
 */
export function checkCollapse(engine: Engine, winner: Fork, into: Fork): void {
  for (const fork of [winner, into]) {
    checkLive(fork);
    checkNothingPending(fork);
  }
  const baseRoot = rootOfCheckpoint(engine.store, winner.base);
  if (!engine.headRoot(into).equals(baseRoot)) {
    throw new PyiError('BRANCH_STALE', `${into.name} has changed since ${winner.name} started from it`,
      `Rebase and try again: pyi integrate ${into.name} --into ${winner.name}`);
  }
  const unresolved: string[] = [];
  for (const { path, after } of diff(engine.store, baseRoot, engine.headRoot(winner))) {
    if (after?.mode === FileMode.conflict) unresolved.push(path);
  }
  if (unresolved.length > 0) {
    throw new PyiError('CONFLICT', `${winner.name} has unresolved conflicts in ${unresolved.slice(0, 5).join(', ')}${unresolved.length > 5 ? ', …' : ''}`,
      winner.dir === null
        ? `Write each file whole, then collapse again: pyi write ${winner.name} PATH < FILE`
        : `Edit each file in ${winner.dir}, then collapse again; one that is right as it stands: pyi write ${winner.name} PATH < FILE`);
  }
}

/**
 * Who loses when `winner` wins: its rivals (unless kept) and whatever is entangled with it in conflict. A rival that
 * was tied to follow the winner does not lose; the fork that the winner collapses into never does.
 */
export function losersOf(engine: Engine, winner: Fork, rivals: readonly Fork[]): Fork[] {
  const followers = followersOf(engine, winner);
  const losers = new Set(rivals.filter((fork) => !followers.includes(fork)));
  for (const fork of tiedInConflict(engine, winner)) losers.add(fork);
  return [...losers].filter((fork) => fork.id !== winner.id && fork.id !== winner.parent && fork.state === 'live' && !fork.workspace);
}

/** Forks that must rebase when `winner` collapses; not those that lose by it. */
export function followersOf(engine: Engine, winner: Fork): Fork[] {
  const losers = tiedInConflict(engine, winner);
  const followers: Fork[] = [];
  for (const tie of engine.state.entanglements) {
    if (tie.kind !== 'causal' || tie.first !== winner.id || tie.second === winner.parent) continue;
    const second = engine.state.forks.get(tie.second);
    if (second !== undefined && second.state === 'live' && !losers.includes(second)) followers.push(second);
  }
  return followers;
}

function tiedInConflict(engine: Engine, winner: Fork): Fork[] {
  return engine.state.entanglements.flatMap((tie) => {
    if (tie.kind !== 'conflict' || (tie.first !== winner.id && tie.second !== winner.id)) return [];
    return engine.state.forks.get(tie.first === winner.id ? tie.second : tie.first) ?? [];
  });
}

export interface CollapseSpec {
  readonly winner: Fork;
  readonly into: Fork;
  readonly losers: readonly Fork[];
  /** Id of the operation, when an intent announced it. */
  readonly operation?: HexId;
  readonly git?: GitMove;
  readonly checkpoint: CheckpointSpec;
}

/**
 * The swap: one batch makes the collapse checkpoint on the base fork, merges the winner and discards the losers.
 * The caller has checked ({@link checkCollapse}) and done what the outside world needs (directory, Git commit).
 * `checkpoint.edits` are the winner's changes against the base fork's head.
 */
export function collapse(engine: Engine, spec: CollapseSpec): CheckpointTaken & { readonly operation: HexId } {
  const { winner, into, losers } = spec;
  const operation = spec.operation ?? engine.newId();
  const beforeHead = into.head;
  const taken = engine.checkpointWith(into, { ...spec.checkpoint, kind: 'collapse', merged: [winner.head] }, (checkpoint) => {
    const intoMove: ForkMove = {
      fork: into.id,
      before: { head: beforeHead, base: into.base, state: into.state },
      after: { head: checkpoint, base: into.base, state: into.state },
    };
    const moves = [intoMove, moveOf(winner, { state: 'merged' }), ...losers.map((fork) => moveOf(fork, { state: 'discarded' }))];
    return [engine.operationRecord('collapse', moves, { id: operation, ...(spec.git === undefined ? {} : { git: spec.git }) })];
  });
  return { ...taken, operation };
}

/**
 * A fork's chance to win after an observation: what the validator says of it (a score between 0 and 1 counts as it
 * is), mixed half and half with what was believed before, so that one flaky run does not decide.
 */
export function updatedProbability(before: number, ok: boolean, score: number | null): number {
  const said = ok ? (score !== null && score >= 0 && score <= 1 ? score : 1) : 0;
  return Math.round(((before + said) / 2) * 10_000) / 10_000;
}

/** When decay may collect a fork, in milliseconds since 1970: the less likely it is to win, the sooner. Null: never. */
export function expiryOf(fork: Fork): number | null {
  return fork.ttl === null || fork.workspace ? null : fork.lastActive + fork.ttl * fork.probability;
}

/** Live forks whose time is over. */
export function decayed(engine: Engine, now: number): Fork[] {
  return engine.state.list().filter((fork) => {
    const expiry = expiryOf(fork);
    return expiry !== null && expiry <= now;
  });
}
