import { activated, activating, loaded } from './activation.ts';
import * as vscode from 'vscode';
import { PyiContext } from './context.ts';
import type { PyiApi } from './context.ts';
import { useTranslations } from './l10n.ts';
import { useStrings } from '../webview/shared/l10n.ts';

export function activate(context: vscode.ExtensionContext): PyiApi {
  activating();
  useTranslations(vscode.l10n.t);
  // Native trees say the same as the pages beside them.
  useStrings(vscode.l10n.bundle ?? {});
  const pyi = new PyiContext(context);
  context.subscriptions.push(pyi);
  activated();
  return pyi.api;
}

loaded();
