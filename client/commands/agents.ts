import * as vscode from 'vscode';
import { agentChoices } from '../agent-choices.ts';
import { forkChoices } from '../choices.ts';
import { t } from '../l10n.ts';
import type { Command } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';

/** `PYI: Show Agents`: choose an agent, then a fork of it, which the superposition shows, or all its checkpoints. Resolves to that fork. */
export const showAgents: Command = async ({ server, roots, views }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const [agents, forks] = await Promise.all([client.call('agents', { repository }), client.call('forks', { repository, all: true })]);
  const agent = await vscode.window.showQuickPick(agentChoices(agents, Date.now()), {
    title: t('PYI: Agents'), placeHolder: agents.length === 0 ? t('No agent yet: forks and checkpoints make one known') : t('Agent whose forks are shown'), matchOnDescription: true,
  });
  if (agent === undefined) return undefined;
  const all = { label: t('All its checkpoints'), description: t('in the timeline'), value: undefined };
  const fork = await vscode.window.showQuickPick([all, ...forkChoices(forks.filter((one) => one.agent === agent.value.agent), Date.now())], {
    title: t('PYI: Forks of {0}', agent.label), placeHolder: t('Fork to show in the superposition, best score first'), matchOnDescription: true, matchOnDetail: true,
  });
  if (fork === undefined) return undefined;
  if (fork.value === undefined) {
    await views.showTimeline({ place: 'sidebar', folder: repository, filter: { agent: agent.value.agent } });
    return undefined;
  }
  await vscode.commands.executeCommand('pyi.showSuperposition', { repository, fork: fork.value.fork });
  return fork.value.fork;
};
