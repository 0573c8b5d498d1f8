import type * as vscode from 'vscode';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { stateUri } from '../fs/uri.ts';
import type { WorkTree } from './work-trees.ts';

/** What the gutter compares files of a work tree with. */
export interface Original {
  readonly tree: WorkTree;
  readonly checkpoint: string;
  /** Where a file was in that checkpoint; the path itself unless it was renamed. */
  readonly oldPath: (path: string) => string;
}

/**
 * Gives VS Code the earlier state of a file. The URI names the checkpoint: after another one it is another URI, so the gutter
 * follows; VS Code asks again whenever the rows of a group changed.
 */
export class QuickDiff implements vscode.QuickDiffProvider {
  readonly #original: () => Original | undefined;
  readonly #client: () => Pick<Client, 'call'> | undefined;
  /** Which paths the checkpoint has: VS Code asks at each key. */
  readonly #has = new Map<string, boolean>();
  #checkpoint: string | undefined;

  constructor(original: () => Original | undefined, client: () => Pick<Client, 'call'> | undefined) {
    this.#original = original;
    this.#client = client;
  }

  async provideOriginalResource(uri: vscode.Uri): Promise<vscode.Uri | undefined> {
    const original = this.#original();
    if (original === undefined || uri.scheme !== 'file') return undefined;
    const { tree: { folder, places }, checkpoint } = original;
    const path = places.pathOf(uri.fsPath);
    if (path === undefined) return undefined;
    const oldPath = original.oldPath(path);
    return await this.#isIn(folder, checkpoint, oldPath) ? stateUri(folder, checkpoint, oldPath) : undefined;
  }

  /** Ignored files, and those that no checkpoint has yet, have nothing to compare with. */
  async #isIn(repository: string, checkpoint: string, path: string): Promise<boolean> {
    if (checkpoint !== this.#checkpoint) this.#has.clear();
    this.#checkpoint = checkpoint;
    const known = this.#has.get(path);
    const client = this.#client();
    if (known !== undefined || client === undefined) return known ?? false;
    try {
      const has = await isFileIn(client, repository, checkpoint, path);
      if (this.#checkpoint === checkpoint) this.#has.set(path, has);
      return has;
    } catch {
      return false; // the server went meanwhile: asked again at the next change
    }
  }
}

/** True for a file that can be shown as text. @throws PyiError */
export async function isFileIn(client: Pick<Client, 'call'>, repository: string, state: string, path: string): Promise<boolean> {
  try {
    const [entry] = await client.call('ls', { repository, fork: state, path });
    return entry?.path === path && (entry.type === 'file' || entry.type === 'executable');
  } catch (error) {
    if (PyiError.is(error, 'NOT_FOUND') || PyiError.is(error, 'INVALID_PATH')) return false;
    throw error;
  }
}
