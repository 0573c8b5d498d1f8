import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import type { After } from '../../server/transport/timers.ts';
import { errorText } from '../error-text.ts';
import type { ServerProcess } from '../server-process.ts';
import { boundedNumber } from '../setting-values.ts';
import { unsavedIn } from './buffers.ts';
import { gitDirectoryOf, watchGitDirectory } from './git-operations.ts';
import type { ScmProviders } from './providers.ts';
import { Schedule } from './schedule.ts';
import { locate, reconcile } from './work-trees.ts';
import type { WorkTree } from './work-trees.ts';

export interface AutomaticCheckpointsOptions {
  readonly server: ServerProcess;
  readonly scm: ScmProviders;
  readonly after: After;
}

/** Takes checkpoints by itself while somebody edits in this window, and around operations of Git (settings `pyi.automatic.*`). */
export class AutomaticCheckpoints implements vscode.Disposable {
  readonly #options: AutomaticCheckpointsOptions;
  readonly #works = new Map<string, AutomaticWork>();
  readonly #disposables: vscode.Disposable[];

  constructor(options: AutomaticCheckpointsOptions) {
    this.#options = options;
    const { scm } = options;
    const saved = (uri: vscode.Uri): void => this.#workOf(uri)?.changed('editor: save');
    const all = (uris: readonly vscode.Uri[]): void => uris.forEach(saved);
    this.#disposables = [
      scm.onDidChange((trees) => this.#follow(trees)),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => saved(uri)),
      vscode.workspace.onDidSaveNotebookDocument(({ uri }) => saved(uri)),
      vscode.workspace.onDidCreateFiles(({ files }) => all(files)),
      vscode.workspace.onDidDeleteFiles(({ files }) => all(files)),
      vscode.workspace.onDidRenameFiles(({ files }) => all(files.flatMap(({ oldUri, newUri }) => [oldUri, newUri]))),
      // A document becomes dirty in an event after that of its first edit. One that is clean was read again from the disk.
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.isDirty) this.#workOf(document.uri)?.edited();
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('pyi.automatic')) for (const work of this.#works.values()) work.configure();
      }),
    ];
    this.#follow(scm.trees);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    for (const work of this.#works.values()) work.dispose();
  }

  /** There is a connection again: takes what could not be taken. */
  resume(): void {
    for (const work of this.#works.values()) work.resume();
  }

  #follow(trees: readonly WorkTree[]): void {
    const { server, scm, after } = this.#options;
    reconcile(this.#works, trees, (tree) => new AutomaticWork(tree, {
      server, after, onMissing: () => scm.storeMissing(), onProblem: (problem) => scm.showAutomaticProblem(tree.key, problem),
    }));
  }

  #workOf(uri: vscode.Uri): AutomaticWork | undefined {
    const found = uri.scheme === 'file' ? locate([...this.#works.values()].map(({ tree }) => tree), uri.fsPath) : undefined;
    return found === undefined ? undefined : this.#works.get(found.tree.key);
  }
}

interface AutomaticWorkOptions {
  readonly server: ServerProcess;
  readonly after: After;
  /** The store is gone. */
  readonly onMissing: () => void;
  readonly onProblem: (problem: string | undefined) => void;
}

/** The automatic checkpoints of one work tree. */
class AutomaticWork {
  readonly #options: AutomaticWorkOptions;
  readonly #schedule: Schedule;
  #tree: WorkTree;
  #settings = { enabled: false, delay: 0, aroundGit: false, unsavedBuffers: false };
  #watched: { readonly directory: string; readonly stop: () => void } | undefined;

  constructor(tree: WorkTree, options: AutomaticWorkOptions) {
    this.#tree = tree;
    this.#options = options;
    this.#schedule = new Schedule({ after: options.after, delayMillis: () => this.#settings.delay, take: async (cause) => this.#take(cause) });
    this.configure();
  }

  get tree(): WorkTree {
    return this.#tree;
  }

  update(tree: WorkTree): void {
    this.#tree = tree;
    this.configure();
  }

  configure(): void {
    const settings = vscode.workspace.getConfiguration('pyi.automatic', vscode.Uri.file(this.#tree.folder));
    this.#settings = {
      enabled: settings.get('enabled', true) && !this.#tree.isQuiet,
      delay: boundedNumber(settings.get('delay'), { fallback: 1500, least: 200, most: 600_000 }),
      aroundGit: settings.get('aroundGit', true),
      unsavedBuffers: settings.get('unsavedBuffers', false),
    };
    this.#watchGit();
  }

  changed(cause: string): void {
    if (this.#settings.enabled) this.#schedule.changed(cause);
  }

  edited(): void {
    if (this.#settings.unsavedBuffers) this.changed('editor: edit');
  }

  resume(): void {
    this.#schedule.resume();
  }

  dispose(): void {
    this.#schedule.dispose();
    this.#watched?.stop();
  }

  #watchGit(): void {
    const directory = this.#settings.enabled && this.#settings.aroundGit ? gitDirectoryOf(this.#tree.root) : undefined;
    if (directory === this.#watched?.directory) return;
    this.#watched?.stop();
    this.#watched = directory === undefined ? undefined : {
      directory,
      stop: watchGitDirectory(directory, { after: this.#options.after, onBefore: () => this.#schedule.now('git: before'), onAfter: () => this.#schedule.now('git: after') }),
    };
  }

  /** False when there is no connection: it is taken when there is one. Whatever else goes wrong shows where it disturbs nobody. */
  async #take(cause: string): Promise<boolean> {
    const client = this.#options.server.connected;
    if (client === undefined) return false;
    if (!this.#settings.enabled) return true;
    try {
      const { buffers } = await unsavedIn(client, this.#tree);
      await client.call('checkpoint', { repository: this.#tree.folder, kind: 'automatic', cause, ifChanged: true, ...(buffers.length === 0 ? {} : { buffers: [...buffers] }) });
      this.#options.onProblem(undefined);
    } catch (error) {
      if (client !== this.#options.server.connected) return false;
      if (PyiError.is(error, 'NOT_FOUND')) this.#options.onMissing();
      this.#options.onProblem(errorText(error));
    }
    return true;
  }
}
