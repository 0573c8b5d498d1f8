import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import { PyiError } from '../protocol/errors.ts';
import type { Operation } from '../protocol/operation.ts';
import { nearest } from '../protocol/nearest.ts';
import { OPERATIONS } from '../protocol/registry.ts';
import type { OperationName, Params, ProgressUpdate } from '../protocol/registry.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/wire.ts';
import type { Caller, Services } from './call.ts';
import type { Terminal } from './terminal.ts';

/**
 * `stop` would take the server away from all others, and `git-compat` is about git; those are for people. The rest is what views are drawn from: every tool costs an agent
 * a part of its context, and `forks`, `timeline` and `changes` tell it the same in fewer words.
 */
const WITHHELD: readonly string[] = [
  'stop', 'git-compat', 'tally', 'history', 'superposition', 'where', 'claims', 'queue', 'audit',
  'agent/register', 'agent/attach', 'agent/suspend', 'agent/resume', 'agent/terminate', 'agent/heartbeat', 'agent/grant',
];

const INSTRUCTIONS = 'PYI keeps states of a repository beside Git: take a checkpoint before you try something, fork to try several ways at once, observe to record what a test says, collapse the best fork to an ordinary Git commit, rewind or undo when something went wrong. "repository" may be left out; it is then the directory that this server was started in.';

const TOOLS: readonly Operation[] = Object.values(OPERATIONS as Readonly<Record<OperationName, Operation>>).filter(({ name }) => !WITHHELD.includes(name));

/** Tools as MCP lists them, made from the operations. */
export function toolList(): Tool[] {
  return TOOLS.map((operation) => {
    const { properties, required = [] } = z.toJSONSchema(operation.params, { io: 'input', unrepresentable: 'any' });
    return {
      name: operation.name,
      description: operation.summary,
      inputSchema: { type: 'object' as const, properties: properties as Tool['inputSchema']['properties'], required: required.filter((name) => name !== 'repository'), additionalProperties: false },
      annotations: { title: operation.summary, readOnlyHint: operation.readOnly, destructiveHint: operation.destructive, openWorldHint: false },
    };
  });
}

/**
 * Serves MCP on stdin and stdout until the client goes. Parameters are checked by the server alone, so
 * an agent reads the same words as a person.
 */
export async function serveMcp(terminal: Terminal, services: Services, transport?: Transport): Promise<void> {
  const mcp = new McpServer({ name: 'pyi', version: services.version }, { capabilities: { tools: {} }, instructions: INSTRUCTIONS });
  const connection = new SharedConnection(services);
  mcp.server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: toolList() }));
  mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    const progressToken = params._meta?.progressToken;
    const onProgress = ({ what, done, total }: ProgressUpdate): void => {
      if (progressToken === undefined) return;
      sendNotification({ method: 'notifications/progress', params: { progressToken, progress: done, ...(total === undefined ? {} : { total }), message: what } }).catch(() => undefined);
    };
    return callTool(params.name, { repository: terminal.cwd, ...params.arguments }, connection, signal, onProgress);
  });
  const channel = transport ?? new StdioServerTransport(terminal.stdin, terminal.stdout, { maxBufferSize: MAX_MESSAGE_BYTES });
  const closed = new Promise<void>((resolve) => {
    mcp.server.onclose = resolve;
    if (transport === undefined) terminal.stdin.once('end', resolve).once('close', resolve);
  });
  await mcp.connect(channel);
  await closed;
  connection.close();
  await mcp.close();
}

async function callTool(name: string, params: Record<string, unknown>, connection: SharedConnection, signal: AbortSignal, onProgress: (update: ProgressUpdate) => void): Promise<CallToolResult> {
  try {
    const operation = toolNamed(name);
    const client = await connection.client(signal);
    // The server checks what the agent gave; the type is only what it would be if it is right.
    const result = await client.call(operation, params as Params<OperationName>, { signal, onProgress });
    return { content: [{ type: 'text', text: JSON.stringify(result) }] };
  } catch (error) {
    const shape = PyiError.is(error) ? error.toShape() : { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), hint: 'Run "pyi doctor".' };
    return { content: [{ type: 'text', text: JSON.stringify({ error: shape }) }], isError: true };
  }
}

function toolNamed(name: string): OperationName {
  const names = TOOLS.map((tool) => tool.name);
  // The names of the tools are names of operations: TOOLS is made from OPERATIONS.
  if (names.includes(name)) return name as OperationName;
  const near = nearest(name, names);
  throw new PyiError('INVALID_ARGUMENT', `There is no tool ${JSON.stringify(name.slice(0, 80))}.`, near === undefined ? 'List the tools.' : `Did you mean "${near}"?`);
}

/** One connection for all calls, made at the first and made anew when the server has gone. */
class SharedConnection {
  readonly #services: Services;
  #client: Promise<Caller> | undefined;

  constructor(services: Services) {
    this.#services = services;
  }

  async client(signal: AbortSignal): Promise<Caller> {
    this.#client ??= this.#connect();
    const client = await this.#client;
    if (signal.aborted) throw new PyiError('CANCELLED', 'The call was cancelled.', 'Nothing was changed.');
    return client;
  }

  close(): void {
    this.#client?.then((client) => client.close(), () => undefined);
    this.#client = undefined;
  }

  async #connect(): Promise<Caller> {
    // Not the signal of one call: others may be waiting for the same connection.
    const connecting = this.#services.connect({ start: this.#services.program, signal: new AbortController().signal, onWait: () => undefined });
    const forget = (): void => {
      this.#client = undefined;
    };
    connecting.then((client) => client.closed.then(forget), forget);
    return connecting;
  }
}
