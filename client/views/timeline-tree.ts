import { basename } from 'node:path';
import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { safe } from '../../protocol/text.ts';
import type { CheckpointRow, Filter, Grouping, HistoryRow, Question, Wish } from '../../webview/timeline/contract.ts';
import { Times } from '../../webview/timeline/times.ts';
import { noIcons } from '../choices.ts';
import { errorText } from '../error-text.ts';
import { t } from '../l10n.ts';
import { plain } from '../plain.ts';
import type { Roots } from '../roots/roots.ts';
import { checkpointText, filterText, groupTitle } from './timeline-items.ts';
import { Refresher } from './refresher.ts';
import type { RefresherOptions } from './refresher.ts';
import type { TimelineSource } from './timeline-source.ts';
import { configuredGrouping } from './timeline-view.ts';

type Node = FolderNode | GroupNode | CheckpointNode | MoreNode;

interface FolderNode {
  readonly kind: 'folder';
  readonly repository: string;
  readonly name: string;
}

interface GroupNode {
  readonly kind: 'group';
  readonly repository: string;
  readonly key: string | null;
  readonly count: number;
  readonly isFirst: boolean;
}

/** Its fields are the target of the commands in its menu. */
interface CheckpointNode {
  readonly kind: 'checkpoint';
  readonly repository: string;
  readonly checkpoint: string;
  readonly fork: string;
  readonly row: CheckpointRow;
}

/** Loads more of what it stands below. */
interface MoreNode {
  readonly kind: 'more';
  readonly name: string;
  readonly left: number | undefined;
}

export interface TimelineTreeOptions {
  readonly roots: Roots;
  readonly source: (folder: string) => TimelineSource;
  readonly after: RefresherOptions['after'];
}

const VIEW = 'pyi.timelineTree';
const LOAD_MORE = 'pyi.timelineTree.more';
const PAGE = 100;
/** VS Code draws a tree as a whole; a screen reader has no use for more. */
const REFRESH_MILLIS = 500;

/** The timeline as a tree of VS Code's own, for those who prefer it or use a screen reader. */
export class TimelineTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #options: TimelineTreeOptions;
  readonly #view: vscode.TreeView<Node>;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #refresher: Refresher;
  readonly #times = new Times(vscode.env.language);
  /** How many are shown below a group, where more than a page was asked for. */
  readonly #shown = new Map<string, number>();
  readonly #disposables: vscode.Disposable[];
  #filter: Filter = {};
  /** The file whose history is shown, in its folder. */
  #file: { readonly folder: string | undefined; readonly path: string } | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(options: TimelineTreeOptions) {
    this.#options = options;
    this.#refresher = new Refresher({
      work: async () => this.#changed.fire(undefined), intervalMillis: REFRESH_MILLIS, after: options.after,
    });
    this.#view = vscode.window.createTreeView<Node>(VIEW, { treeDataProvider: this, canSelectMany: true, showCollapseAll: true });
    this.#disposables = [
      this.#changed, this.#view,
      this.#view.onDidChangeVisibility(() => this.refresh()),
      vscode.commands.registerCommand(LOAD_MORE, (name: unknown) => this.#loadMore(String(name))),
    ];
  }

  /** To be called when something may have changed. Costs nothing while the tree is not visible. */
  refresh(): void {
    if (this.#view.visible) this.#refresher.request();
  }

  /** Shows what somebody asked for: some checkpoints, the history of a file, or all there is. */
  async show({ folder, filter = {}, path }: Omit<Wish, 'id'>): Promise<void> {
    this.#filter = filter;
    this.#file = path === undefined ? undefined : { folder, path };
    this.#shown.clear();
    this.#view.description = path === undefined ? '' : safe(basename(path));
    this.#changed.fire(undefined);
    await vscode.commands.executeCommand(`${VIEW}.focus`);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#refresher.dispose();
  }

  async getChildren(parent?: Node): Promise<Node[]> {
    try {
      const children = await this.#children(parent);
      if (parent === undefined) this.#view.message = plain(children.length > 0 ? this.#subject() : this.#nothing());
      return children;
    } catch (error) {
      if (!PyiError.is(error)) throw error;
      this.#view.message = plain(safe(errorText(error)));
      return [];
    }
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case 'folder': return Object.assign(new vscode.TreeItem(noIcons(safe(node.name)), vscode.TreeItemCollapsibleState.Expanded), { id: node.repository, iconPath: vscode.ThemeIcon.Folder });
      case 'group': return this.#groupItem(node);
      case 'checkpoint': return this.#checkpointItem(node);
      case 'more': return moreItem(node);
    }
  }

  async #children(parent: Node | undefined): Promise<Node[]> {
    const ready = this.#options.roots.ready;
    if (parent === undefined && this.#file !== undefined) return this.#historyOf(this.#file.folder ?? ready[0]?.folder, this.#file.path);
    if (parent === undefined) {
      const [first, ...others] = ready;
      if (first === undefined) return [];
      return others.length === 0 ? this.#groupsOf(first.folder) : ready.map(({ folder, name }) => ({ kind: 'folder', repository: folder, name }));
    }
    if (parent.kind === 'folder') return this.#groupsOf(parent.repository);
    return parent.kind === 'group' ? this.#rowsOf(parent) : [];
  }

  async #groupsOf(repository: string): Promise<Node[]> {
    const groups = await this.#options.source(repository).tally(this.#question(repository));
    return groups.map(({ key, count }, index) => ({ kind: 'group', repository, key, count, isFirst: index === 0 }));
  }

  async #rowsOf(group: GroupNode): Promise<Node[]> {
    const { repository, key, count } = group;
    const name = nameOf(group);
    const wanted = Math.min(count, this.#shown.get(name) ?? PAGE);
    const { rows } = await this.#options.source(repository).rows({ ...this.#question(repository), key, from: count - wanted, count: wanted });
    const nodes = [...rows].reverse().map((row) => checkpointNode(repository, row));
    return count > wanted ? [...nodes, { kind: 'more', name, left: count - wanted }] : nodes;
  }

  async #historyOf(repository: string | undefined, path: string): Promise<Node[]> {
    if (repository === undefined) return [];
    const wanted = this.#shown.get(path) ?? PAGE;
    const found: HistoryRow[] = [];
    let more = true;
    while (more && found.length < wanted) {
      const reply = await this.#options.source(repository).history(path, found.at(-1)?.time);
      found.push(...reply.rows);
      more = reply.more && reply.rows.length > 0;
    }
    const nodes = found.map((row) => checkpointNode(repository, row));
    return more ? [...nodes, { kind: 'more', name: path, left: undefined }] : nodes;
  }

  #question(folder: string): Question {
    return { folder, filter: this.#filter, by: configuredGrouping(), timeZone: this.#times.timeZone };
  }

  #groupItem(node: GroupNode): vscode.TreeItem {
    const title = groupTitle(node.key, configuredGrouping(), this.#times, Date.now());
    const item = new vscode.TreeItem(title, node.isFirst ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed);
    item.id = nameOf(node);
    item.description = node.count.toLocaleString(vscode.env.language);
    item.contextValue = 'group';
    item.accessibilityInformation = { label: node.count === 1 ? t('{0}, 1 checkpoint', title) : t('{0}, {1} checkpoints', title, node.count) };
    return item;
  }

  #checkpointItem({ repository, checkpoint, fork, row }: CheckpointNode): vscode.TreeItem {
    const { label, description, tooltip, spoken, icon, context } = checkpointText(row, this.#grouping(), this.#times, Date.now());
    const target = { repository, checkpoint, fork };
    const item = new vscode.TreeItem(label);
    item.id = `${repository}\0${checkpoint}`;
    item.description = description;
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: spoken };
    item.iconPath = new vscode.ThemeIcon(icon);
    item.contextValue = context;
    item.command = this.#file === undefined
      ? { command: 'pyi.openChanges', title: t('Open Changes'), arguments: [target] }
      : { command: 'pyi.openDiff', title: t('Open Changes of File'), arguments: [{ ...target, path: this.#file.path, ...otherOf(row) }] };
    return item;
  }

  /** A history has no groups: its rows name their agents. */
  #grouping(): Grouping {
    return this.#file === undefined ? configuredGrouping() : 'day';
  }

  #subject(): string {
    if (this.#file !== undefined) return t('History of {0}. "PYI: Show Timeline" leads back to all checkpoints.', safe(this.#file.path));
    return Object.keys(this.#filter).length === 0 ? '' : t('Only some checkpoints: {0}. "PYI: Show Timeline" leads back to all.', filterText(this.#filter));
  }

  #nothing(): string {
    if (this.#file === undefined && Object.keys(this.#filter).length > 0) return t('No checkpoint matches: {0}. "PYI: Show Timeline" leads back to all.', filterText(this.#filter));
    return this.#file === undefined ? t('No checkpoints yet. They come by themselves while you and your agents work.') : t('No checkpoint of any fork has changed this file.');
  }

  #loadMore(name: string): void {
    this.#shown.set(name, (this.#shown.get(name) ?? PAGE) + PAGE);
    this.#changed.fire(undefined);
  }
}

function checkpointNode(repository: string, row: CheckpointRow): CheckpointNode {
  return { kind: 'checkpoint', repository, checkpoint: row.checkpoint, fork: row.fork, row };
}

function otherOf(row: CheckpointRow): { readonly other?: string } {
  const { parent = null } = row as Partial<HistoryRow>;
  return parent === null ? {} : { other: parent };
}

function moreItem({ name, left }: MoreNode): vscode.TreeItem {
  const item = new vscode.TreeItem(t('Load more…'));
  item.id = `more\0${name}`;
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  if (left !== undefined) item.description = t('{0} more', left);
  item.command = { command: LOAD_MORE, title: t('Load more…'), arguments: [name] };
  return item;
}

function nameOf({ repository, key }: Pick<GroupNode, 'repository' | 'key'>): string {
  return JSON.stringify([repository, key]);
}
