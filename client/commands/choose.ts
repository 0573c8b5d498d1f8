import * as vscode from 'vscode';
import { systemAfter } from '../../server/transport/timers.ts';
import { showError } from './dialogs.ts';

export interface ChooseOptions<T extends vscode.QuickPickItem> {
  readonly title: string;
  readonly placeholder: string;
  /**
   * The entries for what was typed. Called at once with an empty text, and again when it rests; `signal` aborts when it changed. Takes what
   * it has so far to `show`.
   */
  readonly items: (value: string, signal: AbortSignal, show: (items: readonly T[]) => void) => Promise<readonly T[]>;
  /** How long typing must rest before `items` is asked, ms. */
  readonly restMillis: number;
}

/** A quick pick whose entries depend on what is typed: for lists too long to be sent whole. Resolves to undefined when it is left. */
export async function choose<T extends vscode.QuickPickItem>({ title, placeholder, items, restMillis }: ChooseOptions<T>): Promise<T | undefined> {
  const pick = vscode.window.createQuickPick<T>();
  Object.assign(pick, { title, placeholder, matchOnDescription: true, matchOnDetail: true });
  let abort = new AbortController();
  let cancelRest = (): void => undefined;
  const load = async (value: string): Promise<void> => {
    abort.abort();
    abort = new AbortController();
    const { signal } = abort;
    pick.busy = true;
    const show = (found: readonly T[]): void => {
      if (!signal.aborted) pick.items = found;
    };
    try {
      show(await items(value, signal, show));
    } catch (error) {
      if (!signal.aborted) showError(error);
    }
    if (!signal.aborted) pick.busy = false;
  };
  pick.onDidChangeValue((value) => {
    cancelRest();
    abort.abort();
    cancelRest = systemAfter(restMillis, () => void load(value));
  });
  void load('');
  pick.show();
  try {
    return await new Promise<T | undefined>((resolve) => {
      pick.onDidAccept(() => {
        const [chosen] = pick.selectedItems;
        if (chosen !== undefined) resolve(chosen);
      });
      pick.onDidHide(() => resolve(undefined));
    });
  } finally {
    cancelRest();
    abort.abort();
    pick.dispose();
  }
}
