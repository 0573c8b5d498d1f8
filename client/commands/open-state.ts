import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { shortId } from '../../protocol/ids.ts';
import { headline, safe } from '../../protocol/text.ts';
import { stateUri } from '../fs/uri.ts';
import { t } from '../l10n.ts';
import type { Command } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';
import { inform } from './dialogs.ts';
import { readFile } from './fork-files.ts';
import { stateNamed } from './named-states.ts';
import { labelOf, pickState } from './pick-state.ts';
import type { PickedState } from './pick-state.ts';
import { pruneWindowFiles } from './window-files.ts';

/** `PYI: Open Fork or Checkpoint as Virtual Folder…`: nothing is written to the disk. */
export const openState: Command = async (services, target, targets) => {
  const repository = await chooseRepository(services.roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await services.server.client();
  const reference = target.checkpoint ?? target.fork;
  const state = reference === undefined
    ? await pickState({ client, repository, title: t('PYI: Open as Virtual Folder'), placeholder: t('Fork or checkpoint to open') })
    : await stateNamed(client, repository, reference);
  if (state === undefined || (state.kind !== 'fork' && state.kind !== 'checkpoint')) return undefined;
  const id = state.kind === 'fork' ? state.fork.fork : state.checkpoint.checkpoint;
  const uri = stateUri(repository, id);
  const name = folderName(state);
  const ways = [
    { label: t('Add to This Workspace'), detail: t('The explorer shows it beside your folders.'), open: async () => addFolder(uri, name) },
    { label: t('Open in New Window'), detail: t('A window of its own, read-only.'), open: async () => openWindow(services.storage, uri, name) },
    { label: t('Open a File of It…'), detail: t('In an editor; the explorer stays as it is.'), open: async () => readFile(services, { repository, ...(state.kind === 'fork' ? { fork: id } : { checkpoint: id }) }, targets) },
  ];
  const way = await vscode.window.showQuickPick(ways, { title: t('PYI: Open {0}', labelOf(state)), placeHolder: t('How to open it') });
  await way?.open();
  return way === undefined ? undefined : uri;
};

/** `fork try-a (PYI)`. */
function folderName(state: PickedState): string {
  if (state.kind === 'fork') return t('fork {0} (PYI)', safe(state.fork.name));
  if (state.kind !== 'checkpoint') return 'PYI';
  const { checkpoint, name, message } = state.checkpoint;
  const said = headline(name ?? message, 30);
  return said === '' ? t('checkpoint {0} (PYI)', shortId(checkpoint)) : t('checkpoint {0}: {1} (PYI)', shortId(checkpoint), said);
}

async function addFolder(uri: vscode.Uri, name: string): Promise<void> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const shown = folders.find((folder) => folder.uri.toString() === uri.toString());
  if (shown !== undefined) {
    inform(t('It is a folder of this workspace already: {0}', shown.name));
  } else if (!vscode.workspace.updateWorkspaceFolders(folders.length, 0, { uri, name })) {
    throw new PyiError('BUSY', t('VS Code did not add the folder.'), t('Its folders are being changed: try again.'));
  }
  await vscode.commands.executeCommand('workbench.view.explorer');
}

/** A window names a folder that it opens by itself after its path. A workspace file gives it the name that people know. */
async function openWindow(storage: vscode.Uri, uri: vscode.Uri, name: string): Promise<void> {
  const windows = vscode.Uri.joinPath(storage, 'windows');
  const file = vscode.Uri.joinPath(windows, uri.authority.slice(0, uri.authority.indexOf('.')), `${name.replace(/[^\p{L}\p{N} ()._-]/gu, '_')}.code-workspace`);
  await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify({ folders: [{ uri: uri.toString(), name }] }, undefined, 2)));
  await pruneWindowFiles(windows.fsPath, vscode.workspace.workspaceFile?.fsPath);
  await vscode.commands.executeCommand('vscode.openFolder', file, { forceNewWindow: true });
}
