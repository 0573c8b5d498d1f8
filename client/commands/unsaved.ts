import * as vscode from 'vscode';
import { t } from '../l10n.ts';

/** A line for a dialog when editors hold something unsaved of files that are about to be written or removed; `undefined` is no file. */
export function unsavedWarning(files: Iterable<string | undefined>): string[] {
  const names = new Set(files);
  const dirty = vscode.workspace.textDocuments.some(({ isDirty, uri }) => isDirty && uri.scheme === 'file' && names.has(uri.fsPath));
  return dirty ? [t('What editors hold unsaved of them stays in the editors.')] : [];
}
