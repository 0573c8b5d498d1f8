import * as vscode from 'vscode';
import type { Roots } from '../roots/roots.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Target } from '../target.ts';
import type { RefresherOptions } from './refresher.ts';
import { SuperpositionTree } from './superposition-tree.ts';
import { SuperpositionView } from './superposition-view.ts';
import { ViewHost } from './view-host.ts';

export interface SuperpositionsOptions {
  readonly server: ServerProcess;
  readonly roots: Roots;
  readonly extensionUri: vscode.Uri;
  readonly memory: vscode.Memento;
  readonly after: RefresherOptions['after'];
}

/** Agents that never rest are followed five times a second. */
const FOLLOW_MILLIS = 200;

/** The superposition in all its forms: drawn, in the side bar and in an editor tab, and as a native tree. */
export class Superpositions implements vscode.Disposable {
  readonly #view: SuperpositionView;
  readonly #host: ViewHost<unknown>;
  readonly #tree: SuperpositionTree;

  constructor({ server, roots, extensionUri, memory, after }: SuperpositionsOptions) {
    this.#view = new SuperpositionView(server, roots);
    this.#host = new ViewHost<unknown>({ view: this.#view, extensionUri, intervalMillis: FOLLOW_MILLIS, after });
    this.#host.registerInSideBar();
    this.#tree = new SuperpositionTree({ server, roots, memory, after });
  }

  /** To be called when something may have changed. */
  refresh(): void {
    this.#host.refresh();
    this.#tree.refresh();
  }

  /** Shows the superposition, of the named folder and with the named fork in sight. */
  async show(about: Pick<Target, 'repository' | 'fork'>, place: 'sidebar' | 'editor'): Promise<void> {
    this.#view.select(about.repository, about.fork);
    if (place === 'editor') {
      this.#host.showInEditor();
    } else if (vscode.workspace.getConfiguration('pyi').get('views.style') === 'tree') {
      await this.#tree.show(about);
    } else {
      await vscode.commands.executeCommand(`${this.#view.id}.focus`);
      this.#host.refresh();
    }
  }

  /** Of the native tree: the page has a box for it. */
  async showEnded(shown: boolean): Promise<void> {
    await this.#tree.showEnded(shown);
  }

  dispose(): void {
    this.#host.dispose();
    this.#tree.dispose();
  }
}
