import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import type { Command } from '../services.ts';
import { offer } from './dialogs.ts';

const STYLE = 'pyi.views.style';

/** `PYI: Switch between Graphical and Native Views`. Resolves to the style from now on. */
export const switchViews: Command = async () => {
  const settings = vscode.workspace.getConfiguration();
  const style = settings.get<string>(STYLE) === 'tree' ? 'graphical' : 'tree';
  // Where the workspace says otherwise, a change for the user would change nothing.
  const inWorkspace = settings.inspect(STYLE)?.workspaceValue !== undefined;
  await settings.update(STYLE, style, inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
  offer(style === 'tree' ? t('Superposition and timeline are native trees now.') : t('Superposition and timeline are drawn now.'), t('Switch Back'), () => vscode.commands.executeCommand('pyi.switchViews'));
  return style;
};

/** `PYI: Get Started`: the walkthrough. */
export const openWalkthrough: Command = async () => {
  await vscode.commands.executeCommand('workbench.action.openWalkthrough', 'pyi.pyi#start', false);
  return undefined;
};
