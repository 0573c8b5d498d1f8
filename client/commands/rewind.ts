import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { shortId } from '../../protocol/ids.ts';
import type { Result } from '../../protocol/registry.ts';
import { safe } from '../../protocol/text.ts';
import { t } from '../l10n.ts';
import { filesPreview } from '../preview.ts';
import type { Command } from '../services.ts';
import type { Target } from '../target.ts';
import { chooseRepository } from './choose-repository.ts';
import { choicesOf, keptChoices } from './rewind-files.ts';
import { confirm, withProgress } from './dialogs.ts';
import { checkpointNamed } from './named-states.ts';
import { pickCheckpoint } from './pick-checkpoint.ts';
import { checkpointLabel } from './pick-state.ts';
import { offerUndo } from './undo.ts';
import { unsavedWarning } from './unsaved.ts';

/** More files than this are rewound as a whole: nobody goes through them one by one, and the operation takes no more paths. */
const MAX_CHOICES = 5000;

/**
 * `PYI: Rewind to Checkpoint…`: brings a fork back to a checkpoint, or the files of it that the user picks. What will be written and
 * removed is shown before; undo is offered after.
 */
export const rewind: Command = async ({ server, scm, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const destination = await destinationOf(client, repository, target);
  if (destination === undefined) return undefined;
  const { checkpoint, fork, label: what } = destination;
  const request = { repository, checkpoint, fork };
  const preview = await withProgress(t('PYI: looking what a rewind would change'), async (options) => client.call('rewind', { ...request, dryRun: true }, options));
  const [info] = await client.call('forks', { repository, forks: [preview.fork] });
  const name = safe(info?.name ?? shortId(preview.fork));
  const chosen = await chooseFiles(preview, t('PYI: Rewind fork {0} to {1}', name, what));
  if (chosen === undefined) return undefined;
  const isWhole = chosen.paths === undefined;
  const question = isWhole ? t('Rewind fork "{0}" to {1}?', name, what)
    : chosen.paths?.length === 1 ? t('Rewind 1 file of fork "{0}" to {1}?', name, what) : t('Rewind {2} files of fork "{0}" to {1}?', name, what, chosen.paths?.length ?? 0);
  const unsaved = unsavedWarning(scm, repository, { fork: preview.fork, dir: info?.dir ?? null }, chosen);
  const detail = [filesPreview(chosen), ...unsaved, t('The state before is kept as a checkpoint; Undo brings it back.')];
  if (!await confirm(question, detail.join('\n\n'), t('Rewind'))) return undefined;
  const done = await withProgress(t('PYI: rewinding'), async (options) => client.call('rewind', { ...request, ...(chosen.paths === undefined ? {} : { paths: [...chosen.paths] }) }, options));
  offerUndo({ server }, repository, done.fork, t('Rewound fork "{0}" to {1}. Files written: {2}, removed: {3}.', name, what, done.written.length, done.removed.length));
  return done;
};

interface Destination {
  readonly checkpoint: string;
  /** The fork that goes back. */
  readonly fork: string;
  readonly label: string;
}

/** What is named, else what the user picks. A fork goes back to its own checkpoints unless another one is named. */
async function destinationOf(client: Pick<Client, 'call'>, repository: string, { checkpoint, fork }: Target): Promise<Destination | undefined> {
  if (checkpoint === undefined) {
    const info = await pickCheckpoint({ client, repository, fork, title: t('PYI: Rewind'), placeholder: t('Checkpoint to go back to') });
    return info === undefined ? undefined : { checkpoint: info.checkpoint, fork: fork ?? info.fork, label: checkpointLabel(info) };
  }
  const info = await checkpointNamed(client, repository, checkpoint);
  return { checkpoint: info.checkpoint, fork: fork ?? info.fork, label: checkpointLabel(info) };
}

interface ChosenFiles {
  /** Undefined: all of them, so that the fork goes back as a whole. */
  readonly paths: readonly string[] | undefined;
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/** Undefined when the user leaves, or picks nothing. */
async function chooseFiles({ written, removed }: Pick<Result<'rewind'>, 'written' | 'removed'>, title: string): Promise<ChosenFiles | undefined> {
  const choices = choicesOf(written, removed);
  if (choices.length < 2 || choices.length > MAX_CHOICES) return { paths: undefined, written, removed };
  const kept = await vscode.window.showQuickPick(choices, { title, placeHolder: t('Files to rewind: all, or those that you pick'), canPickMany: true, matchOnDescription: true, ignoreFocusOut: true });
  return kept === undefined ? undefined : keptChoices(choices, kept);
}
