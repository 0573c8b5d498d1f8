import * as vscode from 'vscode';
import type { RefresherOptions } from './refresher.ts';
import type { Roots } from '../roots/roots.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Wish } from '../../webview/timeline/contract.ts';
import { TimelineTree } from './timeline-tree.ts';
import { TimelineView } from './timeline-view.ts';
import { ViewHost } from './view-host.ts';

export interface TimelinesOptions {
  readonly server: ServerProcess;
  readonly roots: Roots;
  readonly extensionUri: vscode.Uri;
  readonly after: RefresherOptions['after'];
}

/** At once when something happens after a rest; agents that never rest are followed ten times a second. */
const FOLLOW_MILLIS = 100;

/** The timeline in all its forms: drawn, in the side bar and in an editor tab, and as a native tree. */
export class Timelines implements vscode.Disposable {
  readonly #view: TimelineView;
  readonly #host: ViewHost<unknown>;
  readonly #tree: TimelineTree;
  readonly #disposables: vscode.Disposable[];

  constructor({ server, roots, extensionUri, after }: TimelinesOptions) {
    this.#view = new TimelineView(server, roots);
    this.#host = new ViewHost<unknown>({ view: this.#view, extensionUri, intervalMillis: FOLLOW_MILLIS, after });
    this.#host.registerInSideBar();
    this.#tree = new TimelineTree({ roots, source: (folder) => this.#view.source(folder), after });
    this.#disposables = [
      this.#host, this.#tree,
      roots.onDidHappen(({ event, roots: concerned }) => this.#view.hear(event, concerned)),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('pyi.timeline')) this.refresh();
      }),
    ];
  }

  /** To be called when something may have changed. */
  refresh(): void {
    this.#view.notice();
    this.#host.refresh();
    this.#tree.refresh();
  }

  async show(wish: Omit<Wish, 'id'>): Promise<void> {
    this.#view.wish(wish);
    if (wish.place === 'editor') {
      this.#host.showInEditor();
    } else if (vscode.workspace.getConfiguration('pyi').get('views.style') === 'tree') {
      await this.#tree.show(wish);
    } else {
      await vscode.commands.executeCommand(`${this.#view.id}.focus`);
      this.#host.refresh();
    }
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
