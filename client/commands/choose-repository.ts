import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { safe } from '../../protocol/text.ts';
import { noIcons } from '../choices.ts';
import { parseStateUri } from '../fs/uri.ts';
import { t } from '../l10n.ts';
import { diskFolders, shownRepositories } from '../roots/folders.ts';
import type { Root, Roots } from '../roots/roots.ts';

/** Folders that a command can work in: with a store that can be used, with one in whatever state, or with none yet. */
type Offered = 'ready' | 'store' | 'new';

interface Candidate {
  readonly folder: string;
  readonly name: string;
}

const FITS: Readonly<Record<Offered, (root: Root) => boolean>> = {
  ready: ({ store }) => store.kind === 'ready',
  store: ({ store }) => store.kind !== 'none',
  new: ({ store }) => store.kind !== 'ready',
};

/**
 * The folder that a command is about: the one it names, the only one that it can work in, the one of the active editor, or the one that the user
 * picks. In a window that shows states alone, their repository. Undefined when the user picks none.
 * @throws PyiError `NOT_FOUND` when no folder is open, or not the named one
 */
export async function chooseRepository(roots: Pick<Roots, 'all'>, named: string | undefined, offered: Offered = 'ready'): Promise<string | undefined> {
  const folders = diskFolders();
  const shown = shownRepositories();
  if (named !== undefined) {
    if (folders.some(({ uri }) => uri.fsPath === named) || shown.includes(named)) return named;
    throw new PyiError('NOT_FOUND', t('{0} is not a folder of this window.', safe(named)), t('Open the folder first.'));
  }
  if (folders.length === 0) {
    if (shown[0] !== undefined) return shown[0];
    throw new PyiError('NOT_FOUND', t('No folder is open.'), t('Open the folder of a repository first.'));
  }
  const fitting = roots.all.filter(FITS[offered]);
  // Where nothing fits, or nothing is known yet, the server says what is wrong.
  const candidates = fitting.length > 0 ? fitting : folders.map(({ uri, name }): Candidate => ({ folder: uri.fsPath, name }));
  const active = activeFolder();
  if (active !== undefined && candidates.some(({ folder }) => folder === active)) return active;
  const different = fitting.length > 0 ? ofDifferentTrees(fitting) : candidates;
  if (different.length === 1) return different[0]?.folder;
  const rows = different.map(({ folder, name }) => ({ label: noIcons(safe(name)), description: noIcons(safe(folder)), folder }));
  return (await vscode.window.showQuickPick(rows, { placeHolder: t('Which repository?'), matchOnDescription: true }))?.folder;
}

/** The folder that the file in the active editor is of, or the repository whose state it is. */
function activeFolder(): string | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  if (uri === undefined) return undefined;
  return parseStateUri(uri)?.repository ?? vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
}

/** Folders of one work tree are one repository to choose. */
function ofDifferentTrees(roots: readonly Root[]): Root[] {
  const seen = new Set<string>();
  return roots.filter(({ folder, place }) => {
    const tree = place?.root ?? folder;
    return !seen.has(tree) && seen.add(tree);
  });
}
