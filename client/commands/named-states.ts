import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { shortId } from '../../protocol/ids.ts';
import type { CheckpointInfo, ForkInfo } from '../../protocol/values.ts';
import { t } from '../l10n.ts';
import type { PickedState } from './pick-state.ts';

type Caller = Pick<Client, 'call'>;

/** A fork or checkpoint by name, id or prefix. @throws PyiError `NOT_FOUND`, `INVALID_ARGUMENT` (ambiguous) */
export async function stateNamed(client: Caller, repository: string, reference: string): Promise<PickedState> {
  const fork = await findFork(client, repository, reference);
  return fork === undefined ? { kind: 'checkpoint', checkpoint: await checkpointNamed(client, repository, reference) } : { kind: 'fork', fork };
}

/** @throws PyiError `NOT_FOUND` */
export async function forkNamed(client: Caller, repository: string, reference: string): Promise<ForkInfo> {
  const fork = await findFork(client, repository, reference);
  if (fork === undefined) throw new PyiError('NOT_FOUND', t('Fork {0} is not there any more.', shortId(reference)), t('Choose another one.'));
  return fork;
}

/** @throws PyiError `NOT_FOUND` */
export async function checkpointNamed(client: Caller, repository: string, reference: string): Promise<CheckpointInfo> {
  const [checkpoint] = await client.call('timeline', { repository, checkpoints: [reference] });
  if (checkpoint === undefined) throw new PyiError('NOT_FOUND', t('Checkpoint {0} is not there any more.', shortId(reference)), t('Choose another one.'));
  return checkpoint;
}

/** The first parent. Where retention let go of that one: the checkpoint before it that is kept of its fork. Undefined for the oldest. */
export async function checkpointBefore(client: Caller, repository: string, checkpoint: CheckpointInfo): Promise<CheckpointInfo | undefined> {
  const [parent] = checkpoint.parents;
  if (parent === undefined) return undefined;
  return await findCheckpoint(client, repository, parent) ?? (await client.call('timeline', { repository, fork: checkpoint.fork, before: checkpoint.time, limit: 1 }))[0];
}

async function findFork(client: Caller, repository: string, reference: string): Promise<ForkInfo | undefined> {
  return (await orNone(client.call('forks', { repository, forks: [reference] })))[0];
}

async function findCheckpoint(client: Caller, repository: string, reference: string): Promise<CheckpointInfo | undefined> {
  return (await orNone(client.call('timeline', { repository, checkpoints: [reference] })))[0];
}

async function orNone<T>(answer: Promise<T[]>): Promise<T[]> {
  try {
    return await answer;
  } catch (error) {
    if (PyiError.is(error, 'NOT_FOUND')) return [];
    throw error;
  }
}
