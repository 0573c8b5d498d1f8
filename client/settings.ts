import { accessSync, constants, statSync } from 'node:fs';
import * as vscode from 'vscode';
import { safe } from '../protocol/text.ts';
import { offer, warn } from './commands/dialogs.ts';
import { t } from './l10n.ts';
import { serverVariables } from './server-settings.ts';
import type { ServerVariables } from './server-settings.ts';

const SECTION = 'pyi.server';

/** Environment variables for a server that this window starts, from the settings as they are now. */
export function currentServerVariables(): ServerVariables {
  const settings = vscode.workspace.getConfiguration(SECTION);
  // A default is the server's own business; asking for it would override what the user's environment says.
  const explicit = (name: string): unknown => settings.inspect(name)?.globalValue;
  return serverVariables({ gitPath: explicit('gitPath'), idleMinutes: explicit('idleMinutes') }, isProgram);
}

/** Tells of settings that cannot be used, now and when they change, and that a change waits for the next start of the server. */
export function watchServerSettings(isConnected: () => boolean): vscode.Disposable {
  tellProblems();
  return vscode.workspace.onDidChangeConfiguration((change) => {
    if (!change.affectsConfiguration(`${SECTION}.gitPath`) && !change.affectsConfiguration(`${SECTION}.idleMinutes`)) return;
    if (!tellProblems() && isConnected()) {
      offer(t('The server takes the new setting when it starts.'), t('Restart Server'), () => vscode.commands.executeCommand('pyi.restartServer'));
    }
  });
}

function tellProblems(): boolean {
  const { problems } = currentServerVariables();
  for (const problem of problems) warn(safe(problem), t('Open Settings'), () => vscode.commands.executeCommand('workbench.action.openSettings', SECTION));
  return problems.length > 0;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
