import * as vscode from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { isForkId, parseCommandRequest, parsePosition } from '../../webview/superposition/contract.ts';
import type { CommandRequest, StoreView, SuperpositionCommand, SuperpositionState } from '../../webview/superposition/contract.ts';
import { t } from '../l10n.ts';
import type { CommandId } from '../menu.ts';
import type { Root, Roots } from '../roots/roots.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Target } from '../target.ts';
import { serverText } from './server-text.ts';
import { detailsOf, dotsFor, loadSuperposition } from './superposition-state.ts';
import type { Loaded } from './superposition-state.ts';
import type { View } from './view-host.ts';

const COMMAND_OF: Readonly<Record<SuperpositionCommand, CommandId>> = {
  setup: 'pyi.setup', newFork: 'pyi.newFork', race: 'pyi.race', compareWithBase: 'pyi.compareWithBase', compare: 'pyi.compare', openState: 'pyi.openState',
  openForkDirectory: 'pyi.openForkDirectory', observe: 'pyi.observe', collapse: 'pyi.collapse', integrate: 'pyi.integrate', entangle: 'pyi.entangle',
  discard: 'pyi.discard', pin: 'pyi.pin', unpin: 'pyi.unpin', timeline: 'pyi.showTimeline',
};

/** The forks of one folder of this window, as branches. */
export class SuperpositionView implements View<SuperpositionState> {
  readonly id = 'pyi.superposition';
  readonly title = t('PYI Superposition');
  readonly page = 'superposition';
  readonly #server: ServerProcess;
  readonly #roots: Roots;
  #folder: string | undefined;
  #ended = false;
  #wish: SuperpositionState['wish'];
  /** What was shown last, and of which folder: shown again while the server is away. */
  #shown: (Loaded & { readonly folder: string }) | undefined;

  constructor(server: ServerProcess, roots: Roots) {
    this.#server = server;
    this.#roots = roots;
  }

  /** The folder to show from now on; undefined keeps the one that is shown. And the fork to bring into sight. */
  select(folder: string | undefined, fork: string | undefined): void {
    this.#folder = folder ?? this.#folder;
    if (fork !== undefined) this.#wish = { id: (this.#wish?.id ?? Date.now()) + 1, fork };
  }

  restore(saved: unknown): void {
    const { folder, ended } = parsePosition(saved);
    this.#folder = folder;
    this.#ended = ended;
  }

  async state(): Promise<SuperpositionState> {
    const root = this.#selected();
    const client = this.#server.connected;
    if (root !== undefined && client !== undefined && vscode.workspace.isTrusted) {
      const loaded = await loadSuperposition(client, { repository: root.folder, ended: this.#ended, here: root.place?.fork ?? null, dots: dotsFor(this.#expected(root)) });
      // The connection may have broken meanwhile; what was shown is worth more than that error.
      if (this.#server.connected === client) this.#shown = { folder: root.folder, ...loaded };
      // The store is gone, or cannot be used any more: the folders find out.
      if (root.store.kind === 'ready' && loaded.view.kind !== 'ready') this.#roots.refresh();
    }
    const { state } = this.#server;
    return {
      server: { connected: state.kind === 'connected', text: serverText(state) },
      folders: this.#roots.all.map(({ folder, name }) => ({ folder, name })),
      selected: root?.folder, ended: this.#ended, wish: this.#wish, now: Date.now(), store: this.#store(root),
    };
  }

  async answer(method: string, params: unknown): Promise<unknown> {
    if (method === 'select' && typeof params === 'string') {
      this.#folder = params;
      return this.state();
    }
    if (method === 'showEnded' && typeof params === 'boolean') {
      this.#ended = params;
      return this.state();
    }
    if (method === 'details' && isForkId(params)) return detailsOf(this.#shown?.branches ?? new Map(), params);
    const request = method === 'command' ? parseCommandRequest(params) : undefined;
    if (request === undefined) throw new PyiError('INVALID_ARGUMENT', t('The superposition asked for {0}.', JSON.stringify(method)), t('Reload the window.'));
    return vscode.commands.executeCommand(COMMAND_OF[request.command], ...this.#targets(request));
  }

  #targets({ command, forks, task }: CommandRequest): Target[] {
    const folder = this.#selected()?.folder;
    const common = { ...(folder === undefined ? {} : { repository: folder }), ...(task === undefined ? {} : { task }) };
    if (forks === undefined) return [common];
    return forks.map((fork) => {
      const head = this.#shown?.branches.get(fork)?.head;
      return (command === 'pin' || command === 'unpin') && head !== undefined ? { ...common, checkpoint: head } : { ...common, fork };
    });
  }

  #store(root: Root | undefined): StoreView {
    return this.#shown !== undefined && this.#shown.folder === root?.folder ? this.#shown.view : { kind: 'loading' };
  }

  #expected({ folder, store }: Root): number {
    const known = this.#shown?.folder === folder ? this.#shown.branches.size : 0;
    return Math.max(known, store.kind === 'ready' ? store.liveForks : 0);
  }

  /** The folder shown: the chosen one while it is open, else the first that is set up. */
  #selected(): Root | undefined {
    const { all, ready } = this.#roots;
    return all.find(({ folder }) => folder === this.#folder) ?? ready[0] ?? all[0];
  }
}
