import type { CallContext } from '../../protocol/registry.ts';
import type { IntentRecord } from '../engine/records.ts';
import { collapse } from '../engine/superposition.ts';
import { requireGit } from '../git/layout.ts';
import { intendedEdits } from './collapse.ts';
import type { Repository } from './repository.ts';

const QUIET: CallContext = { signal: new AbortController().signal, progress: () => undefined };

/**
 * Settles collapses that a crash cut short, before anything else happens in a store. The Git commit decides: when the
 * branch has it, the collapse is completed; when not, the work tree goes back to what it was.
 * Files that somebody changed since stand: then the intent is dropped and the log says so.
 */
export async function settleIntents(repository: Repository): Promise<void> {
  for (const intent of [...repository.engine.state.intents.values()]) {
    try {
      if (await wasCommitted(repository, intent)) complete(repository, intent);
      else await takeBack(repository, intent);
    } catch (error) {
      repository.parts.log.error('An interrupted collapse could not be settled; the work tree was left as it is', { intent: intent.id, error: String(error) });
      abandon(repository, intent);
    }
  }
}

/** True when the branch's tip is a commit of this winner on top of where Git stood. */
async function wasCommitted(repository: Repository, intent: IntentRecord): Promise<boolean> {
  const into = repository.engine.state.forks.get(intent.into);
  const winner = repository.engine.state.forks.get(intent.winner);
  if (intent.git === null || into === undefined || into.dir === null || winner === undefined) return false;
  const layout = requireGit(await repository.parts.directories.layoutOf(into.dir));
  const range = intent.git.head === null ? ['HEAD'] : [`${intent.git.head}..HEAD`];
  const { code, stdout } = await repository.parts.git.run(['log', '-8', '--format=%(trailers:key=Pyi-Checkpoint,valueonly)', ...range], { cwd: layout.root, okCodes: [0, 128] });
  return code === 0 && stdout.toString('utf8').includes(winner.head);
}

function complete(repository: Repository, intent: IntentRecord): void {
  const { state } = repository.engine;
  const into = state.forks.get(intent.into);
  const winner = state.forks.get(intent.winner);
  if (into === undefined || winner === undefined) return abandon(repository, intent);
  collapse(repository.engine, {
    winner, into, operation: intent.id,
    losers: intent.losers.flatMap((id) => state.forks.get(id) ?? []).filter((fork) => fork.state === 'live'),
    checkpoint: { edits: intendedEdits(repository, intent), message: intent.message, cause: `collapse ${winner.name}, completed after a crash` },
  });
  repository.parts.log.warn('Completed a collapse that a crash cut short', { winner: winner.name });
}

async function takeBack(repository: Repository, intent: IntentRecord): Promise<void> {
  const into = repository.engine.state.forks.get(intent.into);
  if (into !== undefined && into.dir !== null) {
    await repository.moveDirectory(into, Buffer.from(intent.toRoot, 'hex'), Buffer.from(intent.fromRoot, 'hex'), QUIET);
  }
  abandon(repository, intent);
  repository.parts.log.warn('Took back a collapse that a crash cut short', { winner: intent.winner });
}

function abandon(repository: Repository, intent: IntentRecord): void {
  repository.engine.transact([{ ...intent, abandoned: true }], 'process');
}
