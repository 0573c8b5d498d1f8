import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import { rootOfCheckpoint } from './checkpoint-object.ts';
import type { Engine } from './engine.ts';
import { positionOf } from './engine.ts';
import { checkNothingPending } from './guards.ts';
import type { ForkMove, OperationRecord } from './records.ts';
import type { Fork } from './state.ts';
import { applyEdits } from './tree/edit.ts';
import type { Edit } from './tree/entry.ts';
import { mergeTrees } from './tree/merge.ts';

/** Undo reverses the last operation of a fork. It is an operation itself, so undoing it again is redo. */
export interface UndoPlan {
  readonly fork: Fork;
  readonly target: OperationRecord;
  /** What the user should read: the kind of the operation that counts, seen through undo and redo. */
  readonly undone: string;
  /** What will be done to each fork. */
  readonly steps: readonly UndoStep[];
}

export interface UndoStep {
  readonly fork: Fork;
  readonly move: ForkMove;
  /** Root that the fork's directory must have afterwards. */
  readonly root: Buffer;
  /** When the fork went on after the operation: what to change against its current head. Null: point the head back. */
  readonly edits: readonly Edit[] | null;
}

/**
 * Works out the undo of the last operation of `fork`. Every fork involved must have nothing pending.
 *
 * A rewind, integrate or discard is undone by pointing the heads back. After a collapse the base may have gone on
 * (the user saved a file); then only what the collapse changed is taken back, and where that was changed
 * again since, nothing is done.
 * @throws PyiError `NOT_FOUND` (nothing to undo), `CONFLICT`, `NAME_EXISTS`
 */
export function planUndo(engine: Engine, fork: Fork): UndoPlan {
  const target = fork.lastOperation === null ? undefined : engine.state.operations.get(fork.lastOperation);
  if (target === undefined) {
    throw new PyiError('NOT_FOUND', `There is nothing to undo on ${fork.name}`, 'Rewind, collapse, discard and integrate can be undone.');
  }
  const steps = target.moves.map((move) => planStep(engine, target, move));
  return { fork, target, undone: target.kind === 'undo' ? `undo of ${target.about}` : target.kind, steps };
}

function planStep(engine: Engine, target: OperationRecord, done: ForkMove): UndoStep {
  const fork = engine.state.forks.get(done.fork);
  if (fork === undefined) {
    throw new PyiError('NOT_FOUND', `A fork of that ${target.kind} was swept: it can no longer be undone`, 'Its checkpoints may still be in "pyi timeline".');
  }
  if (fork.lastOperation !== target.id) {
    throw new PyiError('CONFLICT', `${fork.name} had another operation since that ${target.kind}`, `Undo that one first: pyi undo --fork ${fork.name}`);
  }
  checkNameReturns(engine, fork, done);
  const before = positionOf(fork);
  const after = { ...before, base: done.before.base, state: done.before.state };
  const wentOn = fork.head !== done.after.head;
  if (!wentOn || done.after.head === done.before.head || !keepsLaterWork(target)) {
    const head = done.after.head === done.before.head ? fork.head : done.before.head;
    return { fork, move: { fork: fork.id, before, after: { ...after, head } }, root: rootOfCheckpoint(engine.store, head), edits: null };
  }
  const current = engine.headRoot(fork);
  const merged = mergeTrees(engine.store, rootOfCheckpoint(engine.store, done.after.head), current, rootOfCheckpoint(engine.store, done.before.head));
  if (merged.conflicts.length > 0) {
    const paths = merged.conflicts.slice(0, 5).map((conflict) => textFromBytePath(conflict.path)).join(', ');
    throw new PyiError('CONFLICT', `${fork.name} has changed since in files that the undo would change: ${paths}`,
      'Rewind these files by hand ("pyi rewind CHECKPOINT --paths …"), or set your changes aside first.');
  }
  return { fork, move: { fork: fork.id, before, after }, root: applyEdits(engine.store, current, merged.edits).root, edits: merged.edits };
}

/** Work that came after a collapse is kept; after a rewind or a merge the earlier state as a whole is what was asked for. */
function keepsLaterWork(target: OperationRecord): boolean {
  return target.about === 'collapse';
}

function checkNameReturns(engine: Engine, fork: Fork, done: ForkMove): void {
  if (done.before.state !== 'live' || fork.state === 'live') return;
  const holder = engine.state.names.get(fork.name);
  if (holder !== undefined && holder !== fork.id) {
    throw new PyiError('NAME_EXISTS', `${fork.name} cannot come back: another live fork has its name`, `Discard that one first: pyi discard ${holder.slice(0, 12)}`);
  }
}

/**
 * Carries out the logical side of an undo, after directories and Git have followed. Heads that only point back move
 * in one operation; a fork that went on gets a checkpoint with its later work kept.
 * @throws PyiError `CONFLICT` (something is pending that the move would lose), `NO_SPACE`, `QUOTA_EXCEEDED`
 */
export function commitUndo(engine: Engine, plan: UndoPlan): OperationRecord {
  for (const { fork, move, edits } of plan.steps) {
    if (edits !== null || move.before.head !== move.after.head) checkNothingPending(fork);
  }
  const git = plan.target.git === null ? {} : { git: reversed(plan.target.git) };
  const continued = plan.steps.find((step) => step.edits !== null);
  const operation = engine.newId();
  const record = (head: HexId | null): OperationRecord => {
    const moves = plan.steps.map((step) => (step.edits === null || head === null ? step.move : { ...step.move, after: { ...step.move.after, head } }));
    return { ...engine.operationRecord(plan.target.about, moves, { id: operation, ...git }), kind: 'undo', undoes: plan.target.id };
  };
  if (continued?.edits === undefined || continued.edits === null) {
    const done = record(null);
    engine.transact([done], 'process');
    return done;
  }
  let done: OperationRecord | undefined;
  engine.checkpointWith(continued.fork, { edits: continued.edits, kind: 'recovery', cause: 'undo', message: `Undo of ${plan.undone}` }, (checkpoint) => {
    done = record(checkpoint);
    return [done];
  });
  return done as OperationRecord;
}

function reversed(git: NonNullable<OperationRecord['git']>): NonNullable<OperationRecord['git']> {
  return { branch: git.branch, from: git.to, to: git.from };
}
