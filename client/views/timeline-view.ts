import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { StoreEvent } from '../../protocol/handshake.ts';
import { GROUPINGS, parseCommandRequest, parseHistoryRequest, parseOverviewRequest, parseRowsRequest } from '../../webview/timeline/contract.ts';
import type { CommandRequest, Folder, Grouping, TimelineState, Wish } from '../../webview/timeline/contract.ts';
import { t } from '../l10n.ts';
import type { Root, Roots } from '../roots/roots.ts';
import type { ServerProcess } from '../server-process.ts';
import { serverText } from './server-text.ts';
import { TimelineSource } from './timeline-source.ts';
import type { View } from './view-host.ts';

/** How the timeline groups when nobody chose. */
export function configuredGrouping(): Grouping {
  const configured = vscode.workspace.getConfiguration('pyi').get('timeline.groupBy');
  return GROUPINGS.find((grouping) => grouping === configured) ?? 'day';
}

interface Followed {
  readonly source: TimelineSource;
  /** When the store was opened that the source tells of; undefined while that is not known. */
  openedAt: number | undefined;
  news: number;
  past: number;
  forks: number;
}

/** The checkpoints of the folders of this window. Its pages ask for the parts that they show. */
export class TimelineView implements View<TimelineState> {
  readonly id = 'pyi.timeline';
  readonly title = t('PYI Timeline');
  readonly page = 'timeline';
  readonly #server: ServerProcess;
  readonly #roots: Roots;
  readonly #followed = new Map<string, Followed>();
  #wish: Wish | undefined;
  /** The connection that everything known came over. */
  #client: Client | undefined;

  constructor(server: ServerProcess, roots: Roots) {
    this.#server = server;
    this.#roots = roots;
  }

  /** Asks the page in a place to show something. */
  wish(wish: Omit<Wish, 'id'>): void {
    this.#wish = { ...wish, id: randomUUID() };
  }

  /** Takes notice of what happened in the store that `roots` belong to. */
  hear(event: StoreEvent, roots: readonly Root[]): void {
    for (const { folder } of roots) {
      const followed = this.#follow(folder);
      const { past, forks } = followed.source.hear(event);
      followed.news++;
      if (past) followed.past++;
      if (forks) followed.forks++;
    }
  }

  /** Forgets what may not be so any more: what happened between two connections was told to nobody, and a store may have taken the place of another. */
  notice(): void {
    const client = this.#server.connected;
    if (client !== undefined && client !== this.#client) {
      this.#client = client;
      for (const followed of this.#followed.values()) forget(followed);
    }
    for (const { folder, store } of this.#roots.ready) {
      const followed = this.#follow(folder);
      if (store.kind !== 'ready' || store.openedAt === followed.openedAt) continue;
      if (followed.openedAt !== undefined) forget(followed);
      followed.openedAt = store.openedAt;
    }
  }

  /** The checkpoints of a folder, for whoever shows them otherwise. */
  source(folder: string): TimelineSource {
    return this.#follow(folder).source;
  }

  /** A page keeps by itself where the user was. */
  restore(): void {
    // Nothing of it concerns the host.
  }

  async state(first: boolean): Promise<TimelineState> {
    this.notice();
    const { state } = this.#server;
    return {
      server: { connected: state.kind === 'connected', text: serverText(state) },
      folders: this.#roots.all.map((root) => this.#folder(root)),
      grouping: configuredGrouping(),
      wish: this.#wish,
      first: first ? await this.#first() : undefined,
    };
  }

  /** For a page that has no position of its own, or was opened to show some checkpoints. */
  async #first(): Promise<TimelineState['first']> {
    const { folder = this.#roots.ready[0]?.folder, filter = {}, path } = this.#wish ?? {};
    if (folder === undefined || path !== undefined || this.#server.connected === undefined) return undefined;
    // The time zone is the page's to say; most people's machine is the one that the window runs on.
    const question = { folder, filter, by: configuredGrouping(), timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone };
    try {
      return { question, overview: await this.#open(folder).overview({ ...question, newest: true }) };
    } catch {
      return undefined; // The page asks by itself, and shows what is wrong.
    }
  }

  async answer(method: string, params: unknown): Promise<unknown> {
    try {
      return await this.#answer(method, params);
    } catch (error) {
      // The store may be gone: the folders find out, and what is shown follows them.
      if (PyiError.is(error, 'NOT_FOUND')) this.#roots.refresh();
      throw error;
    }
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    switch (method) {
      case 'overview': {
        const request = checked(method, parseOverviewRequest(params));
        return this.#open(request.folder).overview(request);
      }
      case 'rows': {
        const request = checked(method, parseRowsRequest(params));
        return this.#open(request.folder).rows(request);
      }
      case 'history': {
        const { folder, path, before } = checked(method, parseHistoryRequest(params));
        return this.#open(folder).history(path, before);
      }
      case 'forks':
        return this.#open(checked(method, typeof params === 'string' ? params : undefined)).forks();
      case 'command':
        return run(checked(method, parseCommandRequest(params)));
      default:
        return checked(method, undefined);
    }
  }

  #folder({ folder, name, store }: Root): Folder {
    const { news, past, forks } = this.#follow(folder);
    return { folder, name, news, past, forks, store: store.kind === 'problem' ? { kind: store.kind, message: store.message } : { kind: store.kind } };
  }

  /** @throws PyiError `NOT_FOUND` when the folder is not of this window */
  #open(folder: string): TimelineSource {
    if (!this.#roots.all.some((root) => root.folder === folder)) throw new PyiError('NOT_FOUND', t('{0} is not a folder of this window.', folder), t('Choose another one.'));
    return this.#follow(folder).source;
  }

  #follow(folder: string): Followed {
    let followed = this.#followed.get(folder);
    if (followed === undefined) {
      followed = { source: new TimelineSource({ client: async () => this.#connected(), repository: folder, now: Date.now }), openedAt: undefined, news: 0, past: 0, forks: 0 };
      this.#followed.set(folder, followed);
    }
    return followed;
  }

  /** A view starts no server. @throws PyiError `BUSY` */
  #connected(): Client {
    const client = this.#server.connected;
    if (client === undefined || !vscode.workspace.isTrusted) throw new PyiError('BUSY', t('The PYI server is not connected.'), t('It is tried again.'));
    return client;
  }

}

function forget(followed: Followed): void {
  followed.source.forget();
  followed.news++;
  followed.past++;
  followed.forks++;
}

async function run({ command, folder, ...about }: CommandRequest): Promise<void> {
  await vscode.commands.executeCommand(`pyi.${command}`, { repository: folder, ...about });
}

function checked<T>(method: string, request: T | undefined): T {
  if (request !== undefined) return request;
  throw new PyiError('INVALID_ARGUMENT', t('The timeline asked for {0} in a way that is not understood.', JSON.stringify(method)), t('Reload the window.'));
}
