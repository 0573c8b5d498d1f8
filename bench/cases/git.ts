import path from 'node:path';
import { parseCommandLine } from '../../server/shim/command-line.ts';
import { routeOf } from '../../server/shim/routes/table.ts';
import { FORMS } from '../../test/differential/shim-forms.ts';
import type { Bench, Case } from '../bench.ts';
import { GitPlace, isAnswered } from '../git-place.ts';
import type { Asked } from '../git-place.ts';
import { agentMix, opening, PANEL_STATUS, panelMix, PROMPT_MIX, REFRESH, SMALL } from '../git-questions.ts';
import type { Subject } from '../git-questions.ts';
import { MILLIS, micros, scaled, spreadOf, verify } from '../harness.ts';
import { once } from '../rows.ts';
import type { Row, Spread, Target } from '../rows.ts';
import { compileNative, spreadOfSums, Stopwatch } from '../stopwatch.ts';
import type { Rounds, Timed, Way } from '../stopwatch.ts';
import { judge } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';

/** The Git shim as whole processes: the compiled front with a server, and the real git, in turns. */
export const gitCases: readonly Case[] = [
  { name: 'git/parse', run: async (bench) => parse(bench) },
  { name: 'git/100', run: async (bench) => atSize(bench, '100', 100) },
  { name: 'git/10k', run: async (bench) => atSize(bench, '10k', 10_000) },
  { name: 'git/50k', run: async (bench) => (bench.short ? undefined : atSize(bench, '50k', 50_000)) },
];

const MB = 1e6;
/** Beyond this a command that is git's all the same may become slower by a share, and not by a fixed time. */
const LONG_MILLIS = 8;
/** A form that no route knows, so that the server says to run git. */
const UNKNOWN_FORM: Asked = { args: ['rev-parse', 'HEAD@{0}'] };
const UNKNOWN_STATUS: Asked = { args: ['status', '-z', '-uall', '--renames'], env: PANEL_STATUS.env ?? {} };
const START_CAUSE = 'the start of a program: glibc asks the processor what it can, which is slow in a virtual machine; musl does not';
/** As scripts/install-front.mjs has them for the front. */
const FRONT_COMPILERS = [['musl-gcc', '-static'], ['cc', '-static'], ['cc']];

/** What is timed at one size. */
interface Size {
  readonly bench: Bench;
  readonly place: GitPlace;
  readonly name: string;
  readonly files: number;
  readonly subject: Subject;
}

async function atSize(bench: Bench, name: string, files: number): Promise<void> {
  const stopwatch = Stopwatch.compile(bench.place());
  if (stopwatch === undefined) {
    console.log('git/…: SKIPPED, a C compiler and Linux are needed');
    return;
  }
  const place = await GitPlace.open(bench, stopwatch, files);
  const file = place.paths[Math.floor(files / 2)] ?? '';
  const git = (rev: string): string => place.repository.git(['rev-parse', rev]);
  const size: Size = { bench, place, name, files, subject: { file, absolute: path.join(place.repository.root, file), blob: git(`HEAD:${file}`), head: git('HEAD') } };
  const atRest = await place.memory();
  if (files === 100) {
    delegated(size);
    await small(size);
  } else {
    place.tune(true);
    await status(size);
    delegatedLong(size);
    await panel(size);
  }
  if (name === '10k') {
    await mix(size, 'panel', panelMix(size.subject));
    if (!bench.short) {
      await mix(size, 'agents', agentMix(size.subject));
      await mix(size, 'prompt', PROMPT_MIX);
    }
  }
  if (files > 100) {
    place.tune(false);
    await first(size);
    changed(size);
  }
  const { rss, heap } = await place.memory();
  const memory = (what: string, bytes: number, target?: Target): void => {
    bench.report({ name: `git/${name}/server ${what}`, unit: 'MB', ...once(bytes / MB), level: '-', verified: true, ...(target === undefined ? {} : { target }) });
  };
  memory('rss', rss, { p50: 150 });
  memory('rss, at rest', atRest.rss);
  memory('heap', heap);
  memory('heap, at rest', atRest.heap);
}

function rounds({ bench, files }: Size): Rounds {
  const count = files <= 100 ? 300 : files <= 10_000 ? 100 : 40;
  return { count: bench.short ? count / 20 : count, warmup: bench.short ? 1 : 3 };
}

/** What the front itself costs, where git does the work: each pair's difference. Beside it a program that does nothing but become git. */
function delegated(size: Size): void {
  const { bench, place } = size;
  const becomes = bench.place();
  verify(compileNative('becomes.c', becomes, FRONT_COMPILERS), 'the least of fronts cannot be compiled');
  const over = (times: readonly (readonly Timed[])[]): Spread => scaled(spreadOfSums(times, (at) => (at === 0 ? -1 : 1)), MILLIS);
  const overhead = (what: string, asked: Asked, env: Readonly<Record<string, string>>): void => {
    const [way, front] = place.pair(asked) as [Way, Way];
    const [git = [], byFront = [], least = []] = place.run([way, { ...front, env: { ...front.env, ...env } }, { ...way, program: becomes, name: way.program }], rounds(size));
    verify(![...byFront, ...least].some(isAnswered), `${what}: the front answered`);
    bench.report({
      name: `git/100/front ${what}`, unit: 'ms', ...over([git, byFront]), level: 'git', verified: true, cause: START_CAUSE, ...(bench.short ? {} : { target: { p50: 0.4 } }),
      peers: [{ name: 'a program that only becomes git', p50: over([git, least]).p50 }, { name: 'git, the whole command', p50: spreadOfSums([git]).p50 / MILLIS }],
    });
  };
  overhead('PYI_DISABLE', SMALL['rev-parse HEAD'] as Asked, { PYI_DISABLE: '1' });
  overhead('a form that is git\'s', UNKNOWN_FORM, {});
  overhead('a command that is git\'s', { args: ['count-objects'] }, {});
}

/** The same for a command that takes long, in percent of it. */
function delegatedLong(size: Size): void {
  const { bench, place, name } = size;
  const times = place.run(place.pair(UNKNOWN_STATUS), rounds(size));
  verify(!times.flat().some(isAnswered), 'the front answered what no route knows');
  const git = spreadOfSums(times.slice(0, 1)).p50;
  const percent = scaled(spreadOfSums(times, (at) => (at === 0 ? -1 : 1)), git / 100);
  bench.report({
    name: `git/${name}/front of a long command`, unit: '%', ...percent, level: 'git', verified: true, peers: [{ name: 'git, ms', p50: git / MILLIS }],
    ...(git / MILLIS >= LONG_MILLIS && !bench.short ? { target: { p50: 5 } } : {}),
  });
}

/** A row for something that is asked of git and of the front in turns; the front's ways stand after git's. */
function compare({ bench }: Size, name: string, times: readonly (readonly Timed[])[], isOfFront: (way: number) => boolean, more: Partial<Row> = {}): void {
  const front = times.filter((_, way) => isOfFront(way));
  const git = times.filter((_, way) => !isOfFront(way));
  bench.report({
    name, unit: 'ms', ...scaled(spreadOfSums(front), MILLIS), level: levelOf(front.flat()), verified: true, ...more,
    peers: [{ name: 'git', p50: spreadOfSums(git).p50 / MILLIS }, ...more.peers ?? []],
  });
}

function levelOf(times: readonly Timed[]): string {
  const share = Math.round((100 * times.filter(isAnswered).length) / times.length);
  return share === 100 ? 'server' : share === 0 ? 'git' : `server ${share} %`;
}

/** Half of the answers may be git's when the machine is so busy that the front gives up waiting; how many were says the level. */
function verifyAnswered(times: readonly Timed[], what: string): void {
  verify(times.filter(isAnswered).length >= times.length / 2, `${what}: it was mostly git that answered`);
}

async function learnAll({ place }: Size, questions: readonly Asked[]): Promise<void> {
  const left = await place.learn(questions);
  verify(left.length === 0, `never answered: ${left.map(({ args }) => `git ${args.join(' ')}`).join(', ')}`);
}

async function small(size: Size): Promise<void> {
  await learnAll(size, Object.values(SMALL));
  for (const [what, asked] of Object.entries(SMALL)) {
    const times = size.place.run(size.place.pair(asked), rounds(size));
    verifyAnswered(times[1] ?? [], what);
    compare(size, `git/100/${what}`, times, (way) => way === 1, { target: { ratio: 1.25 } });
  }
}

/** Nothing has changed since it was asked last. */
async function status(size: Size): Promise<void> {
  const { place, name, files } = size;
  await learnAll(size, [PANEL_STATUS]);
  const ways = [...place.pair(PANEL_STATUS), place.git(PANEL_STATUS, 0, place.beside)];
  const [git = [], front = [], tuned = []] = place.run(ways, rounds(size));
  verifyAnswered(front, 'status');
  compare(size, `git/${name}/status`, [git, front], (way) => way === 1, {
    target: { ratio: files > 10_000 ? 20 : 5 }, peers: [{ name: 'git, tuned', p50: spreadOfSums([tuned]).p50 / MILLIS }],
  });
}

async function panel(size: Size): Promise<void> {
  const { place, name, subject } = size;
  const sequence = async (what: string, questions: readonly Asked[]): Promise<void> => {
    await learnAll(size, questions);
    const times = place.run(questions.flatMap((asked, at) => place.pair(asked, 2 * at)), rounds(size));
    compare(size, `git/${name}/panel ${what}`, times, (way) => way % 2 === 1, { target: { ratio: 5 }, cause: START_CAUSE });
  };
  await sequence('refreshes', REFRESH);
  await sequence('opens a file', opening(subject));
}

/** What nobody asked before, of as many files: only the forms are known. */
async function first(size: Size): Promise<void> {
  const { bench, place, name } = size;
  const blobs = new Map(place.repository.git(['ls-tree', '-r', '-z', 'HEAD']).split('\0').map((line) => [line.slice(line.indexOf('\t') + 1), line.slice(12, 52)]));
  const questions: Readonly<Record<string, (file: string) => readonly string[]>> = {
    'rule that ignores': (file) => ['check-ignore', '-v', file],
    'size of an object': (file) => ['cat-file', '-s', blobs.get(file) ?? ''], 'file of a commit': (file) => ['cat-file', 'blob', `HEAD:${file}`],
    'staged file': (file) => ['cat-file', 'blob', `:${file}`], 'entry of the index': (file) => ['ls-files', '--stage', '--', file],
  };
  const count = bench.short ? 5 : 30;
  // Far apart, and none that is asked about elsewhere.
  const files = Array.from({ length: count + 1 }, (_, i) => place.paths[1 + i * Math.floor(place.paths.length / (count + 2))] ?? '');
  for (const [what, question] of Object.entries(questions)) {
    await learnAll(size, files.slice(0, 1).map((file) => ({ args: question(file) })));
    const times = place.run(files.slice(1).flatMap((file, at) => place.pair({ args: question(file) }, 2 * at)), { count: 1, warmup: 0 });
    const ways = [0, 1].map((front) => times.filter((_, way) => way % 2 === front).flat());
    verifyAnswered(ways[1] ?? [], `the first question for the ${what}`);
    compare(size, `git/${name}/first ${what}`, ways, (way) => way === 1, { target: { ratio: 1 }, cause: START_CAUSE });
  }
}

/** A file of both places gets a line; then status is asked, git in the place that no server watches. */
function changed(size: Size): void {
  const { bench, place, name, subject } = size;
  const after = (what: string, delay: number, count: number): void => {
    const [, front] = place.pair(PANEL_STATUS, 0, { touched: subject.absolute, delay }) as [Way, Way];
    const git = { ...place.git(PANEL_STATUS, 0, place.beside), touched: path.join(place.beside, subject.file) };
    // The rest is for the server to learn what it then may know.
    const times = place.run([git, front], { count, warmup: bench.short ? 0 : 1, pause: bench.short ? 400 : 800 });
    compare(size, `git/${name}/status ${what}`, times, (way) => way === 1, { target: { ratio: 3.34 } });
  };
  after('after a change', 0, bench.short ? 3 : 20);
  after('a second later', 1_000, bench.short ? 2 : 10);
}

/** Everything that some caller asks, by how often: what becomes faster, and what slower. */
async function mix(size: Size, caller: string, questions: readonly (Asked & { readonly weight: number })[]): Promise<void> {
  const { bench, place, name } = size;
  await place.learn(questions);
  const verdicts: Verdict[] = questions.map((asked) => {
    const times = place.run(place.pair(asked), { count: bench.short ? 2 : 60, warmup: bench.short ? 0 : 3 });
    const [git, front] = times.map((one) => spreadOfSums([one]).p50 / MILLIS) as [number, number];
    return { name: asked.args.join(' '), weight: asked.weight, git, front, answered: (times[1] ?? []).filter(isAnswered).length / (times[1]?.length ?? 1) };
  });
  const { faster, slower, slowest, front, git, answered } = judge(verdicts);
  const row = (what: string, unit: Row['unit'], value: number, more: Partial<Row>): void => {
    bench.report({ name: `git/${name}/${caller} ${what}`, unit, ...once(value), n: verdicts.length, level: `server ${Math.round(answered)} %`, verified: true, ...more });
  };
  row('mean', 'ms', front, { peers: [{ name: 'git', p50: git }] });
  row('a fifth faster', '%', faster, { target: { atLeast: 80 }, cause: `git's are ${verdicts.filter((one) => one.answered < 0.5).map((one) => one.name.slice(0, 40)).join(' · ')}` });
  // A few samples on a busy machine say nothing about slowness.
  row('slower', '%', slower, bench.short ? {} : { target: { p50: 0 }, cause: slowest.join(' · ') });
}

/** Taking a command line apart and finding its route: what each question costs the server before anything else. */
function parse(bench: Bench): void {
  const repeats = 100;
  const passes = bench.short ? 10 : 200;
  const route = (args: readonly string[]): boolean => {
    const line = parseCommandLine(args);
    return line !== undefined && routeOf(line) !== undefined;
  };
  verify(FORMS.every(route), 'a form has no route');
  const times: number[] = [];
  for (let pass = -5; pass < passes; pass++) {
    for (const args of FORMS) {
      const started = micros();
      for (let i = 0; i < repeats; i++) route(args);
      if (pass >= 0) times.push((micros() - started) / repeats);
    }
  }
  bench.report({ name: 'git/parse', unit: 'µs', ...spreadOf(Float64Array.from(times)), level: '-', verified: true, target: bench.short ? { p50: 1 } : { p95: 1 } });
}
