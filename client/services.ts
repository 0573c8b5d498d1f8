import type * as vscode from 'vscode';
import type { Client } from '../connect/client.ts';
import type { StateFiles } from './fs/provider.ts';
import type { GitFront } from './git-front/git-front.ts';
import type { Roots } from './roots/roots.ts';
import type { Unsaved } from './scm/buffers.ts';
import type { MessageHistory } from './scm/messages.ts';
import type { WorkTree } from './scm/work-trees.ts';
import type { ServerProcess } from './server-process.ts';
import type { Target } from './target.ts';
import type { Wish } from '../webview/timeline/contract.ts';

/** What commands are given. */
export interface Services {
  readonly server: ServerProcess;
  readonly roots: Roots;
  /** The files of forks and checkpoints. */
  readonly files: StateFiles;
  readonly output: vscode.LogOutputChannel;
  /** Facts that outlast the window, of this workspace. */
  readonly memory: vscode.Memento;
  /** A directory for files of this extension, of this user. */
  readonly storage: vscode.Uri;
  readonly views: Views;
  readonly scm: Scm;
  readonly gitFront: Pick<GitFront, 'lack' | 'used' | 'plan' | 'use' | 'stop'>;
}

/** The source control providers, as far as commands need them. `repository` is a folder of the window. */
export interface Scm {
  /** Messages used before, the last one first. */
  readonly history: Pick<MessageHistory, 'all'>;
  /** A message did its work: it is remembered, and leaves the input box. */
  used(repository: string, message: string): Promise<void>;
  /** Puts a message into the input box. */
  write(repository: string, message: string): void;
  /** The work tree that a folder shows; without one, the only one. */
  tree(repository: string | undefined): WorkTree | undefined;
  /** Checkpoint that changes are shown against, once known. */
  baseline(repository: string): string | undefined;
  /** What editors hold unsaved of the work tree. @throws PyiError */
  unsaved(client: Pick<Client, 'call'>, repository: string): Promise<Unsaved>;
  refresh(): void;
}

/** The views, as far as commands open them. */
export interface Views {
  /** Shows the dashboard, of the named folder if there is one. */
  readonly showDashboard: (folder: string | undefined) => void;
  /** Shows the superposition, of the named folder and with the named fork in sight. */
  readonly showSuperposition: (about: Pick<Target, 'repository' | 'fork'>, place: 'sidebar' | 'editor') => Promise<void>;
  /** Shows ended forks in the native tree of the superposition, too, or no longer. */
  readonly showEnded: (shown: boolean) => Promise<void>;
  /** Shows the timeline, as it is or as wished. */
  readonly showTimeline: (wish: Omit<Wish, 'id'>) => Promise<void>;
}

/**
 * A command. `target` is what it is about, `targets` all that were chosen (it is the first of them). What it resolves to is
 * what `executeCommand` gives its caller; undefined when the user changed their mind. A PyiError that it throws is shown to the user.
 */
export type Command = (services: Services, target: Target, targets: readonly Target[]) => Promise<unknown>;
