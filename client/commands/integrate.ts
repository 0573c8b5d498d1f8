import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/registry.ts';
import { safe } from '../../protocol/text.ts';
import type { EntanglementKind, ForkInfo } from '../../protocol/values.ts';
import { candidates, noIcons } from '../choices.ts';
import { stateUri } from '../fs/uri.ts';
import { t } from '../l10n.ts';
import type { Command, Services } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';
import { inform, propose, withProgress } from './dialogs.ts';
import { pickFork } from './pick-fork.ts';
import { undoFork } from './undo.ts';
import { unsavedWarning } from './unsaved.ts';

/** `PYI: Merge Fork into…` */
export const integrate: Command = async (services, target, targets) => {
  const repository = await chooseRepository(services.roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await services.server.client();
  const forks = await client.call('forks', { repository });
  const from = await pickFork(forks, target.fork, { title: t('PYI: Merge Fork (1/2)'), placeholder: t('Fork whose changes are taken') });
  if (from === undefined) return undefined;
  const others = forks.filter(({ fork }) => fork !== from.fork);
  const into = await pickFork(others, target.other ?? targets[1]?.fork, { title: t('PYI: Merge "{0}" into (2/2)', safe(from.name)), placeholder: t('Fork that receives the changes') });
  if (into === undefined) return undefined;
  const done = await withProgress(t('PYI: merging "{0}" into "{1}"', safe(from.name), safe(into.name)), async ({ signal }) => (
    client.call('integrate', { repository, fork: from.fork, into: into.fork, ...(target.message === undefined ? {} : { message: target.message }) }, { signal })));
  if (done.conflicts.length > 0) describeConflicts(services, repository, into, done);
  else {
    const told = t('Merged "{0}" into "{1}": {2} files written, {3} removed.', safe(from.name), safe(into.name), done.written.length, done.removed.length);
    propose('information', [told, ...unsavedWarning(services.scm, repository, into, done)].join(' '), [
      { label: t('Undo'), action: async () => undoFork(services, repository, into.fork) },
      { label: t('Open Changes'), action: () => vscode.commands.executeCommand('pyi.openChanges', { repository, checkpoint: done.checkpoint }) },
    ]);
  }
  return done;
};

/** Tells that a merge left conflicts in a fork, and leads to them. They are kept as they are: nothing is lost, and nothing waits. */
export function describeConflicts(services: Pick<Services, 'server'>, repository: string, into: ForkInfo, { conflicts }: Result<'integrate'>): void {
  const message = conflicts.length === 1 ? t('1 file of "{0}" is in conflict. Edit it, then go on.', safe(into.name)) : t('{0} files of "{1}" are in conflict. Edit them, then go on.', conflicts.length, safe(into.name));
  propose('warning', message, [
    { label: t('Show Conflicts'), action: async () => showConflicts(repository, into, conflicts) },
    { label: t('Undo'), action: async () => undoFork(services, repository, into.fork) },
  ]);
}

async function showConflicts(repository: string, into: ForkInfo, conflicts: Result<'integrate'>['conflicts']): Promise<void> {
  const rows = conflicts.map(({ path, reason }) => ({ label: noIcons(safe(path)), detail: noIcons(safe(reason)), path }));
  const chosen = await vscode.window.showQuickPick(rows, { title: t('PYI: Conflicts in "{0}"', safe(into.name)), placeHolder: t('File to open') });
  if (chosen === undefined) return;
  const uri = into.dir === null ? stateUri(repository, into.fork, chosen.path) : vscode.Uri.joinPath(vscode.Uri.file(into.dir), chosen.path);
  await vscode.commands.executeCommand('vscode.open', uri);
}

/** `PYI: Entangle Forks…` */
export const entangle: Command = async ({ server, roots }, target, targets) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const forks = candidates(await client.call('forks', { repository }));
  const first = await pickFork(forks, target.fork, { title: t('PYI: Entangle Forks (1/3)'), placeholder: t('First fork') });
  if (first === undefined) return undefined;
  const others = forks.filter(({ fork }) => fork !== first.fork);
  const second = await pickFork(others, target.other ?? targets[1]?.fork, { title: t('PYI: Entangle "{0}" with (2/3)', safe(first.name)), placeholder: t('Second fork') });
  if (second === undefined) return undefined;
  const kind = target.kind === undefined ? await pickKind(first, second) : parseKind(target.kind);
  if (kind === undefined) return undefined;
  const done = await client.call('entangle', { repository, first: first.fork, second: second.fork, kind });
  inform(kind === 'causal' ? t('"{1}" rebases when "{0}" collapses.', safe(first.name), safe(second.name))
    : t('If one of "{0}" and "{1}" wins, the other is discarded.', safe(first.name), safe(second.name)));
  return done;
};

async function pickKind(first: ForkInfo, second: ForkInfo): Promise<EntanglementKind | undefined> {
  const [a, b] = [noIcons(safe(first.name)), noIcons(safe(second.name))];
  const rows: { label: string; detail: string; value: EntanglementKind }[] = [
    { label: t('Causal: one follows the other'), detail: t('When "{0}" collapses, "{1}" is rebased onto the result.', a, b), value: 'causal' },
    { label: t('Conflict: only one can win'), detail: t('When "{0}" or "{1}" collapses, the other is discarded.', a, b), value: 'conflict' },
  ];
  return (await vscode.window.showQuickPick(rows, { title: t('PYI: Entangle "{0}" and "{1}" (3/3)', a, b), placeHolder: t('How they are tied') }))?.value;
}

function parseKind(kind: string): EntanglementKind {
  if (kind === 'causal' || kind === 'conflict') return kind;
  throw new PyiError('INVALID_ARGUMENT', t('There is no entanglement "{0}".', safe(kind)), t('There are causal and conflict.'));
}
