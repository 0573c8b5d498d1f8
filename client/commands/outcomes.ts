import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { shortId } from '../../protocol/ids.ts';
import { count, safe } from '../../protocol/text.ts';
import { candidates, forkChoices, verdict } from '../choices.ts';
import { chooseFolder } from '../roots/folders.ts';
import { filesPreview } from '../preview.ts';
import type { Command } from '../services.ts';
import { confirm } from './dialogs.ts';
import { acceptCommitMessage } from './scm.ts';
import { offerUndo } from './states.ts';

/** `PYI: Collapse Fork`: the winner becomes a Git commit, the other forks of its task are discarded. */
export const collapse: Command = async ({ server, scm }, target) => {
  const repository = await chooseFolder(target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const live = await client.call('forks', { repository });
  const forks = candidates(live);
  if (forks.length === 0) throw new PyiError('NOT_FOUND', 'There is no live fork to collapse.', 'Make one with "PYI: New Fork".');
  // Asked for in the user's own work tree, it is the winner that is to be chosen.
  const isOpen = target.fork === undefined || live.some(({ fork, parent }) => fork === target.fork && parent === null);
  const winner = isOpen
    ? (await vscode.window.showQuickPick(forkChoices(forks, Date.now()), { title: 'PYI: Collapse Fork', placeHolder: 'The winner, best score first', matchOnDescription: true, matchOnDetail: true }))?.value
    : forks.find(({ fork }) => fork === target.fork);
  if (winner === undefined) {
    if (isOpen) return undefined;
    throw new PyiError('NOT_FOUND', `Fork ${shortId(target.fork ?? '')} is not live any more.`, 'Choose another one.');
  }
  const preview = await client.call('collapse', { repository, fork: winner.fork, dryRun: true });
  const message = target.message ?? await vscode.window.showInputBox({ title: `PYI: Collapse "${safe(winner.name)}"`, prompt: 'Message of the Git commit', placeHolder: 'Message (empty: one is made up)' });
  if (message === undefined || !await acceptCommitMessage(message)) return undefined;
  const losers = preview.discarded.map((fork) => forks.find((candidate) => candidate.fork === fork)?.name ?? shortId(fork));
  const detail = [
    `Observed: ${verdict(winner)}.`,
    filesPreview(preview),
    losers.length === 0 ? 'No fork will be discarded.' : `${count(losers.length, 'fork')} will be discarded: ${losers.map(safe).join(', ')}.`,
    'Undo takes all of it back.',
  ].join('\n\n');
  if (!await confirm(`Collapse fork "${safe(winner.name)}" to a Git commit?`, detail, 'Collapse')) return undefined;
  const done = await client.call('collapse', { repository, fork: winner.fork, ...(message === '' ? {} : { message }) });
  await scm.used(repository, message);
  const commit = done.commit === null ? 'no Git commit was made' : `commit ${shortId(done.commit)}`;
  offerUndo({ server }, repository, done.winner, `Collapsed to "${safe(winner.name)}": ${commit}, ${count(done.discarded.length, 'fork')} discarded.`);
  return done;
};
