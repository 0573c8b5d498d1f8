import { basename } from 'node:path';
import * as vscode from 'vscode';
import { safe } from '../../protocol/text.ts';
import { t } from '../l10n.ts';
import type { Target } from '../target.ts';
import { changeTooltip, forkLabel } from './rows.ts';
import type { ChangeKind, ChangeRow, Cut, ForkRow } from './rows.ts';
import type { WorkTree } from './work-trees.ts';

/** A row of a group; its fields are what commands of its context menu are given. */
export type Resource = vscode.SourceControlResourceState & Target;

/** Scheme of rows that stand for no file of the work tree: VS Code shows the path of a row's URI, and no other text. */
const LABEL_SCHEME = 'pyi-row';

/** Product icons and chart colours are there in every theme, with contrast enough. */
const ICONS: Readonly<Record<ChangeKind, vscode.ThemeIcon>> = {
  added: new vscode.ThemeIcon('diff-added', new vscode.ThemeColor('charts.green')),
  changed: new vscode.ThemeIcon('diff-modified', new vscode.ThemeColor('charts.yellow')),
  deleted: new vscode.ThemeIcon('diff-removed', new vscode.ThemeColor('charts.red')),
  renamed: new vscode.ThemeIcon('diff-renamed', new vscode.ThemeColor('charts.blue')),
};
const CONFLICT = new vscode.ThemeIcon('warning', new vscode.ThemeColor('charts.orange'));

/** Rows for a group. A row that stays the same stays the same object: VS Code compares the lists on each assignment. */
export class ResourceList<T> {
  readonly #make: (row: T) => Resource;
  #known = new Map<string, Resource>();

  constructor(make: (row: T) => Resource) {
    this.#make = make;
  }

  /** `context`: what all rows depend on. */
  of({ rows, more }: Cut<T>, context: string): Resource[] {
    const next = new Map<string, Resource>();
    for (const row of rows) {
      const key = JSON.stringify([context, row]);
      next.set(key, this.#known.get(key) ?? this.#make(row));
    }
    this.#known = next;
    const resources = [...next.values()];
    return more === 0 ? resources : [...resources, moreRow(more)];
  }
}

/** A file that changed since `checkpoint`. */
export function changeResource(tree: WorkTree, checkpoint: string, row: ChangeRow): Resource {
  const { path, oldPath, kind } = row;
  const target: Target = { repository: tree.folder, path, checkpoint, ...(oldPath === undefined ? {} : { oldPath }) };
  return {
    ...target,
    resourceUri: fileUri(tree, path),
    command: openDiff(target),
    contextValue: kind,
    decorations: { tooltip: changeTooltip(row), strikeThrough: kind === 'deleted', iconPath: ICONS[kind] },
  };
}

/** A file that another fork changed: the fork stands below the file, as a file does below its folder. */
export function forkResource(tree: WorkTree, row: ForkRow): Resource {
  const target: Target = { repository: tree.folder, path: row.path, fork: row.fork };
  return {
    ...target,
    resourceUri: labelUri(`${row.path}/${forkLabel(row)}`),
    command: openDiff(target),
    contextValue: 'fork',
    decorations: { tooltip: safe(`${row.path} · ${forkLabel(row)}`), iconPath: ICONS[row.kind] },
  };
}

/** A file with conflicts that nobody has resolved. */
export function conflictResource(tree: WorkTree, checkpoint: string, path: string): Resource {
  const target: Target = { repository: tree.folder, path, checkpoint };
  return {
    ...target,
    resourceUri: fileUri(tree, path),
    command: { command: 'pyi.openFile', title: t('Open File'), arguments: [target] },
    contextValue: 'conflict',
    decorations: { tooltip: t('{0} · in conflict', safe(path)), iconPath: CONFLICT },
  };
}

/** Says that the list goes on. It is no file: nothing can be done to it. */
function moreRow(more: number): Resource {
  return {
    resourceUri: labelUri(more === 1 ? t('1 more file') : t('{0} more files', more)),
    contextValue: 'more',
    decorations: { faded: true, tooltip: t('The list ends here. The rest shows when there are fewer.') },
  };
}

function openDiff(target: Target): vscode.Command {
  return { command: 'pyi.openDiff', title: t('Open Changes'), arguments: [target] };
}

/** What a row shows of a file: its own URI, unless its name could be taken for another. Then the name is spelt out. */
function fileUri(tree: WorkTree, path: string): vscode.Uri {
  const shown = safe(path);
  return vscode.Uri.file(tree.places.fileOf(shown) ?? basename(shown));
}

function labelUri(path: string): vscode.Uri {
  return vscode.Uri.from({ scheme: LABEL_SCHEME, path: `/${safe(path)}` });
}
