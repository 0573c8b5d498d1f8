import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Caller } from '../../../cli/call.ts';
import type { Closed } from '../../../cli/ccpm/close.ts';
import type { Resolved } from '../../../cli/ccpm/resolve.ts';
import type { Started } from '../../../cli/ccpm/start.ts';
import type { CcpmStatus } from '../../../cli/ccpm/status.ts';
import type { Stopped } from '../../../cli/ccpm/stop.ts';
import { run } from '../../../cli/run.ts';
import type { Ending } from '../../../cli/run.ts';
import type { Client } from '../../../connect/client.ts';
import type { Result } from '../../../protocol/registry.ts';
import { CHECKOUT, LAYOUTS, snapshot, writeTree } from '../../support/ccpm-project.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { FakeTerminal, fakeServices } from '../cli/fakes.ts';

/** An epic from start to end: the commands as they are typed, the built server and the real git. */

const root = realpathSync(mkdtempSync(join(tmpdir(), 'pyi-ccpm-')));
const work = join(root, 'shop');
const env: NodeJS.ProcessEnv = { ...process.env, NODE_V8_COVERAGE: '', HOME: root, GIT_CONFIG_NOSYSTEM: '1' };
const server = new ServerProcess(join(root, 'run'), env);
let client: Client;
/** CCPM's own files as they were before PYI came. */
let ccpm: Record<string, string>;

interface Ran { readonly status: Ending; readonly out: string; readonly err: string }

async function pyi(...args: string[]): Promise<Ran> {
  const terminal = new FakeTerminal();
  Object.assign(terminal.env, env);
  const caller: Caller = { call: async (name, params, options) => client.call(name, params, options), subscribe: async (repository, listener) => client.subscribe(repository, listener), close: () => undefined, closed: client.closed };
  const status = await run(['-C', work, ...args], terminal, { ...fakeServices({}), connect: async () => caller });
  return { status, out: terminal.out, err: terminal.err };
}

/** Runs a command that has to end with `code`, and reads what it tells. */
async function told<T>(code: number, ...args: string[]): Promise<T> {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const { status, out, err } = await pyi(...args.slice(0, end), '--json', ...args.slice(end));
  assert.equal(status, code, `pyi ${args.join(' ')}: ${out}${err}`);
  return JSON.parse(out) as T;
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: work, env, encoding: 'utf8' }).trimEnd();
}

const forks = async (): Promise<Result<'forks'>> => told<Result<'forks'>>(0, 'forks');
const dirOf = async (name: string): Promise<string> => (await forks()).find((fork) => fork.name === name)?.dir ?? assert.fail(`${name} has no directory`);
const states = async (): Promise<string[]> => (await told<CcpmStatus>(0, 'ccpm', 'status', 'checkout')).epics.flatMap(({ tasks }) => tasks.map(({ number, state, streams }) => `${number} ${state}: ${streams.map((stream) => stream.state).join(' ')}`));
const ownFiles = (): Record<string, string> => Object.fromEntries(Object.entries(snapshot(join(work, '.claude'))).filter(([file]) => ccpm[file] !== undefined));

before(async () => {
  server.start();
  client = await server.connect('test');
  mkdirSync(work);
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'Dana');
  git('config', 'user.email', 'dana@example.org');
  writeTree(work, { ...CHECKOUT, ...LAYOUTS.v1, 'src/db/cart.sql': 'create table cart;\n', 'src/api.ts': 'one\ntwo\nthree\n', 'pages.txt': 'start\n' });
  git('add', '-A');
  git('commit', '-q', '-m', 'Start');
  ccpm = snapshot(join(work, '.claude'));
});

after(async () => {
  client.close();
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

test('status works before anything is set up; the others say what to do', async () => {
  assert.deepEqual(await states(), ['12 ready: none none', '13 waiting: none', '14 ready: none', '15 closed: none']);
  const { status, err } = await pyi('ccpm', 'start', 'checkout');
  assert.equal(status, 1);
  assert.match(err, /pyi setup/);
});

test('each stream gets a fork with a directory that git knows, tied as the tasks say', async () => {
  await told(0, 'setup');
  await told(0, 'ccpm', 'install');
  const { streams, closed } = await told<Started>(0, 'ccpm', 'start', 'checkout');
  assert.deepEqual(streams.map(({ name, agent, state, globs }) => [name, agent, state, globs]), [
    ['checkout-12-A', 'checkout-12-A', 'made', ['src/db/**']], ['checkout-12-B', 'checkout-12-B', 'made', ['src/api.ts']],
    ['checkout-13-A', 'checkout-13-A', 'made', []], ['checkout-14-A', 'checkout-14-A', 'made', []],
  ]);
  assert.deepEqual(closed, ['15']);
  const worktrees = git('worktree', 'list', '--porcelain');
  for (const { dir } of streams) assert.ok(dir !== null && worktrees.includes(`worktree ${dir}\n`), String(dir));
  const all = await forks();
  const nameOf = (id: string): string => all.find(({ fork }) => fork === id)?.name ?? id;
  assert.deepEqual(all.flatMap(({ name, entangled }) => entangled.filter(({ role }) => role === 'first').map((tie) => `${name} ${tie.kind} ${nameOf(tie.fork)}`)).sort(), [
    'checkout-12-A causal checkout-12-B', 'checkout-12-A causal checkout-13-A', 'checkout-12-A conflict checkout-14-A', 'checkout-12-B causal checkout-13-A', 'checkout-12-B conflict checkout-14-A',
  ]);
  assert.deepEqual((await told<Result<'claims'>>(0, 'claims')).map(({ agent, globs }) => [agent, globs]).sort(), [['checkout-12-A', ['src/db/**']], ['checkout-12-B', ['src/api.ts']]]);
  const again = await told<Started>(0, '-C', await dirOf('checkout-12-B'), 'ccpm', 'start', 'checkout');
  assert.deepEqual(again.streams.map(({ state }) => state), ['running', 'running', 'running', 'running']);
  assert.deepEqual((await forks()).map(({ entangled }) => entangled.length), all.map(({ entangled }) => entangled.length), 'nothing is tied twice');
});

test('the gate says what is missing, and then nothing is committed', async () => {
  const head = git('rev-parse', 'HEAD');
  appendFileSync(join(await dirOf('checkout-12-A'), 'src/db/cart.sql'), 'create table line;\n');
  appendFileSync(join(await dirOf('checkout-12-B'), 'src/api.ts'), 'four\n');
  appendFileSync(join(await dirOf('checkout-13-A'), 'pages.txt'), 'cart page\n');
  writeFileSync(join(await dirOf('checkout-14-A'), 'other.txt'), 'other cart\n');
  // As CCPM tells its agents to; the state in the fork counts, not where its commits are.
  for (const name of ['checkout-12-A', 'checkout-12-B']) execFileSync('git', ['commit', '-q', '-a', '-m', 'Issue #12: Part of it'], { cwd: await dirOf(name), env });

  const missing = async (...args: string[]): Promise<string> => (await told<Closed>(1, 'ccpm', 'close', 'checkout', ...args)).missing.join('\n');
  assert.match(await missing('12'), /a validator/);
  assert.match(await missing('12', '--', 'true'), /evidence for stream A/);
  assert.match(await missing('12', '--', 'sh', '-c', 'echo broken; exit 3'), /does not pass on stream A \(exit code 3\): broken/);
  assert.match(await missing('13', '--', 'sh', '-c', 'echo ok'), /task 12 must be closed first/);
  const progress = join(work, '.claude/epics/checkout/updates/12/stream-B.md');
  mkdirSync(join(progress, '..'), { recursive: true });
  writeFileSync(progress, '---\nissue: 12\nstatus: in_progress\n---\n');
  assert.match(await missing('12', '--', 'sh', '-c', 'echo ok'), /stream B says "status: in_progress"/);
  writeFileSync(progress, '---\nissue: 12\nstatus: completed\n---\n');
  const tried = await told<Closed>(0, 'ccpm', 'close', 'checkout', '12', '--dry-run', '--', 'sh', '-c', 'echo ok');
  assert.deepEqual([tried.missing, tried.closable, tried.observations], [[], false, []]);
  assert.equal(git('rev-parse', 'HEAD'), head);
});

test('what passes is committed stream by stream, with its agent; who depends on it is rebased, who is in conflict discarded', async () => {
  // B passes with the work of A only: it is validated on top of it.
  const { closable, commits, discarded, observations } = await told<Closed>(0, 'ccpm', 'close', 'checkout', '12', '--', 'sh', '-c', 'grep line src/db/cart.sql && echo "score: 0.9"');
  assert.equal(closable, true);
  assert.deepEqual(commits.map(({ stream, agent, message }) => [stream, agent, message]), [['A', 'checkout-12-A', 'Issue #12: Part A'], ['B', 'checkout-12-B', 'Issue #12: Part B']]);
  assert.deepEqual(discarded.map(({ name }) => name), ['checkout-14-A']);
  assert.ok(observations.every(({ ok, score, evidence }) => ok && score === 0.9 && evidence.includes('create table line')));
  assert.equal(git('log', '--reverse', '--format=%an <%ae>|%s|%(trailers:key=Pyi-Agent,valueonly,separator=)|%(trailers:key=Pyi-Evidence,valueonly,separator=)', 'HEAD~2..'), [
    'Dana <dana@example.org>|Issue #12: Part A|checkout-12-A|passed, score 0.9: sh -c grep line src/db/cart.sql && echo "score: 0.9"',
    'Dana <dana@example.org>|Issue #12: Part B|checkout-12-B|passed, score 0.9: sh -c grep line src/db/cart.sql && echo "score: 0.9"',
  ].join('\n'));
  assert.deepEqual([git('show', '--format=', '--name-only', 'HEAD~1'), git('show', '--format=', '--name-only', 'HEAD')], ['src/db/cart.sql', 'src/api.ts'], 'each commit has the files of its own stream');
  const later = await dirOf('checkout-13-A');
  assert.match(readFileSync(join(later, 'src/api.ts'), 'utf8'), /four/);
  assert.match(readFileSync(join(later, 'src/db/cart.sql'), 'utf8'), /line/);
  assert.match(readFileSync(join(later, 'pages.txt'), 'utf8'), /cart page/);
  assert.deepEqual(await states(), ['12 done: merged merged', '13 running: live', '14 ready: discarded', '15 closed: none']);
  assert.deepEqual((await told<Closed>(0, 'ccpm', 'close', 'checkout', '12', '--', 'false')).commits, [], 'what is done stays done');
  assert.match(readFileSync(join(work, '.claude/epics/checkout/12.md'), 'utf8'), /status: open/, 'who closes the task is CCPM');
});

test('the last commit can be undone, and its stream be closed again', async () => {
  await told(0, 'undo', '--fork', 'checkout-12-B');
  assert.deepEqual(await states(), ['12 running: merged live', '13 waiting: live', '14 ready: discarded', '15 closed: none']);
  assert.equal(git('log', '-1', '--format=%s'), 'Issue #12: Part A');
  const { commits } = await told<Closed>(0, 'ccpm', 'close', 'checkout', '12', '--', 'sh', '-c', 'echo ok');
  assert.deepEqual(commits.map(({ stream }) => stream), ['B']);
});

test('what a task in conflict discarded is taken up again on top, with its work', async () => {
  const { streams } = await told<Started>(0, 'ccpm', 'start', 'checkout', '14');
  assert.deepEqual(streams.map(({ name, state, conflicts }) => [name, state, conflicts]), [['checkout-14-A', 'resumed', []]]);
  const again = await dirOf('checkout-14-A');
  assert.equal(readFileSync(join(again, 'other.txt'), 'utf8'), 'other cart\n');
  assert.match(readFileSync(join(again, 'src/api.ts'), 'utf8'), /four/);
});

test('conflicts are listed and kept until they are settled', async () => {
  const dir = await dirOf('checkout-13-A');
  writeFileSync(join(work, 'pages.txt'), 'start\nfront page\n');
  git('commit', '-q', '-m', 'Front page', 'pages.txt');
  const first = await told<Resolved>(1, 'ccpm', 'resolve', 'checkout');
  assert.deepEqual(first.forks.map(({ name, conflicts }) => [name, conflicts]), [['checkout-13-A', ['pages.txt']], ['checkout-14-A', []]]);
  assert.match(readFileSync(join(dir, 'pages.txt'), 'utf8'), /<<<<<<<[^]*front page|front page[^]*>>>>>>>/);
  assert.match((await told<Closed>(1, 'ccpm', 'close', 'checkout', '13', '--', 'sh', '-c', 'echo ok')).missing.join(), /stream A has conflicts in pages\.txt/);
  assert.equal((await told<Resolved>(1, 'ccpm', 'resolve', 'checkout')).conflicts, 1, 'asked again, it is still there');
  writeFileSync(join(dir, 'pages.txt'), 'start\nfront page\ncart page\n');
  assert.equal((await told<Resolved>(0, 'ccpm', 'resolve', 'checkout')).conflicts, 0);
  const { commits } = await told<Closed>(0, 'ccpm', 'close', 'checkout', '13', '-m', 'Cart page', '--evidence', 'looked at it', '--', 'true');
  assert.deepEqual(commits.map(({ message }) => message), ['Issue #13: Cart page']);
  assert.equal(readFileSync(join(work, 'pages.txt'), 'utf8'), 'start\nfront page\ncart page\n');
});

test('stop ends what is live; one undo brings it back', async () => {
  const { discarded } = await told<Stopped>(0, 'ccpm', 'stop', 'checkout');
  assert.deepEqual(discarded.map(({ name }) => name), ['checkout-14-A']);
  assert.equal((await states())[2], '14 ready: discarded');
  await told(0, 'undo', '--fork', 'checkout-14-A');
  assert.equal((await states())[2], '14 running: live');
  assert.deepEqual((await told<Stopped>(0, 'ccpm', 'stop', 'checkout', '12')).discarded, [], 'only the tasks that were named');
  await told(0, 'ccpm', 'stop', 'checkout', '14');
  assert.deepEqual((await told<Started>(0, 'ccpm', 'start', 'checkout', '14', '--fresh')).streams.map(({ state }) => state), ['made']);
  assert.equal(existsSync(join(await dirOf('checkout-14-A'), 'other.txt')), false);
});

test('no file of CCPM has changed, and PYI takes its own out', async () => {
  assert.deepEqual(ownFiles(), ccpm);
  await told(0, 'ccpm', 'uninstall');
  rmSync(join(work, '.claude/epics/checkout/updates'), { recursive: true });
  assert.deepEqual(snapshot(join(work, '.claude')), ccpm);
});

test('from a linked work tree without CCPM files the epic is read from the main one, and committed where one stands', async () => {
  execFileSync('git', ['worktree', 'add', '-q', '-b', 'epic/checkout', join(root, 'epic-checkout')], { cwd: work, env });
  const linked = join(root, 'epic-checkout');
  rmSync(join(linked, '.claude'), { recursive: true });
  await told(0, 'ccpm', 'stop', 'checkout');
  assert.match((await pyi('-C', linked, 'ccpm', 'start', 'checkout', '14')).err, /pyi setup/);
  await told(0, '-C', linked, 'setup');
  await told(0, '-C', linked, 'ccpm', 'start', 'checkout', '14', '--fresh');
  writeFileSync(join(await dirOf('checkout-14-A'), 'late.txt'), 'late\n');
  await told(0, '-C', linked, 'ccpm', 'close', 'checkout', '14', '--', 'cat', 'late.txt');
  assert.equal(git('log', '-1', '--format=%s', 'epic/checkout'), 'Issue #14: Other cart');
  assert.notEqual(git('log', '-1', '--format=%s', 'main'), 'Issue #14: Other cart');
});
