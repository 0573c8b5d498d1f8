import type { ExtensionContext } from 'vscode';
import { PyiContext } from './context.ts';
import type { PyiApi } from './context.ts';

export function activate({ extension, subscriptions }: ExtensionContext): PyiApi {
  const pyi = new PyiContext(extension);
  subscriptions.push(pyi);
  return pyi.api;
}
