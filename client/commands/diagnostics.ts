import * as vscode from 'vscode';
import { renderAbout, renderDoctor, renderGitCompat, renderStats } from '../../cli/render/upkeep.ts';
import type { Client } from '../../connect/client.ts';
import { PyiError } from '../../protocol/errors.ts';
import { lines, safe } from '../../protocol/text.ts';
import { activationMillis } from '../activation.ts';
import { renderWindow } from '../diagnostics.ts';
import { diskFolders } from '../roots/folders.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Command, Services } from '../services.ts';

/**
 * `PYI: Show Diagnostics`: how the window is connected, and what `pyi about`, `pyi stats` and `pyi doctor` say, as a terminal
 * would show it. Says what it can when there is no server: that is when it is needed.
 */
export const showDiagnostics: Command = async ({ server, output, gitFront }) => {
  const { isTrusted } = vscode.workspace;
  // What keeps a server from starting belongs into the report.
  const client = isTrusted ? await server.client().catch(() => undefined) : server.connected;
  const style = { color: false, now: Date.now() };
  const report = [describeWindow(server, gitFront)];
  if (client !== undefined) {
    report.push(await tryTo(async () => renderAbout(await client.call('about', {}))));
    report.push(await tryTo(async () => renderGitCompat(await client.call('git-compat', {}), style)));
    // Reading a repository runs git in it, which its configuration may make run anything.
    for (const { uri: { fsPath } } of isTrusted ? diskFolders() : []) report.push(`── ${safe(fsPath)} ──\n`, await describeFolder(client, fsPath));
  }
  const text = report.join('\n');
  output.appendLine(text);
  output.show(true);
  return text;
};

function describeWindow({ state, troubles }: ServerProcess, { lack, used }: Services['gitFront']): string {
  const { version } = vscode.extensions.getExtension('pyi.pyi')?.packageJSON as { version: string };
  return renderWindow({
    state, troubles, time: Date.now(), extension: version, trusted: vscode.workspace.isTrusted, gitPanel: { lack, path: used?.ours }, activationMillis: activationMillis(),
    editor: `${vscode.env.appName} ${vscode.version}`, platform: `${process.platform} ${process.arch}, Node ${process.version}`,
  });
}

async function describeFolder(client: Client, repository: string): Promise<string> {
  const style = { color: false, now: Date.now() };
  const stats = await tryTo(async () => renderStats(await client.call('stats', { repository }), style));
  return stats + await tryTo(async () => renderDoctor(await client.call('doctor', { repository }), style));
}

async function tryTo(render: () => Promise<string>): Promise<string> {
  try {
    return await render();
  } catch (error) {
    if (!PyiError.is(error)) throw error;
    return lines([`${error.code}: ${safe(error.message)} ${safe(error.hint)}`]);
  }
}
