import * as vscode from 'vscode';
import { safe } from '../../protocol/text.ts';
import { plant } from '../../webview/superposition/forest.ts';
import type { ForkNode, Node } from '../../webview/superposition/forest.ts';
import { nextRest } from '../../webview/superposition/texts.ts';
import { noIcons } from '../choices.ts';
import { t } from '../l10n.ts';
import { plain } from '../plain.ts';
import type { Root, Roots } from '../roots/roots.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Target } from '../target.ts';
import { Refresher } from './refresher.ts';
import type { RefresherOptions } from './refresher.ts';
import { forkItem, taskItem } from './superposition-items.ts';
import { loadSuperposition } from './superposition-state.ts';

/** An item of the tree. Its fields are the target of the commands in its menu. */
interface Item {
  readonly id: string;
  readonly parent: Item | undefined;
  readonly repository: string;
  readonly fork?: string;
  readonly task?: string;
  /** Undefined for a folder of the window. */
  readonly node: Node | undefined;
  readonly children: Item[];
  readonly names: ReadonlyMap<string, string>;
}

export interface SuperpositionTreeOptions {
  readonly server: ServerProcess;
  readonly roots: Roots;
  /** Keeps what is shown over a reload. */
  readonly memory: vscode.Memento;
  readonly after: RefresherOptions['after'];
}

const VIEW = 'pyi.superpositionTree';
const REFRESH_MILLIS = 500;
/** In the memory of the workspace, and as a context key: the title has a button for what is not so. */
const ENDED = 'pyi.endedShown';

/** The superposition as a tree of VS Code's own, for those who prefer it or use a screen reader. */
export class SuperpositionTree implements vscode.TreeDataProvider<Item>, vscode.Disposable {
  readonly #options: SuperpositionTreeOptions;
  readonly #view: vscode.TreeView<Item>;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #refresher: Refresher;
  readonly #disposables: vscode.Disposable[];
  /** What was loaded last, shown while the server is away. */
  #top: readonly Item[] = [];
  #items: ReadonlyMap<string, Item> = new Map();
  /** It was loaded, and there is nothing to show. */
  #isEmpty = false;
  /** Merged and discarded forks are shown, too. */
  #ended: boolean;
  #cancelRest: () => void = () => undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(options: SuperpositionTreeOptions) {
    this.#options = options;
    this.#ended = options.memory.get(ENDED, false);
    void vscode.commands.executeCommand('setContext', ENDED, this.#ended);
    this.#refresher = new Refresher({ work: async () => this.#load(), intervalMillis: REFRESH_MILLIS, after: options.after });
    this.#view = vscode.window.createTreeView<Item>(VIEW, { treeDataProvider: this, canSelectMany: true, showCollapseAll: true });
    this.#disposables = [this.#changed, this.#view, this.#view.onDidChangeVisibility(() => this.#onVisibility())];
  }

  /** To be called when something may have changed. Costs nothing while the tree is not visible. */
  refresh(): void {
    if (this.#view.visible) this.#refresher.request();
  }

  /** Brings the tree to the front, with a fork in sight if one is named. */
  async show({ fork }: Pick<Target, 'fork'>): Promise<void> {
    await vscode.commands.executeCommand(`${VIEW}.focus`);
    if (fork === undefined) return;
    await this.#load();
    const item = [...this.#items.values()].find((candidate) => candidate.fork === fork);
    if (item !== undefined) await this.#view.reveal(item, { select: true, focus: true });
  }

  /** Shows merged and discarded forks, too, or no longer. */
  async showEnded(shown: boolean): Promise<void> {
    this.#ended = shown;
    await vscode.commands.executeCommand('setContext', ENDED, shown);
    await this.#options.memory.update(ENDED, shown);
    await this.#load();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#refresher.dispose();
    this.#cancelRest();
  }

  getChildren(parent?: Item): Item[] {
    return [...parent?.children ?? this.#top];
  }

  getParent({ parent }: Item): Item | undefined {
    return parent;
  }

  getTreeItem({ id, node, children, names, repository, fork }: Item): vscode.TreeItem {
    const state = children.length === 0 ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Expanded;
    if (node === undefined) return Object.assign(new vscode.TreeItem(noIcons(safe(this.#nameOf(repository))), state), { id, iconPath: vscode.ThemeIcon.Folder });
    const { label, description, tooltip, spoken, icon, color, context } = node.kind === 'task' ? taskItem(node) : forkItem(node, names, Date.now());
    const item = new vscode.TreeItem(label, state);
    item.id = id;
    item.description = description;
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: spoken };
    item.iconPath = color === undefined ? new vscode.ThemeIcon(icon) : new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
    item.contextValue = context;
    if (fork !== undefined) item.command = { command: 'pyi.compareWithBase', title: t('Changes against base'), arguments: [{ repository, fork } satisfies Target] };
    return item;
  }

  #nameOf(repository: string): string {
    return this.#options.roots.all.find(({ folder }) => folder === repository)?.name ?? repository;
  }

  #onVisibility(): void {
    if (this.#view.visible) this.refresh();
    else this.#cancelRest();
  }

  async #load(): Promise<void> {
    const { server, roots } = this.#options;
    const client = server.connected;
    if (client === undefined || !vscode.workspace.isTrusted) return;
    const loaded = await Promise.all(roots.ready.map(async (root) => ({
      root, view: (await loadSuperposition(client, { repository: root.folder, ended: this.#ended, here: root.place?.fork ?? null, dots: 0 })).view,
    })));
    // The connection may have broken meanwhile; what was shown is worth more than that error.
    if (server.connected !== client) return;
    const folders = loaded.map(({ root, view }) => ({ root, forks: view.kind === 'ready' ? view.forks : [] }));
    const problems = loaded.flatMap(({ view }) => (view.kind === 'problem' ? [safe(view.message)] : []));
    this.#view.message = plain(problems.join('\n'));
    const items = new Map<string, Item>();
    const isAlone = folders.length === 1;
    this.#top = folders.flatMap(({ root, forks }) => {
      // Work trees alone are no superposition: the welcome text of the view says what to do.
      if (isAlone && forks.every(({ parent }) => parent === null)) return [];
      const names = new Map(forks.map(({ fork, name }) => [fork, name]));
      const trees = plant(forks, 'score');
      return isAlone ? trees.map((tree) => build(root, tree, undefined, names, items)) : [folderItem(root, trees, names, items)];
    });
    this.#items = items;
    this.#tellEmptiness(this.#top.length === 0 && problems.length === 0);
    this.#changed.fire(undefined);
    this.#awaitRest(folders.flatMap(({ forks }) => forks));
  }

  /** For the welcome text of the view: an empty tree that nobody has loaded yet says nothing of forks. */
  #tellEmptiness(isEmpty: boolean): void {
    if (isEmpty === this.#isEmpty) return;
    this.#isEmpty = isEmpty;
    void vscode.commands.executeCommand('setContext', 'pyi.noForks', isEmpty);
  }

  /** A fork that is at work stops to be by itself: nothing happens then that would tell. */
  #awaitRest(forks: Parameters<typeof nextRest>[0]): void {
    this.#cancelRest();
    const now = Date.now();
    const rest = this.#view.visible ? nextRest(forks, now) : undefined;
    if (rest !== undefined) this.#cancelRest = this.#options.after(rest - now + 1, () => this.refresh());
  }
}

function folderItem({ folder }: Root, trees: readonly ForkNode[], names: ReadonlyMap<string, string>, items: Map<string, Item>): Item {
  const item: Item = { id: folder, parent: undefined, repository: folder, node: undefined, children: [], names };
  item.children.push(...trees.map((tree) => build({ folder }, tree, item, names, items)));
  items.set(item.id, item);
  return item;
}

function build(root: Pick<Root, 'folder'>, node: Node, parent: Item | undefined, names: ReadonlyMap<string, string>, items: Map<string, Item>): Item {
  const about = node.kind === 'fork' ? { fork: node.fork.fork } : node.task === null ? {} : { task: node.task };
  const item: Item = { id: `${root.folder}\0${node.key}`, parent, repository: root.folder, ...about, node, children: [], names };
  item.children.push(...node.children.map((child) => build(root, child, item, names, items)));
  items.set(item.id, item);
  return item;
}
