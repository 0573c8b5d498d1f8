import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { parseStateUri } from '../fs/uri.ts';
import { t } from '../l10n.ts';

/** The folders of this window that lie on a disk. */
export function diskFolders(): vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
}

/** Repositories of which a fork or checkpoint is a folder of this window. */
export function shownRepositories(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => parseStateUri(uri)?.repository).filter((repository) => repository !== undefined);
}

/**
 * The folder that a command is about: the one it names, the only one, the one of the active editor, or
 * the one that the user picks. In a window that shows states alone, their repository. Undefined when the user picks none.
 * @throws PyiError `NOT_FOUND` when no folder is open, or not the named one
 */
export async function chooseFolder(named: string | undefined): Promise<string | undefined> {
  const folders = diskFolders();
  const shown = shownRepositories();
  if (named !== undefined) {
    if (folders.some(({ uri }) => uri.fsPath === named) || shown.includes(named)) return named;
    throw new PyiError('NOT_FOUND', t('{0} is not a folder of this window.', named), t('Open the folder first.'));
  }
  const [first] = folders;
  if (first === undefined) {
    if (shown[0] !== undefined) return shown[0];
    throw new PyiError('NOT_FOUND', t('No folder is open.'), t('Open the folder of a repository first.'));
  }
  if (folders.length === 1) return first.uri.fsPath;
  const active = vscode.window.activeTextEditor?.document.uri;
  const activeFolder = active === undefined ? undefined : vscode.workspace.getWorkspaceFolder(active);
  if (activeFolder !== undefined && folders.includes(activeFolder)) return activeFolder.uri.fsPath;
  return (await vscode.window.showWorkspaceFolderPick({ placeHolder: t('Which repository?') }))?.uri.fsPath;
}
