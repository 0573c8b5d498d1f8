import type * as vscode from 'vscode';
import type { Roots } from './roots/roots.ts';
import type { ServerProcess } from './server-process.ts';
import type { Target } from './target.ts';

/** What commands are given. */
export interface Services {
  readonly server: ServerProcess;
  readonly roots: Roots;
  readonly output: vscode.LogOutputChannel;
  /** Facts that outlast the window, of this workspace. */
  readonly memory: vscode.Memento;
  readonly views: Views;
}

/** The views, as far as commands open them. */
export interface Views {
  /** Shows the dashboard, of the named folder if there is one. */
  readonly showDashboard: (folder: string | undefined) => void;
}

/**
 * A command. `target` is what it is about, `targets` all that were chosen (it is the first of them). What it resolves to is
 * what `executeCommand` gives its caller; undefined when the user changed their mind. A PyiError that it throws is shown to the user.
 */
export type Command = (services: Services, target: Target, targets: readonly Target[]) => Promise<unknown>;
