import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { parseDashboardMessage, parsePosition } from '../webview/shared/messages.ts';
import type { DashboardCommand, DashboardMessage, DashboardState, StoreView } from '../webview/shared/messages.ts';
import { dashboardHtml } from './dashboard-html.ts';
import { loadStore } from './dashboard-state.ts';
import { diskFolders } from './folders.ts';
import type { CommandId } from './menu.ts';
import { Refresher } from './refresher.ts';
import type { RefresherOptions } from './refresher.ts';
import type { ServerProcess } from './server-process.ts';

const VIEW_TYPE = 'pyi.dashboard';
const REFRESH_MILLIS = 300;

export interface DashboardOptions {
  readonly extensionUri: vscode.Uri;
  readonly server: ServerProcess;
  readonly after: RefresherOptions['after'];
}

const COMMAND_OF: Readonly<Record<DashboardCommand, CommandId>> = {
  setup: 'pyi.setup', checkpoint: 'pyi.checkpoint', newFork: 'pyi.newFork', collapse: 'pyi.collapse',
  rewind: 'pyi.showTimeline', undo: 'pyi.undo', diagnostics: 'pyi.showDiagnostics',
};

/** The dashboard of this window: one panel at most, and the page again after a reload. */
export class Dashboard implements vscode.Disposable {
  readonly #options: DashboardOptions;
  readonly #refresher: Refresher;
  readonly #serializer: vscode.Disposable;
  #panel: vscode.WebviewPanel | undefined;
  #folder: string | undefined;
  /** What was shown last, and of which folder: shown again while the server is away. */
  #shown: { readonly folder: string; readonly store: StoreView } | undefined;

  constructor(options: DashboardOptions) {
    this.#options = options;
    this.#refresher = new Refresher({ work: async () => this.#update(), intervalMillis: REFRESH_MILLIS, after: options.after });
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (panel, saved: unknown) => {
        this.#folder = parsePosition(saved).folder;
        this.#adopt(panel);
      },
    });
  }

  /** Opens the dashboard, or brings it to the front. */
  show(folder: string | undefined): void {
    this.#folder = folder ?? this.#folder;
    if (this.#panel === undefined) {
      this.#adopt(vscode.window.createWebviewPanel(VIEW_TYPE, 'PYI Dashboard', vscode.ViewColumn.Active, {}));
    } else {
      this.#panel.reveal();
      this.refresh();
    }
  }

  /** To be called when something may have changed. Costs nothing while the dashboard is not visible. */
  refresh(): void {
    if (this.#panel?.visible === true) this.#refresher.request();
  }

  dispose(): void {
    this.#serializer.dispose();
    this.#refresher.dispose();
    this.#panel?.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    const { extensionUri } = this.#options;
    const media = vscode.Uri.joinPath(extensionUri, 'media');
    const scripts = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    this.#panel = panel;
    panel.iconPath = { light: vscode.Uri.joinPath(media, 'dashboard-light.svg'), dark: vscode.Uri.joinPath(media, 'dashboard-dark.svg') };
    panel.webview.options = { enableScripts: true, localResourceRoots: [media, scripts] };
    panel.onDidDispose(() => {
      this.#panel = undefined;
    });
    panel.onDidChangeViewState(() => this.refresh());
    panel.webview.onDidReceiveMessage((raw: unknown) => {
      const message = parseDashboardMessage(raw);
      if (message !== undefined) this.#receive(message);
    });
    panel.webview.html = dashboardHtml({
      source: panel.webview.cspSource,
      script: panel.webview.asWebviewUri(vscode.Uri.joinPath(scripts, 'dashboard.js')).toString(),
      style: panel.webview.asWebviewUri(vscode.Uri.joinPath(media, 'dashboard.css')).toString(),
      nonce: randomBytes(16).toString('base64url'),
    });
  }

  #receive(message: DashboardMessage): void {
    switch (message.type) {
      case 'ready':
        void this.#post();
        this.#refresher.request();
        break;
      case 'select':
        this.#folder = message.folder;
        void this.#post();
        this.#refresher.request();
        break;
      case 'command': {
        const { command, fork, checkpoint } = message;
        void vscode.commands.executeCommand(COMMAND_OF[command], { repository: this.#selected(), fork, checkpoint });
        break;
      }
    }
  }

  /** The folder shown: the chosen one while it is open, else the first. */
  #selected(): string | undefined {
    const paths = diskFolders().map(({ uri }) => uri.fsPath);
    return paths.find((path) => path === this.#folder) ?? paths[0];
  }

  async #update(): Promise<void> {
    const folder = this.#selected();
    const client = this.#options.server.connected;
    if (folder !== undefined && client !== undefined && vscode.workspace.isTrusted) {
      const store = await loadStore(client, folder);
      // The connection may have broken meanwhile; what was shown is worth more than that error.
      if (this.#options.server.connected === client) this.#shown = { folder, store };
    }
    await this.#post();
  }

  async #post(): Promise<void> {
    const { state } = this.#options.server;
    const folder = this.#selected();
    const message: DashboardState = {
      type: 'state',
      server: {
        connected: state.kind === 'connected',
        text: state.kind === 'connected' ? `Server ${state.server.version}, process ${state.server.pid}` : SERVER_TEXTS[state.kind],
      },
      folders: diskFolders().map(({ uri, name }) => ({ folder: uri.fsPath, name })),
      selected: folder,
      store: this.#shown !== undefined && this.#shown.folder === folder ? this.#shown.store : { kind: 'loading' },
    };
    await this.#panel?.webview.postMessage(message);
  }
}

const SERVER_TEXTS = {
  off: 'The server is not running; the next command starts it',
  connecting: 'Connecting to the server',
  waiting: 'The server is gone; reconnecting',
  failed: 'The server cannot be reached',
} as const;
