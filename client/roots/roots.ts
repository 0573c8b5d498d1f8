import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import type { StoreEvent } from '../../protocol/handshake.ts';
import type { Result } from '../../protocol/registry.ts';
import type { After } from '../../server/transport/timers.ts';
import type { ServerProcess } from '../server-process.ts';
import { Refresher } from '../views/refresher.ts';
import { diskFolders } from './folders.ts';
import { summarize } from './overview.ts';
import type { StoreSummary } from './overview.ts';

/** A folder of this window, as a place where PYI may be set up. */
export interface Root {
  /** Path of the folder: what operations take for `repository`. */
  readonly folder: string;
  readonly uri: vscode.Uri;
  readonly name: string;
  readonly store: StoreSummary;
  /** Its store and fork, as last told; undefined while there is no store, or it is not known. */
  readonly place: Result<'where'> | undefined;
}

export interface RootsOptions {
  readonly server: ServerProcess;
  readonly after: After;
  readonly onProblem: (problem: string) => void;
}

const REFRESH_MILLIS = 200;

/**
 * The folders of this window with what PYI knows of them. Follows the events of the server, folders that come and go, and
 * trust; asks nothing while nothing happens. Folders of one repository share its store: an event of the store is one of each.
 */
export class Roots implements vscode.Disposable {
  readonly #options: RootsOptions;
  readonly #refresher: Refresher;
  readonly #changed = new vscode.EventEmitter<readonly Root[]>();
  readonly #heard = new vscode.EventEmitter<StoreEvent>();
  readonly #happened = new vscode.EventEmitter<{ readonly event: StoreEvent; readonly roots: readonly Root[] }>();
  readonly #edited = new vscode.EventEmitter<Pick<StoreEvent, 'store' | 'fork'>>();
  readonly #disposables: vscode.Disposable[];
  #roots: readonly Root[] = [];

  /** Fires when a folder came or went, or what is known of one changed. */
  readonly onDidChange = this.#changed.event;
  /** Fires when files in the directory of a fork of any store changed. Nothing of a store has changed then: it is no event for the others. */
  readonly onDidEdit = this.#edited.event;
  /** Fires for each event of any store of this user, at once. */
  readonly onDidHear = this.#heard.event;
  /** Fires for each event of a store that folders of this window belong to, at once. */
  readonly onDidHappen = this.#happened.event;

  constructor(options: RootsOptions) {
    this.#options = options;
    this.#refresher = new Refresher({ work: async () => this.#refresh(), intervalMillis: REFRESH_MILLIS, after: options.after });
    this.#disposables = [
      this.#changed, this.#heard, this.#happened, this.#edited,
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.refresh()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.refresh()),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#refresher.dispose();
  }

  /** The folders on a disk, in the order of the window. */
  get all(): readonly Root[] {
    return this.#roots;
  }

  /** Those whose store can be used. */
  get ready(): readonly Root[] {
    return this.#roots.filter(({ store }) => store.kind === 'ready');
  }

  /** The innermost folder that a file on the disk lies in. */
  at(uri: vscode.Uri): Root | undefined {
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    return folder === undefined ? undefined : this.#roots.find((root) => root.folder === folder.uri.fsPath);
  }

  /** Asks again, soon. */
  refresh(): void {
    this.#refresher.request();
  }

  /** Hears the events of all stores on a new connection. */
  async follow(client: Client): Promise<void> {
    try {
      await client.subscribe(undefined, (event) => this.#hear(event));
    } catch (error) {
      this.#options.onProblem(`No live updates: ${String(error)}`);
    }
  }

  #hear(event: StoreEvent): void {
    if (event.kind === 'edit') {
      this.#edited.fire(event);
      return;
    }
    this.#heard.fire(event);
    const roots = this.#roots.filter(({ place }) => place?.store === event.store);
    if (roots.length > 0) this.#happened.fire({ event, roots });
    // Somebody may just have set up a folder of ours that had no store.
    if (roots.length > 0 || this.#roots.some(({ place }) => place === undefined)) this.refresh();
  }

  async #refresh(): Promise<void> {
    const { server } = this.#options;
    const client = vscode.workspace.isTrusted ? server.connected : undefined;
    const known = new Map(this.#roots.map((root) => [root.folder, root]));
    const roots = await Promise.all(diskFolders().map(async ({ uri, name }): Promise<Root> => {
      const folder = uri.fsPath;
      const before = known.get(folder);
      if (client === undefined) return { folder, uri, name, store: before?.store ?? { kind: 'unknown' }, place: before?.place };
      const [store, place] = await Promise.all([summarize(client, folder), placeOf(client, folder)]);
      // What cannot be asked now need not have changed: a store that is busy has its place and its fork.
      return { folder, uri, name, store, place: place ?? (store.kind === 'none' ? undefined : before?.place) };
    }));
    // Lost meanwhile: the errors say nothing of the stores, and the next connection asks again.
    if (client !== undefined && client !== server.connected) return;
    const isNews = JSON.stringify(roots) !== JSON.stringify(this.#roots);
    this.#roots = roots;
    if (isNews) this.#changed.fire(roots);
  }
}

async function placeOf(client: Pick<Client, 'call'>, folder: string): Promise<Result<'where'> | undefined> {
  try {
    return await client.call('where', { repository: folder });
  } catch {
    return undefined; // the summary says why
  }
}
