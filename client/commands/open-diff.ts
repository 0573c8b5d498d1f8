import { lstat } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { safe } from '../../protocol/text.ts';
import { fileOnDisk, textUri } from '../fs/beside.ts';
import { documentOn } from '../fs/side.ts';
import type { Side } from '../fs/side.ts';
import { t } from '../l10n.ts';
import type { Command, Services } from '../services.ts';
import type { Target } from '../target.ts';
import { chooseRepository } from './choose-repository.ts';
import { inform } from './dialogs.ts';
import { stateNamed } from './named-states.ts';
import { checkpointLabel, labelOf } from './pick-state.ts';
import type { PickedState } from './pick-state.ts';

/** More diffs than this nobody looks at one by one. */
const MAX_DIFFS = 10;

/** A diff that was opened, for whoever called the command. */
interface OpenedDiff {
  readonly title: string;
}

/**
 * `PYI: Open Changes of File`: of `path`, the checkpoint that source control compares with beside the file of the work tree. With `fork` or `checkpoint`, that one is the left
 * side (where the file was called `oldPath`); with `checkpoint` and `other`, these two are the sides. Of several files, each in an editor of its own.
 */
export const openDiff: Command = async (services, _target, targets) => {
  const files = targets.filter(({ path }) => path !== undefined);
  if (files.length === 0) throw new PyiError('INVALID_ARGUMENT', t('No file was chosen.'), t('Choose one in the list of changes.'));
  const opened: OpenedDiff[] = [];
  for (const file of files.slice(0, MAX_DIFFS)) {
    const diff = await openOne(services, file, files.length === 1);
    if (diff === undefined) return undefined;
    opened.push(diff);
  }
  if (files.length > MAX_DIFFS) inform(t('{0} files were chosen; the changes of the first {1} are open. "Open Changes" of the group shows all in one editor.', files.length, MAX_DIFFS));
  return opened.length === 1 ? opened[0] : opened;
};

/** Undefined when the user does not say which repository is meant. */
async function openOne({ server, scm, roots }: Services, target: Target, preview: boolean): Promise<OpenedDiff | undefined> {
  const { path = '', oldPath = path } = target;
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const { root, head } = await client.call('where', { repository });
  const right: Side = target.other === undefined ? { kind: 'directory', label: t('working file'), directory: root }
    : sideOf(repository, await stateNamed(client, repository, target.checkpoint ?? target.fork ?? target.other));
  const left = await leftSide(client, repository, target.other ?? target.checkpoint ?? target.fork ?? scm.baseline(repository) ?? head);
  const [before, after] = await Promise.all([documentAt(client, root, left, oldPath), documentAt(client, root, right, path)]);
  if (before === undefined && after === undefined) throw new PyiError('NOT_FOUND', t('{0} is on neither side.', safe(path)), t('It was removed since; refresh the list.'));
  const title = t('{0} ({1} ↔ {2})', safe(path.slice(path.lastIndexOf('/') + 1)), left.label, right.label);
  await vscode.commands.executeCommand('vscode.diff', before ?? textUri(`${root}/${oldPath}`, ''), after ?? textUri(`${root}/${path}`, ''), title, { preview });
  return { title };
}

async function leftSide(client: Pick<Client, 'call'>, repository: string, reference: string | null): Promise<Side> {
  if (reference === null) throw new PyiError('NOT_FOUND', t('The work tree has no checkpoint yet.'), t('Take one with "PYI: Take Checkpoint".'));
  return sideOf(repository, await stateNamed(client, repository, reference));
}

function sideOf(repository: string, state: PickedState): Side {
  if (state.kind === 'fork') return { kind: 'state', label: labelOf(state), repository, state: state.fork.fork };
  if (state.kind === 'checkpoint') return { kind: 'state', label: checkpointLabel(state.checkpoint), repository, state: state.checkpoint.checkpoint };
  throw new PyiError('INVALID_ARGUMENT', t('No state was chosen.'), t('Choose a fork or a checkpoint.'));
}

/** The document of a file on a side; undefined when it is not there. */
async function documentAt(client: Pick<Client, 'call'>, root: string, side: Side, path: string): Promise<vscode.Uri | undefined> {
  try {
    if (side.kind === 'directory') {
      const stat = await lstat(fileOnDisk(side.directory, path));
      if (stat.isDirectory()) return textUri(`${root}/${path}`, t('A directory that Git keeps as a submodule.'));
      return documentOn(root, side, path, stat.isSymbolicLink() ? { type: 'symlink', id: '' } : undefined);
    }
    const [row] = await client.call('ls', { repository: side.repository, fork: side.state, path });
    if (row?.path !== path) return undefined;
    return documentOn(root, side, path, row.type === 'submodule' ? { type: 'submodule', id: row.id ?? '' } : undefined);
  } catch (error) {
    if (PyiError.is(error, 'NOT_FOUND') || isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ENOENT' || code === 'ENOTDIR';
}
