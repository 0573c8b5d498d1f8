import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { Catalog } from '../../../server/catalog/catalog.ts';
import { catalogWorkerHost } from '../../../server/catalog/host.ts';
import type { StartCatalogHost } from '../../../server/catalog/host.ts';
import { body, forkRecord, id, Journal, LocalHosts, shortId } from './samples.ts';

let directory = '';
let journal: Journal;
let hosts: LocalHosts;
let problems: string[];
const opened: Catalog[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pyi-catalog-'));
  journal = new Journal();
  hosts = new LocalHosts();
  problems = [];
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((catalog) => catalog.close()));
  await rm(directory, { recursive: true });
});

function open(startHost: StartCatalogHost = hosts.start): Catalog {
  const catalog = new Catalog({ file: join(directory, 'catalog'), store: 'store', source: journal, startHost, onProblem: (problem) => problems.push(problem) });
  opened.push(catalog);
  return catalog;
}

/** Adds checkpoints to the journal and, when there is one, tells the catalog, as the engine's listener does. */
function take(from: number, to: number, catalog?: Catalog): void {
  for (let n = from; n <= to; n++) {
    const content = body('a', n, { message: `step ${n}` });
    journal.checkpoint(`c${n}`, content);
    catalog?.checkpointTaken(id(`c${n}`), content);
  }
}

/** Leaves the file of a catalog that is current to the journal. */
async function saved(): Promise<void> {
  const catalog = open();
  await catalog.ready();
  await catalog.close();
}

async function messages(catalog: Catalog, limit = 5): Promise<string[]> {
  return (await catalog.timeline({ limit })).map(({ message }) => message);
}

function replayed(): number {
  return hosts.messages.reduce((sum, message) => sum + (message.call === 'put' ? (JSON.parse(message.argument.entries) as unknown[]).length : 0), 0);
}

describe('Catalog', () => {
  it('is built from the journal and then follows what happens', async () => {
    journal.record(forkRecord('a'));
    take(1, 600);
    const catalog = open();
    assert.deepEqual(await messages(catalog, 2), ['step 600', 'step 599']);
    take(601, 1200, catalog);
    assert.deepEqual(await messages(catalog, 2), ['step 1200', 'step 1199']);
    assert.deepEqual({ ...await catalog.counts(), bytes: 0 }, { checkpoints: 1200, forks: 1, observations: 0, operations: 0, sequence: 1201, bytes: 0 });
    assert.deepEqual(problems, []);
  });

  it('sees what was committed while it caught up exactly once', async () => {
    journal.record(forkRecord('a'));
    take(1, 2500);
    let more = 2500;
    hosts.sabotage = (message) => {
      // Each of the first batches finds the journal longer than before.
      if (message.call === 'put' && more < 2900) take(more + 1, more += 100, opened[0]);
      return undefined;
    };
    const catalog = open();
    assert.deepEqual(await messages(catalog, 3), ['step 2900', 'step 2899', 'step 2898']);
    assert.equal((await catalog.counts()).checkpoints, 2900);
  });

  it('takes records that it shows and leaves the others', async () => {
    const catalog = open();
    await catalog.ready();
    for (const record of [forkRecord('a'), { type: 'phase', phase: 'machine' }] as const) {
      journal.record(record);
      catalog.recordApplied(record);
    }
    assert.deepEqual((await catalog.agents()).map(({ agent, live }) => ({ agent, live })), [{ agent: 'ada', live: 1 }]);
    assert.equal(replayed(), 1);
    assert.deepEqual(await catalog.observations({ limit: 5 }), []);
    assert.deepEqual(await catalog.operations({ fork: shortId('a'), limit: 5 }), []);
    assert.deepEqual(await catalog.faults(), []);
  });

  it('starts from its file and replays only what the journal has beyond it', async () => {
    journal.record(forkRecord('a'));
    take(1, 500);
    await saved();
    take(501, 510);
    hosts.messages.length = 0;
    const catalog = open();
    assert.deepEqual(await messages(catalog, 1), ['step 510']);
    assert.equal(replayed(), 11, 'the ten new entries and the last known one, which may have been cut');
    assert.deepEqual(problems, []);
  });

  it('does not write its file again when nothing changed', async () => {
    take(1, 5);
    await saved();
    const before = await stat(join(directory, 'catalog'));
    const catalog = open();
    await catalog.ready();
    hosts.messages.length = 0;
    await catalog.close();
    const after = await stat(join(directory, 'catalog'));
    assert.equal(after.size, before.size);
    assert.ok(hosts.messages.some(({ call }) => call === 'close'));
  });

  it('is rebuilt with a word about it when its file is damaged', async () => {
    take(1, 5);
    await saved();
    await writeFile(join(directory, 'catalog'), 'nonsense');
    assert.deepEqual(await messages(open(), 1), ['step 5']);
    assert.deepEqual(problems, ['The catalog is rebuilt: its header is damaged.']);
  });

  it('goes on in memory when its file cannot be written, and says so once', async () => {
    take(1, 5);
    const catalog = new Catalog({ file: join(directory, 'missing', 'catalog'), store: 'store', source: journal, startHost: hosts.start, onProblem: (problem) => problems.push(problem) });
    opened.push(catalog);
    await catalog.save();
    take(6, 6, catalog);
    await catalog.save();
    assert.deepEqual(await messages(catalog, 1), ['step 6']);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /could not be saved.*ENOENT/);
  });

  it('is thrown away and built anew on demand', async () => {
    take(1, 20);
    const catalog = open();
    await catalog.ready();
    await catalog.rebuild();
    assert.equal((await catalog.counts()).checkpoints, 20);
    assert.equal(hosts.started, 2);
    assert.equal(hosts.ended, 1);
  });

  it('refuses a text that SQLite would not look for, without any harm', async () => {
    const catalog = open();
    await assert.rejects(catalog.timeline({ text: 'x'.repeat(1001), limit: 5 }), (error) => PyiError.is(error, 'INVALID_ARGUMENT'));
    assert.deepEqual(await messages(catalog), []);
    assert.deepEqual(problems, []);
  });

  it('ends its host when closed, also in the middle of catching up, and closes twice', async () => {
    take(1, 2000);
    const catalog = open();
    await catalog.close();
    await catalog.close();
    assert.equal(hosts.ended, 1);
    assert.ok(replayed() < 2000);
  });
});

describe('Catalog whose host fails', () => {
  it('tells the callers that wait, once, and is rebuilt', async () => {
    take(1, 300);
    const catalog = open();
    await catalog.ready();
    hosts.sabotage = ({ call }) => (call === 'timeline' ? 'died' : undefined);
    const asked = [catalog.timeline({ limit: 1 }), catalog.timeline({ limit: 2 })];
    for (const answer of asked) {
      await assert.rejects(answer, (error) => PyiError.is(error, 'INTERNAL') && error.message === 'The catalog failed: its thread ended with code 134');
    }
    hosts.sabotage = () => undefined;
    take(301, 301, catalog);
    assert.deepEqual(await messages(catalog, 1), ['step 301']);
    assert.equal((await catalog.counts()).checkpoints, 301);
    assert.deepEqual(problems, ['The catalog failed: its thread ended with code 134. It is rebuilt from the journal.']);
    assert.equal(hosts.started, 2);
  });

  it('treats an error of the database as the end of that database', async () => {
    take(1, 3);
    const catalog = open();
    await catalog.ready();
    hosts.sabotage = ({ call }) => (call === 'agents' ? 'database disk image is malformed' : undefined);
    await assert.rejects(catalog.agents(), /database disk image is malformed/);
    hosts.sabotage = () => undefined;
    assert.deepEqual(await messages(catalog, 1), ['step 3']);
    assert.ok(hosts.messages.some((message) => message.call === 'open' && message.argument.fresh));
  });

  it('stays closed after failing three times in a row, until it is rebuilt', async () => {
    take(1, 3);
    hosts.sabotage = ({ call }) => (call === 'put' ? 'no such table' : undefined);
    const catalog = open();
    await assert.rejects(catalog.ready());
    // Each wait sees the next attempt; the third failure is the last.
    await assert.rejects(catalog.ready());
    await assert.rejects(catalog.ready());
    await assert.rejects(catalog.timeline({ limit: 1 }), (error) => PyiError.is(error, 'INTERNAL') && error.hint.includes('doctor'));
    assert.equal(hosts.started, 3);
    assert.match(problems.at(-1) ?? '', /3 times in a row/);
    hosts.sabotage = () => undefined;
    await catalog.rebuild();
    assert.deepEqual(await messages(catalog, 1), ['step 3']);
  });

  it('never disturbs who reports checkpoints', async () => {
    hosts.sabotage = ({ call }) => (call === 'put' ? 'no such table' : undefined);
    take(1, 1);
    const catalog = open();
    await assert.rejects(catalog.ready());
    assert.doesNotThrow(() => take(2, 2000, catalog));
  });
});

describe('Catalog in a worker thread', () => {
  it('answers, saves, ends with close and starts again from its file', async () => {
    journal.record(forkRecord('a'));
    take(1, 700);
    const first = open(catalogWorkerHost);
    assert.deepEqual(await messages(first, 2), ['step 700', 'step 699']);
    await first.close();
    take(701, 702);
    const second = open(catalogWorkerHost);
    assert.deepEqual(await messages(second, 3), ['step 702', 'step 701', 'step 700']);
    assert.deepEqual(problems, []);
  });

  it('is rebuilt after its thread died', async () => {
    take(1, 50);
    let kill: (() => void) | undefined;
    const catalog = open((events) => {
      const host = catalogWorkerHost(events);
      // What is no message throws where nothing catches it, which ends the thread.
      kill ??= () => host.post(undefined as never);
      return host;
    });
    await catalog.ready();
    kill?.();
    await assert.rejects(catalog.timeline({ limit: 1 }), (error) => PyiError.is(error, 'INTERNAL'));
    assert.deepEqual(await messages(catalog, 1), ['step 50']);
    assert.equal(problems.length, 1);
  });
});
