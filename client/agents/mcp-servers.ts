import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Root, Roots } from '../roots/roots.ts';
import type { McpApi, McpServer } from './mcp-api.ts';

/** As package.json has it. */
export const MCP_PROVIDER_ID = 'pyi.mcp';

export interface McpServersOptions {
  readonly api: McpApi;
  readonly roots: Pick<Roots, 'ready' | 'onDidChange'>;
  /** The folder of this extension's bundles. */
  readonly dist: string;
  readonly version: string;
  /** What the settings say of a server of PYI that has to be started. */
  readonly variables: () => Readonly<Record<string, string>>;
}

/**
 * Tells VS Code of `pyi mcp`, one for each folder that has a store. It is run by the Node of this extension host: the native front would
 * look for one on PATH, where there may be none.
 */
export function registerMcpServers({ api, roots, dist, version, variables }: McpServersOptions): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  let known = '';
  const folders = (): readonly Root[] => (vscode.workspace.isTrusted ? roots.ready : []);
  // What is known of a store changes with each checkpoint; the servers only with the folders.
  const following = roots.onDidChange(() => {
    const now = JSON.stringify(folders().map(({ folder }) => folder));
    if (now === known) return;
    known = now;
    changed.fire();
  });
  const serverOf = ({ name, uri }: Root, _index: number, { length }: readonly Root[]): McpServer => {
    const server = new api.Definition(length === 1 ? 'PYI' : `PYI (${name})`, process.execPath, [join(dist, 'cli.cjs'), 'mcp'], { ...variables(), ELECTRON_RUN_AS_NODE: '1' }, version);
    server.cwd = uri;
    return server;
  };
  const registered = api.register(MCP_PROVIDER_ID, { onDidChangeMcpServerDefinitions: changed.event, provideMcpServerDefinitions: () => folders().map(serverOf) });
  return vscode.Disposable.from(registered, following, changed);
}
