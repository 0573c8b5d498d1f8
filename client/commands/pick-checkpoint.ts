import type * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { CheckpointInfo } from '../../protocol/values.ts';
import { checkpointChoices } from '../choices.ts';
import { t } from '../l10n.ts';
import { choose } from './choose.ts';
import { REST_MILLIS, checkpointsLike } from './pick-state.ts';

export interface PickCheckpointOptions {
  readonly client: Pick<Client, 'call'>;
  readonly repository: string;
  /** Only of this fork. */
  readonly fork: string | undefined;
  readonly title: string;
  readonly placeholder: string;
}

interface Row extends vscode.QuickPickItem {
  readonly value: CheckpointInfo;
}

/** Lets the user choose a checkpoint; what they type is searched by the server. Undefined when they leave. @throws PyiError `NOT_FOUND` when there is none */
export async function pickCheckpoint({ client, repository, fork, title, placeholder }: PickCheckpointOptions): Promise<CheckpointInfo | undefined> {
  const [newest, forks] = await Promise.all([
    client.call('timeline', { repository, limit: 1, ...(fork === undefined ? {} : { fork }) }), client.call('forks', { repository, all: true }),
  ]);
  if (newest.length === 0) throw new PyiError('NOT_FOUND', t('There is no checkpoint yet.'), t('Take one with "PYI: Take Checkpoint".'));
  const chosen = await choose<Row>({
    title, placeholder, restMillis: REST_MILLIS,
    items: async (value, signal) => checkpointChoices(await checkpointsLike(client, repository, value.trim(), signal, fork), forks, Date.now()),
  });
  return chosen?.value;
}
