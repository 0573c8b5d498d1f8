import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { safe } from '../../protocol/text.ts';
import { KINDS } from '../../webview/timeline/contract.ts';
import type { Filter } from '../../webview/timeline/contract.ts';
import { kindTitle } from '../../webview/shared/words.ts';
import { agentChoices } from '../agent-choices.ts';
import { forkChoices, noIcons } from '../choices.ts';
import { t } from '../l10n.ts';
import type { Command } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';

type Ask = (client: Pick<Client, 'call'>, repository: string) => Promise<Filter | undefined>;

/** `PYI: Filter Timeline…`: shows some checkpoints. Resolves to what was chosen of them. */
export const filterTimeline: Command = async ({ server, roots, views }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const by: (vscode.QuickPickItem & { readonly ask: Ask })[] = [
    { label: t('Text…'), description: t('in messages, causes and names'), ask: askText },
    { label: t('Kind…'), description: t('taken by hand, by itself, by a tool …'), ask: askKinds },
    { label: t('Fork…'), ask: askFork },
    { label: t('Agent…'), ask: askAgent },
    { label: t('Task…'), ask: askTask },
    { label: t('All Checkpoints'), ask: async () => ({}) },
  ];
  const chosen = await vscode.window.showQuickPick(by, { title: title(), placeHolder: t('What the checkpoints that are shown have in common') });
  const filter = await chosen?.ask(client, repository);
  if (filter === undefined) return undefined;
  await views.showTimeline({ place: 'sidebar', folder: repository, filter });
  return filter;
};

const askText: Ask = async () => {
  const text = await vscode.window.showInputBox({ title: title(), prompt: t('Text in messages, causes and names of checkpoints') });
  return text === undefined || text.trim() === '' ? undefined : { text: text.trim() };
};

const askKinds: Ask = async () => {
  const kinds = KINDS.map((value) => ({ label: kindTitle(value, t), value }));
  const chosen = await vscode.window.showQuickPick(kinds, { title: title(), canPickMany: true, placeHolder: t('Kinds of checkpoints') });
  return chosen === undefined || chosen.length === 0 ? undefined : { kinds: chosen.map(({ value }) => value) };
};

const askFork: Ask = async (client, repository) => {
  const choices = client.call('forks', { repository, all: true }).then((forks) => forkChoices(forks, Date.now()));
  const chosen = await vscode.window.showQuickPick(choices, { title: title(), placeHolder: t('Fork'), matchOnDescription: true, matchOnDetail: true });
  return chosen === undefined ? undefined : { fork: chosen.value.fork };
};

const askAgent: Ask = async (client, repository) => {
  const choices = client.call('agents', { repository }).then((agents) => agentChoices(agents, Date.now()));
  const chosen = await vscode.window.showQuickPick(choices, { title: title(), placeHolder: t('Agent'), matchOnDescription: true });
  return chosen === undefined ? undefined : { agent: chosen.value.agent };
};

const askTask: Ask = async (client, repository) => {
  const choices = client.call('forks', { repository, all: true }).then((forks) => [...new Set(forks.map(({ task }) => task))].sort().map((task) => ({
    label: task === null ? t('No task') : noIcons(safe(task)), task,
  })));
  const chosen = await vscode.window.showQuickPick(choices, { title: title(), placeHolder: t('Task') });
  return chosen === undefined ? undefined : { task: chosen.task };
};

function title(): string {
  return t('PYI: Filter Timeline');
}
