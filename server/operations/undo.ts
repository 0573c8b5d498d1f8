import type { CallContext, Params, Result } from '../../protocol/registry.ts';
import { commitUndo, planUndo } from '../engine/undo.ts';
import type { UndoPlan } from '../engine/undo.ts';
import { moveTip } from '../git/move-tip.ts';
import { requireGit } from '../git/layout.ts';
import { texts } from './arguments.ts';
import type { Host } from './host.ts';
import type { Repository } from './repository.ts';

/** `pyi undo`: Git first (it may refuse), then the directories, then the heads. */
export async function undo(host: Host, params: Params<'undo'>, context: CallContext): Promise<Result<'undo'>> {
  const { repository, layout } = await host.locate(params.repository);
  const asked = repository.forkOr(params.fork, layout);
  const keys = planUndo(repository.engine, asked).steps.map((step) => step.fork.id);
  return repository.mutex.run(keys, async () => {
    for (const step of planUndo(repository.engine, asked).steps) {
      if (step.fork.state === 'live') await repository.settle(step.fork, 'before an undo', context, 'recovery');
    }
    const plan = planUndo(repository.engine, asked); // again: settling may have moved heads
    const changed = await follow(repository, plan, context);
    const operation = commitUndo(repository.engine, plan);
    repository.emit('undo', asked, asked.head);
    return { fork: asked.id, undone: plan.undone, operation: operation.id, head: asked.head, ...changed };
  });
}

/** Moves directories and Git to where the undo leads; puts the directories back when Git refuses. */
async function follow(repository: Repository, plan: UndoPlan, context: CallContext): Promise<{ written: string[]; removed: string[] }> {
  const { engine } = repository;
  const written: string[] = [];
  const removed: string[] = [];
  const done: { step: UndoPlan['steps'][number]; from: Buffer }[] = [];
  try {
    for (const step of plan.steps) {
      const from = engine.headRoot(step.fork);
      if (step.fork.dir === null || from.equals(step.root) || step.move.after.state !== 'live') continue;
      const moved = await repository.moveDirectory(step.fork, from, step.root, context);
      done.push({ step, from });
      written.push(...texts(moved.written));
      removed.push(...texts(moved.removed));
    }
    await followGit(repository, plan);
  } catch (error) {
    for (const { step, from } of done.reverse()) await repository.moveDirectory(step.fork, step.root, from);
    throw error;
  }
  return { written, removed };
}

async function followGit(repository: Repository, plan: UndoPlan): Promise<void> {
  const { git } = plan.target;
  const step = plan.steps.find((candidate) => candidate.fork.dir !== null && candidate.move.before.head !== candidate.move.after.head)
    ?? plan.steps.find((candidate) => candidate.edits !== null);
  if (git === null || step === undefined || step.fork.dir === null) return;
  const layout = requireGit(await repository.parts.directories.layoutOf(step.fork.dir));
  await moveTip(repository.parts.git, layout, { branch: git.branch, from: git.to, to: git.from, reason: `pyi: undo of ${plan.undone}` });
}
