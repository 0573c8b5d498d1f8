import type { CallToolResult, ResourceLink, Tool as ListedTool } from '@modelcontextprotocol/sdk/types.js';
import { portableEnvironment } from '../../connect/spawn.ts';
import { PyiError } from '../../protocol/errors.ts';
import { nearest } from '../../protocol/nearest.ts';
import type { ProgressUpdate } from '../../protocol/registry.ts';
import { TOOLS } from '../../protocol/tools/table.ts';
import { callOf, inputSchema } from '../../protocol/tools/tool.ts';
import type { Arguments, Reference, Tool } from '../../protocol/tools/tool.ts';
import { errorShape } from './error-shape.ts';
import type { SharedConnection } from './connection.ts';

/** What calls are made with. */
export interface ToolHost {
  readonly connection: Pick<SharedConnection, 'client'>;
  readonly repository: () => Promise<string>;
  readonly agent: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface CallOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (update: ProgressUpdate) => void;
}

/** Tools as MCP lists them. */
export function toolList(): ListedTool[] {
  return TOOLS.map((tool) => ({ name: tool.operation, description: tool.description, inputSchema: inputSchema(tool), annotations: annotations(tool) }));
}

/** Of a tool that only reads, MCP has the other two hints mean nothing. */
function annotations({ title, effect, idempotent = false }: Tool): ListedTool['annotations'] {
  if (effect === 'reads') return { title, readOnlyHint: true, openWorldHint: false };
  return { title, readOnlyHint: false, destructiveHint: effect === 'destroys', idempotentHint: idempotent, openWorldHint: false };
}

/** Calls a tool. An error is a result, too: the agent reads what to do. Values are checked by the server alone, so an agent reads the same words as a person. */
export async function callTool(name: string, given: Arguments, { connection, repository, agent, env }: ToolHost, options: CallOptions): Promise<CallToolResult> {
  try {
    const tool = toolNamed(name);
    const { params, answer } = callOf(tool, given, { repository: await repository(), agent, env: portableEnvironment(env) });
    const client = await connection.client(options.signal);
    const { value, reference } = answer(await client.call(tool.operation, params, options));
    return { content: [{ type: 'text', text: JSON.stringify(value) }, ...(reference === undefined ? [] : [linkTo(reference)])] };
  } catch (error) {
    return { content: [{ type: 'text', text: JSON.stringify({ error: errorShape(error) }) }], isError: true };
  }
}

function linkTo({ uri, name, mimeType }: Reference): ResourceLink {
  return { type: 'resource_link', uri, name, mimeType };
}

function toolNamed(name: string): Tool {
  const found = TOOLS.find(({ operation }) => operation === name);
  if (found !== undefined) return found;
  const near = nearest(name, TOOLS.map(({ operation }) => operation));
  throw new PyiError('INVALID_ARGUMENT', `There is no tool ${JSON.stringify(name.slice(0, 80))}.`, near === undefined ? 'List the tools.' : `Did you mean "${near}"?`);
}
