import * as vscode from 'vscode';
import type { Client } from '../connect/client.ts';
import { connectToServer } from '../connect/connect.ts';
import { PyiError } from '../protocol/errors.ts';
import { readDescription, serverAddress } from '../server/transport/address.ts';
import type { Host } from '../server/transport/address.ts';
import { systemAfter } from '../server/transport/timers.ts';
import { showError } from './commands/dialogs.ts';
import { COMMANDS } from './commands/table.ts';
import { Dashboard } from './dashboard.ts';
import { diskFolders } from './folders.ts';
import { COMMAND_IDS, NEEDS, offered } from './menu.ts';
import type { CommandId } from './menu.ts';
import { summarize } from './overview.ts';
import type { FolderOverview } from './overview.ts';
import { Refresher } from './refresher.ts';
import { ServerProcess } from './server-process.ts';
import type { ServerState } from './server-process.ts';
import { statusOf } from './status.ts';
import { parseTarget } from './target.ts';

/** What `activate` gives to other extensions. */
export interface PyiApi {
  /** The connection to the server of this user; one is started when there is none. Ask again once it has closed. */
  readonly client: () => Promise<Pick<Client, 'call' | 'closed' | 'server'>>;
}

const SHOW_MENU = 'pyi.showMenu';
const REFRESH_MILLIS = 500;
/** Attempts to reconnect before the user is told: a server that crashed is back after the first. */
const QUIET_ATTEMPTS = 3;

/** Owns what lives as long as the window: the connection, the status bar item, the output channel, the commands. */
export class PyiContext implements vscode.Disposable {
  readonly api: PyiApi;
  readonly #extension: vscode.Extension<unknown>;
  readonly #output = vscode.window.createOutputChannel('PYI', { log: true });
  readonly #item = vscode.window.createStatusBarItem('pyi.status', vscode.StatusBarAlignment.Left);
  readonly #server: ServerProcess;
  readonly #dashboard: Dashboard;
  readonly #refresher: Refresher;
  readonly #disposables: vscode.Disposable[] = [];
  #overviews: readonly FolderOverview[] = [];

  constructor(extension: vscode.Extension<unknown>) {
    this.#extension = extension;
    const host: Host = { env: process.env, platform: process.platform, uid: process.getuid?.() };
    const { version } = extension.packageJSON as { version: string };
    this.#server = new ServerProcess({
      connect: async ({ start, signal }) => connectToServer({
        ...host, signal, version, name: 'extension',
        start: start ? { entry: vscode.Uri.joinPath(extension.extensionUri, 'dist', 'server.cjs').fsPath } : undefined,
        onWait: (what) => this.#output.info(what),
      }),
      saidGoodbye: () => readDescription(serverAddress(host)) === undefined,
      after: systemAfter,
      onState: (state) => this.#onState(state),
      onConnected: (client) => void this.#follow(client),
    });
    this.api = { client: async () => this.#server.client() };
    this.#refresher = new Refresher({ work: async () => this.#refresh(), intervalMillis: REFRESH_MILLIS, after: systemAfter });
    this.#dashboard = new Dashboard({ extensionUri: extension.extensionUri, server: this.#server, after: systemAfter });
    this.#item.name = 'PYI';
    this.#item.command = SHOW_MENU;
    for (const id of COMMAND_IDS) this.#register(id);
    this.#disposables.push(
      vscode.commands.registerCommand(SHOW_MENU, async () => this.#showMenu()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#refreshAll()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#start()),
    );
    this.#draw();
    this.#item.show();
    this.#start();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#refresher.dispose();
    this.#dashboard.dispose();
    this.#server.dispose();
    this.#item.dispose();
    this.#output.dispose();
  }

  /** Nothing is started for a workspace that is not trusted: git, run in it, may run what its configuration names. */
  #start(): void {
    if (vscode.workspace.isTrusted) void this.#server.keepConnected();
    this.#draw();
  }

  #register(id: CommandId): void {
    const services = { server: this.#server, output: this.#output, showDashboard: (folder: string | undefined) => this.#dashboard.show(folder) };
    this.#disposables.push(vscode.commands.registerCommand(id, async (argument: unknown) => {
      try {
        if (!vscode.workspace.isTrusted && (NEEDS[id] === 'folder' || NEEDS[id] === 'store')) throw notTrusted();
        return await COMMANDS[id](services, parseTarget(argument));
      } catch (error) {
        this.#output.error(`${id} failed`, error instanceof Error ? error : String(error));
        showError(error);
        return undefined;
      } finally {
        this.#refreshAll();
      }
    }));
  }

  #onState(state: ServerState): void {
    switch (state.kind) {
      case 'connected':
        this.#output.info(`Connected to server ${state.server.version}, process ${state.server.pid}`);
        break;
      case 'waiting':
        this.#output.warn(`${state.reason.message} Trying again in ${state.retryMillis} ms`);
        // One message, and only when trying again did not help.
        if (state.attempt === QUIET_ATTEMPTS) this.#tellLoss(state.reason.message);
        break;
      case 'failed':
        this.#output.error(`${state.reason.message} ${state.reason.hint}`);
        this.#tellLoss(`${state.reason.message} ${state.reason.hint}`);
        break;
      case 'off':
        this.#output.info('The server was stopped');
        break;
      case 'connecting':
        break;
    }
    this.#refreshAll();
  }

  #tellLoss(reason: string): void {
    void vscode.window.showWarningMessage(`PYI has no server: ${reason}`, 'Try Again', 'Show Output').then((chosen) => {
      if (chosen === 'Try Again') void this.#server.keepConnected();
      else if (chosen !== undefined) this.#output.show(true);
    });
  }

  /** Hears the events of all repositories: a folder may be a fork's directory, whose events name the repository that it was made from. */
  async #follow(client: Client): Promise<void> {
    try {
      await client.subscribe(undefined, () => this.#refreshAll());
    } catch (error) {
      this.#output.warn(`No live updates: ${String(error)}`);
    }
  }

  #refreshAll(): void {
    this.#refresher.request();
    this.#dashboard.refresh();
  }

  async #refresh(): Promise<void> {
    const client = vscode.workspace.isTrusted ? this.#server.connected : undefined;
    const folders = diskFolders();
    const known = new Map(this.#overviews.map(({ folder, store }) => [folder, store]));
    const overviews = await Promise.all(folders.map(async ({ uri, name }): Promise<FolderOverview> => ({
      folder: uri.fsPath, name,
      store: client === undefined ? known.get(uri.fsPath) ?? { kind: 'unknown' } : await summarize(client, uri.fsPath),
    })));
    // Lost meanwhile: the errors say nothing of the stores, and the next connection asks again.
    if (client === undefined || client === this.#server.connected) this.#overviews = overviews;
    await vscode.commands.executeCommand('setContext', 'pyi.connected', this.#server.connected !== undefined);
    await vscode.commands.executeCommand('setContext', 'pyi.ready', this.#isReady());
    this.#draw();
  }

  #isReady(): boolean {
    return this.#overviews.some(({ store }) => store.kind === 'ready');
  }

  #draw(): void {
    const status = statusOf(this.#server.state, this.#overviews, vscode.workspace.isTrusted);
    this.#item.text = status.text;
    this.#item.tooltip = status.tooltip;
    this.#item.accessibilityInformation = { label: status.label };
    this.#item.backgroundColor = status.warning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  }

  async #showMenu(): Promise<void> {
    const { contributes } = this.#extension.packageJSON as { contributes: { commands: { command: string; title: string }[] } };
    const titles = new Map(contributes.commands.map(({ command, title }) => [command, title]));
    const situation = { trusted: vscode.workspace.isTrusted, connected: this.#server.connected !== undefined, folders: diskFolders().length, ready: this.#isReady() };
    const items = offered(situation).map((id) => ({ label: titles.get(id) ?? id, id }));
    const chosen = await vscode.window.showQuickPick(items, { title: 'PYI' });
    if (chosen !== undefined) await vscode.commands.executeCommand(chosen.id);
  }
}

function notTrusted(): PyiError {
  return new PyiError('UNAUTHORIZED', 'This workspace is not trusted.', 'Trust it first: PYI runs git in it, with the hooks and settings that it brings.');
}
