import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HexId } from '../../../protocol/ids.ts';
import type { CheckpointKind } from '../../../protocol/values.ts';
import { CatalogDatabase } from '../../../server/catalog/database.ts';
import type { CheckpointFilter } from '../../../server/catalog/queries.ts';
import { decodeEntries, encodeJournalEntry, joinEntries } from '../../../server/catalog/entries.ts';
import { SeededRandom } from '../../support/random.ts';
import { body, forkRecord, id, Journal, shortId, sqlJs } from './samples.ts';

const SEED = Number(process.env['PYI_SEED'] ?? 1);
const KINDS: readonly CheckpointKind[] = ['manual', 'automatic', 'tool', 'recovery'];
const FORKS = ['a', 'b', 'c', 'd'];
const TASKS: Readonly<Record<string, string | null>> = { a: null, b: 'parser', c: 'parser', d: 'lexer' };
const DAY = 86_400_000;

interface Row {
  readonly name: string;
  readonly fork: string;
  readonly agent: string;
  readonly time: number;
  readonly kind: CheckpointKind;
  readonly message: string;
  readonly cause: string;
  readonly title: string | null;
}

/** A database of random checkpoints, and the same as rows in the order of a timeline, which is worked out here. */
function randomCatalog(random: SeededRandom, count: number): { database: CatalogDatabase; rows: Row[] } {
  const journal = new Journal();
  for (const fork of FORKS) journal.record(forkRecord(fork, { agent: `agent ${fork}`, task: TASKS[fork] ?? null }));
  const taken: Row[] = [];
  for (let n = 0; n < count; n++) {
    const fork = random.pick(FORKS);
    const row: Row = {
      name: `c${n}`, fork, agent: random.chance(0.9) ? `agent ${fork}` : 'agent a', time: 1_700_000_000_000 + random.integer(0, 300) * DAY / 24,
      kind: random.pick(KINDS), message: `Step ${random.integer(0, 20)} 100%`, cause: random.chance(0.3) ? 'on_save' : '', title: random.chance(0.1) ? `name ${random.integer(0, 5)}` : null,
    };
    taken.push(row);
    journal.checkpoint(row.name, body(fork, row.time, { agent: row.agent, kind: row.kind, message: row.message, cause: row.cause, root: id(`root ${n}`), parents: n === 0 ? [] : [id(`c${random.integer(0, n - 1)}`)] }));
    if (row.title !== null) journal.record({ type: 'pin', checkpoint: id(row.name), pinned: true, name: row.title });
  }
  const database = new CatalogDatabase(sqlJs);
  database.put(decodeEntries(joinEntries(journal.entries.map(encodeJournalEntry))), journal.lastSequence());
  const place = new Map(taken.map((row, index) => [row, index]));
  return { database, rows: [...taken].sort((one, other) => other.time - one.time || (place.get(other) ?? 0) - (place.get(one) ?? 0)) };
}

function randomFilter(random: SeededRandom): CheckpointFilter {
  const some = <K extends keyof CheckpointFilter>(key: K, value: () => Required<CheckpointFilter>[K]): Partial<CheckpointFilter> => (random.chance(0.25) ? { [key]: value() } : {});
  return {
    ...some('fork', () => shortId(random.pick(FORKS))), ...some('agent', () => `agent ${random.pick(FORKS)}`),
    ...some('task', () => random.pick(['parser', 'lexer', 'none', null])), ...some('kinds', () => random.shuffled(KINDS).slice(0, random.integer(1, 3))),
    ...some('text', () => random.pick(['step 1', 'ON_SAVE', 'NAME 3', '100%', '%', 'nothing'])),
    ...some('after', () => 1_700_000_000_000 + random.integer(0, 12) * DAY), ...some('before', () => 1_700_000_000_000 + random.integer(0, 12) * DAY),
  };
}

function takes({ fork, agent, task, kinds, text, after, before }: CheckpointFilter, row: Row): boolean {
  const has = (where: string | null): boolean => where?.toLowerCase().includes((text ?? '').toLowerCase()) === true;
  return (fork === undefined || shortId(row.fork) === fork) && (agent === undefined || row.agent === agent)
    && (task === undefined || (TASKS[row.fork] ?? null) === task) && (kinds === undefined || kinds.includes(row.kind))
    && (text === undefined || has(row.message) || has(row.cause) || has(row.title))
    && (after === undefined || row.time >= after) && (before === undefined || row.time < before);
}

describe('CatalogDatabase: filters, against a plain search', () => {
  const random = new SeededRandom(SEED);
  const { database, rows } = randomCatalog(random, 400);

  it('a timeline page is what is left of all rows', () => {
    for (let round = 0; round < 150; round++) {
      const filter = randomFilter(random);
      const [limit, offset] = [random.integer(1, 50), random.pick([0, 0, 3, 100, 1000])];
      const expected = rows.filter((row) => takes(filter, row)).slice(offset, offset + limit);
      const found = database.read.timeline({ ...filter, limit, offset });
      assert.deepEqual(found.map(({ checkpoint }) => checkpoint), expected.map(({ name }) => id(name)), `${JSON.stringify({ filter, limit, offset })} (seed ${SEED})`);
      assert.deepEqual(found.map(({ name, pinned }) => [name, pinned]), expected.map(({ title }) => [title, title !== null]));
    }
  });

  it('a tally counts what a timeline lists, each row once, the newest group first', () => {
    for (let round = 0; round < 60; round++) {
      const filter = randomFilter(random);
      const by = random.pick(['day', 'agent', 'task'] as const);
      const told = `${by} ${JSON.stringify(filter)} (seed ${SEED})`;
      const matching = rows.filter((row) => takes(filter, row));
      const groups = database.read.tally({ ...filter, by, timeZone: random.pick(['UTC', 'Asia/Kathmandu', 'America/New_York']) });
      assert.equal(groups.reduce((total, { count }) => total + count, 0), matching.length, told);
      for (const { key, count, after, before } of groups) {
        const own = by === 'agent' ? { agent: key ?? '' } : by === 'task' ? { task: key } : {};
        assert.equal(database.read.timeline({ ...filter, ...own, after, before, limit: 1000 }).length, count, told);
      }
      const newest = groups.map(({ after, before }) => Math.max(...matching.filter(({ time }) => time >= after && time < before).map(({ time }) => time)));
      if (by === 'day') assert.deepEqual(newest, [...newest].sort((a, b) => b - a), told);
    }
  });

  it('dots are the last of each fork, oldest first', () => {
    const forks = [...FORKS.slice(1), 'unknown'].map(shortId);
    for (const limit of [0, 1, 7, 1000]) {
      const dots = database.read.dots({ forks, limit });
      for (const fork of forks) {
        const expected = rows.filter((row) => shortId(row.fork) === fork).slice(0, limit).reverse()
          .map(({ name, time, kind, title }) => ({ checkpoint: id(name), time, kind, pinned: title !== null }));
        assert.deepEqual(dots[fork], expected, `limit ${limit} (seed ${SEED})`);
      }
    }
  });

  it('steps go through all of them in pages, each beside the root of its first parent', () => {
    for (const fork of [undefined, 'b']) {
      const walked: HexId[] = [];
      for (let from: { time: number; row: number } | undefined; ;) {
        const page = database.read.steps({ limit: 37, ...(fork === undefined ? {} : { fork: shortId(fork) }), ...(from === undefined ? {} : { from }) });
        const last = page.at(-1);
        if (last === undefined) break;
        for (const step of page) {
          walked.push(step.checkpoint);
          const parent = database.read.checkpoints([step.checkpoint])[0]?.parents[0];
          const root = parent === undefined ? undefined : database.read.checkpoints([parent])[0]?.root;
          if (root !== undefined) assert.equal(step.before, root);
        }
        from = { time: last.time, row: last.row };
      }
      assert.deepEqual(walked, rows.filter((row) => fork === undefined || row.fork === fork).map(({ name }) => id(name)));
    }
  });
});

describe('CatalogDatabase: a parent that retention let go of', () => {
  it('is stood for by the checkpoint before it that is kept of the same fork', () => {
    const journal = new Journal();
    for (const fork of ['a', 'b']) journal.record(forkRecord(fork));
    for (let n = 1; n <= 4; n++) journal.checkpoint(`a${n}`, body('a', n * 10, { root: id(`root a${n}`), parents: n === 1 ? [] : [id(`a${n - 1}`)] }));
    journal.checkpoint('b1', body('b', 35, { root: id('root b1') }));
    journal.record({ type: 'retire', checkpoints: [id('a3')] });
    const database = new CatalogDatabase(sqlJs);
    database.put(decodeEntries(joinEntries(journal.entries.map(encodeJournalEntry))), journal.lastSequence());
    assert.deepEqual(database.read.steps({ limit: 10 }).map(({ checkpoint, before }) => [checkpoint, before]),
      [[id('a4'), id('root a2')], [id('b1'), null], [id('a2'), id('root a1')], [id('a1'), null]]);
  });
});
