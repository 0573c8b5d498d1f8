import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import type { Phase } from '../../protocol/values.ts';
import { PHASES, phaseSteps, phaseText } from '../../webview/shared/phases.ts';
import { t } from '../l10n.ts';
import type { Command } from '../services.ts';
import { chooseRepository } from './choose-repository.ts';
import { ask, offer } from './dialogs.ts';

/** `PYI: Set Phase…`: one step at a time; a target names the phase. Resolves to the phase before and after. */
export const setPhase: Command = async ({ server, roots }, target) => {
  const repository = await chooseRepository(roots, target.repository);
  if (repository === undefined) return undefined;
  const client = await server.client();
  const { phase: current } = await client.call('phase', { repository });
  const chosen = target.name === undefined ? await pickPhase(current) : parsePhase(target.name);
  if (chosen === undefined || chosen === current) return undefined;
  const phase = Math.abs(phaseSteps(current, chosen)) > 1 ? await confirmJump(current, chosen) : chosen;
  if (phase === undefined) return undefined;
  const done = await client.call('phase', { repository, phase });
  offer(t('The phase is "{0}" now.', nameOf(phase)), t('Undo'), async () => client.call('phase', { repository, phase: current }));
  return done;
};

async function pickPhase(current: Phase): Promise<Phase | undefined> {
  const rows = PHASES.map((phase) => {
    const { name, meaning } = phaseText(phase, t);
    return { label: `$(${phase === current ? 'circle-large-filled' : 'circle-large-outline'}) ${name}`, description: distance(phaseSteps(current, phase)), detail: meaning, phase };
  });
  const chosen = await vscode.window.showQuickPick(rows, {
    title: t('PYI: Set Phase'), placeHolder: t('Git prints the same and writes the same in each'), matchOnDetail: true,
  });
  return chosen?.phase;
}

function distance(steps: number): string {
  if (steps === 0) return t('now');
  if (steps === 1) return t('one step on');
  return steps === -1 ? t('one step back') : t('two steps');
}

/** A jump over a phase is asked about: a step can be judged, a jump cannot. */
async function confirmJump(from: Phase, to: Phase): Promise<Phase | undefined> {
  const between = PHASES[1];
  const first = t('"{0}" First', nameOf(between));
  const whole = t('Straight to "{0}"', nameOf(to));
  const detail = t('Between them is "{0}": {1}\n\nGoing one step at a time shows what each step changes.', nameOf(between), phaseText(between, t).meaning);
  const answer = await ask(t('From "{0}" to "{1}" in one step?', nameOf(from), nameOf(to)), detail, [first, whole]);
  if (answer === first) return between;
  return answer === whole ? to : undefined;
}

function nameOf(phase: Phase): string {
  return phaseText(phase, t).name;
}

function parsePhase(name: string): Phase {
  const phase = PHASES.find((known) => known === name);
  if (phase === undefined) throw new PyiError('INVALID_ARGUMENT', t('There is no phase "{0}".', name), t('The phases are: {0}.', PHASES.join(', ')));
  return phase;
}
