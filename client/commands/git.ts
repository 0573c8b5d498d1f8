import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { safe } from '../../protocol/text.ts';
import { t } from '../l10n.ts';
import type { Command } from '../services.ts';
import { confirm, inform, offer } from './dialogs.ts';

/** `PYI: Use PYI as Git`: the Git panel runs PYI's front. Resolves to the setting from now on. */
export const useAsGit: Command = async ({ gitFront }) => {
  const { lack, used } = gitFront;
  if (used !== undefined) {
    inform(t('VS Code uses PYI as Git already. "PYI: Stop Using PYI as Git" puts the setting back.'));
    return used.ours;
  }
  if (lack === 'elsewhere') throw new PyiError('INVALID_ARGUMENT', t('PYI answers for Git on Linux only: elsewhere no system tells for certain that files changed.'), t('Git goes on as it is.'));
  if (lack === 'absent') {
    throw new PyiError('NOT_FOUND', t('There is no native program of PYI to stand in for Git: not in this package, not on PATH.'), t('Install the package for linux-x64, or the command line of PYI; without them Git goes on as it is.'));
  }
  const plan = gitFront.plan();
  const detail = [
    t('The setting "git.path" of your user settings changes.\nBefore: {0}\nAfter: {1}', shown(plan.before), shown(plan.after)),
    t('In repositories that PYI is set up in, it answers commands that only read, when it is certain what git would print. Everything else, and every write, is done by the Git that VS Code ran before.'),
    t('"PYI: Stop Using PYI as Git" puts back what was there before. If PYI is removed, VS Code takes the next git of the list.'),
  ].join('\n\n');
  if (!await confirm(t('Use PYI as Git in VS Code?'), detail, t('Use PYI'))) return undefined;
  if (!await gitFront.use(plan)) throw new PyiError('INTERNAL', t('The native program does not run here; the setting was not changed.'), t('See the output channel "PYI".'));
  offerReload(t('VS Code uses PYI as Git once the window is reloaded.'));
  return plan.after;
};

/** `PYI: Stop Using PYI as Git`: the setting is what it was before. Resolves to true when it was put back. */
export const stopUsingAsGit: Command = async ({ gitFront }) => {
  const { used } = gitFront;
  if (used === undefined) {
    inform(t('VS Code does not use PYI as Git, or "git.path" was changed since. Nothing was changed.'));
    return false;
  }
  await gitFront.stop(used);
  offerReload(t('"git.path" is what it was before ({0}). It counts once the window is reloaded.', shown(used.before)));
  return true;
};

/** VS Code reads the setting once, when its Git extension starts. */
function offerReload(message: string): void {
  offer(message, t('Reload Window'), () => vscode.commands.executeCommand('workbench.action.reloadWindow'));
}

function shown(value: unknown): string {
  return value === undefined ? t('not set') : safe(JSON.stringify(value));
}
