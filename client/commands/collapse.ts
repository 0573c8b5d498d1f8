import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { shortId } from '../../protocol/ids.ts';
import type { Result } from '../../protocol/registry.ts';
import { headline, safe } from '../../protocol/text.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import { candidates, findFork, verdict } from '../choices.ts';
import { t } from '../l10n.ts';
import { filesPreview } from '../preview.ts';
import type { Command, Services } from '../services.ts';
import type { Target } from '../target.ts';
import { chooseRepository } from './choose-repository.ts';
import { confirm, propose, withProgress } from './dialogs.ts';
import { describeConflicts } from './integrate.ts';
import { pickFork } from './pick-fork.ts';
import type { Place } from './pick-fork.ts';
import { acceptCommitMessage } from './scm.ts';
import { undoFork } from './undo.ts';
import { unsavedWarning } from './unsaved.ts';

/** `PYI: Collapse Fork to Git Commit…`: the winner becomes a commit, the other forks of its task are discarded. */
export const collapse: Command = async (services, target) => {
  const repository = await chooseRepository(services.roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await services.server.client();
  const all = await client.call('forks', { repository });
  const winner = await pickFork(offeredForks(all, target), winnerIn(all, target.fork), { title: t('PYI: Collapse Fork'), placeholder: t('The winner, best score first') });
  return winner === undefined ? undefined : collapseFork(services, { client, repository }, winner, all, target.message);
};

/** Of a task, when one is named. */
function offeredForks(all: readonly ForkInfo[], { task }: Target): ForkInfo[] {
  return candidates(all).filter((fork) => task === undefined || fork.task === task);
}

/** Asked for in a work tree of the user, whose own fork cannot win, the winner is still to be chosen. */
function winnerIn(all: readonly ForkInfo[], named: string | undefined): string | undefined {
  return named === undefined || findFork(all, named).parent === null ? undefined : named;
}

/** Asks for the message, shows what will be done, and does it. Undefined when the user changes their mind. */
async function collapseFork(services: Services, place: Place, winner: ForkInfo, all: readonly ForkInfo[], given: string | undefined): Promise<Result<'collapse'> | undefined> {
  const request = { repository: place.repository, fork: winner.fork };
  try {
    const preview = await withProgress(t('PYI: working out the collapse of "{0}"', safe(winner.name)), async ({ signal }) => place.client.call('collapse', { ...request, dryRun: true }, { signal }));
    const message = given ?? await askMessage(winner, preview);
    if (message === undefined || !await acceptCommitMessage(message)) return undefined;
    const base = all.find(({ fork }) => fork === winner.parent);
    const unsaved = base === undefined ? [] : unsavedWarning(services.scm, place.repository, base, preview);
    if (!await confirm(t('Collapse fork "{0}"?', safe(winner.name)), previewText(winner, all, preview, message, unsaved), t('Collapse'))) return undefined;
    const done = await withProgress(t('PYI: collapsing "{0}"', safe(winner.name)), async ({ signal }) => (
      place.client.call('collapse', { ...request, ...(message.trim() === '' ? {} : { message }) }, { signal })));
    await services.scm.used(place.repository, message);
    tellDone(services, place.repository, winner, done);
    return done;
  } catch (error) {
    if (!PyiError.is(error, 'BRANCH_STALE')) throw error;
    return await confirm(t('The base of fork "{0}" has moved on.', safe(winner.name)), t('{0}.\n\nMerge the base into the fork, and then try again?', error.message), t('Merge Base into Fork and Retry'))
      ? rebaseAndRetry(services, place, winner, given) : undefined;
  }
}

async function askMessage(winner: ForkInfo, preview: Result<'collapse'>): Promise<string | undefined> {
  // Where no commit is made, nobody would read the message but in the timeline; what it would be is good enough.
  return vscode.window.showInputBox({
    title: t('PYI: Collapse "{0}"', safe(winner.name)), value: preview.message, valueSelection: [0, preview.message.length], ignoreFocusOut: true,
    prompt: preview.branch === null ? t('Message of the collapse') : t('Message of the commit on {0}', branchName(preview.branch)), placeHolder: t('Message (empty: one is made up)'),
  });
}

/** What a person must know before they agree. */
function previewText(winner: ForkInfo, all: readonly ForkInfo[], preview: Result<'collapse'>, message: string, unsaved: readonly string[]): string {
  const losers = preview.discarded.map((fork) => safe(all.find((other) => other.fork === fork)?.name ?? shortId(fork)));
  const summary = headline(message, 100) || headline(preview.message, 100);
  return [
    preview.branch === null ? t('No Git commit is made: "{0}"', summary) : t('Commit on {0}: "{1}"', branchName(preview.branch), summary),
    observedText(winner),
    filesPreview(preview),
    ...unsaved,
    losers.length === 0 ? t('No fork will be discarded.') : losers.length === 1 ? t('1 fork will be discarded: {0}.', losers.join(', ')) : t('{0} forks will be discarded: {1}.', losers.length, losers.join(', ')),
    t('Undo takes all of it back.'),
  ].join('\n\n');
}

function observedText(winner: ForkInfo): string {
  const last = winner.observations.at(-1);
  if (last === undefined) return t('⚠ Nobody has observed it: it is not known whether it works.');
  if (!last.ok) return t('⚠ Observed: {0}. It did not pass.', verdict(winner));
  return last.checkpoint === winner.head ? t('Observed: {0}.', verdict(winner)) : t('⚠ Observed: {0}. That was before its last change.', verdict(winner));
}

function branchName(ref: string): string {
  return safe(ref.replace(/^refs\/heads\//, ''));
}

function tellDone(services: Services, repository: string, winner: ForkInfo, { commit, checkpoint, discarded }: Result<'collapse'>): void {
  const name = safe(winner.name);
  const message = commit === null ? t('Collapsed to "{0}" without a Git commit; forks discarded: {1}.', name, discarded.length)
    : t('Collapsed to "{0}": commit {1}; forks discarded: {2}.', name, shortId(commit), discarded.length);
  propose('information', message, [
    { label: t('Undo'), action: async () => undoFork(services, repository, winner.fork) },
    { label: t('Open Changes'), action: () => vscode.commands.executeCommand('pyi.openChanges', { repository, checkpoint }) },
  ]);
}

/** Merges what the base has become into the fork. With conflicts, these come first: they are the user's to resolve. */
async function rebaseAndRetry(services: Services, place: Place, winner: ForkInfo, given: string | undefined): Promise<Result<'collapse'> | undefined> {
  if (winner.parent === null) return undefined;
  const { repository, client } = place;
  const merged = await client.call('integrate', { repository, fork: winner.parent, into: winner.fork });
  if (merged.conflicts.length > 0) {
    describeConflicts(services, repository, winner, merged);
    return undefined;
  }
  const all = await client.call('forks', { repository });
  return collapseFork(services, place, findFork(all, winner.fork), all, given);
}
