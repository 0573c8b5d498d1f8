import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_FORKS, detailsOf, dotsFor, loadSuperposition } from '../../../client/views/superposition-state.ts';
import type { Client } from '../../../connect/client.ts';
import { PyiError } from '../../../protocol/errors.ts';
import type { Branch } from '../../../protocol/values.ts';
import { NOW, forkInfo, observation } from './samples.ts';

const OPTIONS = { repository: '/x', ended: false, here: null, dots: 60 };

function branch(some: Partial<Branch>): Branch {
  return { ...forkInfo({}), bytes: 10, pinned: false, dots: [], overlaps: { siblings: 0, paths: 0, worst: [] }, ...some };
}

function dot(checkpoint: string, time: number): Branch['dots'][number] {
  return { checkpoint, time, kind: 'manual', pinned: false };
}

/** A store with these forks, and what it was asked. */
function storeOf(branches: readonly Branch[]): { readonly client: Pick<Client, 'call'>; readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return { asked, client: { call: async (name, params) => {
    asked.push([name, params]);
    return branches as never;
  } } };
}

test('a row tells the last observation, and whether the fork has moved on since', async () => {
  const { client } = storeOf([
    branch({ fork: '1'.repeat(32), observations: [observation(false, 0), observation(true, 0.5)] }),
    branch({ fork: '2'.repeat(32), head: 'd'.repeat(64), observations: [observation(true, 1)] }), branch({ fork: '3'.repeat(32) }),
  ]);
  const { view } = await loadSuperposition(client, OPTIONS);
  assert.ok(view.kind === 'ready');
  assert.deepEqual(view.forks.map(({ observed }) => observed), [{ ok: true, score: 0.5, current: true }, { ok: true, score: 1, current: false }, null]);
});

test('checkpoints travel as times and letters', async () => {
  const { client } = storeOf([branch({ dots: [dot('a', 5), { ...dot('b', 7), kind: 'merge', pinned: true }] })]);
  const { view } = await loadSuperposition(client, OPTIONS);
  assert.ok(view.kind === 'ready');
  assert.deepEqual(view.forks[0]?.dots, { times: [5, 7], kinds: 'mG' });
});

test('a fork began when the checkpoint was taken that it started from', async () => {
  const base = 'b'.repeat(64);
  const known = storeOf([branch({ fork: '1'.repeat(32), parent: null, base: '0'.repeat(64), dots: [dot(base, NOW - 500)] }), branch({ base, created: NOW - 100 })]);
  const unknown = storeOf([branch({ base, created: NOW - 90 }), branch({ base, created: NOW - 100 })]);
  for (const [{ client }, began] of [[known, NOW - 500], [unknown, NOW - 100]] as const) {
    const { view } = await loadSuperposition(client, OPTIONS);
    assert.ok(view.kind === 'ready');
    assert.equal(view.forks.at(-1)?.began, began);
    if (client === unknown.client) assert.equal(view.forks[0]?.began, began);
  }
});

test('the more forks, the fewer checkpoints of each are asked for', async () => {
  assert.deepEqual([0, 10, 500, 100_000].map(dotsFor), [60, 60, 16, 8]);
  const { client, asked } = storeOf([]);
  await loadSuperposition(client, { ...OPTIONS, dots: 16, ended: true });
  assert.deepEqual(asked, [['superposition', { repository: '/x', all: true, dots: 16 }]]);
});

test('thousands of forks are cut to those that live and are young, with the work trees', async () => {
  const many = Array.from({ length: MOST_FORKS + 100 }, (_, index) => branch({
    fork: index.toString(16).padStart(32, '0'), created: index, state: index % 2 === 0 ? 'discarded' : 'live', ...(index === 0 ? { parent: null, state: 'live' as const } : {}),
  }));
  const { view, branches } = await loadSuperposition(storeOf(many).client, OPTIONS);
  assert.ok(view.kind === 'ready');
  assert.deepEqual([view.forks.length, view.more, branches.size], [MOST_FORKS, 100, MOST_FORKS + 100]);
  assert.equal(view.forks[0]?.parent, null);
  assert.equal(view.forks.filter(({ state }) => state === 'live').length, (MOST_FORKS + 100) / 2 + 1);
});

test('evidence and ids come with the details, not with each state', async () => {
  const secret = 'e'.repeat(9000);
  const one = branch({
    fork: '1'.repeat(32), observations: [...Array.from({ length: 6 }, () => observation(false, 0)), { ...observation(true, 1), evidence: secret, checkpoint: 'c'.repeat(64) }],
    overlaps: { siblings: 2, paths: 3, worst: [{ fork: '2'.repeat(32), paths: 3 }, { fork: '9'.repeat(32), paths: 1 }] },
  });
  const { view, branches } = await loadSuperposition(storeOf([one, branch({ fork: '2'.repeat(32), name: 'other' })]).client, OPTIONS);
  assert.equal(JSON.stringify(view).includes('e'.repeat(100)), false);
  const details = detailsOf(branches, one.fork);
  assert.deepEqual([details.head, details.observations.length, details.earlier, details.observations[0]?.ok, details.observations[0]?.evidence.length], [one.head, 5, 2, true, 8192]);
  assert.deepEqual(details.overlaps.map(({ name, paths }) => [name, paths]), [['other', 3], ['999999999999', 1]]);
  assert.throws(() => detailsOf(branches, '8'.repeat(32)), (error) => PyiError.is(error, 'NOT_FOUND'));
});

test('no store and a broken store are told apart', async () => {
  const failing = (error: PyiError): Pick<Client, 'call'> => ({ call: async () => Promise.reject(error) });
  assert.deepEqual((await loadSuperposition(failing(new PyiError('NOT_FOUND', '', '')), OPTIONS)).view, { kind: 'none' });
  assert.deepEqual((await loadSuperposition(failing(new PyiError('BUSY', 'Locked.', 'Wait.')), OPTIONS)).view, { kind: 'problem', message: 'Locked. Wait.' });
});
