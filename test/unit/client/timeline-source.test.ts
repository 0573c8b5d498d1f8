import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimelineSource } from '../../../client/views/timeline-source.ts';
import type { Client } from '../../../connect/client.ts';
import type { CheckpointInfo } from '../../../protocol/values.ts';
import { checkpointInfo, forkInfo } from './samples.ts';

const QUESTION = { folder: '/x', filter: {}, by: 'agent', timeZone: 'UTC' } as const;
const START = 1_700_000_000_000;

/** A store with a few operations, answered as the server does. */
class FakeStore {
  readonly infos: CheckpointInfo[] = [];
  readonly asked: string[] = [];
  now = START;
  readonly source = new TimelineSource({ repository: '/x', now: () => this.now, client: async () => ({ call: async (name: string, params: object) => this.#answer(name, params) as never }) as Pick<Client, 'call'> });

  add(agent: string, time: number): void {
    this.infos.push(checkpointInfo({ checkpoint: `${agent}-${time}`, agent, time }));
  }

  #answer(name: string, { agent, after = 0, before = Infinity, offset = 0, limit = 0 }: { agent?: string; after?: number; before?: number; offset?: number; limit?: number }): unknown {
    this.asked.push(`${name} ${after === 0 ? 'old' : 'young'}`);
    if (name === 'forks') return [forkInfo({ name: 'try' })];
    const found = this.infos.filter((info) => info.time >= after && info.time < before && (agent === undefined || info.agent === agent)).sort((a, b) => b.time - a.time);
    if (name === 'timeline') return found.slice(offset, offset + limit);
    const groups = [...new Set(found.map((info) => info.agent))].map((key) => ({ key, count: found.filter((info) => info.agent === key).length, after: 0, before: 0 }));
    return { total: found.length, groups };
  }
}

function storeWith(old: number, young: number): FakeStore {
  const store = new FakeStore();
  for (let i = 0; i < old; i++) store.add('ada', START - 1_000_000 + i);
  for (let i = 0; i < young; i++) store.add('ada', START - 1000 + i);
  return store;
}

test('a new checkpoint is counted without counting the old ones again', async () => {
  const store = storeWith(10, 2);
  assert.deepEqual(await store.source.tally(QUESTION), [{ key: 'ada', count: 12 }]);
  store.asked.length = 0;
  store.add('grace', START + 1);
  assert.deepEqual(store.source.hear({ kind: 'checkpoint', time: START + 1 }), { past: false, forks: false });
  assert.deepEqual(await store.source.tally(QUESTION), [{ key: 'grace', count: 1 }, { key: 'ada', count: 12 }]);
  assert.deepEqual(store.asked, ['tally young']);
});

test('rows on both sides of the boundary come in one piece, each at its place', async () => {
  const store = storeWith(3, 3);
  await store.source.tally(QUESTION);
  const { rows, settled } = await store.source.rows({ ...QUESTION, key: 'ada', from: 1, count: 4 });
  assert.deepEqual(rows.map(({ time }) => time - START), [-999_999, -999_998, -1000, -999]);
  assert.deepEqual([settled, rows[0]?.forkName], [3, 'try']);
});

test('the newest checkpoints come along with the counts, as many as a tall window shows', async () => {
  const store = storeWith(330, 12);
  store.add('grace', START - 5);
  const { groups, pages } = await store.source.overview({ ...QUESTION, newest: true });
  assert.deepEqual(groups, [{ key: 'grace', count: 1 }, { key: 'ada', count: 342 }]);
  assert.deepEqual(pages.map(({ key, from, count, rows }) => [key, from, count, rows.length]), [['grace', 0, 1, 1], ['ada', 300, 42, 42], ['ada', 200, 100, 100]]);
  assert.equal(pages[1]?.rows.at(-1)?.time, START - 1000 + 11);
  assert.deepEqual((await store.source.overview({ ...QUESTION, newest: false })).pages, []);
});

test('places stay those of their checkpoints while others come and the boundary moves on', async () => {
  const store = storeWith(5, 1200);
  await store.source.tally(QUESTION);
  const at = async (place: number): Promise<string | undefined> => (await store.source.rows({ ...QUESTION, key: 'ada', from: place, count: 1 })).rows[0]?.checkpoint;
  const before = [await at(0), await at(4), await at(5), await at(1204)];
  store.now += 600_000;
  for (let i = 0; i < 10; i++) store.add('ada', store.now - 5 + i);
  assert.deepEqual(await store.source.tally(QUESTION), [{ key: 'ada', count: 1215 }]);
  assert.deepEqual([await at(0), await at(4), await at(5), await at(1204)], before);
  assert.equal((await store.source.rows({ ...QUESTION, key: 'ada', from: 0, count: 1 })).settled, 1205);
});

test('after a sweep, a pin, or clocks that went back, everything is counted anew', async () => {
  const store = storeWith(2, 0);
  for (const event of [{ kind: 'sweep', time: START }, { kind: 'pin', time: START }, { kind: 'checkpoint', time: START - 10_000_000 }] as const) {
    await store.source.tally(QUESTION);
    store.asked.length = 0;
    assert.equal(store.source.hear(event).past, true, event.kind);
    await store.source.tally(QUESTION);
    assert.deepEqual(store.asked.sort(), ['tally old', 'tally young'], event.kind);
  }
});

test('a question that failed is asked again', async () => {
  let fails = true;
  const source = new TimelineSource({ repository: '/x', now: () => START, client: async () => ({ call: async () => {
    if (fails) throw new Error('gone');
    return { total: 0, groups: [] } as never;
  } }) });
  await assert.rejects(source.tally(QUESTION), /gone/);
  fails = false;
  assert.deepEqual(await source.tally(QUESTION), []);
});
