import { activated } from './activation.ts';
import * as vscode from 'vscode';
import { PyiContext } from './context.ts';
import type { PyiApi } from './context.ts';
import { useTranslations } from './l10n.ts';

export function activate(context: vscode.ExtensionContext): PyiApi {
  useTranslations(vscode.l10n.t);
  const pyi = new PyiContext(context);
  context.subscriptions.push(pyi);
  activated();
  return pyi.api;
}
