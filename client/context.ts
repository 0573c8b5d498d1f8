import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { Client } from '../connect/client.ts';
import { connectToServer } from '../connect/connect.ts';
import { readDescription, serverAddress } from '../server/transport/address.ts';
import type { Host } from '../server/transport/address.ts';
import { systemAfter } from '../server/transport/timers.ts';
import { registerChatTools } from './agents/language-model-tools.ts';
import { mcpApi } from './agents/mcp-api.ts';
import { registerMcpServers } from './agents/mcp-servers.ts';
import { offer, propose, showError } from './commands/dialogs.ts';
import { COMMANDS } from './commands/table.ts';
import { errorText } from './error-text.ts';
import { StateFiles } from './fs/provider.ts';
import { StateReader } from './fs/state-reader.ts';
import { GitFront } from './git-front/git-front.ts';
import { t } from './l10n.ts';
import { COMMAND_IDS, needsTrust, offered } from './menu.ts';
import type { CommandId } from './menu.ts';
import { diskFolders, shownRepositories } from './roots/folders.ts';
import { storeOf } from './roots/overview.ts';
import { Roots } from './roots/roots.ts';
import { AutomaticCheckpoints } from './scm/automatic.ts';
import { refreshGitPanel } from './scm/git-panel.ts';
import { ScmProviders } from './scm/providers.ts';
import { ServerProcess } from './server-process.ts';
import type { ServerState } from './server-process.ts';
import { watchForServer } from './server-watch.ts';
import type { Services } from './services.ts';
import { currentServerVariables, watchServerSettings } from './settings.ts';
import { statusOf } from './status.ts';
import { parseTargets } from './target.ts';
import { traceChannel } from './trace-channel.ts';
import { notTrusted } from './trust.ts';
import { DashboardView } from './views/dashboard-view.ts';
import { EpicsTree } from './views/epics-tree.ts';
import { Superpositions } from './views/superpositions.ts';
import { Timelines } from './views/timelines.ts';
import { ViewHost } from './views/view-host.ts';
import type { View } from './views/view-host.ts';

/** What `activate` gives to other extensions. */
export interface PyiApi {
  /** The connection to the server of this user; one is started when there is none. Ask again once it has closed. */
  readonly client: () => Promise<Pick<Client, 'call' | 'closed' | 'server'>>;
}

/** Events after which a branch of Git may be elsewhere. */
const MOVES_REFS: ReadonlySet<string> = new Set(['collapse', 'undo']);
const SHOW_MENU = 'pyi.showMenu';
/** Figures that change faster than this nobody reads. */
const DASHBOARD_MILLIS = 1000;

/** Owns what lives as long as the window and puts it together: connection, folders, status bar item, commands, views. */
export class PyiContext implements vscode.Disposable {
  readonly api: PyiApi;
  readonly #extension: vscode.Extension<unknown>;
  readonly #output = vscode.window.createOutputChannel('PYI', { log: true });
  readonly #item = vscode.window.createStatusBarItem('pyi.status', vscode.StatusBarAlignment.Left);
  readonly #server: ServerProcess;
  readonly #roots: Roots;
  readonly #scm: ScmProviders;
  readonly #automatic: AutomaticCheckpoints;
  readonly #files: StateFiles;
  readonly #gitFront: GitFront;
  readonly #services: Services;
  readonly #disposables: vscode.Disposable[] = [];
  readonly #hosts: { refresh(): void }[] = [];

  constructor({ extension, workspaceState, globalStorageUri }: vscode.ExtensionContext) {
    this.#extension = extension;
    this.#server = this.#makeServer();
    this.api = { client: async () => this.#server.client() };
    this.#roots = new Roots({ server: this.#server, after: systemAfter, onProblem: (problem) => this.#output.warn(problem) });
    const reader = new StateReader({ client: async () => this.#server.client(), now: () => Date.now() });
    this.#files = this.#own(new StateFiles({ reader, roots: this.#roots, after: systemAfter }));

    const dashboardView = this.#own(new DashboardView({ server: this.#server, roots: this.#roots, after: systemAfter, onChange: () => dashboard.refresh() }));
    const dashboard = this.#host(dashboardView, DASHBOARD_MILLIS);
    this.#scm = this.#own(new ScmProviders({ server: this.#server, roots: this.#roots, output: this.#output, memory: workspaceState, after: systemAfter }));
    this.#automatic = this.#own(new AutomaticCheckpoints({ server: this.#server, scm: this.#scm, after: systemAfter }));
    const superpositions = this.#own(new Superpositions({ server: this.#server, roots: this.#roots, extensionUri: extension.extensionUri, memory: workspaceState, after: systemAfter }));
    this.#hosts.push(superpositions);
    const timelines = this.#own(new Timelines({ server: this.#server, roots: this.#roots, extensionUri: extension.extensionUri, after: systemAfter }));
    this.#hosts.push(timelines);
    this.#hosts.push(this.#own(new EpicsTree({ server: this.#server, roots: this.#roots, after: systemAfter, onProblem: (problem) => this.#output.warn(problem) })));
    // Called git, it takes no word for one of PYI's own: those need the Node program that is not beside it.
    this.#gitFront = new GitFront({
      dist: join(extension.extensionUri.fsPath, 'dist'), place: join(globalStorageUri.fsPath, 'bin', 'git'), platform: process.platform, path: process.env['PATH'] ?? '', output: this.#output,
    });
    this.#services = {
      server: this.#server, roots: this.#roots, files: this.#files, output: this.#output, memory: workspaceState, storage: globalStorageUri, scm: this.#scm, gitFront: this.#gitFront,
      views: {
        showDashboard: (folder) => {
          dashboardView.select(folder);
          dashboard.showInEditor();
        },
        showSuperposition: async (about, place) => superpositions.show(about, place),
        showEnded: async (shown) => superpositions.showEnded(shown),
        showTimeline: async (wish) => timelines.show(wish),
      },
    };
    this.#roots.onDidChange(() => this.#onRoots());
    this.#roots.onDidHappen(({ event, roots }) => {
      this.#refreshViews();
      if (MOVES_REFS.has(event.kind)) void refreshGitPanel(roots.map(({ uri }) => uri)).catch((error: unknown) => this.#output.warn(`The Git panel was not refreshed: ${String(error)}`));
    });

    this.#item.name = 'PYI';
    this.#item.command = SHOW_MENU;
    for (const id of COMMAND_IDS) this.#register(id);
    this.#own(vscode.commands.registerCommand(SHOW_MENU, async () => this.#showMenu()));
    this.#registerForAgents();
    this.#own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#start()));
    this.#own(watchServerSettings(() => this.#server.connected !== undefined));
    this.#onRoots();
    this.#item.show();
    this.#start();
  }

  dispose(): void {
    for (const disposable of this.#disposables.reverse()) disposable.dispose();
    this.#roots.dispose();
    this.#server.dispose();
    this.#item.dispose();
    this.#output.dispose();
  }

  #own<T extends vscode.Disposable>(disposable: T): T {
    this.#disposables.push(disposable);
    return disposable;
  }

  #host<State>(view: View<State>, intervalMillis: number): ViewHost<State> {
    const host = this.#own(new ViewHost({ view, extensionUri: this.#extension.extensionUri, intervalMillis, after: systemAfter }));
    this.#hosts.push(host);
    return host;
  }

  #refreshViews(): void {
    for (const host of this.#hosts) host.refresh();
  }

  #makeServer(): ServerProcess {
    const host: Host = { env: process.env, platform: process.platform, uid: process.getuid?.() };
    const { extensionUri, packageJSON } = this.#extension;
    const { version } = packageJSON as { version: string };
    const output = this.#output;
    const trace = this.#own(traceChannel(output));
    return new ServerProcess({
      connect: async ({ start, signal }) => connectToServer({
        ...host, env: { ...host.env, ...currentServerVariables().variables }, signal, version, name: 'extension',
        start: start ? { entry: vscode.Uri.joinPath(extensionUri, 'dist', 'server.cjs').fsPath } : undefined,
        onWait: (what) => output.info(what),
        converse: async (take) => {
          // A bundle of its own (scripts/build.mjs): activation does not wait for it.
          const { languageConnection } = await import('./language-connection.ts');
          return languageConnection({ socket: take(), output, trace });
        },
      }),
      // Whoever asks: a command, another extension, a timer.
      refusal: () => (vscode.workspace.isTrusted ? undefined : notTrusted()),
      described: () => readDescription(serverAddress(host))?.pid,
      watch: (listener) => watchForServer(serverAddress(host).directory, listener),
      after: systemAfter,
      now: Date.now,
      onState: (state) => this.#onState(state),
      onOutage: (reason) => this.#tellLoss(errorText(reason)),
      onRecovery: () => offer(t('The PYI server ended unexpectedly and was started again. It has kept everything that it acknowledged.'),
        t('Show Output'), () => vscode.commands.executeCommand('pyi.showOutput')),
      onConnected: (client) => this.#onConnected(client),
    });
  }

  /** Nothing is started for a workspace that is not trusted: git, run in it, may run what its configuration names. */
  #start(): void {
    if (vscode.workspace.isTrusted) {
      void this.#server.keepConnected();
      void this.#gitFront.refresh().catch((error: unknown) => this.#output.warn(`"git.path" was not looked at: ${String(error)}`));
    }
    this.#draw();
  }

  #register(id: CommandId): void {
    const command = COMMANDS[id];
    this.#own(vscode.commands.registerCommand(id, async (...args: unknown[]) => {
      try {
        if (!vscode.workspace.isTrusted && needsTrust(id)) throw notTrusted();
        const targets = parseTargets(args);
        return await command(this.#services, targets[0] ?? {}, targets);
      } catch (error) {
        this.#output.error(`${id} failed`, error instanceof Error ? error : String(error));
        showError(error);
        return undefined;
      } finally {
        this.#roots.refresh();
      }
    }));
  }

  /** Agents of this window: in chat, and over MCP. */
  #registerForAgents(): void {
    this.#own(registerChatTools(this.#services));
    const api = mcpApi();
    if (api === undefined) return;
    const { extensionUri, packageJSON } = this.#extension;
    const { version } = packageJSON as { version: string };
    this.#own(registerMcpServers({ api, roots: this.#roots, dist: join(extensionUri.fsPath, 'dist'), version, variables: () => currentServerVariables().variables }));
  }

  #onState(state: ServerState): void {
    switch (state.kind) {
      case 'connected':
        this.#output.info(`Connected to server ${state.server.version}, process ${state.server.pid}`);
        break;
      case 'waiting':
        this.#output.warn(`${state.reason.message} Trying again in ${state.retryMillis} ms`);
        break;
      case 'failed':
        this.#output.error(errorText(state.reason));
        break;
      case 'off':
        this.#output.info('The server was stopped');
        break;
      case 'connecting':
        break;
    }
    void vscode.commands.executeCommand('setContext', 'pyi.connected', state.kind === 'connected');
    void vscode.commands.executeCommand('setContext', 'pyi.offline', state.kind !== 'connected' && state.kind !== 'connecting');
    if (state.kind === 'connected') this.#files.retry();
    this.#draw();
    this.#refreshViews();
    this.#roots.refresh();
  }

  /** What happened while there was no connection, nobody told. */
  #onConnected(client: Client): void {
    void this.#roots.follow(client);
    this.#scm.refresh();
    this.#automatic.resume();
  }

  #tellLoss(reason: string): void {
    propose('warning', t('PYI has no server: {0}', reason), [
      { label: t('Try Again'), action: async () => this.#server.keepConnected() },
      { label: t('Show Output'), action: async () => this.#output.show(true) },
    ]);
  }

  #onRoots(): void {
    void vscode.commands.executeCommand('setContext', 'pyi.ready', this.#roots.ready.length > 0);
    void vscode.commands.executeCommand('setContext', 'pyi.store', storeOf(this.#roots.all.map(({ store }) => store.kind)));
    void vscode.commands.executeCommand('setContext', 'pyi.git', this.#roots.all.some(({ folder }) => isInGit(folder)));
    this.#refreshViews();
    this.#draw();
  }

  #draw(): void {
    const status = statusOf(this.#server.state, this.#roots.all, vscode.workspace.isTrusted);
    this.#item.text = status.text;
    this.#item.tooltip = status.tooltip;
    this.#item.accessibilityInformation = { label: status.label };
    this.#item.backgroundColor = status.warning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  }

  async #showMenu(): Promise<void> {
    const { contributes } = this.#extension.packageJSON as { contributes: { commands: { command: string; title: string }[] } };
    const titles = new Map(contributes.commands.map(({ command, title }) => [command, title]));
    const situation = {
      trusted: vscode.workspace.isTrusted, virtual: isVirtual(), connected: this.#server.connected !== undefined, folders: diskFolders().length, ready: this.#roots.ready.length > 0,
      broken: storeOf(this.#roots.all.map(({ store }) => store.kind)) === 'problem', showsState: shownRepositories().length > 0,
    };
    const items = offered(situation).map((id) => ({ label: titles.get(id) ?? id, id }));
    const chosen = await vscode.window.showQuickPick(items, { title: 'PYI' });
    if (chosen !== undefined) await vscode.commands.executeCommand(chosen.id);
  }
}

/** As the context key `virtualWorkspace` has it. */
function isVirtual(): boolean {
  const { workspaceFolders = [] } = vscode.workspace;
  return workspaceFolders.length > 0 && diskFolders().length === 0;
}

/** True when a folder, or one above it, holds a `.git`. */
function isInGit(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return true;
    if (dirname(at) === at) return false;
  }
}
