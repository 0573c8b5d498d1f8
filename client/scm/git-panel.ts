import * as vscode from 'vscode';
import type { After } from '../../server/transport/timers.ts';

/** As much of the stable API of VS Code's Git extension as is used. */
interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): {
    readonly state: 'uninitialized' | 'initialized';
    readonly onDidChangeState: vscode.Event<'uninitialized' | 'initialized'>;
    getRepository(uri: vscode.Uri): { status(): Promise<void> } | null;
  };
}

/** git may be slow, or ask something: then PYI does not wait for it. */
const PATIENCE_MILLIS = 5_000;

/**
 * Resolves when VS Code's Git extension has opened the repositories of the window, or will open none. Of source control providers with
 * the same root VS Code takes the one that registered first as that of an editor: its branch is in the status bar, its graph is
 * shown. That has to stay Git's.
 */
export async function gitPanelOpened(after: After): Promise<void> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  if (extension === undefined) return;
  await new Promise<void>((resolve) => {
    const cancel = after(PATIENCE_MILLIS, resolve);
    void opened(extension).catch(() => undefined).then(() => {
      cancel();
      resolve();
    });
  });
}

async function opened(extension: vscode.Extension<GitExtension>): Promise<void> {
  // It is activated with every window: this is no start that nobody asked for.
  const exports = await extension.activate();
  if (!exports.enabled) return;
  const git = exports.getAPI(1);
  if (git.state === 'initialized') return;
  await new Promise<void>((resolve) => {
    const listener = git.onDidChangeState((state) => {
      if (state !== 'initialized') return;
      listener.dispose();
      resolve();
    });
  });
}

/**
 * Has VS Code's Git panel look again. It does not watch `refs/heads`: after a change of refs alone it would show the old commit until
 * something else happens. An extension that is not active has no panel to refresh, and is not started for this.
 */
export async function refreshGitPanel(folders: readonly vscode.Uri[]): Promise<void> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  if (extension?.isActive !== true || !extension.exports.enabled) return;
  const git = extension.exports.getAPI(1);
  // Several folders may lie in one repository.
  const repositories = new Set(folders.map((folder) => git.getRepository(folder)));
  await Promise.all(Array.from(repositories, async (repository) => repository?.status()));
}
