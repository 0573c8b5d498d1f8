import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { ListRootsRequestSchema, ResourceListChangedNotificationSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { serveMcp } from '../../../cli/mcp/server.ts';
import { PyiError } from '../../../protocol/errors.ts';
import type { StoreEvent } from '../../../protocol/handshake.ts';
import type { Operation } from '../../../protocol/operation.ts';
import { OPERATIONS } from '../../../protocol/registry.ts';
import { TOOLS } from '../../../protocol/tools/table.ts';
import { checkpointInfo, forkInfo } from '../client/samples.ts';
import type { FakeServer } from './fakes.ts';
import { FakeTerminal, fakeServices } from './fakes.ts';

/** Bytes of `tools/list`: each is in the context of every agent. They were 28,979 when nearly every operation was a tool. */
const MOST_LIST_BYTES = 8000;

interface Timer {
  readonly millis: number;
  readonly run: () => void;
}

interface Talk {
  readonly client: Client;
  readonly terminal: FakeTerminal;
  /** What waits for its time. */
  readonly timers: Timer[];
}

async function talk(services: FakeServer, work: (talk: Talk) => Promise<void>, client = new Client({ name: 'test', version: '1' })): Promise<void> {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const terminal = new FakeTerminal();
  const timers: Timer[] = [];
  const served = serveMcp(terminal, services, there, (millis, run) => {
    timers.push({ millis, run });
    return () => undefined;
  });
  await client.connect(here);
  await work({ client, terminal, timers });
  await client.close();
  await served;
}

function event(some: Partial<StoreEvent>): StoreEvent {
  return { repository: '/srv/repo', store: '/srv/repo/.git/pyi', kind: 'checkpoint', fork: 'f'.repeat(32), checkpoint: null, time: 0, agent: null, ...some };
}

/** The value of a result with one text. */
function valueOf({ content }: Awaited<ReturnType<Client['callTool']>>): unknown {
  const [part] = content as { type: string; text: string }[];
  assert.equal(part?.type, 'text');
  return JSON.parse(part?.text ?? '');
}

test('the tools are few, and their list is short', async (context) => {
  await talk(fakeServices({}), async ({ client }) => {
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name), [
      'checkpoint', 'fork', 'forks', 'timeline', 'changes', 'read', 'rewind', 'undo', 'observe', 'collapse', 'submit', 'race', 'discard', 'claim',
    ]);
    const size = Buffer.byteLength(JSON.stringify({ tools }));
    context.diagnostic(`tools/list: ${tools.length} tools, ${size} bytes`);
    assert.ok(size <= MOST_LIST_BYTES, `${size} bytes`);
    for (const { name, description = '', inputSchema } of tools) {
      assert.ok(description.length > 20 && description.length <= 160, `${name}: ${description}`);
      assert.equal(inputSchema['additionalProperties'], false, name);
    }
    const rewind = tools.find(({ name }) => name === 'rewind');
    assert.deepEqual(rewind?.inputSchema.required, ['checkpoint']);
    assert.deepEqual(rewind.annotations, { title: 'Rewind', readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false });
    assert.deepEqual(tools.find(({ name }) => name === 'forks')?.annotations, { title: 'List Forks', readOnlyHint: true, openWorldHint: false });
    assert.deepEqual(tools.find(({ name }) => name === 'fork')?.annotations, { title: 'New Fork', readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false });
  });
});

test('a tool does what its operation does, and takes parameters that it has', () => {
  for (const { operation: name, effect, parameters, required = [] } of TOOLS) {
    const { readOnly, destructive, params } = (OPERATIONS as Readonly<Record<string, Operation>>)[name] ?? assert.fail(name);
    assert.deepEqual([effect === 'reads', effect === 'destroys'], [readOnly, destructive], name);
    // "forks" makes pages of what the operation lists whole.
    const own = name === 'forks' ? ['limit', 'offset'] : [];
    assert.deepEqual(Object.keys(parameters).filter((parameter) => !(parameter in params.shape) && !own.includes(parameter)), [], name);
    const needed = Object.entries(params.shape).filter(([parameter, schema]) => parameter !== 'repository' && !schema.safeParse(undefined).success).map(([parameter]) => parameter);
    assert.deepEqual(needed.filter((parameter) => !required.includes(parameter)), [], name);
    assert.deepEqual(required.filter((parameter) => !(parameter in parameters)), [], name);
  }
});

test('a call answers in few words, in the directory of the server unless told otherwise', async () => {
  const services = fakeServices({
    checkpoint: () => ({ checkpoint: 'c'.repeat(64), root: 'd'.repeat(64), fork: 'f'.repeat(32), parents: ['b'.repeat(64)], level: 'process', insight: checkpointInfo({}).insight }),
  });
  await talk(services, async ({ client }) => {
    assert.deepEqual((await client.callTool({ name: 'checkpoint', arguments: { message: 'one' } })).content, [{ type: 'text', text: '{"checkpoint":"cccccccccccc","fork":"ffffffffffff","files":"~2"}' }]);
    await client.callTool({ name: 'checkpoint', arguments: { repository: '/other' } });
  });
  assert.deepEqual(services.calls.map(({ params }) => params), [{ repository: '/srv/repo', message: 'one' }, { repository: '/other' }]);
  assert.equal(services.requests.length, 1, 'one connection');
});

test('a fork belongs to PYI_AGENT, else to who the client says it is, unless the call names another', async () => {
  const services = fakeServices({ fork: () => ({ fork: 'f'.repeat(32), name: 'try', agent: 'x', base: 'b'.repeat(64), dir: '/forks/try' }) });
  await talk(services, async ({ client, terminal }) => {
    assert.deepEqual(valueOf(await client.callTool({ name: 'fork', arguments: {} })), { name: 'try', id: 'ffffffffffff', agent: 'x', base: 'bbbbbbbbbbbb', dir: '/forks/try' });
    terminal.env['PYI_AGENT'] = 'ada';
    await client.callTool({ name: 'fork', arguments: {} });
    await client.callTool({ name: 'fork', arguments: { agent: 'grace' } });
    terminal.env['PYI_AGENT'] = '\u202e';
    await client.callTool({ name: 'fork', arguments: {} });
  }, new Client({ name: 'code/editor', version: '1' }));
  assert.deepEqual(services.calls.map(({ params }) => (params as { agent?: string }).agent), ['code-editor', 'ada', 'grace', 'code-editor']);
});

test('long lists have pages', async () => {
  const all = Array.from({ length: 70 }, (_, index) => forkInfo({ name: `try-${index}` }));
  const services = fakeServices({ forks: () => all, timeline: ({ limit, offset }: { limit: number; offset: number }) => Array.from({ length: Math.min(limit, 45 - offset) }, () => checkpointInfo({})) });
  await talk(services, async ({ client }) => {
    const first = valueOf(await client.callTool({ name: 'forks', arguments: {} })) as { total: number; forks: object[]; nextOffset?: number };
    assert.deepEqual([first.total, first.forks.length, first.nextOffset], [70, 30, 30]);
    assert.deepEqual(first.forks[0], { name: 'try-0', id: 'ffffffffffff', agent: 'ada', task: 'parser', head: 'cccccccccccc', changes: '+1 ~2' });
    const last = valueOf(await client.callTool({ name: 'forks', arguments: { offset: 60 } })) as typeof first;
    assert.deepEqual([last.forks.length, last.nextOffset], [10, undefined]);
    const rows = valueOf(await client.callTool({ name: 'timeline', arguments: {} })) as { checkpoints: object[]; nextOffset?: number };
    assert.deepEqual([rows.checkpoints.length, rows.nextOffset], [30, 30]);
    const rest = valueOf(await client.callTool({ name: 'timeline', arguments: { offset: 30 } })) as typeof rows;
    assert.deepEqual([rest.checkpoints.length, rest.nextOffset], [15, undefined]);
    const wrong = await client.callTool({ name: 'timeline', arguments: { limit: 5000 } });
    assert.match(JSON.stringify(wrong.content), /whole number from 1 to 200/);
  });
  assert.deepEqual(services.calls[0], { name: 'forks', params: { repository: '/srv/repo' } });
});

test('what is large is told by reference, and read there', async () => {
  const patch = `diff --git a/a b/a\n${'+x\n'.repeat(20_000)}`;
  const details = { from: 'a'.repeat(64), to: null, unusual: [] };
  const services = fakeServices({
    changes: () => ({ added: Array.from({ length: 100 }, (_, index) => `new-${index}`), changed: ['a'], deleted: [], renamed: [], patch, details }),
    read: ({ length }: { length: number }) => ({ path: 'dir/a b.txt', mode: 'file', size: 100_000, base64: Buffer.from('é'.repeat(length)).subarray(1, length).toString('base64'), end: false }),
  });
  await talk(services, async ({ client }) => {
    const changed = await client.callTool({ name: 'changes', arguments: { patch: true, repository: '/elsewhere' } });
    const [, link] = changed.content as { type: string; uri: string }[];
    assert.ok(JSON.stringify(changed).length < 2000, JSON.stringify(changed));
    assert.deepEqual(link, { type: 'resource_link', uri: `pyi://diff/${'a'.repeat(64)}..?repository=%2Felsewhere`, name: 'the whole diff', mimeType: 'text/x-diff' });
    assert.equal((valueOf(changed) as { addedTotal: number }).addedTotal, 100);
    const { contents } = await client.readResource({ uri: link.uri });
    assert.deepEqual(contents, [{ uri: link.uri, mimeType: 'text/x-diff', text: patch }]);
    assert.deepEqual(services.calls.at(-1)?.params, { repository: '/elsewhere', from: 'a'.repeat(64), patch: true });

    // A part that begins within a character is no text.
    const part = await client.callTool({ name: 'read', arguments: { fork: 'try', path: 'dir/a b.txt' } });
    assert.equal((part.content as { uri?: string }[])[1]?.uri, 'pyi://file/try/dir/a%20b.txt');
    assert.equal((valueOf(part) as { nextOffset: number }).nextOffset, 32 * 1024 - 1);
    await assert.rejects(client.readResource({ uri: 'pyi://file/try/dir/a%20b.txt' }), /Read it in parts with the tool/);
  });
});

test('errors are results that say what to do', async () => {
  const services = fakeServices({ undo: () => {
    throw new PyiError('NOT_FOUND', 'No fork "x".', 'See the forks.');
  } });
  await talk(services, async ({ client }) => {
    const failed = await client.callTool({ name: 'undo', arguments: {} });
    assert.equal(failed.isError, true);
    assert.deepEqual(failed.content, [{ type: 'text', text: '{"error":{"code":"NOT_FOUND","message":"No fork \\"x\\".","hint":"See the forks."}}' }]);
    for (const [call, hint] of [
      [{ name: 'chekpoint', arguments: {} }, 'Did you mean \\"checkpoint\\"?'], [{ name: 'stop', arguments: {} }, 'List the tools.'],
      [{ name: 'checkpoint', arguments: { mesage: 'x' } }, 'Did you mean \\"message\\"?'], [{ name: 'checkpoint', arguments: { kind: 'recovery' } }, 'It has repository, fork, message.'],
    ] as const) {
      const refused = await client.callTool(call);
      assert.equal(refused.isError, true);
      assert.ok((refused.content as { text: string }[])[0]?.text.includes(hint), JSON.stringify(refused));
    }
  });
  assert.deepEqual(services.calls.map(({ name }) => name), ['undo'], 'nothing else was asked');
});

test('progress and cancellation pass through', async () => {
  const services = fakeServices({
    race: async (_params, { signal, onProgress }) => {
      onProgress?.({ what: 'attempts', done: 1, total: 2 });
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      throw new PyiError('CANCELLED', 'cancelled', '');
    },
  });
  await talk(services, async ({ client }) => {
    const abort = new AbortController();
    const updates: unknown[] = [];
    await assert.rejects(client.callTool({ name: 'race', arguments: { count: 2, try: 'a', validate: 'b' } }, undefined, {
      signal: abort.signal,
      onprogress: (update) => {
        updates.push(update);
        abort.abort();
      },
    }));
    assert.deepEqual(updates, [{ progress: 1, total: 2, message: 'attempts' }]);
  });
});

test('a command runs in the environment of the agent, without what is about one repository', async () => {
  const services = fakeServices({ observe: () => ({ fork: 'f'.repeat(32), checkpoint: 'c'.repeat(64), ok: false, exit: 1, score: 0, millis: 1234, evidence: `${'x'.repeat(5000)}the end\n` }) });
  await talk(services, async ({ client, terminal }) => {
    Object.assign(terminal.env, { PATH: '/agent/bin', GIT_DIR: '/x' });
    const observed = valueOf(await client.callTool({ name: 'observe', arguments: { fork: 'try', command: ['npm', 'test'] } })) as { evidence: string };
    assert.ok(observed.evidence.endsWith('the end') && observed.evidence.length < 2100);
    assert.deepEqual({ ...observed, evidence: '' }, { ok: false, exit: 1, score: 0, fork: 'ffffffffffff', checkpoint: 'cccccccccccc', seconds: 1.2, evidence: '' });
  });
  assert.deepEqual(services.calls[0]?.params, { repository: '/srv/repo', env: { PATH: '/agent/bin' }, fork: 'try', command: ['npm', 'test'] });
});

test('resources show the timeline, the tree of forks, diffs and files', async () => {
  const parent = forkInfo({ fork: 'e'.repeat(32), name: 'workspace', parent: null, task: null });
  const services = fakeServices({
    forks: () => [parent, forkInfo({})],
    timeline: () => [checkpointInfo({ message: 'Try\nmore' })],
    changes: () => ({ added: [], changed: [], deleted: [], renamed: [] }),
    read: () => ({ path: 'a', mode: 'file', size: 3, base64: Buffer.from([0, 255, 1]).toString('base64'), end: true }),
  });
  await talk(services, async ({ client }) => {
    const { resources } = await client.listResources();
    assert.deepEqual(resources.map(({ uri }) => uri), ['pyi://timeline', 'pyi://forks', `pyi://timeline/${'e'.repeat(32)}`, `pyi://timeline/${'f'.repeat(32)}`]);
    assert.deepEqual((await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate), ['pyi://timeline/{fork}', 'pyi://diff/{from}..{to}', 'pyi://file/{state}/{+path}']);
    const textAt = async (uri: string): Promise<unknown> => JSON.parse(((await client.readResource({ uri })).contents[0] as { text: string }).text);
    const [tree] = await textAt('pyi://forks') as { name: string; forks: { name: string }[] }[];
    assert.deepEqual([tree?.name, tree?.forks.map(({ name }) => name)], ['workspace', ['try']]);
    assert.deepEqual(await textAt('pyi://timeline'), [{ id: 'aaaaaaaaaaaa', fork: 'ffffffffffff', agent: 'ada', time: new Date(checkpointInfo({}).time).toISOString(), message: 'Try', files: '~2' }]);
    assert.deepEqual(await textAt('pyi://diff/HEAD~1..origin%2Fmain'), { same: true });
    assert.deepEqual(services.calls.at(-1)?.params, { repository: '/srv/repo', from: 'HEAD~1', to: 'origin/main', patch: true });
    assert.deepEqual((await client.readResource({ uri: 'pyi://file/try/a' })).contents, [{ uri: 'pyi://file/try/a', mimeType: 'application/octet-stream', blob: 'AP8B' }]);
    for (const wrong of ['pyi://nothing', 'pyi://file/try', 'pyi://diff/a', 'file:///etc/passwd', 'pyi://timeline/%zz']) await assert.rejects(client.readResource({ uri: wrong }), /Not an address of PYI/, wrong);
  });
});

test('who subscribed hears that the store changed, once for many changes', async () => {
  const services = fakeServices({ forks: () => [] });
  const heard: string[] = [];
  const client = new Client({ name: 'test', version: '1' });
  let told: () => void = () => undefined;
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    heard.push(params.uri);
    told();
  });
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => {
    heard.push('list');
    told();
  });
  await talk(services, async ({ timers }) => {
    const tell = async (count: number): Promise<string[]> => {
      heard.length = 0;
      const all = new Promise<void>((resolve) => {
        told = () => (heard.length >= count ? resolve() : undefined);
      });
      for (const { run } of timers.splice(0)) run();
      if (count > 0) await all;
      return [...heard];
    };
    services.happen(event({}));
    assert.deepEqual([timers.length, services.requests.length], [0, 0], 'nobody asked');
    for (const uri of ['pyi://timeline', `pyi://timeline/${'e'.repeat(32)}`, 'pyi://diff/..']) await client.subscribeResource({ uri });
    await client.listResources();
    for (let index = 0; index < 100; index++) services.happen(event({}));
    assert.deepEqual(timers.map(({ millis }) => millis), [200]);
    assert.deepEqual(await tell(2), ['pyi://timeline', 'pyi://diff/..'], 'the other fork stayed as it is');
    services.happen(event({ kind: 'edit' }));
    assert.deepEqual(await tell(1), ['pyi://diff/..']);
    await client.unsubscribeResource({ uri: 'pyi://diff/..' });
    services.happen(event({ kind: 'discard', fork: 'e'.repeat(32) }));
    assert.deepEqual(await tell(3), ['pyi://timeline', `pyi://timeline/${'e'.repeat(32)}`, 'list']);
    await assert.rejects(client.subscribeResource({ uri: 'pyi://x' }), /Not an address/);
  }, client);
});

test('where the client has roots, the first is meant when the server was started outside of all', async () => {
  for (const [roots, expected] of [[['/work/one', '/work/two'], '/work/one'], [['/other', '/srv'], '/srv/repo'], [['/srv/repository'], '/srv/repository'], [[], '/srv/repo']] as const) {
    const services = fakeServices({ forks: () => [] });
    const client = new Client({ name: 'test', version: '1' }, { capabilities: { roots: {} } });
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: roots.map((root) => ({ uri: pathToFileURL(join(root)).href })) }));
    await talk(services, async () => {
      await client.callTool({ name: 'forks', arguments: {} });
    }, client);
    assert.deepEqual(services.calls[0]?.params, { repository: expected });
  }
});
