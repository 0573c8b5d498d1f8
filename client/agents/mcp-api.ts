import * as vscode from 'vscode';

/** What VS Code has since 1.101 for extensions that bring a server of the Model Context Protocol; our types are those of 1.100. */

/** A server that VS Code starts. */
export interface McpServer {
  readonly label: string;
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string | number | null>;
  readonly version: string;
  /** Where it is started. */
  cwd?: vscode.Uri;
}

export interface McpServerProvider {
  readonly onDidChangeMcpServerDefinitions: vscode.Event<void>;
  provideMcpServerDefinitions(token: vscode.CancellationToken): vscode.ProviderResult<McpServer[]>;
}

export interface McpApi {
  readonly register: (id: string, provider: McpServerProvider) => vscode.Disposable;
  readonly Definition: new (label: string, command: string, args: string[], env: McpServer['env'], version: string) => McpServer;
}

/** The functions, where this VS Code has them. Version 1.100 has one of that name, which refuses what package.json says since 1.101. */
export function mcpApi(): McpApi | undefined {
  const [major = 0, minor = 0] = vscode.version.split('.').map(Number);
  if (major === 1 && minor < 101) return undefined;
  const { registerMcpServerDefinitionProvider: register } = vscode.lm as { registerMcpServerDefinitionProvider?: McpApi['register'] };
  const { McpStdioServerDefinition: Definition } = vscode as { McpStdioServerDefinition?: McpApi['Definition'] };
  return register === undefined || Definition === undefined ? undefined : { register, Definition };
}
