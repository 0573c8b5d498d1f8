import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CatalogDatabase } from '../../../server/catalog/database.ts';
import type { CatalogEntry } from '../../../server/catalog/entries.ts';
import { decodeEntries, encodeJournalEntry, joinEntries } from '../../../server/catalog/entries.ts';
import type { TimelineQuery } from '../../../server/catalog/queries.ts';
import { body, discardRecord, forkRecord, id, Journal, shortId, sqlJs } from './samples.ts';

function entriesOf(journal: Journal): CatalogEntry[] {
  return decodeEntries(joinEntries(journal.entries.map(encodeJournalEntry)));
}

function databaseOf(journal: Journal): CatalogDatabase {
  const database = new CatalogDatabase(sqlJs);
  database.put(entriesOf(journal), journal.lastSequence());
  return database;
}

/** Two forks of two agents with a checkpoint each at 1000, 2000, …: odd ones of `a`, even ones of `b`. */
function twoForks(checkpoints: number): Journal {
  const journal = new Journal();
  journal.record(forkRecord('a', { agent: 'ada' }));
  journal.record(forkRecord('b', { agent: 'bob', task: 'parser' }));
  for (let n = 1; n <= checkpoints; n++) {
    const fork = n % 2 === 1 ? 'a' : 'b';
    journal.checkpoint(`c${n}`, body(fork, n * 1000, { agent: fork === 'a' ? 'ada' : 'bob', message: `step ${n}`, cause: n === 3 ? 'tool Edit' : '' }));
  }
  return journal;
}

function names(database: CatalogDatabase, query: Partial<TimelineQuery>): string[] {
  return database.read.timeline({ limit: 20, ...query }).map(({ message }) => message);
}

describe('CatalogDatabase: timeline', () => {
  it('gives checkpoints back as they were recorded', () => {
    const journal = new Journal();
    journal.record(forkRecord('a'));
    const recorded = body('a', 1234, {
      parents: [id('first parent'), id('second parent')], kind: 'merge', message: 'zwei\nZeilen "ü"', cause: 'integrate',
      git: { head: 'f'.repeat(40), branch: null },
    });
    journal.checkpoint('c', recorded);
    assert.deepEqual(databaseOf(journal).read.timeline({ limit: 1 }), [{ checkpoint: id('c'), ...recorded, pinned: false, name: null }]);
  });

  it('lists the newest first, of all, of a fork, of an agent and before a time', () => {
    const database = databaseOf(twoForks(6));
    assert.deepEqual(names(database, {}), ['step 6', 'step 5', 'step 4', 'step 3', 'step 2', 'step 1']);
    assert.deepEqual(names(database, { limit: 2 }), ['step 6', 'step 5']);
    assert.deepEqual(names(database, { fork: shortId('a') }), ['step 5', 'step 3', 'step 1']);
    assert.deepEqual(names(database, { agent: 'bob', limit: 2 }), ['step 6', 'step 4']);
    assert.deepEqual(names(database, { before: 3000 }), ['step 2', 'step 1']);
    assert.deepEqual(names(database, { fork: shortId('a'), agent: 'ada', before: 5000 }), ['step 3', 'step 1']);
    assert.deepEqual(names(database, { fork: shortId('a'), agent: 'bob' }), []);
    assert.deepEqual(names(database, { fork: shortId('unknown') }), []);
  });

  it('puts the later in the journal first when the clock stood still', () => {
    const journal = new Journal();
    journal.record(forkRecord('a'));
    for (const message of ['first', 'second', 'third']) journal.checkpoint(message, body('a', 5, { message }));
    assert.deepEqual(names(databaseOf(journal), {}), ['third', 'second', 'first']);
  });

  it('finds text in messages and causes in any case, and takes the signs of LIKE literally', () => {
    const database = databaseOf(twoForks(12));
    assert.deepEqual(names(database, { text: 'STEP 1' }), ['step 12', 'step 11', 'step 10', 'step 1']);
    assert.deepEqual(names(database, { text: 'edit' }), ['step 3']);
    assert.deepEqual(names(database, { text: 'step%1' }), []);
    assert.deepEqual(names(database, { text: 'step_1' }), []);
    assert.deepEqual(names(database, { text: '\\' }), []);
    assert.deepEqual(names(database, { text: "' OR 1 --" }), []);
  });

  it('reads the parents of more checkpoints than fit one statement', () => {
    const journal = new Journal();
    journal.record(forkRecord('a'));
    for (let n = 1; n <= 2500; n++) journal.checkpoint(`c${n}`, body('a', n, { parents: [id(`c${n - 1}`)] }));
    const all = databaseOf(journal).read.timeline({ limit: 100_000 });
    assert.equal(all.length, 2500);
    for (const [index, { checkpoint, parents }] of all.entries()) {
      assert.equal(checkpoint, id(`c${2500 - index}`));
      assert.deepEqual(parents, [id(`c${2499 - index}`)]);
    }
  });

  it('shows pins, whenever they were set', () => {
    const journal = twoForks(2);
    journal.record({ type: 'pin', checkpoint: id('c1'), pinned: true });
    journal.record({ type: 'pin', checkpoint: id('c2'), pinned: true });
    journal.record({ type: 'pin', checkpoint: id('c2'), pinned: false });
    assert.deepEqual(databaseOf(journal).read.timeline({ limit: 5 }).map(({ pinned }) => pinned), [false, true]);
  });
});

describe('CatalogDatabase: history', () => {
  const observation = { checkpoint: id('c2'), ok: false, exit: null, score: -0.5, evidence: 'too slow', command: ['npm', 'test'], millis: 12.5, time: 50 };

  it('keeps every observation of a fork', () => {
    const journal = twoForks(2);
    journal.record({ type: 'observation', fork: shortId('b'), probability: 0.25, observation });
    journal.record({ type: 'observation', fork: shortId('a'), probability: 1, observation: { ...observation, ok: true, exit: 0, score: null, time: 60 } });
    const { read } = databaseOf(journal);
    assert.deepEqual(read.observations({ fork: shortId('b'), limit: 9 }), [{ fork: shortId('b'), ...observation }]);
    assert.deepEqual(read.observations({ limit: 9 }).map(({ time }) => time), [60, 50]);
  });

  it('lists operations with where they moved each fork', () => {
    const journal = twoForks(2);
    journal.record(discardRecord('b', 70));
    assert.deepEqual(databaseOf(journal).read.operations({ fork: shortId('b'), limit: 9 }), [
      { operation: shortId('discard b'), fork: shortId('b'), kind: 'discard', time: 70, before: id('base'), after: id('base'), undoes: null },
    ]);
  });

  it('tells what each agent has and when it was last active', () => {
    const journal = twoForks(5);
    journal.record(forkRecord('c', { agent: 'cleo', time: 9 }));
    journal.record(discardRecord('b', 70));
    assert.deepEqual(databaseOf(journal).read.agents(), [
      { agent: 'ada', live: 1, merged: 0, discarded: 0, checkpoints: 3, lastActive: 5000 },
      { agent: 'bob', live: 0, merged: 0, discarded: 1, checkpoints: 2, lastActive: 4000 },
      { agent: 'cleo', live: 1, merged: 0, discarded: 0, checkpoints: 0, lastActive: 9 },
    ]);
  });

  it('forgets a purged fork once none of its checkpoints is left', () => {
    const journal = twoForks(4);
    journal.record({ type: 'observation', fork: shortId('b'), probability: 1, observation });
    journal.record(discardRecord('b', 70));
    journal.record({ type: 'purge', forks: [shortId('b')] });
    const database = databaseOf(journal);
    assert.deepEqual(database.read.observations({ limit: 9 }), []);
    assert.deepEqual(database.read.operations({ limit: 9 }), []);
    assert.equal(database.counts().forks, 1);
    assert.deepEqual(names(database, { fork: shortId('b') }), ['step 4', 'step 2']);
    database.put([{ sequence: 99, record: { type: 'retire', checkpoints: [id('c2'), id('c4'), id('never there')] } }], 99);
    assert.deepEqual(names(database, {}), ['step 3', 'step 1']);
    assert.deepEqual(database.read.agents().map(({ agent }) => agent), ['ada']);
    assert.deepEqual(database.read.faults(), []);
  });

  it('shows checkpoints of a fork that the journal no longer describes', () => {
    const journal = new Journal();
    journal.checkpoint('c', body('gone', 1, { message: 'kept' }));
    const database = databaseOf(journal);
    assert.deepEqual(database.read.timeline({ limit: 1 }).map(({ fork, message }) => ({ fork, message })), [{ fork: shortId('gone'), message: 'kept' }]);
    assert.equal(database.counts().forks, 0);
  });
});

describe('CatalogDatabase: replay', () => {
  function everything(): Journal {
    const journal = twoForks(30);
    journal.record({ type: 'pin', checkpoint: id('c1'), pinned: true });
    journal.record({ type: 'directory', fork: shortId('a'), dir: '/somewhere' });
    journal.record({ type: 'phase', phase: 'machine' });
    journal.record({
      type: 'observation', fork: shortId('a'), probability: 0.5,
      observation: { checkpoint: id('c3'), ok: true, exit: 0, score: 1, evidence: '', command: [], millis: 1, time: 7 },
    });
    journal.record({ type: 'retire', checkpoints: [id('c5')] });
    journal.record(discardRecord('b', 70));
    return journal;
  }

  function contents({ read }: CatalogDatabase): unknown {
    return [read.timeline({ limit: 100 }), read.observations({ limit: 100 }), read.operations({ limit: 100 }), read.agents()];
  }

  it('comes to the same tables wherever a replay begins again', () => {
    const journal = everything();
    const entries = entriesOf(journal);
    const once = contents(databaseOf(journal));
    for (let from = 0; from < entries.length; from++) {
      const database = databaseOf(journal);
      database.put(entries.slice(from), journal.lastSequence());
      assert.deepEqual(contents(database), once, `replayed from entry ${from}`);
    }
  });

  it('goes on after an export, and from the exported image', () => {
    const journal = everything();
    const database = databaseOf(journal);
    assert.equal(database.unsaved, journal.entries.length);
    const image = { bytes: database.export(), sequence: database.sequence };
    assert.equal(database.unsaved, 0);
    const loaded = new CatalogDatabase(sqlJs, image);
    assert.equal(loaded.sequence, journal.lastSequence());
    for (const each of [database, loaded]) {
      each.put([{ sequence: 100, checkpoint: id('late'), body: body('a', 99_000, { message: 'late' }) }], 100);
      assert.deepEqual(names(each, { limit: 2 }), ['late', 'step 30']);
    }
    database.close();
  });

  it('takes a batch whole or not at all', () => {
    const database = databaseOf(twoForks(2));
    const broken = { ...body('a', 9000), message: undefined } as unknown as ReturnType<typeof body>;
    assert.throws(() => database.put([
      { sequence: 50, checkpoint: id('good'), body: body('a', 8000, { message: 'good' }) },
      { sequence: 51, checkpoint: id('bad'), body: broken },
    ], 51));
    assert.deepEqual(names(database, {}), ['step 2', 'step 1']);
    assert.ok(database.sequence < 50);
  });
});
