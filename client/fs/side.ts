import * as vscode from 'vscode';
import type { Changes } from '../../protocol/values.ts';
import { diskUri, textUri } from './beside.ts';
import { pathOf } from './diff-list.ts';
import type { FileDiff } from './diff-list.ts';
import { stateUriBelow } from './uri.ts';

/** One of two things that are compared. The label is `safe`. */
export type Side =
  | { readonly kind: 'state'; readonly label: string; readonly repository: string; readonly state: string }
  | { readonly kind: 'directory'; readonly label: string; readonly directory: string };

/** A file that is no plain file on a side. */
export type Unusual = NonNullable<Changes['details']>['unusual'][number];

/** The document that shows a file of a side; `root` is the work tree. */
export function documentOn(root: string, side: Side, path: string, unusual: Pick<Unusual, 'type' | 'id'> | undefined): vscode.Uri {
  // As git shows it.
  if (unusual?.type === 'submodule') return textUri(`${root}/${path}`, `Subproject commit ${unusual.id}\n`);
  if (side.kind === 'state') return stateUriBelow(vscode.Uri.file(root).path.replace(/\/$/, ''), side.repository, side.state, path);
  return unusual?.type === 'symlink' || /\p{Cs}/u.test(path) ? diskUri(side.directory, path) : vscode.Uri.file(`${side.directory}/${path}`);
}

/** A row of VS Code's multi-file diff: the file that it is about, and its two documents. */
export type DiffRow = [label: vscode.Uri, left: vscode.Uri | undefined, right: vscode.Uri | undefined];

/** Rows for differences between two sides. `root` is the work tree, below which the files are listed. */
export function diffRows(root: string, [left, right]: readonly [Side, Side], diffs: readonly FileDiff[], unusual: readonly Unusual[]): DiffRow[] {
  const of = (side: Unusual['side']): Map<string, Unusual> => new Map(unusual.filter((file) => file.side === side).map((file) => [file.path, file]));
  const [unusualLeft, unusualRight] = [of('from'), of('to')];
  return diffs.map((diff) => [
    documentOn(root, { kind: 'directory', label: '', directory: root }, pathOf(diff), undefined),
    diff.left === undefined ? undefined : documentOn(root, left, diff.left, unusualLeft.get(diff.left)),
    diff.right === undefined ? undefined : documentOn(root, right, diff.right, unusualRight.get(diff.right)),
  ]);
}
