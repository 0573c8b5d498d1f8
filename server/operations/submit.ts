import { PyiError } from '../../protocol/errors.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { Params, Result } from '../../protocol/registry.ts';
import { rootOfCheckpoint } from '../engine/checkpoint-object.ts';
import { checkLive } from '../engine/guards.ts';
import { resolveFork } from '../engine/references.ts';
import type { Fork } from '../engine/state.ts';
import { baseForkOf } from '../engine/superposition.ts';
import { collapseFork } from './collapse.ts';
import { withoutReceipt } from './host.ts';
import type { Host, OperationContext } from './host.ts';
import { mergeForks } from './integrate.ts';
import { observeFork } from './observe.ts';
import type { Repository } from './repository.ts';

/** The base may move between the rebase and the collapse, by a commit of the user's: then all is done again, so often. */
const MAX_ROUNDS = 5;

/** `pyi submit`: rebase onto the tip, merge, validate, fast-forward. What is in conflict stays in the fork, for its agent to resolve. */
export async function submit(host: Host, params: Params<'submit'>, context: OperationContext): Promise<Result<'submit'>> {
  const { repository } = await host.locate(params.repository);
  const { clock } = repository.parts;
  const fork = resolveFork(repository.engine, params.fork);
  checkLive(fork);
  const into = baseForkOf(repository.engine, fork);
  const started = clock.micros();
  return repository.queue.take(repository, fork, into, context.signal, async (tell) => {
    const waitedMillis = Math.round((clock.micros() - started) / 1000);
    let rebased = false;
    for (let round = 1; ; round++) {
      tell('rebasing');
      const conflicts = await rebase(repository, fork, into, context);
      rebased ||= conflicts !== undefined;
      const so = { fork: fork.id, commit: null, checkpoint: fork.head, rebased, conflicts: conflicts ?? unresolved(repository, fork), discarded: [], exit: null, evidence: '', waitedMillis };
      if (so.conflicts.length > 0) return { ...so, outcome: 'conflict' };
      tell('validating');
      const seen = params.validate.length === 0 ? undefined : await observeFork(repository, fork, { command: params.validate, timeoutSeconds: params.timeoutSeconds, env: params.env }, withoutReceipt(context));
      const judged = { ...so, checkpoint: fork.head, exit: seen?.exit ?? null, evidence: seen?.evidence ?? '' };
      if (seen?.ok === false) return { ...judged, outcome: 'rejected' };
      tell('collapsing');
      try {
        const done = await collapseFork(repository, fork, { message: params.message, keep: params.keep, dryRun: false }, context);
        return { ...judged, outcome: 'collapsed', commit: done.commit, checkpoint: done.checkpoint, discarded: done.discarded };
      } catch (error) {
        if (!PyiError.is(error, 'BRANCH_STALE') || round === MAX_ROUNDS) throw error;
      }
    }
  });
}

/** Brings what the base has got since into the fork. Undefined when it stands on the tip already. */
async function rebase(repository: Repository, fork: Fork, into: Fork, context: OperationContext): Promise<Result<'submit'>['conflicts'] | undefined> {
  return repository.mutex.run([fork.id, into.id], async () => {
    checkLive(fork);
    await repository.settle(into, 'before a collapse', context);
    await repository.settle(fork, 'before a collapse', context);
    const { engine } = repository;
    if (engine.headRoot(into).equals(rootOfCheckpoint(engine.store, fork.base))) return undefined;
    const merged = await mergeForks(repository, into, fork, `Rebase ${fork.name} onto the tip`, withoutReceipt(context));
    return merged.conflicts.map(({ path, reason }) => ({ path, reason }));
  });
}

/** Conflicts that an earlier merge left in the fork. */
function unresolved(repository: Repository, fork: Fork): Result<'submit'>['conflicts'] {
  return repository.changeSets.of(fork).conflicts.map((path) => ({ path: textFromBytePath(path), reason: 'not resolved yet' }));
}

/** `pyi queue`. */
export async function queue(host: Host, params: Params<'queue'>): Promise<Result<'queue'>> {
  const { repository } = await host.locate(params.repository);
  return repository.queue.list();
}
