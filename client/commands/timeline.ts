import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { safe } from '../../protocol/text.ts';
import { noIcons } from '../choices.ts';
import { parseStateUri } from '../fs/uri.ts';
import { t } from '../l10n.ts';
import type { Roots } from '../roots/roots.ts';
import type { Command, Scm } from '../services.ts';
import type { Target } from '../target.ts';
import type { Wish } from '../../webview/timeline/contract.ts';

/** `PYI: Show Timeline`: of a fork, when one is named. */
export const showTimeline: Command = async ({ views }, { repository, fork }) => {
  await views.showTimeline({ place: 'sidebar', ...wishFor(repository, fork) });
  return undefined;
};

/** `PYI: Open Timeline in Editor` */
export const showTimelineInEditor: Command = async ({ views }, { repository, fork }) => {
  await views.showTimeline({ place: 'editor', ...wishFor(repository, fork) });
  return undefined;
};

/** `PYI: Show History of File across Forks`: of a file of the explorer or a list, else of the active editor. Resolves to its path. */
export const fileHistory: Command = async ({ views, roots, scm }, target, targets) => {
  const chosen = await oneRow(target, targets);
  if (chosen === undefined) return undefined;
  const { repository, path } = fileOf(chosen, roots, scm);
  await views.showTimeline({ place: 'sidebar', folder: repository, path });
  return path;
};

/** Of several rows, source control does not say which one was clicked. Undefined when the user does not either. */
async function oneRow(target: Target, targets: readonly Target[]): Promise<Target | undefined> {
  const rows = targets.flatMap((row) => (row.path === undefined ? [] : [{ label: noIcons(safe(row.path)), row }]));
  if (rows.length < 2) return target;
  return (await vscode.window.showQuickPick(rows, { title: t('PYI: History of File'), placeHolder: t('File whose history is shown') }))?.row;
}

function wishFor(folder: string | undefined, fork: string | undefined): Pick<Wish, 'folder' | 'filter'> {
  return { ...(folder === undefined ? {} : { folder }), ...(fork === undefined ? {} : { filter: { fork } }) };
}

/** @throws PyiError `NOT_FOUND` when no file is named, or it is of no repository that this window shows */
function fileOf({ repository, path, uri }: Target, roots: Roots, scm: Scm): { readonly repository: string; readonly path: string } {
  if (repository !== undefined && path !== undefined) return { repository, path };
  const file = uri === undefined ? activeFile() : vscode.Uri.parse(uri, true);
  if (file === undefined) throw new PyiError('NOT_FOUND', t('No file is open.'), t('Open one, or choose one in the explorer.'));
  const state = parseStateUri(file);
  if (state !== undefined && state.path !== '') return state;
  const root = roots.at(file);
  const inTree = root === undefined ? undefined : scm.tree(root.folder)?.places.pathOf(file.fsPath);
  if (root === undefined || inTree === undefined) {
    throw new PyiError('NOT_FOUND', t('{0} is in no repository that is set up in this window.', safe(file.path)), t('Open its folder, and set it up with "PYI: Set Up Repository".'));
  }
  return { repository: root.folder, path: inTree };
}

function activeFile(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  // A diff, or a file that is no text, has no active text editor.
  if (input instanceof vscode.TabInputTextDiff) return input.modified;
  if (input instanceof vscode.TabInputCustom) return input.uri;
  return vscode.window.activeTextEditor?.document.uri;
}
