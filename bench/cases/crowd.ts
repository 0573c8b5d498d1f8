import type { Bench, Case } from '../bench.ts';
import type { Expected } from '../crowd/agent.ts';
import { Crew } from '../crowd/crew.ts';
import type { GitWay } from '../crowd/git-way.ts';
import { runGitWay } from '../crowd/git-way.ts';
import type { LoadProcess } from '../crowd/crew.ts';
import { collapseAll, verifyAudit, verifyForks, verifyInGit } from '../crowd/outcome.ts';
import { CrowdPlace } from '../crowd/place.ts';
import { FILE_BYTES, writtenContent } from '../crowd/work.ts';
import { MILLIS, scaled, spreadOf } from '../harness.ts';
import { once } from '../rows.ts';
import type { Row, Spread } from '../rows.ts';

const STEPS = 20;
/** Steps at a quiet pace: what an agent gets done while there is processor time for all. */
const PACED_STEPS = 5;
const PAUSE_MILLIS = 1_000;
/** Processes that make the load: one for each processor of the machine of the figures. */
const LOAD_PROCESSES = 2;
/** Agents that come one after the other, before the rest come at once. */
const ONE_BY_ONE = 20;
const MB = 1e6;
/** The size that the targets are for. */
const TARGET_AGENTS = 850;

/** Agents in processes of their own on one server: they register, fork, work, compete; the best of each ten goes into Git. */
export const crowdCase: Case = {
  name: 'agents/crowd',
  async run(bench) {
    const sizes = bench.short ? [50, 100] : [100, 250, 500, 850, 1_000];
    const files = bench.short ? 2_000 : 10_000;
    const git = await gitWay(files, bench.short);
    const runs: Run[] = [];
    for (const agents of sizes) {
      const run = await runCrowd(bench, agents, files);
      runs.push(run);
      report(bench, run, git, runs[0] as Run);
    }
    const cold = spreadOf(Float64Array.from(runs, ({ cold: micros }) => micros));
    bench.report({ ...VERIFIED, name: 'agents/register+fork cold', unit: 'ms', ...scaled(cold, MILLIS), level: 'process', peers: [{ name: 'git worktree add', p50: git.worktree.p50 / MILLIS }], target: { p95: 100 } });
  },
};

const VERIFIED = { verified: true } as const;

async function gitWay(files: number, short: boolean): Promise<GitWay> {
  const place = await CrowdPlace.create(files);
  try {
    return await runGitWay(place, short ? 2 : 6, short ? 5 : STEPS);
  } finally {
    await place.end();
  }
}

interface Run {
  readonly agents: number;
  /** Microseconds. */
  readonly cold: number;
  readonly warm: Spread;
  readonly rush: Spread;
  readonly perSecond: number;
  readonly checkpoints: Spread;
  /** Share of one processor, percent. */
  readonly serverShare: number;
  readonly loadShare: number;
  /** Steps of one agent per second, when each pauses. */
  readonly paced: number;
  readonly pacedShare: number;
  readonly memory: number;
  readonly peak: number;
  readonly memoryPerAgent: number;
  readonly allowedPerAgent: number;
  readonly collapse: Spread;
}

async function runCrowd(bench: Bench, agents: number, files: number): Promise<Run> {
  const pacedSteps = bench.short ? 2 : PACED_STEPS;
  const place = await CrowdPlace.create(files);
  const crew = new Crew(LOAD_PROCESSES);
  bench.onEnd(async () => {
    await crew.kill();
    await place.end();
  });
  // Now nothing is open: the first agent meets a cold store.
  await place.restart('stop');
  await crew.connect(Array.from({ length: agents }, (_, agent) => agent), { runtime: place.runtime, repository: place.repository.root, files });
  const [first] = crew.processes as readonly [LoadProcess];
  const [cold = Number.NaN] = (await first.ask('begin', { count: 1, together: false })).times;
  const warm = (await first.ask('begin', { count: ONE_BY_ONE, together: false })).times;
  const before = place.memory('VmRSS');
  const rush = (await crew.ask('begin', { count: agents, together: true })).flatMap(({ times }) => times);

  const busy = await watchWork(place, crew, { steps: STEPS, pauseMillis: 0 });
  const memory = place.memory('VmRSS');
  const peak = place.memory('VmHWM');
  const paced = await watchWork(place, crew, { steps: pacedSteps, pauseMillis: PAUSE_MILLIS });
  const expected = (await crew.ask('expected', {})).flatMap((one) => one.agents);

  // What is verified comes from the disk, after a death.
  await place.restart('kill');
  const wire = await place.connect();
  await crew.ask('verify', { all: false });
  await verifyForks(place, wire, expected);
  await verifyAudit(place, wire, expected);
  const won = await collapseAll(place, wire, expected);
  verifyInGit(place, won, expected);
  wire.close();
  await bench.endCase();
  return {
    agents, cold, warm: spreadOf(Float64Array.from(warm)), rush: spreadOf(Float64Array.from(rush)), ...busy, memory, peak,
    paced: pacedSteps / paced.seconds, pacedShare: paced.serverShare,
    memoryPerAgent: (memory - before) / agents,
    allowedPerAgent: 0.05 * files * FILE_BYTES + changedBytes(expected) / agents,
    collapse: spreadOf(Float64Array.from(won, ({ micros }) => micros)),
  };
}

function changedBytes(expected: readonly Expected[]): number {
  return expected.reduce((sum, { checkpoints }) => sum + checkpoints * writtenContent(0, 0).length, 0);
}

async function watchWork(place: CrowdPlace, crew: Crew, request: { readonly steps: number; readonly pauseMillis: number }): Promise<Pick<Run, 'perSecond' | 'checkpoints' | 'serverShare' | 'loadShare'> & { readonly seconds: number }> {
  const cpu = place.cpuMillis;
  const worked = await crew.ask('work', request);
  const millis = Math.max(...worked.map(({ ended }) => ended)) - Math.min(...worked.map(({ started }) => started));
  const sum = (of: (one: (typeof worked)[number]) => number): number => worked.reduce((total, one) => total + of(one), 0);
  return {
    seconds: millis / 1000,
    perSecond: sum(({ operations }) => operations) / (millis / 1000),
    checkpoints: spreadOf(Float64Array.from(worked.flatMap(({ checkpoints }) => checkpoints))),
    serverShare: (100 * (place.cpuMillis - cpu)) / millis,
    loadShare: (100 * sum(({ cpuMillis }) => cpuMillis)) / millis,
  };
}

function report(bench: Bench, run: Run, git: GitWay, least: Run): void {
  const { agents } = run;
  const isTarget = agents === TARGET_AGENTS;
  const held = (target: NonNullable<Row['target']>): Pick<Row, 'target'> => (isTarget ? { target } : {});
  const row = (name: string, more: Omit<Row, 'name' | 'verified' | 'level'> & Partial<Row>): void => {
    bench.report({ ...VERIFIED, name: `agents/${agents}${name}`, level: 'process', ...more });
  };
  row('', {
    unit: '1/s', ...once(run.perSecond), peers: [{ name: 'git worktree each, two at once', p50: git.perSecond }], ...held({ atLeast: 10_000 }),
    cause: `server ${run.serverShare.toFixed(0)} % of a processor, load ${run.loadShare.toFixed(0)} %`,
  });
  row(' server processor', { unit: '%', ...once(run.serverShare), level: '-' });
  row(' server processor an operation', { unit: 'µs', ...once((1e4 * run.serverShare) / run.perSecond), level: '-' });
  row(' load processor', { unit: '%', ...once(run.loadShare), level: '-' });
  row(' checkpoint at full speed', { unit: 'ms', ...scaled(run.checkpoints, MILLIS), peers: [{ name: 'git commit', p50: git.commit.p50 / MILLIS }] });
  row(' register+fork warm', { unit: 'ms', ...scaled(run.warm, MILLIS), peers: [{ name: 'git worktree add', p50: git.worktree.p50 / MILLIS }], target: { p95: 10 } });
  row(' register+fork all at once', { unit: 'ms', ...scaled(run.rush, MILLIS) });
  row(' steps/s of each, paced', { unit: '1/s', ...once(run.paced), level: '-' });
  row(' of the pace of the fewest', {
    unit: '%', ...once((100 * run.paced) / least.paced), level: '-', ...held({ atLeast: 80 }), cause: `server ${run.pacedShare.toFixed(0)} % of a processor`,
  });
  row(' memory', { unit: 'MB', ...once(run.memory / MB), ...held({ p50: 500 }) });
  row(' memory at most', { unit: 'MB', ...once(run.peak / MB) });
  row(' memory an agent', { unit: 'MB', ...once(run.memoryPerAgent / MB), target: { p50: Number((run.allowedPerAgent / MB).toFixed(3)) } });
  row(' collapse', { unit: 'ms', ...scaled(run.collapse, MILLIS), peers: [{ name: 'git merge --no-ff', p50: git.merge.p50 / MILLIS }] });
}
