import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The plugin for Claude Code, as it lies in the package (integrations/claude): what is merged into the user's settings is read from it. */

export interface HookHandler { readonly type: string; readonly command: string; readonly timeout?: number }
export interface HookGroup { readonly matcher?: string; readonly hooks: readonly HookHandler[] }
/** Groups of hooks by the event at which they run. */
export type HookTable = Readonly<Record<string, readonly HookGroup[]>>;

export interface Plugin {
  readonly version: string;
  readonly hooks: HookTable;
  /** The MCP server, and its name. */
  readonly server: { readonly name: string; readonly definition: unknown };
  /** Content of files that are put below the directory of settings, by path with `/`. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Names the folder of the commands, which makes them `/pyi:NAME`, and of the skill. */
const NAME = 'pyi';

/** Reads the plugin. @param integrations the folder that holds it (`Services.integrations`) */
export function readPlugin(integrations: string): Plugin {
  const root = join(integrations, 'claude');
  const json = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
  const { version } = json('.claude-plugin/plugin.json') as { version: string };
  const { hooks } = json('hooks/hooks.json') as { hooks: HookTable };
  const { mcpServers } = json('.mcp.json') as { mcpServers: Record<string, unknown> };
  const files = new Map([[`skills/${NAME}/SKILL.md`, readFileSync(join(root, 'skills', NAME, 'SKILL.md'))]]);
  for (const name of readdirSync(join(root, 'commands')).sort()) files.set(`commands/${NAME}/${name}`, readFileSync(join(root, 'commands', name)));
  return { version, hooks, server: { name: NAME, definition: mcpServers[NAME] }, files };
}
