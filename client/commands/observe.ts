import * as vscode from 'vscode';
import { portableEnvironment } from '../../connect/spawn.ts';
import { micros, safe, safeLines } from '../../protocol/text.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import type { Result } from '../../protocol/registry.ts';
import { commandOf } from '../command-line.ts';
import { t } from '../l10n.ts';
import type { Command, Services } from '../services.ts';
import { boundedNumber } from '../setting-values.ts';
import { Validators, lastValidator } from '../validator.ts';
import { chooseRepository } from './choose-repository.ts';
import { confirm, propose, withProgress } from './dialogs.ts';
import { showEvidence } from './evidence.ts';
import { pickForks } from './pick-fork.ts';
import type { Place } from './pick-fork.ts';

/** Characters of a command that an input box shows whole. */
const SEEN_AT_ONCE = 60;

/** `PYI: Observe Fork…`: runs the validator of its task in a fork, or in several one after the other, and records what it says. */
export const observe: Command = async (services, target, targets) => {
  const repository = await chooseRepository(services.roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await services.server.client();
  const all = await client.call('forks', { repository, all: true });
  const named = targets.flatMap(({ fork }) => fork ?? []);
  const forks = await pickForks(all.filter(({ state }) => state === 'live'), named, { title: t('PYI: Observe'), placeholder: t('Forks to run the validator in') });
  const [first] = forks ?? [];
  if (forks === undefined || first === undefined) return undefined;
  const line = await chooseValidator(services, repository, first, all, target.validator);
  if (line === undefined) return undefined;
  const results: Result<'observe'>[] = [];
  for (const fork of forks) {
    const result = await run({ client, repository }, fork, line);
    results.push(result);
    tell(services, repository, fork, result);
  }
  return results.length === 1 ? results[0] : results;
};

/**
 * The validator that somebody agreed to for the task, or one to agree to: the one that the caller gives, who may be a link in a text,
 * or one to be typed. Undefined when the user leaves.
 */
async function chooseValidator({ memory }: Pick<Services, 'memory'>, repository: string, fork: ForkInfo, all: readonly ForkInfo[], given: string | undefined): Promise<string | undefined> {
  const validators = new Validators(memory);
  const agreed = validators.agreed(repository, fork.task);
  if (given === undefined) return agreed ?? askValidator(validators, repository, fork, lastValidator(all, fork));
  if (given === agreed) return given;
  if (!await mayRun(fork, given)) return undefined;
  await validators.agree(repository, fork.task, given);
  return given;
}

/** Shows a whole command, to agree to it. */
async function mayRun(fork: ForkInfo, line: string): Promise<boolean> {
  return confirm(t('Run this command in fork "{0}"?', safe(fork.name)), safeLines(line), t('Run'));
}

/** Asks for the command, with the one that is likely meant in the box: whoever accepts it has seen what will run. */
async function askValidator(validators: Validators, repository: string, fork: ForkInfo, known: string | undefined): Promise<string | undefined> {
  const configured = vscode.workspace.getConfiguration('pyi.observe', vscode.Uri.file(repository)).get<string>('command', '');
  const line = await vscode.window.showInputBox({
    title: fork.task === null ? t('PYI: Observe "{0}"', safe(fork.name)) : t('PYI: Observe "{0}" of task "{1}"', safe(fork.name), safe(fork.task)),
    prompt: t('Command that judges a fork. Exit code 0: it passed. A last line "score: N" tells how well.'),
    placeHolder: t('Such as npm test'), value: known ?? configured, ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === '' ? t('Give a command.') : undefined),
  });
  if (line === undefined) return undefined;
  // Agents wrote the one that is offered. An input box shows no more of it than fits.
  if (line === known && line.length > SEEN_AT_ONCE && !await mayRun(fork, line)) return undefined;
  await validators.agree(repository, fork.task, line);
  return line;
}

async function run({ client, repository }: Place, fork: ForkInfo, line: string): Promise<Result<'observe'>> {
  const timeoutSeconds = timeoutIn(vscode.workspace.getConfiguration('pyi', vscode.Uri.file(repository)));
  const command = [...commandOf(line, process.platform)];
  return withProgress(t('PYI: observing "{0}" with {1}', safe(fork.name), safe(line)), async ({ signal }) => (
    client.call('observe', { repository, fork: fork.fork, command, timeoutSeconds, env: commandEnvironment() }, { signal })));
}

/** Seconds after which a validator is ended. */
export function timeoutIn(settings: vscode.WorkspaceConfiguration): number {
  return boundedNumber(settings.get('observe.timeoutSeconds'), { fallback: 600, least: 1, most: 86_400 });
}

/** What commands find in their environment: what a terminal of this window would give them, without what is the editor's own. */
export function commandEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(portableEnvironment(process.env)).filter(([name]) => !/^(?:VSCODE|ELECTRON)_/.test(name)));
}

function tell(services: Services, repository: string, fork: ForkInfo, { ok, exit, score, millis, evidence }: Result<'observe'>): void {
  const name = safe(fork.name);
  const time = micros(millis * 1000);
  const judged = score === null ? '' : String(score);
  const message = ok ? t('Fork "{0}" passed with score {1} in {2}.', name, judged, time)
    : exit === null ? t('Fork "{0}" failed with score {1}: the validator was ended after {2}.', name, judged, time)
      : t('Fork "{0}" failed with score {1} and exit code {2} in {3}.', name, judged, exit, time);
  propose(ok ? 'information' : 'warning', message, [
    { label: t('Show Evidence'), action: async () => showEvidence(fork.name, evidence) },
    { label: t('Change Validator…'), action: async () => {
      const client = await services.server.client();
      const all = await client.call('forks', { repository, all: true });
      const line = await askValidator(new Validators(services.memory), repository, fork, lastValidator(all, fork));
      if (line === undefined) return;
      tell(services, repository, fork, await run({ client, repository }, fork, line));
    } },
  ]);
}
