import type * as vscode from 'vscode';
import type { ServerProcess } from './server-process.ts';
import type { Target } from './target.ts';

/** What commands are given. */
export interface Services {
  readonly server: ServerProcess;
  readonly output: vscode.LogOutputChannel;
  /** Shows the dashboard, of the named folder if there is one. */
  readonly showDashboard: (folder: string | undefined) => void;
}

/**
 * A command. What it resolves to is what `executeCommand` gives its caller; undefined when the user
 * changed their mind. A PyiError that it throws is shown to the user.
 */
export type Command = (services: Services, target: Target) => Promise<unknown>;
