import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ForkWatch } from '../../../../client/fs/fork-watch.ts';
import type { Moved } from '../../../../client/fs/fork-watch.ts';
import { StateReader } from '../../../../client/fs/state-reader.ts';
import type { StoreEvent } from '../../../../protocol/handshake.ts';
import { FakeTimers } from '../../transport/fakes.ts';
import { settle } from '../fakes.ts';
import { FORK, FakeStore } from './fake-store.ts';

const EVENT: StoreEvent = { repository: '/r', store: '/r/.git/pyi', kind: 'checkpoint', fork: FORK, checkpoint: null, agent: null, time: 2000 };

function setUp(): { store: FakeStore; timers: FakeTimers; told: Moved[]; watch: ForkWatch } {
  const store = new FakeStore();
  const timers = new FakeTimers();
  const told: Moved[] = [];
  const watch = new ForkWatch({ reader: new StateReader({ client: async () => store.client, now: () => 0 }), after: timers.after, onMoved: (_repository, _fork, moved) => told.push(moved) });
  return { store, timers, told, watch };
}

async function rest(timers: FakeTimers): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await settle();
  timers.fire(200);
  for (let turn = 0; turn < 10; turn++) await settle();
}

test('tells the files that differ between the heads, once the fork moved', async () => {
  const { store, timers, told, watch } = setUp();
  watch.watch('/r', FORK);
  await rest(timers);
  store.head = '2'.repeat(64);
  store.changes = { added: ['new'], changed: ['a'], deleted: ['old'], renamed: [{ from: 'x', to: 'y' }] };
  watch.hear(EVENT);
  await rest(timers);
  assert.deepEqual(told, [{ created: ['new', 'y'], changed: ['a'], deleted: ['old', 'x'] }]);
  assert.equal(timers.pending.length, 0, 'at rest nothing waits');
});

test('asks nothing for events of other forks, for heads that did not move, and after the last user left', async () => {
  const { store, timers, told, watch } = setUp();
  const stops = [watch.watch('/r', FORK), watch.watch('/r', FORK)];
  await rest(timers);
  assert.deepEqual(store.calls, ['forks f']);
  watch.hear({ ...EVENT, fork: '0'.repeat(32) });
  watch.hear({ ...EVENT, fork: null });
  await rest(timers);
  assert.equal(store.calls.length, 1);
  stops[0]?.();
  stops[0]?.();
  watch.hear({ ...EVENT, kind: 'observe' });
  await rest(timers);
  assert.deepEqual(store.calls, ['forks f', 'forks f']);
  stops[1]?.();
  store.head = '2'.repeat(64);
  watch.hear(EVENT);
  await rest(timers);
  assert.deepEqual([store.calls.length, told], [2, []]);
});

test('what cannot be compared is told as such', async () => {
  const { store, timers, told, watch } = setUp();
  watch.watch('/r', FORK);
  await rest(timers);
  store.head = '2'.repeat(64);
  store.changes = undefined;
  watch.hear(EVENT);
  await rest(timers);
  store.head = '3'.repeat(64);
  store.changes = { added: Array.from({ length: 2001 }, (_, index) => `f${index}`), changed: [], deleted: [], renamed: [] };
  watch.hear(EVENT);
  await rest(timers);
  assert.deepEqual(told, [undefined, undefined]);
});

test('catches up with what happened while there was no connection', async () => {
  const { store, timers, told, watch } = setUp();
  watch.watch('/r', FORK);
  await rest(timers);
  store.head = '2'.repeat(64);
  store.changes = { added: [], changed: ['a'], deleted: [], renamed: [] };
  watch.catchUp();
  await rest(timers);
  assert.deepEqual(told, [{ created: [], changed: ['a'], deleted: [] }]);
});
