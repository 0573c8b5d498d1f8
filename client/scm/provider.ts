import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { shortId } from '../../protocol/ids.ts';
import type { Result } from '../../protocol/registry.ts';
import { safe } from '../../protocol/text.ts';
import type { After } from '../../server/transport/timers.ts';
import { noIcons } from '../choices.ts';
import { errorText } from '../error-text.ts';
import { t } from '../l10n.ts';
import { Refresher } from '../views/refresher.ts';
import { baselineOf } from './baseline.ts';
import type { Since } from './baseline.ts';
import { QuickDiff } from './quick-diff.ts';
import { ResourceList, changeResource, conflictResource, forkResource } from './resources.ts';
import type { Resource } from './resources.ts';
import { MAX_ROWS, changeRows, changeSummary, forkRows } from './rows.ts';
import type { ChangeRow, ForkRow } from './rows.ts';
import type { WorkTree } from './work-trees.ts';

export interface ScmProviderOptions {
  readonly client: () => Pick<Client, 'call'> | undefined;
  readonly after: After;
  /** The store is gone. */
  readonly onMissing: () => void;
  /** Told once for each problem. */
  readonly onProblem: (problem: string) => void;
}

/** Shortest time between two looks, ms: while somebody looks at the window, and while nobody does. */
const INTERVAL_MILLIS = 300;
const INTERVAL_UNFOCUSED_MILLIS = 2000;
/** As many as the operation takes. */
const MAX_RADAR_PATHS = 10_000;
/** Changes of the store and of Git's own files are not changes of the work tree; a look makes some itself. */
const INTERNAL = /(?:^|[/\\])(?:\.git|\.pyi)(?:[/\\]|$)/;

/** What is known of a work tree. */
interface Known {
  readonly head: string;
  readonly since: Since;
  /** Checkpoint that changes are shown against. */
  readonly baseline: string;
  readonly changes: Result<'changes'>;
  readonly renamed: ReadonlyMap<string, string>;
}

/** The source control provider of one work tree. */
export class ScmProvider implements vscode.Disposable {
  readonly #options: ScmProviderOptions;
  readonly #control: vscode.SourceControl;
  readonly #conflicts: vscode.SourceControlResourceGroup;
  readonly #changes: vscode.SourceControlResourceGroup;
  readonly #forks: vscode.SourceControlResourceGroup;
  readonly #refresher: Refresher;
  readonly #quickDiff: QuickDiff;
  readonly #disposables: vscode.Disposable[];
  readonly #changeList = new ResourceList<ChangeRow>((row) => changeResource(this.#tree, this.#known?.baseline ?? '', row));
  readonly #forkList = new ResourceList<ForkRow>((row) => forkResource(this.#tree, row));
  readonly #conflictList = new ResourceList<string>((path) => conflictResource(this.#tree, this.#known?.baseline ?? '', path));
  #tree: WorkTree;
  #known: Known | undefined;
  #problem: string | undefined;
  #automaticProblem: string | undefined;
  #disposed = false;

  constructor(tree: WorkTree, options: ScmProviderOptions) {
    this.#tree = tree;
    this.#options = options;
    const root = vscode.Uri.file(tree.places.root);
    this.#control = vscode.scm.createSourceControl('pyi', 'PYI', root);
    this.#conflicts = this.#group('conflicts', t('Conflicts'));
    this.#changes = this.#group('changes', t('Changes since the last checkpoint'));
    this.#forks = this.#group('forks', t('Forks that changed what you are editing'));
    this.#quickDiff = new QuickDiff(() => this.#original(), options.client);
    this.#refresher = new Refresher({
      work: async () => this.#look(), after: options.after,
      intervalMillis: () => (vscode.window.state.focused ? INTERVAL_MILLIS : INTERVAL_UNFOCUSED_MILLIS),
    });
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(root, '**'));
    const onFile = (uri: vscode.Uri): void => {
      if (!INTERNAL.test(this.#tree.places.pathOf(uri.fsPath) ?? '')) this.refresh();
    };
    this.#disposables = [
      this.#control, watcher, watcher.onDidChange(onFile), watcher.onDidCreate(onFile), watcher.onDidDelete(onFile),
      vscode.window.tabGroups.onDidChangeTabs(({ opened, closed }) => {
        if (opened.length + closed.length > 0) this.refresh();
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) this.#refresher.hurry();
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('pyi', root)) this.#configure();
      }),
    ];
    this.#connectInput();
    this.#configure();
  }

  dispose(): void {
    this.#disposed = true;
    this.#refresher.dispose();
    for (const disposable of this.#disposables.reverse()) disposable.dispose();
  }

  /** The same work tree, perhaps in other folders or with a fork of another name. */
  update(tree: WorkTree): void {
    this.#tree = tree;
    this.refresh();
  }

  get tree(): WorkTree {
    return this.#tree;
  }

  /** Checkpoint that changes are shown against, once known. */
  get baseline(): string | undefined {
    return this.#known?.baseline;
  }

  /** Something may have changed. Many calls cost one look. */
  refresh(): void {
    this.#refresher.request();
  }

  /** The message in the input box. */
  get message(): string {
    return this.#control.inputBox.value;
  }

  set message(message: string) {
    this.#control.inputBox.value = message;
  }

  /** What keeps automatic checkpoints from being taken; undefined when nothing does. */
  set automaticProblem(problem: string | undefined) {
    if (problem === this.#automaticProblem) return;
    this.#automaticProblem = problem;
    if (problem !== undefined) this.#options.onProblem(problem);
    this.#drawStatus();
  }

  #group(id: string, label: string): vscode.SourceControlResourceGroup {
    const group = this.#control.createResourceGroup(id, label);
    group.hideWhenEmpty = true;
    return group;
  }

  /** Commands in the title of the provider and of its groups are given those objects: they say what they stand for, as rows do. */
  #connectInput(): void {
    const { inputBox } = this.#control;
    const repository = { get: () => this.#tree.folder };
    const fork = { get: () => this.#tree.fork };
    const accept = { get message() { return inputBox.value; } };
    Object.defineProperties(accept, { repository, fork });
    Object.defineProperties(this.#control, { repository, fork, message: { get: () => (inputBox.value === '' ? undefined : inputBox.value) } });
    Object.defineProperties(this.#changes, { repository });
    this.#control.acceptInputCommand = { command: 'pyi.checkpoint', title: t('Take Checkpoint'), arguments: [accept] };
    // VS Code puts the keys where "{0}" stands.
    inputBox.placeholder = t('Message ({0} takes a checkpoint of "{1}")', '{0}', safe(this.#tree.name));
  }

  #configure(): void {
    const enabled = this.#setting('quickDiff.enabled', true);
    const control: { quickDiffProvider?: vscode.QuickDiffProvider | undefined } = this.#control;
    if (enabled !== (control.quickDiffProvider !== undefined)) control.quickDiffProvider = enabled ? this.#quickDiff : undefined;
    this.refresh();
  }

  #setting<T>(name: string, fallback: T): T {
    return vscode.workspace.getConfiguration('pyi', vscode.Uri.file(this.#tree.folder)).get(name, fallback);
  }

  #original(): { tree: WorkTree; checkpoint: string; oldPath: (path: string) => string } | undefined {
    const known = this.#known;
    return known === undefined ? undefined : { tree: this.#tree, checkpoint: known.baseline, oldPath: (path) => known.renamed.get(path) ?? path };
  }

  async #look(): Promise<void> {
    const client = this.#options.client();
    if (client === undefined) return;
    try {
      const { folder: repository, fork } = this.#tree;
      const { fork: here, head, base } = await client.call('where', { repository });
      if (here !== fork || head === null) return; // the folders are about to be told
      const since = this.#since;
      const known = this.#known;
      const baseline = head === known?.head && since === known.since ? known.baseline : await this.#baseline(client, since, { head, base });
      const changes = await client.call('changes', { repository, from: baseline });
      const radar = await client.call('radar', { repository, paths: this.#paths(changes) });
      if (this.#disposed) return;
      this.#show({ head, since, baseline, changes, renamed: new Map(changes.renamed.map(({ from, to }) => [to, from])) }, radar);
      this.#setProblem(undefined);
    } catch (error) {
      // What a broken connection says is told by the status bar; the next connection asks again.
      if (this.#disposed || client !== this.#options.client()) return;
      if (PyiError.is(error, 'NOT_FOUND')) this.#options.onMissing();
      this.#setProblem(errorText(error));
    }
  }

  get #since(): Since {
    return this.#setting<string>('changes.since', 'deliberate') === 'any' ? 'any' : 'deliberate';
  }

  async #baseline(client: Pick<Client, 'call'>, since: Since, { head, base }: { readonly head: string; readonly base: string | null }): Promise<string> {
    return since === 'any' ? head : baselineOf(client, this.#tree.folder, { fork: this.#tree.fork, head, base });
  }

  /** The files that somebody works on here: those in editors, and those that changed. */
  #paths({ added, changed, deleted, renamed }: Result<'changes'>): string[] {
    const open = openFiles().flatMap((uri) => this.#tree.places.pathOf(uri.fsPath) ?? []);
    return [...new Set([...open, ...renamed.flatMap(({ from, to }) => [from, to]), ...changed, ...deleted, ...added])].slice(0, MAX_RADAR_PATHS);
  }

  #show(known: Known, radar: Result<'radar'>): void {
    this.#known = known;
    const context = `${this.#tree.folder}\0${known.baseline}`;
    setRows(this.#changes, this.#changeList.of(changeRows(known.changes), context));
    setRows(this.#forks, this.#forkList.of(forkRows(radar), this.#tree.folder));
    setRows(this.#conflicts, this.#conflictList.of({ rows: radar.conflicts.slice(0, MAX_ROWS), more: Math.max(0, radar.conflicts.length - MAX_ROWS) }, context));
    this.#drawStatus();
  }

  #setProblem(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    if (problem !== undefined) this.#options.onProblem(problem);
    this.#drawStatus();
  }

  #drawStatus(): void {
    const known = this.#known;
    const problem = this.#problem ?? this.#automaticProblem;
    const { added, changed, deleted, renamed } = known?.changes ?? { added: [], changed: [], deleted: [], renamed: [] };
    const total = added.length + changed.length + deleted.length + renamed.length;
    const target = { repository: this.#tree.folder, fork: this.#tree.fork };
    this.#control.count = total;
    const name = noIcons(safe(this.#tree.name));
    const at = known === undefined ? name : `${name} ${shortId(known.head)}`;
    const commands: vscode.Command[] = [
      problem === undefined
        ? { command: 'pyi.showMenu', title: `$(repo-forked) ${at}`, tooltip: t('PYI: what can be done with fork "{0}"', safe(this.#tree.name)) }
        : { command: 'pyi.showOutput', title: `$(warning) ${at}`, tooltip: safe(problem) },
      ...(known === undefined ? [] : [{
        command: 'pyi.checkpoint', title: total === 0 ? '$(check)' : changeSummary(known.changes), arguments: [target],
        tooltip: total === 0 ? t('PYI: take a checkpoint. Nothing changed since {0}.', shortId(known.baseline))
          : total === 1 ? t('PYI: take a checkpoint. 1 file changed since {0}.', shortId(known.baseline))
            : t('PYI: take a checkpoint. {0} files changed since {1}.', total, shortId(known.baseline)),
      }]),
    ];
    if (JSON.stringify(commands) !== JSON.stringify(this.#control.statusBarCommands)) this.#control.statusBarCommands = commands;
  }
}

/** VS Code compares long lists row by row: what did not change is not given to it. */
function setRows(group: vscode.SourceControlResourceGroup, rows: Resource[]): void {
  const shown = group.resourceStates;
  if (shown.length !== rows.length || rows.some((row, index) => row !== shown[index])) group.resourceStates = rows;
}

/** Files in editors of this window. */
function openFiles(): vscode.Uri[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).flatMap(({ input }) => {
    if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputNotebook) return [input.uri];
    return input instanceof vscode.TabInputTextDiff ? [input.modified] : [];
  }).filter(({ scheme }) => scheme === 'file');
}
