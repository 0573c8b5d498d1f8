import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { bytePathFromText, checkPath } from '../../protocol/paths.ts';
import { bytes, safe } from '../../protocol/text.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import { forkChoices } from '../choices.ts';
import { parseStateUri, stateUri } from '../fs/uri.ts';
import { t } from '../l10n.ts';
import { plain } from '../plain.ts';
import type { Command, Services } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';
import { ask, confirm, flash, inform, offer, warn } from './dialogs.ts';
import { forkNamed, stateNamed } from './named-states.ts';
import { pickFile } from './pick-file.ts';
import { labelOf, pickState } from './pick-state.ts';

/** `PYI: Open File of Fork…`, or of a checkpoint, without opening the whole state. */
export const readFile: Command = async ({ server, files, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const reference = target.checkpoint ?? target.fork;
  const state = reference === undefined
    ? await pickState({ client, repository, title: t('PYI: Open File'), placeholder: t('Fork or checkpoint that has the file') })
    : await stateNamed(client, repository, reference);
  if (state === undefined || (state.kind !== 'fork' && state.kind !== 'checkpoint')) return undefined;
  const id = state.kind === 'fork' ? state.fork.fork : state.checkpoint.checkpoint;
  const path = target.path ?? await pickFile({ reader: files.reader, repository, state: id, title: t('PYI: Open File of {0}', labelOf(state)) });
  if (path === undefined) return undefined;
  const uri = stateUri(repository, id, path);
  await files.reader.entry({ repository, state: id, path });
  await vscode.commands.executeCommand('vscode.open', uri, { preview: true });
  return uri;
};

/** `PYI: Write Editor to File of Fork…`: the text of the active editor, saved or not. */
export const writeFile: Command = async (services, target) => {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) throw new PyiError('INVALID_ARGUMENT', t('No text editor is active.'), t('Open the file whose text is to be written.'));
  const { document } = editor;
  const repository = await chooseRepository(services.roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await services.server.client();
  const fork = await liveFork(client, repository, target.fork, t('PYI: Write to Fork'));
  if (fork === undefined) return undefined;
  const path = target.path ?? await askPath(await pathInTree(client, repository, document.uri), fork);
  if (path === undefined) return undefined;
  const content = await vscode.workspace.encode(document.getText(), { encoding: document.encoding });
  const before = await contentOf(services, repository, fork, path);
  if (before !== undefined && Buffer.from(content).equals(before)) {
    inform(t('{0} of fork {1} has this text already.', safe(path), safe(fork.name)));
    return undefined;
  }
  const write = async (): Promise<unknown> => {
    const done = await client.call('write', { repository, fork: fork.fork, path, content: { base64: Buffer.from(content).toString('base64') } });
    const uri = stateUri(repository, fork.fork, path);
    services.files.touch(uri, before === undefined ? vscode.FileChangeType.Created : vscode.FileChangeType.Changed);
    offer(t('{0} was written to fork {1} ({2}).', safe(path), safe(fork.name), bytes(done.bytes)), t('Open'), () => vscode.commands.executeCommand('vscode.open', uri));
    return done;
  };
  if (before === undefined) return write();
  const question = t('Overwrite {0} of fork {1}?', safe(path), safe(fork.name));
  const [overwrite, look] = [t('Overwrite'), t('Show Differences')];
  const answer = await ask(question, t('What it holds now stays in the checkpoints that were taken of it.'), [overwrite, look]);
  if (answer === overwrite) return write();
  if (answer !== look) return undefined;
  await vscode.commands.executeCommand('vscode.diff', stateUri(repository, fork.fork, path), document.uri, t('{0} ({1} ↔ {2})', safe(path.slice(path.lastIndexOf('/') + 1)), t('fork {0}', safe(fork.name)), t('editor')));
  warn(question, overwrite, write);
  return undefined;
};

/** `PYI: Remove File from Fork…` */
export const removeFile: Command = async ({ server, files, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const fork = await liveFork(client, repository, target.fork, t('PYI: Remove from Fork'));
  if (fork === undefined) return undefined;
  const path = target.path ?? await pickFile({ reader: files.reader, repository, state: fork.fork, title: t('PYI: Remove from {0}', safe(fork.name)) });
  if (path === undefined) return undefined;
  // Told before the question, not after it.
  await files.reader.entry({ repository, state: fork.fork, path });
  const detail = fork.dir === null ? t('It stays in the checkpoints that were taken of it.') : t('It is removed from the directory of the fork, too. It stays in the checkpoints that were taken of it.');
  if (!await confirm(t('Remove {0} from fork {1}?', safe(path), safe(fork.name)), detail, t('Remove'))) return undefined;
  const done = await client.call('remove', { repository, fork: fork.fork, path });
  files.touch(stateUri(repository, fork.fork, path), vscode.FileChangeType.Deleted);
  flash(t('{0} was removed from fork {1}.', safe(path), safe(fork.name)));
  return done;
};

async function liveFork(client: Pick<Client, 'call'>, repository: string, reference: string | undefined, title: string): Promise<ForkInfo | undefined> {
  if (reference !== undefined) return forkNamed(client, repository, reference);
  const forks = await client.call('forks', { repository });
  return (await vscode.window.showQuickPick(forkChoices(forks, Date.now()), { title, placeHolder: t('Fork'), matchOnDescription: true, matchOnDetail: true }))?.value;
}

async function askPath(value: string, fork: ForkInfo): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: t('PYI: Write to Fork {0}', safe(fork.name)), prompt: t('Path in the tree, with "/" between names'), value,
    validateInput: (text) => {
      try {
        checkPath(bytePathFromText(text));
        return undefined;
      } catch (error) {
        return plain(PyiError.is(error) ? `${error.message}. ${error.hint}` : String(error));
      }
    },
  });
}

/** Where a document is in the tree; empty when it is in none. */
async function pathInTree(client: Pick<Client, 'call'>, repository: string, uri: vscode.Uri): Promise<string> {
  const at = parseStateUri(uri);
  if (at !== undefined) return at.path;
  if (uri.scheme !== 'file') return '';
  const { root } = await client.call('where', { repository });
  const base = vscode.Uri.file(root).path;
  return uri.path.startsWith(`${base}/`) ? uri.path.slice(base.length + 1) : '';
}

async function contentOf({ files }: Services, repository: string, fork: ForkInfo, path: string): Promise<Uint8Array | undefined> {
  try {
    return await files.reader.content({ repository, state: fork.fork, path });
  } catch (error) {
    if (PyiError.is(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}
