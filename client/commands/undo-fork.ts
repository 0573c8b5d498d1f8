import * as vscode from 'vscode';
import { safe } from '../../protocol/text.ts';
import { t } from '../l10n.ts';
import type { Services } from '../services.ts';

const MESSAGE_MILLIS = 5000;

/** Takes back the last thing that was done to a fork, without a question: it can be taken back again. */
export async function undoFork({ server }: Pick<Services, 'server'>, repository: string, fork: string): Promise<void> {
  const client = await server.client();
  const { undone } = await client.call('undo', { repository, fork });
  vscode.window.setStatusBarMessage(t('Undone: {0}', safe(undone)), MESSAGE_MILLIS);
}
