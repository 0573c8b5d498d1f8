import path from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Case } from '../bench.ts';
import { Crew } from '../crowd/crew.ts';
import type { LoadProcess } from '../crowd/crew.ts';
import { CrowdPlace } from '../crowd/place.ts';
import { spreadOf } from '../harness.ts';
import { once } from '../rows.ts';
import type { Row, Spread } from '../rows.ts';

const LOOKS = 200;
const LOOK_MILLIS = 25;

/** Checkpoints at moments that are set beforehand, by agents with a connection each: what the server takes, and what an agent waits. */
export const pacedCase: Case = {
  name: 'agents/pace',
  async run(bench) {
    const agents = bench.short ? 100 : 850;
    const files = bench.short ? 2_000 : 10_000;
    const latencyFile = bench.place();
    const place = await CrowdPlace.create(files, { PYI_BENCH_LATENCY: latencyFile }, ['--require', path.join(__dirname, 'tell-latency.cjs')]);
    const crew = new Crew(1);
    bench.onEnd(async () => {
      await crew.kill();
      await place.end();
    });
    const [load] = crew.processes as readonly [LoadProcess];
    await crew.connect(Array.from({ length: agents }, (_, agent) => agent), { runtime: place.runtime, repository: place.repository.root, files });
    await load.ask('begin', { count: agents, together: true });
    await load.ask('work', { steps: 2, pauseMillis: 0 });
    await serverTimes(place, latencyFile);

    const seconds = bench.short ? 3 : 20;
    const { times, lateness } = await load.ask('pace', { perSecond: agents, seconds, spin: true });
    const server = await serverTimes(place, latencyFile);
    await load.ask('work', { steps: bench.short ? 3 : 10, pauseMillis: 0 });
    const busy = await serverTimes(place, latencyFile);

    await place.restart('kill');
    await load.ask('verify', { all: false });
    const row = (name: string, spread: Spread, more: Partial<Row> = {}): void => {
      bench.report({ name: `agents/pace ${agents}/s ${name}`, unit: 'µs', ...spread, level: 'process', verified: true, ...more });
    };
    const held = (target: NonNullable<Row['target']>): Pick<Row, 'target'> => (bench.short ? {} : { target });
    row('server, receive to reply', server, held({ p50: 60, p95: 100 }));
    row('as a client sees it', spreadOf(Float64Array.from(times)), held({ p50: 300 }));
    row('sent late', spreadOf(Float64Array.from(lateness)), { level: '-' });
    row('server at full speed', busy);
  },
};

/** What the server has timed since it was asked last. */
async function serverTimes(place: CrowdPlace, file: string): Promise<Spread> {
  writeFileSync(file, '');
  process.kill(place.server.pid, 'SIGUSR2');
  for (let look = 0; look < LOOKS; look++) {
    await delay(LOOK_MILLIS);
    const told = readFileSync(file, 'utf8');
    if (told.endsWith('\n')) return spreadOf(Float64Array.from(JSON.parse(told) as number[]));
  }
  throw new Error('The server does not tell its latencies');
}

const FLOOD_SECONDS = 5;
const OTHERS = 50;
const OTHERS_PER_SECOND = 100;

/** One agent asks as fast as it can, many calls at once: what the others notice of it. */
export const floodCase: Case = {
  name: 'agents/flood',
  async run(bench) {
    const files = 2_000;
    const place = await CrowdPlace.create(files);
    const crew = new Crew(2);
    bench.onEnd(async () => {
      await crew.kill();
      await place.end();
    });
    const [flooder, others] = crew.processes as readonly [LoadProcess, LoadProcess];
    const where = { runtime: place.runtime, repository: place.repository.root, files };
    await flooder.ask('connect', { ...where, agents: [OTHERS] });
    await others.ask('connect', { ...where, agents: Array.from({ length: OTHERS }, (_, agent) => agent) });
    for (const one of crew.processes) await one.ask('begin', { count: OTHERS, together: true });
    await others.ask('work', { steps: 20, pauseMillis: 0 });

    const seconds = bench.short ? 2 : FLOOD_SECONDS;
    const pace = { perSecond: OTHERS_PER_SECOND, seconds, spin: false };
    const alone = spreadOf(Float64Array.from((await others.ask('pace', pace)).times));
    const [besides, { operations }] = await Promise.all([others.ask('pace', pace), flooder.ask('flood', { seconds })]);
    const flooded = spreadOf(Float64Array.from(besides.times));

    await place.restart('kill');
    await others.ask('verify', { all: true });
    const same = { unit: 'µs', level: 'process', verified: true } as const;
    bench.report({ ...same, name: `agents/flood ${OTHERS} alone`, ...alone });
    bench.report({ ...same, name: `agents/flood ${OTHERS} beside it`, ...flooded });
    bench.report({
      name: 'agents/flood p99 of alone', unit: '%', ...once((100 * alone.p99) / flooded.p99), n: flooded.n, level: '-', verified: true,
      target: { atLeast: 50 }, cause: `the agent that floods made ${Math.round(operations / seconds)} calls a second`,
    });
  },
};
