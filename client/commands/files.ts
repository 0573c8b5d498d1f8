import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { shortId } from '../../protocol/ids.ts';
import type { Result } from '../../protocol/registry.ts';
import { safe } from '../../protocol/text.ts';
import { stateUri } from '../fs/uri.ts';
import { t } from '../l10n.ts';
import { filesPreview } from '../preview.ts';
import { ignoreAddition, ignoreLine } from '../scm/gitignore.ts';
import { isFileIn } from '../scm/quick-diff.ts';
import type { WorkTree } from '../scm/work-trees.ts';
import type { Command, Scm } from '../services.ts';
import type { Target } from '../target.ts';
import { confirm, inform } from './dialogs.ts';
import { offerUndo } from './undo.ts';
import { unsavedFiles } from './unsaved.ts';

/** A file of a work tree of this window, as a row names it. */
interface ChosenFile {
  readonly tree: WorkTree;
  readonly path: string;
  readonly target: Target;
}

/** `PYI: Open File`: of the work tree; of another fork, or one that was deleted, as it is recorded. */
export const openFile: Command = async ({ scm }, _target, targets) => {
  const chosen = filesOf(scm, targets);
  for (const { tree, path, target } of chosen) {
    const file = target.fork === undefined ? tree.places.fileOf(path) : undefined;
    const uri = file !== undefined && existsAsFile(file) ? vscode.Uri.file(file)
      : target.checkpoint === undefined ? stateUri(tree.folder, target.fork ?? tree.fork, path)
        : stateUri(tree.folder, target.checkpoint, target.oldPath ?? path);
    await vscode.commands.executeCommand('vscode.open', uri, { preview: chosen.length === 1 });
  }
  return undefined;
};

/**
 * `PYI: Rewind File`: brings chosen files back to the checkpoint that they are compared with. Resolves to what was done in each
 * work tree.
 */
export const rewindFile: Command = async ({ server, scm }, _target, targets) => {
  const client = await server.client();
  const done: Result<'rewind'>[] = [];
  for (const files of groupBy(filesOf(scm, targets), ({ tree, target }) => JSON.stringify([tree.folder, target.checkpoint]))) {
    const [{ tree, target }] = files;
    const repository = tree.folder;
    const checkpoint = target.checkpoint ?? scm.baseline(repository) ?? tree.fork;
    const request = { repository, checkpoint, paths: files.flatMap((file) => [file.path, file.target.oldPath ?? []].flat()) };
    const preview = await client.call('rewind', { ...request, dryRun: true });
    if (preview.written.length + preview.removed.length === 0) {
      inform(t('Nothing to rewind: the files are as they are in checkpoint {0}.', shortId(preview.to)));
      continue;
    }
    const question = files.length === 1 ? t('Rewind "{0}" to checkpoint {1}?', safe(files[0].path), shortId(preview.to)) : t('Rewind {0} files to checkpoint {1}?', files.length, shortId(preview.to));
    const detail = [filesPreview(preview), ...unsavedFiles(files.map(({ path }) => tree.places.fileOf(path))), t('The state before is kept as a checkpoint; Undo brings it back.')].join('\n\n');
    if (!await confirm(question, detail, t('Rewind'))) continue;
    const result = await client.call('rewind', request);
    done.push(result);
    offerUndo({ server }, repository, result.fork, t('Rewound to checkpoint {0}. Files written: {1}, removed: {2}.', shortId(result.to), result.written.length, result.removed.length));
  }
  return done;
};

/** `PYI: Add to .gitignore`: of the top of the work tree. An edit like any other: it can be undone. */
export const ignoreFile: Command = async ({ server, scm }, _target, targets) => {
  const client = await server.client();
  for (const files of groupBy(filesOf(scm, targets), ({ tree }) => tree.key)) {
    const [{ tree }] = files;
    await ignore(tree, files.map(({ path }) => ignoreLine(path)));
    const recorded = await Promise.all(files.map(async ({ path }) => isFileIn(client, tree.folder, tree.fork, path)));
    const { length } = recorded.filter(Boolean);
    if (length > 0) {
      inform(length === 1
        ? t('1 of the files is recorded already and stays so until it is deleted, as in Git: ignoring is for files that are not recorded yet.')
        : t('{0} of the files are recorded already and stay so until they are deleted, as in Git: ignoring is for files that are not recorded yet.', length));
    }
  }
  return undefined;
};

async function ignore(tree: WorkTree, lines: readonly string[]): Promise<void> {
  const file = join(tree.places.root, '.gitignore');
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isFile()) {
    throw new PyiError('INVALID_ARGUMENT', t('{0} is no ordinary file, so Git does not read it.', safe(file)), t('Put a file in its place.'));
  }
  const uri = vscode.Uri.file(file);
  const edit = new vscode.WorkspaceEdit();
  const before = stats === undefined ? undefined : await vscode.workspace.openTextDocument(uri);
  const wasDirty = before?.isDirty === true;
  const addition = ignoreAddition(before?.getText() ?? '', lines);
  if (addition === '') return;
  if (before === undefined) edit.createFile(uri, { ignoreIfExists: true });
  edit.insert(uri, before === undefined ? new vscode.Position(0, 0) : before.positionAt(before.getText().length), addition);
  if (!await vscode.workspace.applyEdit(edit)) {
    throw new PyiError('INTERNAL', t('{0} could not be changed.', safe(file)), t('Look whether it can be written to.'));
  }
  const document = await vscode.workspace.openTextDocument(uri);
  // What somebody is in the middle of writing there is not ours to save.
  if (wasDirty) await vscode.window.showTextDocument(document);
  else await document.save();
}

/** @throws PyiError `NOT_FOUND` when no file is named, or its folder shows no fork */
function filesOf(scm: Scm, targets: readonly Target[]): ChosenFile[] {
  const files = targets.flatMap((target): ChosenFile[] => {
    const { path, repository } = target;
    if (path === undefined) return [];
    const tree = scm.tree(repository);
    if (tree === undefined) throw new PyiError('NOT_FOUND', t('{0} is not the directory of a fork that this window shows.', safe(repository ?? '')), t('Open it, and set it up with "PYI: Set Up Repository".'));
    return [{ tree, path, target }];
  });
  if (files.length === 0) throw new PyiError('NOT_FOUND', t('No file was chosen.'), t('Choose one in the list of changes.'));
  return files;
}

type Group<T> = readonly [T, ...T[]];

function groupBy<T>(items: readonly T[], key: (item: T) => string): Group<T>[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function existsAsFile(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === false;
}
