import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { forkInfo } from '../samples.ts';
import '../fake-vscode.ts';
import type { McpServer, McpServerProvider } from '../../../../client/agents/mcp-api.ts';
import type { Root } from '../../../../client/roots/roots.ts';
import { TOOLS } from '../../../../protocol/tools/table.ts';
import { inputSchema } from '../../../../protocol/tools/tool.ts';

const { confirmationOf } = await import('../../../../client/agents/confirmations.ts');

interface Manifest {
  readonly contributes: {
    readonly languageModelTools: readonly { readonly name: string; readonly modelDescription: string; readonly inputSchema: object }[];
    readonly mcpServerDefinitionProviders: readonly { readonly id: string }[];
  };
}

const { contributes } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as Manifest;
const FORK = forkInfo({ name: 'parser-2' });

function place(answers: Readonly<Record<string, unknown>>): Parameters<typeof confirmationOf>[1] {
  return { repository: '/r', client: { call: async (name: string) => answers[name] ?? assert.fail(name) } as never };
}

test('package.json lists the tools as they are', () => {
  for (const { name, modelDescription, inputSchema: schema } of contributes.languageModelTools) {
    const tool = TOOLS.find(({ operation }) => `pyi_${operation}` === name) ?? assert.fail(name);
    assert.deepEqual([modelDescription, schema], [tool.description, inputSchema(tool)], name);
  }
});

test('whoever removes, overwrites or runs a program is asked for, with the name of the fork', async () => {
  const preview = { winner: FORK.fork, branch: 'refs/heads/main', message: 'Parse comments', discarded: ['d'.repeat(32)], written: ['a'], removed: [] };
  const forks = [FORK, forkInfo({ fork: 'd'.repeat(32), name: 'parser-1' })];
  const collapse = await confirmationOf('collapse', place({ collapse: preview, forks }), { task: 'parser' });
  assert.equal(collapse?.title, 'Collapse fork "parser-2"?');
  assert.match(collapse.message, /^Collapse fork parser-2 into main and commit\?[^]*Parse comments[^]*1 fork will be discarded: parser-1\./);
  const rewind = await confirmationOf('rewind', place({ rewind: { fork: FORK.fork, to: 'c'.repeat(64), written: ['a'], removed: [] }, forks }), { checkpoint: 'cccc' });
  assert.match(rewind?.message ?? '', /^Fork "parser-2" goes back to checkpoint cccccccccccc\./);
  assert.equal((await confirmationOf('undo', place({ where: { name: 'workspace' } }), {}))?.title, 'Undo in fork "workspace"?');
  assert.equal((await confirmationOf('discard', place({ forks }), { forks: ['parser-2'] }))?.title, 'Discard fork "parser-2"?');
  const observe = await confirmationOf('observe', place({ forks }), { fork: 'parser-2', command: ['npm', 'run', 'all tests'] });
  assert.deepEqual([observe?.title, observe?.code], ['Run a command in fork "parser-2"?', "npm run 'all tests'"]);
  assert.equal(await confirmationOf('observe', place({ forks }), { fork: 'parser-2', score: 1 }), undefined);
  assert.equal(await confirmationOf('checkpoint', place({}), {}), undefined);
  await assert.rejects(confirmationOf('discard', place({ forks }), { forks: ['no-such'] }), /no such fork/);
  for (const tool of TOOLS.filter(({ effect, operation }) => effect === 'destroys' && contributes.languageModelTools.some(({ name }) => name === `pyi_${operation}`))) {
    assert.ok(['rewind', 'undo', 'collapse', 'discard'].includes(tool.operation), `${tool.operation} asks nobody`);
  }
});

test('VS Code learns of one MCP server for each folder with a store, and of none without trust', async () => {
  const { registerMcpServers, MCP_PROVIDER_ID } = await import('../../../../client/agents/mcp-servers.ts');
  const vscode = await import('vscode') as unknown as { workspace: { isTrusted?: boolean } };
  vscode.workspace.isTrusted = true;
  class Definition implements McpServer {
    cwd?: never;
    constructor(readonly label: string, readonly command: string, readonly args: string[], readonly env: McpServer['env'], readonly version: string) {}
  }
  let provider: McpServerProvider | undefined;
  let fire: () => void = () => undefined;
  const ready = [{ folder: '/one', name: 'one', uri: 'uri:one' }] as unknown as Root[];
  registerMcpServers({
    api: { Definition, register: (id, given) => {
      assert.equal(id, contributes.mcpServerDefinitionProviders[0]?.id);
      provider = given;
      return { dispose: () => undefined };
    } },
    roots: { ready, onDidChange: (listener) => {
      fire = () => listener(ready);
      return { dispose: () => undefined };
    } },
    dist: '/ext/dist', version: '1.2.3', variables: () => ({ PYI_GIT: '/usr/bin/git' }),
  });
  assert.equal(MCP_PROVIDER_ID, 'pyi.mcp');
  let changes = 0;
  provider?.onDidChangeMcpServerDefinitions(() => changes++);
  fire();
  fire();
  assert.equal(changes, 1, 'a store that changes is no other server');
  const listed = (): readonly McpServer[] => provider?.provideMcpServerDefinitions(undefined as never) as McpServer[];
  assert.deepEqual(listed().map(({ label, command, args, env, version, cwd }) => ({ label, command, args, env, version, cwd: String(cwd) })), [{
    label: 'PYI', command: process.execPath, args: ['/ext/dist/cli.cjs', 'mcp'], env: { PYI_GIT: '/usr/bin/git', ELECTRON_RUN_AS_NODE: '1' }, version: '1.2.3', cwd: 'uri:one',
  }]);
  ready.push({ folder: '/two', name: 'two', uri: 'uri:two' } as unknown as Root);
  fire();
  assert.deepEqual([changes, listed().map(({ label }) => label)], [2, ['PYI (one)', 'PYI (two)']]);
  vscode.workspace.isTrusted = false;
  assert.deepEqual(listed(), []);
});
