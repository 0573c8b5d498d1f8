import * as vscode from 'vscode';
import { parseStateUri } from '../fs/uri.ts';

/** The folders of this window that lie on a disk. */
export function diskFolders(): vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
}

/** Repositories of which a fork or checkpoint is a folder of this window. */
export function shownRepositories(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => parseStateUri(uri)?.repository).filter((repository) => repository !== undefined);
}
