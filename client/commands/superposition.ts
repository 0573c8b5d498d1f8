import * as vscode from 'vscode';
import { safe } from '../../protocol/text.ts';
import { t } from '../l10n.ts';
import type { Command } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';
import { inform } from './dialogs.ts';
import { pickFork } from './pick-fork.ts';

/** `PYI: Show Superposition`: in the side bar, as a picture or as a tree. */
export const showSuperposition: Command = async ({ views }, target) => {
  await views.showSuperposition(target, 'sidebar');
  return undefined;
};

/** `PYI: Open Superposition in Editor` */
export const showSuperpositionInEditor: Command = async ({ views }, target) => {
  await views.showSuperposition(target, 'editor');
  return undefined;
};

/** `PYI: Open Directory of Fork in New Window…` */
export const openForkDirectory: Command = async ({ server, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const forks = await client.call('forks', { repository, all: target.fork !== undefined });
  const fork = await pickFork(target.fork === undefined ? forks.filter(({ dir }) => dir !== null) : forks, target.fork, { title: t('PYI: Open Directory of Fork'), placeholder: t('Fork to open') });
  if (fork === undefined) return undefined;
  if (fork.dir === null) {
    inform(t('Fork "{0}" has no directory. "PYI: Open Fork or Checkpoint as Virtual Folder" shows its files.', safe(fork.name)));
    return undefined;
  }
  const uri = vscode.Uri.file(fork.dir);
  await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true });
  return uri;
};

/** `PYI: Show Ended Forks`: in the native tree. */
export const showEnded: Command = async ({ views }) => {
  await views.showEnded(true);
  return undefined;
};

/** `PYI: Hide Ended Forks`: in the native tree. */
export const hideEnded: Command = async ({ views }) => {
  await views.showEnded(false);
  return undefined;
};
