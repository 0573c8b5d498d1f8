import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { CheckpointInfo } from '../../protocol/values.ts';
import { Catalog } from '../../server/catalog/catalog.ts';
import { catalogWorkerHost } from '../../server/catalog/host.ts';
import type { TallyGroup, TimelineQuery } from '../../server/catalog/queries.ts';
import { encodeCheckpoint } from '../../server/engine/checkpoint-object.ts';
import type { JournalEntry } from '../../server/engine/ports.ts';
import { ObjectType } from '../../server/engine/ports.ts';
import { encodeRecord } from '../../server/engine/records.ts';
import type { Bench, Case } from '../bench.ts';
import { measureAsync, micros, MILLIS, scaled, verify } from '../harness.ts';
import { once } from '../rows.ts';
import type { Target } from '../rows.ts';

const AGENTS = 50;
const LIMIT = 20;
/** What a list on a screen asks for. */
const PAGE = 100;
const STARTED = 1_700_000_000_000;
/** From one checkpoint to the next: 200,000 of them take two months. */
const APART_MILLIS = 26_000;

/** Questions to a catalog of many checkpoints, thread border included, as `pyi timeline` puts them. */
export const timelineCase: Case = {
  name: 'timeline',
  async run(bench) {
    const journal = new Journal(bench.short ? 20_000 : 200_000);
    const directory = bench.place();
    mkdirSync(directory);
    const catalog = new Catalog({
      file: path.join(directory, 'catalog.sqlite'), store: directory, startHost: catalogWorkerHost,
      source: { lastSequence: () => journal.last, journal: (after) => journal.after(after) },
      onProblem: (problem) => { throw new Error(`The catalog reports: ${problem}`); },
    });
    try {
      const started = micros();
      await catalog.ready();
      bench.report({ name: 'timeline/rebuild', unit: 's', ...once((micros() - started) / 1e6), level: '-', verified: true });
      const held = { p95: 50 };
      await ask(bench, catalog, 'timeline', held, { limit: LIMIT }, journal.newest(() => true));
      await ask(bench, catalog, 'timeline/agent', held, { agent: 'agent-7', limit: LIMIT }, journal.newest((i) => i % AGENTS === 7));
      await ask(bench, catalog, 'timeline/fork', held, { fork: forkId(7), limit: LIMIT }, journal.newest((i) => i % AGENTS === 7));
      const deep = Math.floor(journal.count * 3 / 4);
      await ask(bench, catalog, 'timeline/offset', { p95: 20 }, { limit: PAGE, offset: deep }, journal.newest(() => true, deep + PAGE).slice(deep));
      await tally(bench, catalog, journal);
      // No index helps to look for text: every message is looked at. The figure holds for the timeline itself.
      await ask(bench, catalog, 'timeline/text', undefined, { text: 'STEP 77', limit: LIMIT }, journal.newest((i) => messageOf(i).includes('step 77')));
      await ask(bench, catalog, 'timeline/text/none', undefined, { text: 'nowhere', limit: LIMIT }, []);
    } finally {
      await catalog.close();
    }
  },
};

async function ask(
  bench: Bench, catalog: Catalog, name: string, target: Target | undefined, query: TimelineQuery, expected: readonly string[],
): Promise<void> {
  let found: CheckpointInfo[] = [];
  const spread = await measureAsync({ count: bench.short ? 30 : 100, warmup: 5 }, async () => { found = await catalog.timeline(query); });
  verify(found.map(({ message }) => message).join() === expected.join(), `${name} did not list the newest checkpoints that it was asked for`);
  bench.report({ name, unit: 'ms', ...scaled(spread, MILLIS), level: '-', verified: true, ...(target === undefined ? {} : { target }) });
}

/** How many checkpoints each day has, where days begin at another hour than in UTC and one of them is longer. */
async function tally(bench: Bench, catalog: Catalog, journal: Journal): Promise<void> {
  let groups: TallyGroup[] = [];
  const spread = await measureAsync({ count: bench.short ? 10 : 30, warmup: 2 }, async () => { groups = await catalog.tally({ by: 'day', timeZone: 'America/New_York' }); });
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/New_York' });
  const days = new Map<string, number>();
  for (let i = journal.count - 1; i >= 0; i--) {
    const day = format.format(timeOf(i));
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  verify(JSON.stringify(groups.map(({ key, count }) => [key, count])) === JSON.stringify([...days]), 'the tally counts other days than there are');
  bench.report({ name: 'timeline/tally', unit: 'ms', ...scaled(spread, MILLIS), level: '-', verified: true, target: { p95: 150 } });
}

/** A journal of forks and checkpoints in turn, made up as it is read: the catalog needs no store behind it. */
class Journal {
  readonly last: number;
  /** Of checkpoints. */
  readonly count: number;

  constructor(checkpoints: number) {
    this.count = checkpoints;
    this.last = AGENTS + checkpoints;
  }

  /** Sequences begin at 1: first the forks, then the checkpoints. */
  *after(sequence: number): Generator<JournalEntry> {
    for (let next = sequence + 1; next <= this.last; next++) {
      yield next <= AGENTS ? forkEntry(next, next - 1) : checkpointEntry(next, next - AGENTS - 1);
    }
  }

  /** Messages of the newest checkpoints that `matches` takes. */
  newest(matches: (i: number) => boolean, limit = LIMIT): string[] {
    const messages: string[] = [];
    for (let i = this.count - 1; i >= 0 && messages.length < limit; i--) if (matches(i)) messages.push(messageOf(i));
    return messages;
  }
}

function messageOf(i: number): string {
  return `step ${i} of the work`;
}

function timeOf(i: number): number {
  return STARTED + i * APART_MILLIS;
}

function forkId(agent: number): string {
  return idOf(`fork ${agent}`).slice(0, 32);
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function forkEntry(sequence: number, agent: number): JournalEntry {
  return {
    sequence, type: ObjectType.record, id: Buffer.alloc(32), payload: encodeRecord({
      type: 'fork', fork: forkId(agent), name: `fork-${agent}`, agent: `agent-${agent}`, task: null, parent: null, base: idOf('base'), dir: null,
      workspace: false, probability: 1, ttl: null, time: STARTED,
    }),
  };
}

function checkpointEntry(sequence: number, i: number): JournalEntry {
  const agent = i % AGENTS;
  const payload = encodeCheckpoint({
    root: idOf(`root ${i}`), parents: [idOf(`checkpoint ${i - AGENTS}`)], fork: forkId(agent), agent: `agent-${agent}`, time: timeOf(i),
    kind: 'manual', message: messageOf(i), cause: '', git: null,
    insight: { filesAdded: 0, filesChanged: 1, filesDeleted: 0, bytesAdded: 2048, bytesReused: 1e6, micros: 20 },
  });
  return { sequence, type: ObjectType.checkpoint, id: Buffer.from(idOf(`checkpoint ${i}`), 'hex'), payload };
}
