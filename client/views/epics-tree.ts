import { join } from 'node:path';
import * as vscode from 'vscode';
import type { EpicProgress, StreamProgress, TaskProgress } from '../../ccpm/progress.ts';
import { PyiError } from '../../protocol/errors.ts';
import { safe } from '../../protocol/text.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import type { After } from '../../server/transport/timers.ts';
import { noIcons } from '../choices.ts';
import { t } from '../l10n.ts';
import type { Root, Roots } from '../roots/roots.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Target } from '../target.ts';
import { epicItem, streamItem, taskOfEpicItem } from './epic-items.ts';
import type { ProjectEpics } from './epics-state.ts';
import { Refresher } from './refresher.ts';

/** What an item stands for. */
type Node =
  | { readonly kind: 'folder'; readonly name: string }
  | { readonly kind: 'epic'; readonly progress: EpicProgress }
  | { readonly kind: 'task'; readonly progress: TaskProgress; readonly file: string }
  | { readonly kind: 'stream'; readonly progress: StreamProgress; readonly file: string };

/** An item of the tree. Its fields are the target of the commands in its menu. */
interface Item {
  readonly id: string;
  readonly repository: string;
  readonly fork?: string;
  readonly node: Node;
  readonly children: readonly Item[];
}

export interface EpicsTreeOptions {
  readonly server: ServerProcess;
  readonly roots: Roots;
  readonly after: After;
  readonly onProblem: (problem: string) => void;
}

const VIEW = 'pyi.epics';
/** The view is there only where CCPM is. */
const HAS_CCPM = 'pyi.ccpm';
/** For the welcome text: it was looked, and there are none. */
const NO_EPICS = 'pyi.noEpics';
const REFRESH_MILLIS = 500;
/** Where CCPM's layouts and epics lie. */
const WATCHED = '{.claude,.agents,skill,skills}/**';

/** Epics of CCPM with their tasks and streams, beside the forks that work on them. Follows the files and the events of the server. */
export class EpicsTree implements vscode.TreeDataProvider<Item>, vscode.Disposable {
  readonly #options: EpicsTreeOptions;
  readonly #view: vscode.TreeView<Item>;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #refresher: Refresher;
  readonly #disposables: vscode.Disposable[];
  #watchers: readonly vscode.Disposable[] = [];
  #watched = '';
  #hasCcpm = false;
  #top: readonly Item[] = [];

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(options: EpicsTreeOptions) {
    this.#options = options;
    this.#refresher = new Refresher({ work: async () => this.#load(), intervalMillis: REFRESH_MILLIS, after: options.after });
    this.#view = vscode.window.createTreeView<Item>(VIEW, { treeDataProvider: this, showCollapseAll: true });
    this.#disposables = [
      this.#changed, this.#view, this.#view.onDidChangeVisibility(() => this.refresh()), options.roots.onDidChange(() => this.#watch()),
    ];
    this.#watch();
  }

  /** To be called when something may have changed. Reads no file while the tree is not visible. */
  refresh(): void {
    if (this.#view.visible) this.#refresher.request();
  }

  dispose(): void {
    for (const disposable of [...this.#watchers, ...this.#disposables]) disposable.dispose();
    this.#refresher.dispose();
  }

  getChildren(parent?: Item): Item[] {
    return [...parent?.children ?? this.#top];
  }

  getTreeItem({ id, node, children, repository, fork }: Item): vscode.TreeItem {
    const state = children.length === 0 ? vscode.TreeItemCollapsibleState.None : isOver(node) ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded;
    if (node.kind === 'folder') return Object.assign(new vscode.TreeItem(noIcons(safe(node.name)), state), { id, iconPath: vscode.ThemeIcon.Folder });
    const { label, description, tooltip, spoken, icon, color, context } = node.kind === 'epic' ? epicItem(node.progress)
      : node.kind === 'task' ? taskOfEpicItem(node.progress) : streamItem(node.progress);
    const item = new vscode.TreeItem(label, state);
    Object.assign(item, { id, description, tooltip, contextValue: context, accessibilityInformation: { label: spoken } });
    item.iconPath = color === undefined ? new vscode.ThemeIcon(icon) : new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
    if (fork !== undefined) item.command = { command: 'pyi.showSuperposition', title: t('Show in superposition'), arguments: [{ repository, fork } satisfies Target] };
    else if (node.kind !== 'epic') item.command = { command: 'vscode.open', title: t('Open'), arguments: [vscode.Uri.file(node.file)] };
    return item;
  }

  /** Looks at the folders of the window: where CCPM is, and when it comes or goes. */
  #watch(): void {
    const { roots } = this.#options;
    const folders = roots.all.map(({ folder }) => folder).join('\0');
    this.#refresher.request();
    if (folders === this.#watched) return;
    this.#watched = folders;
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers = roots.all.flatMap(({ uri }) => {
      const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(uri, WATCHED));
      const onFile = (): void => this.#onFile();
      return [watcher, watcher.onDidCreate(onFile), watcher.onDidChange(onFile), watcher.onDidDelete(onFile)];
    });
  }

  #onFile(): void {
    // Until the view is there, somebody has to look whether it should be.
    if (this.#view.visible || !this.#hasCcpm) this.#refresher.request();
  }

  async #load(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    try {
      // A bundle of its own: windows without CCPM do without its parser, once it is known that they are.
      const { hasCcpm, loadEpics } = await import('./epics-state.ts');
      const { roots } = this.#options;
      const folders = await Promise.all(roots.all.map(async (root) => ({ root, hasCcpm: await hasCcpm(root.folder) })));
      this.#tell(folders.some((folder) => folder.hasCcpm));
      if (!this.#view.visible) return;
      const loaded = await Promise.all(folders.filter((folder) => folder.hasCcpm).map(async ({ root }) => ({ root, epics: await loadEpics(root.folder, await this.#forks(root)) })));
      const shown = loaded.flatMap(({ root, epics }) => (epics === undefined ? [] : [{ root, items: epicItems(root, epics) }]));
      this.#top = shown.length === 1 ? shown[0]?.items ?? [] : shown.map(({ root, items }) => ({ id: root.folder, repository: root.folder, node: { kind: 'folder', name: root.name }, children: items }));
      void vscode.commands.executeCommand('setContext', NO_EPICS, this.#top.length === 0);
      this.#changed.fire(undefined);
    } catch (error) {
      this.#options.onProblem(`The epics of CCPM cannot be shown: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #tell(hasCcpm: boolean): void {
    if (hasCcpm === this.#hasCcpm) return;
    this.#hasCcpm = hasCcpm;
    void vscode.commands.executeCommand('setContext', HAS_CCPM, hasCcpm);
  }

  /** All forks of a store, ended ones too; none where there is no store, or no server. */
  async #forks({ folder, place }: Root): Promise<readonly ForkInfo[]> {
    const client = this.#options.server.connected;
    if (client === undefined || place === undefined) return [];
    try {
      return await client.call('forks', { repository: folder, all: true });
    } catch (error) {
      if (PyiError.is(error)) return [];
      throw error;
    }
  }
}

/** What is closed is folded away. */
function isOver(node: Node): boolean {
  return node.kind === 'epic' ? node.progress.counts.closed === node.progress.counts.tasks : node.kind === 'task' && ['closed', 'done'].includes(node.progress.state);
}

function epicItems({ folder }: Root, { project, epics }: ProjectEpics): Item[] {
  return epics.map((progress) => {
    const directory = join(project, '.claude', 'epics', progress.epic.name);
    const id = `${folder}\0${progress.epic.name}`;
    return { id, repository: folder, node: { kind: 'epic', progress }, children: progress.tasks.map((task) => taskItem(folder, directory, id, task)) };
  });
}

function taskItem(repository: string, directory: string, parent: string, progress: TaskProgress): Item {
  const { task, streams } = progress;
  const id = `${parent}\0${task.number}`;
  const analysis = join(directory, `${task.number}${task.isAnalysed ? '-analysis' : ''}.md`);
  return {
    id, repository, node: { kind: 'task', progress, file: join(directory, `${task.number}.md`) },
    children: streams.map((stream): Item => ({
      id: `${id}\0${stream.plan.stream.id}`, repository, ...(stream.fork === undefined ? {} : { fork: stream.fork.fork }), children: [],
      node: { kind: 'stream', progress: stream, file: analysis },
    })),
  };
}
