import * as vscode from 'vscode';
import { shortId } from '../../protocol/ids.ts';
import { bytes, safe } from '../../protocol/text.ts';
import { t } from '../l10n.ts';
import { filesPreview } from '../preview.ts';
import type { Command } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';
import { confirm, offer, withProgress } from './dialogs.ts';
import { pickCheckpoint } from './pick-checkpoint.ts';

/**
 * `PYI: Materialize to Folder…`: writes a checkpoint, or the head of a fork, into a directory: `path`, else the one that is chosen. What it would remove there
 * is shown before.
 */
export const materialize: Command = async ({ server, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const checkpoint = target.checkpoint ?? target.fork
    ?? (await pickCheckpoint({ client, repository, fork: undefined, title: t('PYI: Materialize to Folder'), placeholder: t('Checkpoint to write') }))?.checkpoint;
  if (checkpoint === undefined) return undefined;
  const out = target.path ?? await chooseDirectory(shortId(checkpoint));
  if (out === undefined) return undefined;
  const request = { repository, checkpoint, out };
  const preview = await withProgress(t('PYI: comparing with the folder'), async (options) => client.call('materialize', { ...request, dryRun: true }, options));
  if (preview.removed.length > 0
    && !await confirm(t('Make {0} equal to {1}?', safe(out), shortId(preview.checkpoint)), [filesPreview(preview), t('Files that PYI did not put there stay.')].join('\n\n'), t('Materialize'))) return undefined;
  const done = await withProgress(t('PYI: materializing'), async (options) => client.call('materialize', request, options));
  offer(t('Checkpoint {0} is in {1}. Files written: {2} ({3}), removed: {4}.', shortId(done.checkpoint), safe(done.out), done.written.length, bytes(done.bytes), done.removed.length),
    t('Open in New Window'), () => vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(done.out), { forceNewWindow: true }));
  return done;
};

async function chooseDirectory(what: string): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: t('PYI: Folder to write {0} into', what), openLabel: t('Materialize Here'), canSelectFiles: false, canSelectFolders: true, canSelectMany: false,
  });
  return chosen?.[0]?.fsPath;
}
