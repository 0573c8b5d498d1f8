import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { serveMcp } from '../../../cli/mcp.ts';
import { PyiError } from '../../../protocol/errors.ts';
import { OPERATIONS } from '../../../protocol/registry.ts';
import type { FakeServer } from './fakes.ts';
import { FakeTerminal, fakeServices } from './fakes.ts';

async function talk(services: FakeServer, work: (client: Client) => Promise<void>): Promise<void> {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const served = serveMcp(new FakeTerminal(), services, there);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(here);
  await work(client);
  await client.close();
  await served;
}

test('every operation is a tool with its schema and hints, but for stop and what only views need', async () => {
  await talk(fakeServices({}), async (client) => {
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name), Object.keys(OPERATIONS).filter((name) => !['stop', 'git-compat', 'tally', 'history', 'superposition', 'where', 'claims', 'queue', 'audit'].includes(name) && !name.startsWith('agent/')));
    const rewind = tools.find(({ name }) => name === 'rewind');
    assert.deepEqual(rewind?.inputSchema.required, ['checkpoint']);
    assert.deepEqual(Object.keys(rewind.inputSchema.properties ?? {}), ['repository', 'fork', 'checkpoint', 'paths', 'dryRun']);
    assert.equal(rewind.annotations?.destructiveHint, true);
    assert.equal(tools.find(({ name }) => name === 'timeline')?.annotations?.readOnlyHint, true);
  });
});

test('a call answers in compact JSON, in the directory of the server unless told otherwise', async () => {
  const services = fakeServices({ phase: () => ({ phase: 'hybrid', previous: 'hybrid' }) });
  await talk(services, async (client) => {
    assert.deepEqual((await client.callTool({ name: 'phase', arguments: {} })).content, [{ type: 'text', text: '{"phase":"hybrid","previous":"hybrid"}' }]);
    await client.callTool({ name: 'phase', arguments: { repository: '/other' } });
  });
  assert.deepEqual(services.calls.map(({ params }) => params), [{ repository: '/srv/repo' }, { repository: '/other' }]);
  assert.equal(services.requests.length, 1, 'one connection');
});

test('errors are results that say what to do', async () => {
  const services = fakeServices({ undo: () => {
    throw new PyiError('NOT_FOUND', 'No fork "x".', 'See the forks.');
  } });
  await talk(services, async (client) => {
    const failed = await client.callTool({ name: 'undo', arguments: {} });
    assert.equal(failed.isError, true);
    assert.deepEqual(failed.content, [{ type: 'text', text: '{"error":{"code":"NOT_FOUND","message":"No fork \\"x\\".","hint":"See the forks."}}' }]);
    const unknown = await client.callTool({ name: 'chekpoint', arguments: {} });
    assert.match(JSON.stringify(unknown.content), /Did you mean \\\\\\"checkpoint/);
    const withheld = await client.callTool({ name: 'stop', arguments: {} });
    assert.equal(withheld.isError, true);
  });
});

test('progress and cancellation pass through', async () => {
  const services = fakeServices({
    verify: async (_params, { signal, onProgress }) => {
      onProgress?.({ what: 'segments', done: 1, total: 2 });
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      throw new PyiError('CANCELLED', 'cancelled', '');
    },
  });
  await talk(services, async (client) => {
    const abort = new AbortController();
    const updates: unknown[] = [];
    await assert.rejects(client.callTool({ name: 'verify', arguments: {} }, undefined, {
      signal: abort.signal,
      onprogress: (update) => {
        updates.push(update);
        abort.abort();
      },
    }));
    assert.deepEqual(updates, [{ progress: 1, total: 2, message: 'segments' }]);
  });
});
