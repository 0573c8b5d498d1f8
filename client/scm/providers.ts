import { realpathSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import type { After } from '../../server/transport/timers.ts';
import type { Roots } from '../roots/roots.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Scm } from '../services.ts';
import { unsavedIn } from './buffers.ts';
import type { Unsaved } from './buffers.ts';
import { gitPanelOpened } from './git-panel.ts';
import { MessageHistory } from './messages.ts';
import { ScmProvider } from './provider.ts';
import { locate, reconcile, workTreeKey, workTrees } from './work-trees.ts';
import type { WorkTree } from './work-trees.ts';

export interface ScmProvidersOptions {
  readonly server: ServerProcess;
  readonly roots: Roots;
  readonly output: Pick<vscode.LogOutputChannel, 'warn'>;
  readonly memory: vscode.Memento;
  readonly after: After;
}

/** A source control provider for each work tree of the window. */
export class ScmProviders implements Scm, vscode.Disposable {
  readonly history: MessageHistory;
  readonly #options: ScmProvidersOptions;
  readonly #providers = new Map<string, ScmProvider>();
  readonly #changed = new vscode.EventEmitter<readonly WorkTree[]>();
  readonly #disposables: vscode.Disposable[];
  /** Git comes first: see {@link gitPanelOpened}. */
  #mayRegister = false;
  #isDisposed = false;

  /** Fires when work trees came or went. */
  readonly onDidChange = this.#changed.event;

  constructor(options: ScmProvidersOptions) {
    this.#options = options;
    this.history = new MessageHistory(options.memory);
    this.#disposables = [
      this.#changed,
      options.roots.onDidChange(() => this.#follow()),
      options.roots.onDidHappen(({ roots }) => {
        for (const provider of this.#providers.values()) {
          if (roots.some(({ folder }) => provider.tree.folders.includes(folder))) provider.refresh();
        }
      }),
      options.roots.onDidEdit(({ store, fork }) => {
        if (fork !== null) this.#providers.get(workTreeKey(store, fork))?.refresh();
      }),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.#providerOf(uri)?.refresh()),
    ];
    void gitPanelOpened(options.after).then(() => {
      this.#mayRegister = true;
      this.#follow();
    });
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const disposable of this.#disposables) disposable.dispose();
    for (const provider of this.#providers.values()) provider.dispose();
  }

  get trees(): readonly WorkTree[] {
    return [...this.#providers.values()].map(({ tree }) => tree);
  }

  refresh(): void {
    for (const provider of this.#providers.values()) provider.refresh();
  }

  tree(repository: string | undefined): WorkTree | undefined {
    if (repository !== undefined) return this.#providerAt(repository)?.tree;
    return this.trees.length === 1 ? this.trees[0] : undefined;
  }

  baseline(repository: string): string | undefined {
    return this.#providerAt(repository)?.baseline;
  }

  async used(repository: string, message: string): Promise<void> {
    const provider = this.#providerAt(repository);
    if (provider?.message === message) provider.message = '';
    await this.history.add(message);
  }

  async unsaved(client: Pick<Client, 'call'>, repository: string): Promise<Unsaved> {
    const provider = this.#providerAt(repository);
    return provider === undefined ? { buffers: [], left: 0 } : unsavedIn(client, provider.tree);
  }

  write(repository: string, message: string): void {
    const provider = this.#providerAt(repository);
    if (provider !== undefined) provider.message = message;
  }

  /** What keeps automatic checkpoints of a work tree from being taken; undefined when nothing does. */
  showAutomaticProblem(key: string, problem: string | undefined): void {
    const provider = this.#providers.get(key);
    if (provider !== undefined) provider.automaticProblem = problem;
  }

  /** An operation found no store where one was known: it was removed. */
  storeMissing(): void {
    this.#options.roots.refresh();
  }

  #providerAt(repository: string): ScmProvider | undefined {
    return [...this.#providers.values()].find(({ tree }) => tree.folders.includes(repository));
  }

  #providerOf(uri: vscode.Uri): ScmProvider | undefined {
    const found = uri.scheme === 'file' ? locate(this.trees, uri.fsPath) : undefined;
    return found === undefined ? undefined : this.#providers.get(found.tree.key);
  }

  #follow(): void {
    if (!this.#mayRegister || this.#isDisposed) return;
    const { server, output, after } = this.#options;
    reconcile(this.#providers, workTrees(this.#options.roots.all, realPath), (tree) => new ScmProvider(tree, {
      client: () => server.connected, after, onMissing: () => this.storeMissing(), onProblem: (problem) => output.warn(`Source control of ${tree.folder}: ${problem}`),
    }));
    this.#changed.fire(this.trees);
  }
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder; // it vanished: the store will say so
  }
}
