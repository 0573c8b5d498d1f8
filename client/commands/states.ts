import * as vscode from 'vscode';
import { shortId } from '../../protocol/ids.ts';
import { count, headline, safe } from '../../protocol/text.ts';
import { checkpointChoices, forkChoices } from '../choices.ts';
import { chooseFolder } from '../roots/folders.ts';
import { filesPreview } from '../preview.ts';
import type { Command, Services } from '../services.ts';
import { confirm, offer } from './dialogs.ts';

/** Checkpoints that the quick pick of the timeline holds. */
const TIMELINE_LENGTH = 500;

/** `PYI: New Fork` */
export const newFork: Command = async ({ server }, target) => {
  const repository = await chooseFolder(target.repository);
  if (repository === undefined) return undefined;
  const name = target.name ?? await vscode.window.showInputBox({ title: 'PYI: New Fork (1/2)', prompt: 'Name', placeHolder: 'Name (empty: one is made up)' });
  if (name === undefined) return undefined;
  const task = target.name === undefined
    ? await vscode.window.showInputBox({ title: 'PYI: New Fork (2/2)', prompt: 'Task: forks of one task compete', placeHolder: 'Task (may be empty)' })
    : target.task ?? '';
  if (task === undefined) return undefined;
  const client = await server.client();
  const made = await client.call('fork', { repository, ...(name === '' ? {} : { name }), ...(task === '' ? {} : { task }) });
  if (made.dir !== null) {
    const uri = vscode.Uri.file(made.dir);
    offer(`Fork "${safe(made.name)}" has its own directory: ${safe(made.dir)}`, 'Open in New Window', () => vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true }));
  }
  return made;
};

/** `PYI: Rewind to Checkpoint`: choose a checkpoint and go back to it. */
export const rewind: Command = async ({ server }, target) => {
  const repository = await chooseFolder(target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const forks = await client.call('forks', { repository, all: true });
  const timeline = await client.call('timeline', { repository, limit: TIMELINE_LENGTH, ...(target.fork === undefined ? {} : { fork: target.fork }) });
  const chosen = target.checkpoint === undefined
    ? (await vscode.window.showQuickPick(checkpointChoices(timeline, forks, Date.now()), { title: 'PYI: Rewind', placeHolder: 'Checkpoint to go back to', matchOnDescription: true, matchOnDetail: true }))?.value
    : timeline.find((entry) => entry.checkpoint === target.checkpoint);
  // One that has left the end of the list is still named by its id; it is the work tree that goes back to it.
  const to = chosen?.checkpoint ?? target.checkpoint;
  if (to === undefined) return undefined;
  const request = { repository, checkpoint: to, ...(chosen === undefined ? {} : { fork: chosen.fork }) };
  const preview = await client.call('rewind', { ...request, dryRun: true });
  const name = forks.find(({ fork }) => fork === preview.fork)?.name ?? shortId(preview.fork);
  const what = chosen === undefined || chosen.message === '' ? shortId(to) : `${shortId(to)} "${headline(chosen.message)}"`;
  if (!await confirm(`Rewind fork "${safe(name)}" to ${what}?`, `${filesPreview(preview)}\n\nThe state before is kept as a checkpoint; Undo brings it back.`, 'Rewind')) return undefined;
  const done = await client.call('rewind', request);
  offerUndo({ server }, repository, done.fork, `Rewound fork "${safe(name)}" to ${what}: ${count(done.written.length, 'file')} written, ${done.removed.length} removed.`);
  return done;
};

/** `PYI: Undo`: of a rewind, collapse, discard or merge; once more to redo. */
export const undo: Command = async ({ server }, target) => {
  const repository = await chooseFolder(target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  let fork = target.fork;
  if (fork === undefined) {
    const forks = await client.call('forks', { repository, all: true });
    const [only] = forks;
    fork = only !== undefined && forks.length === 1 ? only.fork
      : (await vscode.window.showQuickPick(forkChoices(forks, Date.now()), { title: 'PYI: Undo', placeHolder: 'Fork whose last rewind, collapse, discard or merge is undone', matchOnDetail: true }))?.value.fork;
  }
  if (fork === undefined) return undefined;
  const undone = await client.call('undo', { repository, fork });
  const files = `${count(undone.written.length, 'file')} written, ${undone.removed.length} removed`;
  offerUndo({ server }, repository, undone.fork, `Undone: ${safe(undone.undone)} (${files}).`, 'Redo');
  return undone;
};

/** Tells what was done, with a button that takes it back. */
export function offerUndo({ server }: Pick<Services, 'server'>, repository: string, fork: string, message: string, label: 'Undo' | 'Redo' = 'Undo'): void {
  offer(message, label, async () => {
    const client = await server.client();
    const undone = await client.call('undo', { repository, fork });
    vscode.window.setStatusBarMessage(`${label === 'Undo' ? 'Undone' : 'Redone'}: ${safe(undone.undone)}`, 5000);
  });
}
