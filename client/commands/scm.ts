import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { shortId } from '../../protocol/ids.ts';
import { headline } from '../../protocol/text.ts';
import { noIcons } from '../choices.ts';
import { t } from '../l10n.ts';
import { HEADLINE_LENGTH, checkMessage, overlongHeadline } from '../scm/messages.ts';
import type { Command } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';
import { confirm, flash } from './dialogs.ts';
import { filesText } from '../../webview/shared/files-text.ts';

/** `PYI: Take Checkpoint` */
export const checkpoint: Command = async ({ server, scm, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const message = target.message ?? await vscode.window.showInputBox({ title: t('PYI: Take Checkpoint'), prompt: t('What is done'), placeHolder: t('Message (may be empty)') });
  if (message === undefined) return undefined;
  checkMessage(message);
  const client = await server.client();
  const { buffers, left } = await scm.unsaved(client, repository);
  const taken = await client.call('checkpoint', {
    repository, message, cause: 'editor',
    ...(target.fork === undefined ? {} : { fork: target.fork }), ...(buffers.length === 0 ? {} : { buffers: [...buffers] }),
  });
  await scm.used(repository, message);
  const { filesAdded: added, filesChanged: changed, filesDeleted: deleted } = taken.insight;
  const files = filesText({ added, changed, deleted, conflicts: 0 }, t);
  flash(left === 0 ? t('Checkpoint {0}: files {1}', shortId(taken.checkpoint), files)
    : left === 1 ? t('Checkpoint {0}: files {1}. What 1 editor has not saved is not in it.', shortId(taken.checkpoint), files)
      : t('Checkpoint {0}: files {1}. What {2} editors have not saved is not in it.', shortId(taken.checkpoint), files, left));
  return taken;
};

/** `PYI: Use Earlier Message`: back into the input box. */
export const earlierMessage: Command = async ({ scm, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const items = scm.history.all.map((message) => ({ label: noIcons(headline(message, 100)), message }));
  if (items.length === 0) throw new PyiError('NOT_FOUND', t('No message was used in this workspace yet.'), t('Those of checkpoints and collapses are remembered.'));
  const chosen = await vscode.window.showQuickPick(items, { title: t('PYI: Use Earlier Message'), placeHolder: t('The message to put into the input box') });
  if (chosen === undefined) return undefined;
  scm.write(repository, chosen.message);
  return chosen.message;
};

/** `PYI: Refresh` */
export const refresh: Command = async ({ roots, scm }) => {
  roots.refresh();
  scm.refresh();
  return undefined;
};

/** Whether a message may become that of a Git commit. Asks when its first line is longer than tools show. @throws PyiError `INVALID_ARGUMENT` */
export async function acceptCommitMessage(message: string): Promise<boolean> {
  checkMessage(message);
  const length = overlongHeadline(message);
  if (length === undefined) return true;
  return confirm(t('The first line of the message has {0} characters.', length), t('Git and most of its tools show {0} of them.', HEADLINE_LENGTH), t('Commit Anyway'));
}
