import { PyiError } from '../../protocol/errors.ts';
import type { IntentRecord } from '../engine/records.ts';
import type { Fork } from '../engine/state.ts';
import { collapse } from '../engine/superposition.ts';
import { diff } from '../engine/tree/diff.ts';
import type { Edit } from '../engine/tree/entry.ts';
import { completeIndex, endInterruptedCommit } from '../git/commit.ts';
import { requireGit } from '../git/layout.ts';
import { headPosition } from '../git/position.ts';
import type { Repository } from './repository.ts';

/**
 * Settles collapses that a crash, or a disk without room, cut short. The Git commit decides: when the branch has it, the
 * collapse is completed; when not, the work tree goes back to what it was.
 * Files that somebody changed since stand: then the intent is dropped and the log says so.
 * @throws PyiError `NO_SPACE`, `BUSY`: it has to be tried again
 */
export async function settleIntents(repository: Repository): Promise<void> {
  for (const intent of [...repository.engine.state.intents.values()]) {
    const keys = [intent.into, intent.winner, ...intent.losers];
    if (!repository.underway.has(intent.id)) await repository.mutex.run(keys, () => settleIntent(repository, intent));
  }
}

async function settleIntent(repository: Repository, intent: IntentRecord): Promise<void> {
  const { state } = repository.engine;
  if (!state.intents.has(intent.id)) return; // somebody else has settled it meanwhile
  const into = state.forks.get(intent.into);
  const winner = state.forks.get(intent.winner);
  try {
    if (into === undefined || winner === undefined) abandon(repository, intent);
    else if (await wasCommitted(repository, intent, into, winner)) await complete(repository, intent, into, winner);
    else await takeBack(repository, intent, into, winner);
  } catch (error) {
    if (PyiError.is(error, 'NO_SPACE') || PyiError.is(error, 'BUSY')) throw error;
    const { log, warnings } = repository.parts;
    log.error('An interrupted collapse could not be settled; the work tree was left as it is', { intent: intent.id, error });
    warnings.add(`The collapse of ${winner?.name ?? intent.winner.slice(0, 12)} was cut short, and files changed since, so what it had written was left: look at "git status".`);
    abandon(repository, intent);
  }
}

/** True when the branch has a commit of this winner on top of where Git stood. What is still making one is ended first. */
async function wasCommitted({ parts }: Repository, intent: IntentRecord, into: Fork, winner: Fork): Promise<boolean> {
  if (intent.git === null || into.dir === null) return false;
  const layout = requireGit(await parts.directories.layoutOf(into.dir));
  await endInterruptedCommit(layout);
  const range = intent.git.head === null ? ['HEAD'] : [`${intent.git.head}..HEAD`];
  const { code, stdout } = await parts.git.run(['log', '-8', '--format=%(trailers:key=Pyi-Checkpoint,valueonly)', ...range], { cwd: layout.root, okCodes: [0, 128] });
  return code === 0 && stdout.toString('utf8').includes(winner.head);
}

async function complete({ engine, parts }: Repository, intent: IntentRecord, into: Fork, winner: Fork): Promise<void> {
  const layout = requireGit(await parts.directories.layoutOf(into.dir ?? ''));
  const from = intent.git?.head ?? null;
  await completeIndex(parts.git, layout, from);
  const git = await headPosition(parts.git, layout);
  collapse(engine, {
    winner, into, operation: intent.id,
    losers: intent.losers.flatMap((id) => engine.state.forks.get(id) ?? []).filter((fork) => fork.state === 'live'),
    git: { branch: intent.git?.branch ?? null, from, to: git.head },
    checkpoint: { edits: intendedEdits({ engine }, intent), git, message: intent.message, cause: `collapse ${winner.name}, completed after an interruption` },
  });
  parts.log.warn('Completed a collapse that was cut short', { winner: winner.name });
}

async function takeBack(repository: Repository, intent: IntentRecord, into: Fork, winner: Fork): Promise<void> {
  await repository.moveDirectory(into, Buffer.from(intent.toRoot, 'hex'), Buffer.from(intent.fromRoot, 'hex'));
  abandon(repository, intent);
  repository.parts.log.warn('Took back a collapse that was cut short', { winner: winner.name });
}

function abandon(repository: Repository, intent: IntentRecord): void {
  repository.engine.transact([{ ...intent, abandoned: true }], 'process');
}

function intendedEdits({ engine }: Pick<Repository, 'engine'>, intent: IntentRecord): Edit[] {
  const changes = diff(engine.store, Buffer.from(intent.fromRoot, 'hex'), Buffer.from(intent.toRoot, 'hex'));
  return Array.from(changes, ({ path, after }) => ({ path, entry: after ?? null }));
}
