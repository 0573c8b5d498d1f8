import assert from 'node:assert/strict';
import test from 'node:test';
import type { CallContext } from '../../../protocol/registry.ts';
import { GitRepository } from '../../support/git-repository.ts';
import type { TestHost } from '../../support/host.ts';
import { connection, setUp } from '../../support/host.ts';

type Agent = Pick<CallContext, 'caller'> & { readonly token: string; readonly end: () => void };

async function register(host: TestHost, agent: string, more: { maxForks?: number; maxBytes?: number; callsPerSecond?: number; heartbeatSeconds?: number; mayCollapse?: boolean } = {}): Promise<Agent> {
  const { caller, end } = connection(agent);
  const { token } = await host.call('agent/register', { agent, ...more }, { caller });
  return { caller, token, end };
}

async function stateOf(host: TestHost, agent: string): Promise<string | undefined> {
  return (await host.call('agents', {})).find((row) => row.agent === agent)?.state;
}

async function withHost(work: (host: TestHost) => Promise<void>): Promise<void> {
  const host = await setUp(GitRepository.create());
  try {
    await work(host);
  } finally {
    await host.close();
  }
}

const text = (content: string): { text: string } => ({ text: content });

test('an agent works on its own forks only, unless it is granted another', () => withHost(async (host) => {
  const [ada, bob] = [await register(host, 'ada'), await register(host, 'bob')];
  const one = await host.call('fork', { name: 'one', dir: false }, ada);
  assert.equal(one.agent, 'ada', 'a fork belongs to who made it');
  await host.call('write', { fork: 'one', path: 'new.txt', content: text('ada') }, ada);
  await host.call('checkpoint', { fork: 'one' }, ada);

  for (const [name, params] of [
    ['write', { fork: 'one', path: 'new.txt', content: text('bob') }], ['remove', { fork: 'one', path: 'new.txt' }], ['checkpoint', { fork: 'one' }],
    ['discard', { forks: ['one'] }], ['observe', { fork: 'one', score: 1 }], ['rewind', { fork: 'one', checkpoint: one.base }], ['integrate', { fork: 'workspace', into: 'one' }],
    ['undo', { fork: 'one' }], ['checkpoint', { fork: 'workspace' }], ['collapse', { fork: 'one' }], ['submit', { fork: 'one' }], ['claim', { agent: 'ada', globs: ['src/**'] }],
    ['setup', {}], ['sweep', {}], ['phase', { phase: 'machine' }], ['agent/grant', { agent: 'bob', fork: 'one' }], ['agent/suspend', { agent: 'ada' }], ['agent/terminate', { agent: 'ada' }],
    ['agent/register', { agent: 'carl' }], ['fork', { agent: 'ada', dir: false }], ['materialize', { checkpoint: 'one', out: '/nowhere' }],
  ] as const) await host.refusal(name, params as never, 'UNAUTHORIZED', bob);
  assert.equal(await host.text('one', 'new.txt'), 'ada', 'nothing was changed');
  assert.equal((await host.call('forks', {}, bob)).length, 2, 'all can be read');

  await host.call('agent/grant', { agent: 'bob', fork: 'one' });
  await host.call('write', { fork: 'one', path: 'new.txt', content: text('bob') }, bob);
  assert.equal(await host.text('one', 'new.txt'), 'bob');
  await host.call('agent/grant', { agent: 'bob', fork: 'one', revoke: true });
  await host.refusal('checkpoint', { fork: 'one' }, 'UNAUTHORIZED', bob);
}));

test('who lost its connection attaches with its token and goes on; the old connection is out', () => withHost(async (host) => {
  const ada = await register(host, 'ada');
  const { head } = (await host.call('forks', { forks: [(await host.call('fork', { name: 'one', dir: false }, ada)).fork] }))[0] ?? { head: '' };
  await host.call('write', { fork: 'one', path: 'half.txt', content: text('half') }, ada);
  assert.equal(await stateOf(host, 'ada'), 'connected');
  ada.end();
  assert.equal(await stateOf(host, 'ada'), 'lost', 'noticed at once');
  assert.ok(host.events.some((event) => event.kind === 'agent' && event.agent === 'ada'));

  const again = connection('again');
  const attached = await host.call('agent/attach', { token: ada.token }, again);
  assert.deepEqual(attached.forks.map(({ name, head: at, pending }) => ({ name, at, pending })), [{ name: 'one', at: head, pending: 1 }]);
  assert.equal(attached.migrated, false, 'nobody was pushed out');
  await host.call('checkpoint', { fork: 'one' }, again);
  await host.refusal('checkpoint', { fork: 'one' }, 'UNAUTHORIZED', ada);

  const third = connection('third');
  assert.equal((await host.call('agent/attach', { token: ada.token }, third)).migrated, true);
  await host.refusal('checkpoint', { fork: 'one' }, 'UNAUTHORIZED', again);
  await host.refusal('agent/attach', { token: `${ada.token}x` }, 'UNAUTHORIZED', connection());

  await host.restart();
  assert.equal(await stateOf(host, 'ada'), 'lost', 'after a restart nobody is attached');
  await host.refusal('write', { fork: 'one', path: 'x', content: text('x') }, 'UNAUTHORIZED', third);
  const fourth = connection('fourth');
  assert.equal((await host.call('agent/attach', { token: ada.token }, fourth)).forks.length, 1);
  await host.call('write', { fork: 'one', path: 'x', content: text('x') }, fourth);
}));

test('suspended, an agent reads and changes nothing; resumed, it goes on; ended, its token is void', () => withHost(async (host) => {
  const ada = await register(host, 'ada');
  await host.call('fork', { name: 'one', dir: false }, ada);
  assert.equal((await host.call('agent/suspend', { agent: 'ada' })).state, 'suspended');
  await host.refusal('checkpoint', { fork: 'one' }, 'BUSY', ada);
  await host.call('timeline', {}, ada);
  await host.restart();
  assert.equal(await stateOf(host, 'ada'), 'suspended', 'also over a restart');
  const back = connection('back');
  assert.equal((await host.call('agent/attach', { token: ada.token }, back)).standing, 'suspended');
  await host.call('agent/resume', { agent: 'ada' });
  await host.call('checkpoint', { fork: 'one' }, back);

  const ended = await host.call('agent/terminate', { agent: 'ada', discard: true });
  assert.deepEqual([ended.state, ended.forks], ['terminated', []]);
  await host.refusal('timeline', {}, 'UNAUTHORIZED', back);
  await host.refusal('agent/attach', { token: ada.token }, 'UNAUTHORIZED', connection());
  await host.call('undo', { fork: 'one' });
  assert.equal((await host.call('forks', { forks: ['one'] }))[0]?.state, 'live', 'what was discarded comes back');
  await register(host, 'ada');
}));

test('an agent that falls silent is lost until it says something', () => withHost(async (host) => {
  const ada = await register(host, 'ada', { heartbeatSeconds: 10 });
  host.offset += 9_000;
  await host.checkHeartbeats();
  assert.equal(await stateOf(host, 'ada'), 'connected');
  await host.call('agent/heartbeat', {}, ada);
  host.offset += 9_000;
  await host.checkHeartbeats();
  assert.equal(await stateOf(host, 'ada'), 'connected');
  host.offset += 2_000;
  host.events.length = 0;
  await host.checkHeartbeats();
  assert.equal(await stateOf(host, 'ada'), 'lost');
  assert.deepEqual(host.events.map(({ kind, agent }) => ({ kind, agent })), [{ kind: 'agent', agent: 'ada' }]);
  await host.call('agent/heartbeat', {}, ada);
  assert.equal(await stateOf(host, 'ada'), 'connected');
  await host.refusal('agent/heartbeat', {}, 'INVALID_ARGUMENT', connection());
}));

test('quotas: forks, bytes and calls a second', () => withHost(async (host) => {
  const ada = await register(host, 'ada', { maxForks: 2, maxBytes: 100 });
  await host.call('fork', { name: 'one', dir: false }, ada);
  await host.call('fork', { name: 'two', dir: false }, ada);
  await host.refusal('fork', { dir: false }, 'QUOTA_EXCEEDED', ada);
  await host.refusal('race', { count: 1, try: 'true', validate: 'true', collapse: false }, 'QUOTA_EXCEEDED', ada);
  await host.call('discard', { forks: ['two'] }, ada);
  await host.call('fork', { name: 'three', dir: false }, ada);

  await host.call('write', { fork: 'one', path: 'a', content: text('x'.repeat(60)) }, ada);
  await host.refusal('write', { fork: 'one', path: 'b', content: text('x'.repeat(60)) }, 'QUOTA_EXCEEDED', ada);
  await host.call('checkpoint', { fork: 'one' }, ada);
  await host.call('write', { fork: 'one', path: 'b', content: text('x'.repeat(40)) }, ada);
  await host.call('checkpoint', { fork: 'one' }, ada);
  await host.refusal('checkpoint', { fork: 'three' }, 'QUOTA_EXCEEDED', ada);
  await host.restart();
  const back = connection();
  await host.call('agent/attach', { token: ada.token }, back);
  await host.refusal('write', { fork: 'one', path: 'c', content: text('x') }, 'QUOTA_EXCEEDED', back);

  const bob = await register(host, 'bob', { callsPerSecond: 3 });
  for (let n = 0; n < 3; n++) await host.call('forks', {}, bob);
  await host.refusal('forks', {}, 'QUOTA_EXCEEDED', bob);
  host.offset += 1000;
  await host.call('forks', {}, bob);
}));

test('the audit log tells who did what, to which fork, and who was refused', () => withHost(async (host) => {
  const ada = await register(host, 'ada');
  const { fork, base } = await host.call('fork', { name: 'one', dir: false }, ada);
  const { checkpoint } = await host.call('checkpoint', { fork: 'one' }, ada);
  await host.call('collapse', { fork: 'one', dryRun: true }, ada);
  await host.refusal('checkpoint', { fork: 'workspace' }, 'UNAUTHORIZED', ada);
  await host.refusal('write', { fork: 'one', path: '../x', content: text('') }, 'INVALID_PATH', ada);
  await host.call('forks', {}, ada);
  await host.call('discard', { forks: ['one'] });
  await host.restart();
  const { entries, total, intact } = await host.call('audit', { verify: true });
  assert.equal(intact, true);
  assert.equal(total, entries.length);
  const workspace = (await host.call('forks', {})).find((row) => row.name === 'workspace')?.fork;
  assert.deepEqual(entries.reverse().map(({ agent, client, operation, forks, checkpoint: at, outcome }) => [agent, client, operation, forks, at, outcome]), [
    ['', 'server', 'setup', [workspace], base, 'ok'],
    ['ada', 'ada', 'agent/register', [], null, 'ok'],
    ['ada', 'ada', 'fork', [fork], null, 'ok'],
    ['ada', 'ada', 'checkpoint', [fork], checkpoint, 'ok'],
    ['ada', 'ada', 'checkpoint', [workspace], null, 'UNAUTHORIZED'],
    ['', 'server', 'discard', [fork], null, 'ok'],
  ]);
  assert.equal((await host.call('audit', { agent: 'ada', operation: 'fork' })).entries.length, 1);
  assert.equal((await host.call('audit', { fork: 'one', limit: 1 })).entries[0]?.operation, 'discard');
  assert.deepEqual((await host.call('audit', { before: 3, limit: 1 })).entries.map(({ number }) => number), [2]);
}));

test('claims are told with who else works there; they bind nobody', () => withHost(async (host) => {
  const [ada, bob] = [await register(host, 'ada'), await register(host, 'bob')];
  assert.deepEqual((await host.call('claim', { globs: ['src/parser/**', 'docs'] }, ada)).overlaps, []);
  const { fork } = await host.call('fork', { name: 'two', dir: false }, bob);
  await host.call('write', { fork: 'two', path: 'docs/guide.md', content: text('guide') }, bob);
  await host.call('checkpoint', { fork: 'two' }, bob);
  assert.deepEqual((await host.call('claim', { fork: 'two', globs: ['src/**'] }, bob)).overlaps, [
    { agent: 'ada', fork: null, globs: [{ mine: 'src/**', theirs: 'src/parser/**' }], paths: [] },
  ]);
  const listed = await host.call('claims', { agent: 'ada' });
  assert.deepEqual(listed[0]?.overlaps, [{ agent: 'bob', fork, globs: [{ mine: 'src/parser/**', theirs: 'src/**' }], paths: ['docs/guide.md'] }]);
  await host.restart();
  assert.equal((await host.call('claims', {})).length, 2, 'also over a restart');
  await host.call('claim', { agent: 'ada', globs: [] });
  await host.call('agent/terminate', { agent: 'bob' });
  assert.deepEqual(await host.call('claims', {}), []);
  await host.refusal('claim', { globs: ['x'] }, 'INVALID_ARGUMENT');
}));
