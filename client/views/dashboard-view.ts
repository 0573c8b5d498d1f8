import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { parseCommandRequest, parsePosition } from '../../webview/dashboard/contract.ts';
import type { DashboardCommand, DashboardState, StoreView } from '../../webview/dashboard/contract.ts';
import type { CommandId } from '../menu.ts';
import type { Roots } from '../roots/roots.ts';
import type { ServerProcess } from '../server-process.ts';
import { t } from '../l10n.ts';
import { loadStore } from './dashboard-state.ts';
import { serverText } from './server-text.ts';
import type { View } from './view-host.ts';

const COMMAND_OF: Readonly<Record<DashboardCommand, CommandId>> = {
  setup: 'pyi.setup', checkpoint: 'pyi.checkpoint', newFork: 'pyi.newFork', collapse: 'pyi.collapse',
  rewind: 'pyi.rewind', undo: 'pyi.undo', diagnostics: 'pyi.showDiagnostics',
};

/** The dashboard of one folder of this window. */
export class DashboardView implements View<DashboardState> {
  readonly id = 'pyi.dashboard';
  readonly title = t('PYI Dashboard');
  readonly page = 'dashboard';
  readonly #server: ServerProcess;
  readonly #roots: Roots;
  #folder: string | undefined;
  /** What was shown last, and of which folder: shown again while the server is away. */
  #shown: { readonly folder: string; readonly store: StoreView } | undefined;

  constructor(server: ServerProcess, roots: Roots) {
    this.#server = server;
    this.#roots = roots;
  }

  /** The folder to show from now on; undefined keeps the one that is shown. */
  select(folder: string | undefined): void {
    this.#folder = folder ?? this.#folder;
  }

  restore(saved: unknown): void {
    this.#folder = parsePosition(saved).folder;
  }

  async state(): Promise<DashboardState> {
    const folder = this.#selected();
    const client = this.#server.connected;
    if (folder !== undefined && client !== undefined && vscode.workspace.isTrusted) {
      const store = await loadStore(client, folder);
      // The connection may have broken meanwhile; what was shown is worth more than that error.
      if (this.#server.connected === client) this.#shown = { folder, store };
    }
    const { state } = this.#server;
    return {
      server: { connected: state.kind === 'connected', text: serverText(state) },
      folders: this.#roots.all.map((root) => ({ folder: root.folder, name: root.name })),
      selected: folder,
      store: this.#shown !== undefined && this.#shown.folder === folder ? this.#shown.store : { kind: 'loading' },
    };
  }

  async answer(method: string, params: unknown): Promise<unknown> {
    if (method === 'select') {
      this.#folder = typeof params === 'string' ? params : this.#folder;
      return this.state();
    }
    const request = method === 'command' ? parseCommandRequest(params) : undefined;
    if (request === undefined) throw new PyiError('INVALID_ARGUMENT', `The dashboard asked for ${JSON.stringify(method)}.`, 'Reload the window.');
    const { command, ...target } = request;
    return vscode.commands.executeCommand(COMMAND_OF[command], { repository: this.#selected(), ...target });
  }

  /** The folder shown: the chosen one while it is open, else the first. */
  #selected(): string | undefined {
    const folders = this.#roots.all.map(({ folder }) => folder);
    return folders.find((folder) => folder === this.#folder) ?? folders[0];
  }
}
