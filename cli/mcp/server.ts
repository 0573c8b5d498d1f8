import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolRequestSchema, ListResourceTemplatesRequestSchema, ListResourcesRequestSchema, ListToolsRequestSchema, ReadResourceRequestSchema,
  RootsListChangedNotificationSchema, SubscribeRequestSchema, UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { MAX_MESSAGE_BYTES } from '../../protocol/wire.ts';
import type { ProgressUpdate } from '../../protocol/registry.ts';
import { systemAfter } from '../../server/transport/timers.ts';
import type { After } from '../../server/transport/timers.ts';
import type { Services } from '../call.ts';
import type { Terminal } from '../terminal.ts';
import { agentName } from './agent-name.ts';
import { SharedConnection } from './connection.ts';
import { defaultRepository } from './default-repository.ts';
import { errorShape } from './error-shape.ts';
import { callTool, toolList } from './tools.ts';
import { RESOURCE_TEMPLATES, listResources, readResource } from './resources.ts';
import { ResourceWatch } from './resource-watch.ts';

const INSTRUCTIONS = `PYI keeps states of a repository beside Git. Take a checkpoint before you try something, fork to try several ways at once, observe to record what a test says, collapse (or, beside other agents, submit) the best fork to an ordinary Git commit, rewind or undo when something went wrong. "repository" is a directory in the repository and may be left out: it is then the one you work in. Ids may be shortened. A list that is cut has its length beside it, or "nextOffset": ask again with it as "offset".`;

/** The application's part of JSON-RPC's codes for errors, for what has no code of its own: requests for resources. */
const RESOURCE_ERROR = -32002;

/** Serves MCP on stdin and stdout until the client goes. */
export async function serveMcp(terminal: Terminal, services: Services, transport?: Transport, after: After = systemAfter): Promise<void> {
  const mcp = new McpServer({ name: 'pyi', version: services.version }, {
    capabilities: { tools: {}, resources: { subscribe: true, listChanged: true } }, instructions: INSTRUCTIONS,
  });
  const server = mcp.server;
  const connection = new SharedConnection(services);
  let roots: Promise<string> | undefined;
  const repository = async (): Promise<string> => (roots ??= defaultRepository(terminal.cwd, server));
  const watch = new ResourceWatch({ connection, repository, after, onUpdate: (uri) => server.sendResourceUpdated({ uri }), onList: () => server.sendResourceListChanged() });

  server.setNotificationHandler(RootsListChangedNotificationSchema, () => {
    roots = undefined;
  });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: toolList() }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    const progressToken = params._meta?.progressToken;
    const onProgress = ({ what, done, total }: ProgressUpdate): void => {
      if (progressToken === undefined) return;
      sendNotification({ method: 'notifications/progress', params: { progressToken, progress: done, ...(total === undefined ? {} : { total }), message: what } }).catch(() => undefined);
    };
    return callTool(params.name, params.arguments ?? {}, { connection, repository, agent: agentName(terminal.env, server.getClientVersion()), env: terminal.env }, { signal, onProgress });
  });
  server.setRequestHandler(ListResourcesRequestSchema, async (_request, { signal }) => asked(async () => {
    const client = await connection.client(signal);
    await watch.listed();
    return { resources: await listResources(client, await repository(), signal) };
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [...RESOURCE_TEMPLATES] }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params }, { signal }) => asked(async () => (
    { contents: [await readResource(params.uri, await connection.client(signal), await repository(), signal)] })));
  server.setRequestHandler(SubscribeRequestSchema, async ({ params }) => asked(async () => {
    await watch.subscribe(params.uri);
    return {};
  }));
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    watch.unsubscribe(params.uri);
    return {};
  });

  const channel = transport ?? new StdioServerTransport(terminal.stdin, terminal.stdout, { maxBufferSize: MAX_MESSAGE_BYTES });
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve;
    if (transport === undefined) terminal.stdin.once('end', resolve).once('close', resolve);
  });
  await mcp.connect(channel);
  await closed;
  watch.dispose();
  connection.close();
  await mcp.close();
}

/** An error of a request that is no tool call is one of JSON-RPC; its `data` is what every error of PYI has. */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const shape = errorShape(error);
    throw Object.assign(new Error(`${shape.message} ${shape.hint}`.trim(), { cause: error }), { code: RESOURCE_ERROR, data: shape });
  }
}
