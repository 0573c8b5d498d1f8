import type { Result } from '../../protocol/registry.ts';
import { GitRepository } from '../../test/support/git-repository.ts';
import { setUp } from '../../test/support/host.ts';
import type { TestHost } from '../../test/support/host.ts';
import type { Bench, Case } from '../bench.ts';
import { measureAsync, micros, MILLIS, scaled, verify } from '../harness.ts';
import { once } from '../rows.ts';
import { nestedPaths } from '../synthetic.ts';

const FORKS = 500;
const CHECKPOINTS = 20;
const FILES = 2000;
/** Every fork changes this file; it has something to be found in it. */
const SHARED = 'shared.ts';
const DOTS = 60;

/** What the views of an editor ask of the operations, without a transport: many forks that all work on one file. */
export const viewsCase: Case = {
  name: 'views',
  async run(bench) {
    const forks = bench.short ? 50 : FORKS;
    const paths = nestedPaths(FILES);
    const host = await setUp(GitRepository.create(), Object.fromEntries([[SHARED, 'nobody\n'], ...paths.map((path) => [path, `export const path = '${path}';\n`])]));
    bench.onEnd(() => host.close());
    for (let n = 0; n < forks; n++) await work(host, n);
    await superposition(bench, host, forks);
    await others(bench, host, forks);
  },
};

/** One fork with its checkpoints: the shared file, and one of its own in each. */
async function work(host: TestHost, n: number): Promise<void> {
  const fork = `fork-${n}`;
  await host.call('fork', { name: fork, dir: false, task: 'views', agent: `agent-${n % 50}` });
  for (let step = 0; step < CHECKPOINTS; step++) {
    await host.call('write', { fork, path: SHARED, content: { text: `needle of ${fork}, step ${step}\n` }, level: 'memory' });
    await host.call('write', { fork, path: `own/${fork}-${step}.txt`, content: { text: `${step}\n` }, level: 'memory' });
    await host.call('checkpoint', { fork, level: 'memory' });
  }
}

async function superposition(bench: Bench, host: TestHost, forks: number): Promise<void> {
  await host.restart(); // as an editor that is opened finds it: no fork has been compared with its base yet
  await host.call('stats', {}); // its answer waits for the catalog
  const started = micros();
  const first = await host.call('superposition', { task: 'views', dots: DOTS });
  bench.report({ name: 'views/superposition/first', unit: 'ms', ...once((micros() - started) / 1000), level: '-', verified: true });
  let branches: Result<'superposition'> = [];
  const spread = await measureAsync({ count: bench.short ? 5 : 20, warmup: 2 }, async () => { branches = await host.call('superposition', { task: 'views', dots: DOTS }); });
  for (const found of [first, branches]) {
    verify(found.length === forks, `${found.length} branches, not ${forks}`);
    for (const { dots, overlaps, changes } of found) {
      verify(dots.length === CHECKPOINTS && changes.added === CHECKPOINTS && changes.changed === 1, 'a branch lacks checkpoints or changes');
      verify(overlaps.siblings === forks - 1 && overlaps.paths === 1 && overlaps.worst.length === 5, 'overlaps are not what they were made to be');
    }
  }
  bench.report({ name: 'views/superposition', unit: 'ms', ...scaled(spread, MILLIS), level: '-', verified: true, target: { p95: 500 } });
}

async function others(bench: Bench, host: TestHost, forks: number): Promise<void> {
  const measured = { count: bench.short ? 5 : 20, warmup: 2 };
  let touched: Result<'radar'>['touched'] = [];
  const radar = await measureAsync(measured, async () => { ({ touched } = await host.call('radar', { paths: [SHARED] })); });
  verify(touched.length === 1 && touched[0]?.forks.length === forks, 'radar misses forks');
  bench.report({ name: 'views/radar', unit: 'ms', ...scaled(radar, MILLIS), level: '-', verified: true, target: { p95: 50 } });

  let found: Result<'find'> | undefined;
  const find = await measureAsync(measured, async () => { found = await host.call('find', { fork: 'fork-7', text: 'needle' }); });
  verify(found?.matches.length === 1 && found.files === FILES + 1 + CHECKPOINTS, 'find looks at other files than there are');
  bench.report({ name: 'views/find', unit: 'ms', ...scaled(find, MILLIS), level: '-', verified: true });

  let history: Result<'history'> | undefined;
  const past = await measureAsync(measured, async () => { history = await host.call('history', { path: 'own/fork-0-0.txt' }); });
  verify(history?.entries.length === 1 && !history.more, 'history does not find the one checkpoint, which is among the oldest');
  bench.report({ name: 'views/history', unit: 'ms', ...scaled(past, MILLIS), level: '-', verified: true });

  const where = await measureAsync({ count: 200, warmup: 20 }, async () => { await host.call('where', {}); });
  bench.report({ name: 'views/where', unit: 'µs', ...where, level: '-', verified: true, target: { p95: 1000 } });
}
