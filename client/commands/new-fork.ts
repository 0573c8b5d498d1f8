import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ParamsInput, Result } from '../../protocol/registry.ts';
import { shortId } from '../../protocol/ids.ts';
import { safe } from '../../protocol/text.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import { forkChoices, noIcons } from '../choices.ts';
import { nameProblem } from '../fork-name.ts';
import { t } from '../l10n.ts';
import type { Command } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';
import { propose, withProgress } from './dialogs.ts';

type Request = Omit<ParamsInput<'fork'>, 'repository'>;

/** `PYI: New Fork…`. A caller that gives a name is asked nothing. The fork belongs to the agent of the one that it is made from. */
export const newFork: Command = async ({ server, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const from = target.checkpoint ?? target.fork;
  const given: Request = { ...(target.task === undefined ? {} : { task: target.task }), ...(from === undefined ? {} : { from }) };
  const request = target.name === undefined ? await askRequest(await client.call('forks', { repository }), given) : { ...given, ...(target.name === '' ? {} : { name: target.name }) };
  if (request === undefined) return undefined;
  const made = await withProgress(t('PYI: making a fork'), async (options) => client.call('fork', { repository, ...request }, options));
  tellMade(repository, made);
  return made;
};

/** Offers the ways into a fork that was made. */
export function tellMade(repository: string, { fork, name, dir }: Pick<Result<'fork'>, 'fork' | 'name' | 'dir'>): void {
  const show = { label: t('Show Superposition'), action: () => vscode.commands.executeCommand('pyi.showSuperposition', { repository, fork }) };
  if (dir === null) {
    propose('information', t('Fork "{0}" was made. It has no directory: agents write into it through PYI.', safe(name)), [show]);
    return;
  }
  propose('information', t('Fork "{0}" has its own directory: {1}', safe(name), safe(dir)), [
    { label: t('Open in New Window'), action: () => vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(dir), { forceNewWindow: true }) },
    { label: t('Add to Workspace'), action: async () => addToWorkspace(dir) },
    show,
  ]);
}

async function addToWorkspace(directory: string): Promise<void> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  vscode.workspace.updateWorkspaceFolders(folders.length, 0, { uri: vscode.Uri.file(directory), name: safe(basename(directory)) });
  await vscode.commands.executeCommand('workbench.view.explorer');
}

/** Asks step by step; what the caller gave is not asked for. Undefined when the user leaves. */
async function askRequest(forks: readonly ForkInfo[], given: Request): Promise<Request | undefined> {
  const taken = new Set(forks.map(({ name }) => name));
  const name = await vscode.window.showInputBox({
    title: t('PYI: New Fork'), prompt: t('Name of the fork'), placeHolder: t('Name (empty: one is made up)'), validateInput: (value) => nameProblem(value, taken),
  });
  if (name === undefined) return undefined;
  const task = given.task === undefined ? await askTask(forks) : given.task;
  if (task === undefined) return undefined;
  const from = given.from === undefined ? await askFrom(forks) : given.from;
  if (from === undefined) return undefined;
  const dir = await askDirectory();
  if (dir === undefined) return undefined;
  return { dir, ...(name === '' ? {} : { name }), ...(task === '' ? {} : { task }), ...(from === '' ? {} : { from }) };
}

/** An empty text for none. */
async function askTask(forks: readonly ForkInfo[]): Promise<string | undefined> {
  const title = t('PYI: New Fork');
  const known = [...new Set(forks.map(({ task }) => task))].filter((task) => task !== null);
  const ask = async (): Promise<string | undefined> => vscode.window.showInputBox({
    title, prompt: t('Task: forks of one task compete, one wins'), placeHolder: t('Task (may be empty)'), validateInput: (value) => nameProblem(value),
  });
  if (known.length === 0) return ask();
  const competitors = (task: string): number => forks.filter((fork) => fork.task === task).length;
  const rows: (vscode.QuickPickItem & { readonly task: string | undefined })[] = [
    { label: t('Another task…'), detail: t('Forks of one task compete: one wins, the others are discarded.'), task: undefined },
    { label: t('No task'), detail: t('The fork competes with none.'), task: '' },
    ...known.map((task) => ({ label: noIcons(safe(task)), description: competitors(task) === 1 ? t('1 live fork') : t('{0} live forks', competitors(task)), task })),
  ];
  const chosen = await vscode.window.showQuickPick(rows, { title, placeHolder: t('What the fork tries to do'), matchOnDetail: true });
  if (chosen === undefined) return undefined;
  return chosen.task === undefined ? ask() : chosen.task;
}

/** An empty text for the work tree as it is now. */
async function askFrom(forks: readonly ForkInfo[]): Promise<string | undefined> {
  const others = forks.filter(({ parent }) => parent !== null);
  if (others.length === 0) return '';
  const rows = [
    { label: t('Work tree'), description: t('as it is now'), detail: t('With everything that is not committed.'), from: '' },
    ...forkChoices(others, Date.now()).map(({ label, description, detail, value }) => ({ label, description: `${description} · ${shortId(value.head)}`, detail, from: value.fork })),
  ];
  return (await vscode.window.showQuickPick(rows, { title: t('PYI: New Fork'), placeHolder: t('What it starts from'), matchOnDescription: true, matchOnDetail: true }))?.from;
}

async function askDirectory(): Promise<boolean | undefined> {
  const rows = [
    { label: t('With a directory of its own'), detail: t('Tools and people can work in it as in any folder.'), dir: true },
    { label: t('Without a directory'), detail: t('Agents read and write its files through PYI. It is there in an instant.'), dir: false },
  ];
  return (await vscode.window.showQuickPick(rows, { title: t('PYI: New Fork'), placeHolder: t('Where its files are') }))?.dir;
}
