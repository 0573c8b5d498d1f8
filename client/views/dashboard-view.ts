import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { After } from '../../server/transport/timers.ts';
import { parseCommand, parseFormat, parsePosition } from '../../webview/dashboard/contract.ts';
import type { DashboardCommand, DashboardState, ExportFormat, GitCommands, Retention, ServerView, StoreView } from '../../webview/dashboard/contract.ts';
import { flash } from '../commands/dialogs.ts';
import { errorText } from '../error-text.ts';
import { t } from '../l10n.ts';
import type { CommandId } from '../menu.ts';
import type { Roots } from '../roots/roots.ts';
import type { ServerProcess } from '../server-process.ts';
import { exportCsv, exportJson } from './dashboard-export.ts';
import { History } from './dashboard-history.ts';
import { gitCommandsOf, look, serverFacts, staleAfter } from './dashboard-state.ts';
import type { Look } from './dashboard-state.ts';
import { serverText } from './server-text.ts';
import type { View } from './view-host.ts';

const COMMAND_OF: Readonly<Record<DashboardCommand, CommandId>> = {
  setup: 'pyi.setup', sweep: 'pyi.sweep', repair: 'pyi.repair', setPhase: 'pyi.setPhase', showAgents: 'pyi.showAgents',
  diagnostics: 'pyi.showDiagnostics', output: 'pyi.showOutput', restart: 'pyi.restartServer',
};

const MAX_AGENTS = 100;

export interface DashboardOptions {
  readonly server: ServerProcess;
  readonly roots: Roots;
  readonly after: After;
  /** What is shown has changed, or is no longer true: the page wants a new state, if it is visible. */
  readonly onChange: () => void;
}

/** What was seen of one folder. */
interface Seen {
  readonly history: History;
  look: Look | undefined;
  retention: Retention;
}

/** The dashboard of one folder of this window: looks at its store when it is asked to, and remembers what it saw. */
export class DashboardView implements View<DashboardState>, vscode.Disposable {
  readonly id = 'pyi.dashboard';
  readonly title = t('PYI Dashboard');
  readonly page = 'dashboard';
  readonly #options: DashboardOptions;
  readonly #seen = new Map<string, Seen>();
  readonly #facts = new WeakMap<Client, ServerView['facts']>();
  #folder: string | undefined;
  #cancelStale: () => void = () => undefined;

  constructor(options: DashboardOptions) {
    this.#options = options;
  }

  dispose(): void {
    this.#cancelStale();
  }

  /** The folder to show from now on; undefined keeps the one that is shown. */
  select(folder: string | undefined): void {
    this.#folder = folder ?? this.#folder;
  }

  /** The folder shown: the chosen one while it is open, else the first. */
  get selected(): string | undefined {
    const folders = this.#options.roots.all.map(({ folder }) => folder);
    return folders.find((folder) => folder === this.#folder) ?? folders[0];
  }

  restore(saved: unknown): void {
    this.#folder = parsePosition(saved).folder;
  }

  async state(): Promise<DashboardState> {
    const { server, roots } = this.#options;
    const folder = this.selected;
    const client = server.connected;
    let facts: ServerView['facts'];
    let gitCommands: GitCommands | undefined;
    if (client !== undefined) [facts, gitCommands] = await Promise.all([this.#factsOf(client), gitCommandsOf(client)]);
    if (folder !== undefined && client !== undefined && vscode.workspace.isTrusted) await this.#look(client, folder);
    return {
      server: { connected: server.state.kind === 'connected', text: serverText(server.state), facts },
      folders: roots.all.map((root) => ({ folder: root.folder, name: root.name })),
      selected: folder,
      store: folder === undefined ? { kind: 'loading' } : this.#storeView(this.#seenOf(folder)),
      gitCommands,
      failing: roots.all.flatMap(({ folder: other, name, store }) => (store.kind === 'problem' && other !== folder ? [{ folder: other, name, message: store.message }] : [])),
      time: Date.now(),
    };
  }

  async answer(method: string, params: unknown): Promise<unknown> {
    const command = method === 'command' ? parseCommand(params) : undefined;
    const format = method === 'export' ? parseFormat(params) : undefined;
    if (command !== undefined) return vscode.commands.executeCommand(COMMAND_OF[command], { repository: this.selected });
    if (format !== undefined) return this.#export(format);
    if (method === 'measure') return this.#measure();
    if (method === 'select' && typeof params === 'string') {
      this.select(params);
      return this.state();
    }
    throw new PyiError('INVALID_ARGUMENT', t('The dashboard asked for {0}.', JSON.stringify(method)), t('Reload the window.'));
  }

  async #look(client: Client, folder: string): Promise<void> {
    const seen = this.#seenOf(folder);
    const found = await look(client, folder, Date.now);
    // The connection may have broken meanwhile; what was shown is worth more than that error.
    if (this.#options.server.connected !== client) return;
    seen.look = found;
    this.#cancelStale();
    if (found.kind !== 'ready') return;
    seen.history.add(found.sample);
    const millis = staleAfter(found);
    if (millis !== undefined) this.#cancelStale = this.#options.after(millis, this.#options.onChange);
  }

  #storeView({ look: found, history, retention }: Seen): StoreView {
    if (found === undefined) return { kind: 'loading' };
    if (found.kind !== 'ready') return found;
    const { sample, agents, phase } = found;
    return {
      kind: 'ready', sample, phase, retention, trends: history.trends(), samples: history.samples.length,
      agents: agents.slice(0, MAX_AGENTS), moreAgents: Math.max(0, agents.length - MAX_AGENTS),
    };
  }

  /** Marks what a sweep would keep, which reads much of the store: only when somebody asks. */
  async #measure(): Promise<DashboardState> {
    const repository = this.selected;
    if (repository === undefined) return this.state();
    const seen = this.#seenOf(repository);
    if (seen.retention.kind !== 'measuring') {
      const client = await this.#options.server.client();
      seen.retention = { kind: 'measuring' };
      try {
        const { forks, decayed, checkpoints, objects, bytes, millis } = await client.call('sweep', { repository, dryRun: true });
        seen.retention = { kind: 'measured', time: Date.now(), forks: forks.length, decayed: decayed.length, checkpoints, objects, bytes, millis };
      } catch (error) {
        seen.retention = { kind: 'failed', message: errorText(error) };
      }
    }
    return this.state();
  }

  async #export(format: ExportFormat): Promise<null> {
    const repository = this.selected;
    const seen = repository === undefined ? undefined : this.#seen.get(repository);
    if (repository === undefined || seen === undefined || seen.look?.kind !== 'ready') throw new PyiError('NOT_FOUND', t('Nothing was measured yet.'), t('Choose a folder that is set up.'));
    const client = this.#options.server.connected;
    const [server, gitCommands] = client === undefined ? [] : await Promise.all([this.#factsOf(client), gitCommandsOf(client)]);
    const exported = {
      time: Date.now(), repository, server, gitCommands,
      samples: seen.history.samples, agents: seen.look.agents, retention: seen.retention,
    };
    const text = format === 'json' ? exportJson(exported) : exportCsv(exported);
    const name = `pyi-dashboard-${new Date(exported.time).toISOString().slice(0, 19).replaceAll(':', '-')}.${format}`;
    const target = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(vscode.Uri.file(repository), name), filters: format === 'json' ? { JSON: ['json'] } : { CSV: ['csv'] }, title: t('Export Dashboard') });
    if (target === undefined) return null;
    try {
      await vscode.workspace.fs.writeFile(target, Buffer.from(text, 'utf8'));
    } catch (error) {
      throw new PyiError('INVALID_PATH', t('{0} cannot be written: {1}', target.fsPath, error instanceof Error ? error.message : String(error)), t('Choose another place.'));
    }
    flash(t('Exported to {0}', vscode.workspace.asRelativePath(target)));
    return null;
  }

  async #factsOf(client: Client): Promise<ServerView['facts']> {
    if (!this.#facts.has(client)) {
      try {
        this.#facts.set(client, await serverFacts(client, Date.now));
      } catch {
        return undefined; // lost, or stopping: the next connection is asked again
      }
    }
    return this.#facts.get(client);
  }

  #seenOf(folder: string): Seen {
    let seen = this.#seen.get(folder);
    if (seen === undefined) {
      seen = { history: new History(), look: undefined, retention: { kind: 'unknown' } };
      this.#seen.set(folder, seen);
    }
    return seen;
  }
}
