import * as vscode from 'vscode';
import type { Result } from '../../protocol/registry.ts';
import { safe } from '../../protocol/text.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import { t } from '../l10n.ts';
import type { Command, Services } from '../services.ts';
import { boundedNumber } from '../setting-values.ts';
import { Validators, lastValidator } from '../validator.ts';
import { chooseRepository } from './choose-repository.ts';
import { propose, withProgress } from './dialogs.ts';
import { nameProblem } from '../fork-name.ts';
import { commandEnvironment, timeoutIn } from './observe.ts';

const TRY_KEY = 'pyi.race.try';
const MOST_ATTEMPTS = 1000;

/** What a race is run with. */
interface Plan {
  readonly count: number;
  readonly task: string;
  readonly try: string;
  readonly validate: string;
}

/** `PYI: Start Race…`: some forks, the same command in each, each judged by the same validator. Which one wins is the user's to say. */
export const race: Command = async (services, target) => {
  const repository = await chooseRepository(services.roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await services.server.client();
  const settings = vscode.workspace.getConfiguration('pyi', vscode.Uri.file(repository));
  const plan = await askPlan(services, repository, target.task, settings, await client.call('forks', { repository, all: true }));
  if (plan === undefined) return undefined;
  await services.memory.update(TRY_KEY, plan.try);
  await new Validators(services.memory).agree(repository, plan.task, plan.validate);
  // The attempts are watched while they run.
  await services.views.showSuperposition({ repository }, 'sidebar');
  const result = await withProgress(t('PYI: {0} attempts at "{1}"', plan.count, safe(plan.task)), async (options) => client.call('race', {
    repository, ...plan, collapse: false, env: commandEnvironment(),
    parallel: Math.round(boundedNumber(settings.get('race.parallel'), { fallback: 2, least: 1, most: 64 })), timeoutSeconds: timeoutIn(settings),
  }, options));
  tellResult(repository, result);
  return result;
};

/** Asks step by step, each with what is likely meant. Undefined when the user leaves. */
async function askPlan(services: Services, repository: string, given: string | undefined, settings: vscode.WorkspaceConfiguration, forks: readonly ForkInfo[]): Promise<Plan | undefined> {
  const task = given ?? await vscode.window.showInputBox({
    title: t('PYI: Start Race (1/4)'), prompt: t('Name of the task: what the attempts try to do'), placeHolder: t('Such as faster-parser'), ignoreFocusOut: true,
    validateInput: (value) => (value === '' ? t('Give it a name.') : nameProblem(value)),
  });
  if (task === undefined) return undefined;
  const count = await vscode.window.showInputBox({
    title: t('PYI: Race "{0}" (2/4)', safe(task)), prompt: t('How many attempts'), value: String(Math.round(boundedNumber(settings.get('race.attempts'), { fallback: 3, least: 1, most: 1000 }))), ignoreFocusOut: true,
    validateInput: (value) => (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= MOST_ATTEMPTS ? undefined : t('Give a whole number from 1 to {0}.', MOST_ATTEMPTS)),
  });
  if (count === undefined) return undefined;
  const attempt = await askCommand(t('PYI: Race "{0}" (3/4)', safe(task)), t('Shell command that makes an attempt, in the directory of its fork. PYI_RACE_INDEX counts from 1.'), services.memory.get<unknown>(TRY_KEY));
  if (attempt === undefined) return undefined;
  const known = new Validators(services.memory).agreed(repository, task) ?? lastValidator(forks.filter((fork) => fork.task === task), { fork: '', task }) ?? settings.get('observe.command', '');
  const validate = await askCommand(t('PYI: Race "{0}" (4/4)', safe(task)), t('Shell command that judges an attempt. Exit code 0: it passed. A last line "score: N" tells how well.'), known);
  return validate === undefined ? undefined : { task, count: Number(count), try: attempt, validate };
}

async function askCommand(title: string, prompt: string, value: unknown): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title, prompt, value: typeof value === 'string' ? value : '', ignoreFocusOut: true, validateInput: (line) => (line.trim() === '' ? t('Give a command.') : undefined),
  });
}

function tellResult(repository: string, { task, winner, attempts }: Result<'race'>): void {
  const passed = attempts.filter(({ ok }) => ok).length;
  const show = { label: t('Show Superposition'), action: () => vscode.commands.executeCommand('pyi.showSuperposition', { repository, ...(winner === null ? {} : { fork: winner }) }) };
  const best = attempts.find(({ fork }) => fork === winner);
  if (best === undefined) {
    propose('warning', t('Race "{0}": none of {1} attempts passed.', safe(task), attempts.length), [show]);
    return;
  }
  propose('information', t('Race "{0}": {1} of {2} attempts passed. The best is "{3}" with score {4}.', safe(task), passed, attempts.length, safe(best.name), best.score ?? 1), [
    { label: t('Collapse Best…'), action: () => vscode.commands.executeCommand('pyi.collapse', { repository, fork: best.fork }) }, show,
  ]);
}
