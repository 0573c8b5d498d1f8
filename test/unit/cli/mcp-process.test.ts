import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { GitRepository } from '../../support/git-repository.ts';
import { ServerProcess } from '../../support/server-process.ts';

/** `pyi mcp` as an agent's program starts it: a process, a server, a repository. */

const repository = GitRepository.create();
const runtime = join(repository.directory, 'runtime');
const server = new ServerProcess(runtime, repository.env);
const updates = new EventTarget();
const client = new Client({ name: 'tester', version: '1' });

after(async () => {
  await client.close();
  await server.stop();
  repository.remove();
});

async function call<T>(name: string, given: Readonly<Record<string, unknown>> = {}): Promise<T> {
  const { content, isError } = await client.callTool({ name, arguments: given });
  const [part] = content as { text: string }[];
  assert.ok(isError !== true, part?.text);
  return JSON.parse(part?.text ?? '') as T;
}

test('an agent goes the way from a fork to a commit', async () => {
  repository.commit({ 'a.txt': 'one\n' });
  server.start();
  await (await server.connect('test')).call('setup', { repository: repository.root });
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    updates.dispatchEvent(new Event(params.uri));
  });
  await client.connect(new StdioClientTransport({
    command: process.execPath, args: ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('../../../cli/main.ts', import.meta.url)), 'mcp'],
    cwd: repository.root, env: { ...repository.env as Record<string, string>, PYI_RUNTIME_DIR: runtime },
  }));
  const fork = await call<{ name: string; id: string; agent: string; dir: string }>('fork', { task: 'parser' });
  assert.equal(fork.agent, 'tester');
  await client.subscribeResource({ uri: 'pyi://forks' });
  const updated = once(updates, 'pyi://forks');
  writeFileSync(join(fork.dir, 'a.txt'), 'one\ntwo\n');
  const first = await call<{ checkpoint: string; files: string }>('checkpoint', { fork: fork.id, message: 'two lines' });
  assert.equal(first.files, '~1');
  await updated;
  writeFileSync(join(fork.dir, 'a.txt'), 'wrong\n');
  await call('checkpoint', { fork: fork.id });
  assert.deepEqual((await call<{ written: string[] }>('rewind', { fork: fork.id, checkpoint: first.checkpoint })).written, ['a.txt']);
  assert.equal(readFileSync(join(fork.dir, 'a.txt'), 'utf8'), 'one\ntwo\n');
  assert.deepEqual(await call('read', { fork: fork.name, path: 'a.txt' }), { text: 'one\ntwo\n' });
  assert.match((await call<{ patch: string }>('changes', { from: fork.name, patch: true })).patch, /\+two/);
  assert.deepEqual((await client.readResource({ uri: `pyi://file/${first.checkpoint}/a.txt` })).contents, [{ uri: `pyi://file/${first.checkpoint}/a.txt`, mimeType: 'text/plain', text: 'one\ntwo\n' }]);
  const { contents: [diff] } = await client.readResource({ uri: `pyi://diff/HEAD..${fork.name}` });
  assert.match((diff as { text: string }).text, /\+two/);
  assert.equal((await call<{ ok: boolean }>('observe', { fork: fork.id, command: ['grep', 'two', 'a.txt'] })).ok, true);
  const { forks } = await call<{ forks: { name: string; observed?: object }[] }>('forks', { task: 'parser' });
  assert.deepEqual(forks.map(({ name, observed }) => [name, observed]), [[fork.name, { ok: true, score: 1 }]]);
  const { commit, winner } = await call<{ commit: string; winner: string }>('collapse', { task: 'parser', message: 'Two lines' });
  assert.equal(winner, fork.id);
  assert.equal(repository.git(['rev-parse', 'HEAD']).trim(), commit);
  const missing = await client.callTool({ name: 'rewind', arguments: { checkpoint: 'no such' } });
  assert.equal(missing.isError, true);
  assert.match((missing.content as { text: string }[])[0]?.text ?? '', /"code":"[A-Z_]+","message":".+","hint":".+"/);
});
