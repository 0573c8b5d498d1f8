import { setTimeout as pause } from 'node:timers/promises';
import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { safeLines } from '../../protocol/text.ts';
import { noIcons } from '../choices.ts';
import { errorText } from '../error-text.ts';
import { t } from '../l10n.ts';
import { plain } from '../plain.ts';

/** How long the status bar tells something, ms. */
const FLASH_MILLIS = 5000;

/** Asks before something is overwritten. Resolves to false when the user cancels. */
export async function confirm(message: string, detail: string, action: string): Promise<boolean> {
  return await ask(message, detail, [action]) === action;
}

/** As {@link confirm}, with several ways to go on. Resolves to the one that was taken. */
export async function ask(message: string, detail: string, actions: readonly string[]): Promise<string | undefined> {
  return vscode.window.showWarningMessage(plain(message), { modal: true, detail: plain(detail) }, ...actions);
}

/** Tells something. Not awaited: the command is done, however long the message stays. */
export function inform(message: string): void {
  propose('information', message, []);
}

/** As {@link inform}, with a button. */
export function offer(message: string, label: string, action: Button['action']): void {
  propose('information', message, [{ label, action }]);
}

/** As {@link offer}, for what is wrong. */
export function warn(message: string, label: string, action: Button['action']): void {
  propose('warning', message, [{ label, action }]);
}

/** Tells in the status bar, for a moment, what was done and needs no answer. */
export function flash(message: string): void {
  vscode.window.setStatusBarMessage(noIcons(message), FLASH_MILLIS);
}

/** A button of a message. */
export interface Button {
  readonly label: string;
  readonly action: () => Thenable<unknown>;
}

/** As {@link offer} and {@link warn}, with several buttons. */
export function propose(kind: 'information' | 'warning', message: string, buttons: readonly Button[]): void {
  const labels = buttons.map(({ label }) => label);
  const answer = kind === 'warning' ? vscode.window.showWarningMessage(plain(message), ...labels) : vscode.window.showInformationMessage(plain(message), ...labels);
  void answer.then(async (chosen) => buttons.find(({ label }) => label === chosen)?.action()).then(undefined, showError);
}

/** Shows an error of the server as what happened and what to do next. What the user cancelled is no news. */
export function showError(error: unknown): void {
  if (PyiError.is(error, 'CANCELLED')) return;
  const text = PyiError.is(error) ? `PYI: ${errorText(error)}` : t('PYI failed unexpectedly: {0}', String(error));
  // Errors quote names and paths, and what git said, as they are.
  void vscode.window.showErrorMessage(plain(safeLines(text)), t('Show Output')).then((chosen) => {
    if (chosen !== undefined) void vscode.commands.executeCommand('pyi.showOutput');
  });
}

/** What is done sooner needs no progress. VS Code drops messages that come with several others in less than a second: the one that counts must not be among them. */
const QUICK_MILLIS = 300;

interface Update {
  readonly what: string;
  readonly done: number;
  readonly total: number | undefined;
}

/** Runs a call that may take a while, with progress and a cancel button once it takes one. */
export async function withProgress<T>(title: string, work: (options: { readonly signal: AbortSignal; readonly onProgress: (update: Update) => void }) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  let report: (update: Update) => void = () => undefined;
  let last: Update | undefined;
  const result = work({
    signal: abort.signal,
    onProgress: (update) => {
      last = update;
      report(update);
    },
  });
  const quick = new AbortController();
  const isDone = await Promise.race([result.then(() => true, () => true), pause(QUICK_MILLIS, false, { signal: quick.signal, ref: false }).catch(() => true)]);
  quick.abort();
  if (isDone) return result;
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: plain(title), cancellable: true }, async (progress, token) => {
    const cancellation = token.onCancellationRequested(() => abort.abort());
    let shown = 0;
    report = ({ what, done, total }) => {
      const percent = total === undefined || total === 0 ? 0 : Math.floor((100 * done) / total);
      progress.report({ message: plain(total === undefined ? t('{0}: {1}', what, done) : t('{0}: {1} of {2}', what, done, total)), increment: Math.max(0, percent - shown) });
      shown = Math.max(shown, percent);
    };
    if (last !== undefined) report(last);
    try {
      return await result;
    } finally {
      cancellation.dispose();
    }
  });
}
