import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoreEvent, SubscribeResult, ToldEvent } from '../../../protocol/handshake.ts';
import { EventHub } from '../../../server/events.ts';
import { FakeEvents } from './fakes.ts';
import { serve } from './served.ts';
import type { Heard, RawClient } from './served.ts';

const told = (client: RawClient): ToldEvent[] => (client.heard as Heard[]).filter(({ method }) => method === 'pyi/event').map(({ params }) => params as ToldEvent);
const sequences = (client: RawClient): number[] => told(client).map(({ sequence }) => sequence);

async function subscribe(client: RawClient, params: object): Promise<SubscribeResult> {
  const { result, error } = await client.call('pyi/subscribe', params);
  assert.equal(error, undefined);
  return result as SubscribeResult;
}

test('an event is told to those whose filters it fits, once, with its number', async () => {
  const { raw, events } = await serve();
  const filters: Record<string, object[]> = {
    all: [{}], twice: [{}, { repository: '/a' }, {}], kinds: [{ kinds: ['fork', 'collapse'] }], agent: [{ agent: 'bob' }], fork: [{ fork: 'f2' }],
    several: [{ repository: '/a', kinds: ['fork'] }, { repository: '/b', agent: 'bob' }],
  };
  const clients = new Map<string, RawClient>();
  for (const [name, subscriptions] of Object.entries(filters)) {
    const client = await raw();
    for (const params of subscriptions) await subscribe(client, params);
    clients.set(name, client);
  }
  const happened: [string, Partial<StoreEvent>][] = [
    ['/a', { kind: 'fork', agent: 'ann', fork: 'f1' }], ['/a/sub', { kind: 'checkpoint', agent: 'bob', fork: 'f1' }], ['/b', { kind: 'collapse', agent: 'bob', fork: 'f2' }], ['/b', { kind: 'phase', agent: null, fork: null }],
  ];
  for (const [repository, more] of happened) events.tell(repository, more);
  const expected: Record<string, number[]> = { all: [1, 2, 3, 4], twice: [1, 2, 3, 4], kinds: [1, 3], agent: [2, 3], fork: [3], several: [1, 3] };
  for (const [name, client] of clients) {
    await client.call('pyi/unsubscribe', {});
    assert.deepEqual(sequences(client), expected[name], name);
  }
});

test('after unsubscribe nothing is told, of one repository or at all', async () => {
  const { raw, events } = await serve();
  const client = await raw();
  for (const repository of ['/a', '/b']) await subscribe(client, { repository });
  assert.deepEqual((await client.call('pyi/unsubscribe', { repository: '/a' })).result, { ended: 1 });
  events.tell('/a');
  events.tell('/b');
  assert.deepEqual((await client.call('pyi/unsubscribe', {})).result, { ended: 1 });
  events.tell('/b');
  assert.deepEqual((await client.call('pyi/unsubscribe', {})).result, { ended: 0 });
  assert.deepEqual(told(client).map(({ repository }) => repository), ['/b']);
});

test('a client that comes back hears what it missed, in order, before what is new', async () => {
  const { raw, events } = await serve();
  const first = await raw();
  const { epoch, sequence, missed } = await subscribe(first, { repository: '/a' });
  assert.deepEqual([sequence, missed], [0, false]);
  events.tell('/a');
  await first.hears((message) => 'method' in message);
  first.socket.destroy();
  for (const repository of ['/a', '/b', '/a']) events.tell(repository);
  const back = await raw();
  const again = await subscribe(back, { repository: '/a', epoch, after: sequences(first).at(-1) });
  assert.deepEqual(again, { subscribed: true, epoch, sequence: 4, missed: false });
  assert.deepEqual((back.heard as Heard[]).map(({ id, params }) => id ?? (params as ToldEvent).sequence), ['r1', 2, 4, 'r2'], 'all of it before the answer');
  events.tell('/a');
  await back.call('pyi/unsubscribe', {});
  assert.deepEqual(sequences(back), [2, 4, 5]);
});

test('a client learns that not all is known any more: too much happened, or it is another server', async () => {
  const events = new FakeEvents(3);
  const { raw } = await serve({}, { events });
  for (let count = 0; count < 10; count++) events.tell('/a');
  for (const [params, missed, heard] of [
    [{ after: 7, epoch: 'this life' }, false, [8, 9, 10]],
    [{ after: 6, epoch: 'this life' }, true, [8, 9, 10]],
    [{ after: 10, epoch: 'this life' }, false, []],
    [{ after: 11, epoch: 'this life' }, true, []],
    [{ after: 7, epoch: 'another' }, true, []],
    [{}, false, []],
  ] as const) {
    const client = await raw();
    assert.equal((await subscribe(client, params)).missed, missed, JSON.stringify(params));
    assert.deepEqual(sequences(client), heard);
  }
});

test('what cannot be a subscription is refused with what is wrong, and changes nothing', async () => {
  const { raw, events } = await serve();
  const client = await raw();
  for (const [params, message] of [
    [{ kinds: ['nothing'] }, /"kinds\.0" must be one of/], [{ kinds: [] }, /"kinds" must have at least 1/], [{ after: -1, epoch: 'x' }, /"after" must be at least 0/],
    [{ after: 1 }, /"after" and "epoch" one is missing/], [{ epoch: 'x' }, /"after" and "epoch" one is missing/], [{ repo: '/a' }, /no parameter "repo"/], [[], /must be an object/],
  ] as const) {
    const { error } = await client.call('pyi/subscribe', params);
    assert.equal(error?.data?.code, 'INVALID_ARGUMENT');
    assert.match(error?.message ?? '', message);
  }
  for (let count = 0; count < 1000; count++) client.send({ jsonrpc: '2.0', id: count, method: 'pyi/subscribe', params: { fork: `f${count}` } });
  assert.equal((await client.call('pyi/subscribe', { fork: 'one more' })).error?.data?.code, 'QUOTA_EXCEEDED');
  events.tell('/a', { fork: 'one more' });
  assert.deepEqual((await client.call('pyi/unsubscribe', {})).result, { ended: 1000 });
  assert.deepEqual(told(client), []);
});

test('the hub keeps the last events, in order, however many there were', () => {
  const hub = new EventHub('e', 4);
  const event: StoreEvent = { repository: '/r', store: '/r/.pyi', kind: 'fork', fork: null, checkpoint: null, time: 0, agent: null };
  for (let last = 0; last <= 13; last++) {
    const expected = Array.from({ length: Math.min(last, 4) }, (_, index) => last - Math.min(last, 4) + index + 1);
    assert.deepEqual([...hub.after(0)].map(({ sequence }) => sequence), expected);
    assert.equal(hub.knowsAllAfter('e', 0), last <= 4);
    hub.emit(event);
  }
});
