import type { HexId } from '../../protocol/ids.ts';
import type { Params, Result } from '../../protocol/registry.ts';
import type { OperationRecord } from '../engine/records.ts';
import type { Fork } from '../engine/state.ts';
import { commitUndo, planUndo } from '../engine/undo.ts';
import type { UndoPlan } from '../engine/undo.ts';
import { moveTip } from '../git/move-tip.ts';
import { requireGit } from '../git/layout.ts';
import { headPosition } from '../git/position.ts';
import { texts } from './arguments.ts';
import type { Host, OperationContext } from './host.ts';
import type { Repository } from './repository.ts';

/** `pyi undo`: Git first (it may refuse), then the directories, then the heads. */
export async function undo(host: Host, params: Params<'undo'>, context: OperationContext): Promise<Result<'undo'>> {
  const { repository, layout } = await host.locate(params.repository);
  // Who stands in the directory of a fork that has ended means that fork.
  const asked = params.fork === undefined ? repository.lastForkAt(layout.root) ?? repository.forkAt(layout) : repository.forkOr(params.fork, layout);
  return holdingAll(repository, asked, () => repository.leases.during(async () => {
    for (const step of plannedUndo(repository, asked).steps) {
      if (step.fork.state === 'live') await repository.settle(step.fork, 'before an undo', context, 'recovery');
    }
    const plan = plannedUndo(repository, asked); // again: settling may have moved heads
    const { moved, operation } = await carryOut(repository, plan, context);
    repository.emit('undo', asked, asked.head);
    return { fork: asked.id, undone: plan.undone, operation: operation.id, head: asked.head, ...moved };
  }));
}

/** Works while it holds every fork that the undo moves. Which these are may change while the call waits for them: then it waits again. */
async function holdingAll<T>(repository: Repository, asked: Fork, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const forks = forksOf(repository, asked);
    const done = await repository.mutex.run(forks, async () => (
      forksOf(repository, asked).every((fork) => forks.includes(fork)) ? { result: await work() } : undefined));
    if (done !== undefined) return done.result;
  }
}

function forksOf({ engine: { state } }: Repository, asked: Fork): HexId[] {
  const last = asked.lastOperation === null ? undefined : state.operations.get(asked.lastOperation);
  return last === undefined ? [asked.id] : last.moves.map((move) => move.fork);
}

/** As `planUndo`; its trees are safe to keep while others work. */
function plannedUndo({ engine }: Repository, asked: Fork): UndoPlan {
  const plan = planUndo(engine, asked);
  engine.store.commit('memory');
  return plan;
}

/** Moves directories and Git to where the undo leads, then the heads. Whatever fails, what was moved before it goes back. */
async function carryOut(repository: Repository, plan: UndoPlan, context: OperationContext): Promise<{ moved: { written: string[]; removed: string[] }; operation: OperationRecord }> {
  const { engine } = repository;
  const moved: { written: string[]; removed: string[] } = { written: [], removed: [] };
  const back: (() => Promise<unknown>)[] = [];
  try {
    for (const step of plan.steps) {
      const from = engine.headRoot(step.fork);
      if (step.fork.dir === null || from.equals(step.root) || step.move.after.state !== 'live') continue;
      const { written, removed } = await repository.moveDirectory(step.fork, from, step.root, context);
      back.push(() => repository.moveDirectory(step.fork, step.root, from));
      moved.written.push(...texts(written));
      moved.removed.push(...texts(removed));
    }
    const tip = await tipOf(repository, plan);
    if (tip !== undefined) {
      await tip.move('to', 'from');
      back.push(() => tip.move('from', 'to'));
    }
    return { moved, operation: engine.withReceipt(context.receipt, () => commitUndo(engine, plan)) };
  } catch (error) {
    for (const step of back.reverse()) {
      await step().catch((failure: unknown) => { repository.parts.log.error('A part of an undo that failed could not be taken back', { failure }); });
    }
    throw error;
  }
}

/** The tip of the branch that the undo moves; undefined where Git has no part in it, or stands there already, as after a crash. */
async function tipOf(repository: Repository, plan: UndoPlan): Promise<{ move: (from: 'from' | 'to', to: 'from' | 'to') => Promise<void> } | undefined> {
  const { git } = plan.target;
  const step = plan.steps.find((candidate) => candidate.fork.dir !== null && candidate.move.before.head !== candidate.move.after.head)
    ?? plan.steps.find((candidate) => candidate.edits !== null);
  if (git === null || step === undefined || step.fork.dir === null) return undefined;
  const layout = requireGit(await repository.parts.directories.layoutOf(step.fork.dir));
  const { head, branch } = await headPosition(repository.parts.git, layout);
  if (head === git.from && branch === git.branch) return undefined;
  return { move: (from, to) => moveTip(repository.parts.git, layout, { branch: git.branch, from: git[from], to: git[to], reason: `pyi: undo of ${plan.undone}` }) };
}
