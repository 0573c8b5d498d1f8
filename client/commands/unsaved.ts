import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ForkInfo } from '../../protocol/values.ts';
import { t } from '../l10n.ts';
import type { Scm } from '../services.ts';

/**
 * A line for a dialog or message when editors hold something unsaved of the files of a fork that are, or were, written or removed.
 * A file is looked for where VS Code would open it: in a work tree that this window shows, if it does, else in the directory of the fork.
 */
export function unsavedWarning(scm: Pick<Scm, 'tree'>, repository: string, { fork, dir }: Pick<ForkInfo, 'fork' | 'dir'>, { written, removed }: { readonly written: readonly string[]; readonly removed: readonly string[] }): string[] {
  const tree = [scm.tree(repository), scm.tree(dir ?? repository)].find((candidate) => candidate?.fork === fork);
  const fileOf = (path: string): string | undefined => (tree !== undefined ? tree.places.fileOf(path) : dir === null ? undefined : join(dir, path));
  return unsavedFiles([...written, ...removed].map(fileOf));
}

/** The same, of files by their paths; `undefined` is no file. */
export function unsavedFiles(files: Iterable<string | undefined>): string[] {
  const names = new Set(files);
  const dirty = vscode.workspace.textDocuments.some(({ isDirty, uri }) => isDirty && uri.scheme === 'file' && names.has(uri.fsPath));
  return dirty ? [t('What editors hold unsaved of them stays in the editors.')] : [];
}
