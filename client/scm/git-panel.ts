import * as vscode from 'vscode';

/** As much of the stable API of VS Code's Git extension as is used. */
interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): { getRepository(uri: vscode.Uri): { status(): Promise<void> } | null };
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
