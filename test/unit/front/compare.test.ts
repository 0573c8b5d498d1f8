import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, afterEach, test } from 'node:test';
import { encodeAnswer } from '../../../server/shim/wire.ts';
import { CompiledFront } from '../../support/compiled-front.ts';
import type { Ended, RunOptions } from '../../support/compiled-front.ts';

/** The native front in compare mode: it runs git as a child, and nobody may notice. */

const front = new CompiledFront();
const { root, work, pyi, env, run, serve, script } = front;
const PATH = env['PATH'] ?? '';
const bytes = (text: string): Buffer => Buffer.from(text);

afterEach(front.stopServing);
after(() => { front.close(); });

interface Compared {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly answered: string;
  readonly equal?: boolean;
  readonly code?: unknown;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
}

/** Runs in compare mode; gives what was printed, and what was noted. */
async function compared(args: readonly string[], more: RunOptions = {}): Promise<{ readonly ended: Ended; readonly noted: Compared }> {
  const file = join(root, 'compared.jsonl');
  rmSync(file, { force: true });
  const ended = await run(pyi, args, { ...more, env: { ...more.env, PYI_COMPARE: file } });
  const [line, rest] = readFileSync(file, 'utf8').split('\n');
  assert.equal(rest, '');
  return { ended, noted: JSON.parse(line ?? '') as Compared };
}

test('compare mode prints what git says, and notes whether the server says the same', async () => {
  const args = ['rev-parse', '--show-toplevel'];
  const truth = await run('git', args);
  assert.deepEqual(await compared(args), { ended: truth, noted: { argv: args, cwd: work, answered: 'git' } });
  const asked = await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes(truth.stdout), stderr: bytes('') })));
  assert.deepEqual(await compared(args), { ended: truth, noted: { argv: args, cwd: work, answered: 'server', equal: true } });
  assert.equal(asked.length, 1);
  assert.deepEqual(await compared(['hash-object', '--stdin', '"\\ä'], { input: 'content' }), {
    ended: await run('git', ['hash-object', '--stdin', '"\\ä'], { input: 'content' }), noted: { argv: ['hash-object', '--stdin', '"\\\u00c3\u00a4'], cwd: work, answered: 'git' },
  });
});

test('compare mode notes a difference, and none when the server is asked again and has seen the change', async () => {
  const args = ['rev-parse', '--show-toplevel'];
  const truth = await run('git', args);
  const wrong = { code: 3, stdout: bytes('elsewhere\n'), stderr: Buffer.from('\x80 complaint', 'latin1') };
  const asked = await serve((socket) => socket.end(encodeAnswer(wrong)));
  assert.deepEqual(await compared(args), {
    ended: truth,
    noted: {
      argv: args, cwd: work, answered: 'server', equal: false, code: { server: 3, git: 0 }, stdout: { server: 'elsewhere\n', git: truth.stdout }, stderr: { server: '\u0080 complaint', git: '' },
    },
  });
  assert.equal(asked.length, 2);
  await front.stopServing();
  const both = [wrong, { code: 0, stdout: bytes(truth.stdout), stderr: bytes('') }];
  await serve((socket) => socket.end(encodeAnswer(both.shift() ?? wrong)));
  assert.equal((await compared(args)).noted.equal, true);
});

test('compare mode ends as git ends, also by a signal, and says when it cannot note anything', async () => {
  await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes(''), stderr: bytes('') })));
  const { ended, noted } = await compared(['status'], { env: { PATH: `${script('compared-killed', 'echo before; kill -TERM $$')}${delimiter}${PATH}` } });
  assert.deepEqual([ended.signal, ended.stdout, noted.equal], ['SIGTERM', 'before\n', false]);
  const { code, stdout, stderr } = await run(pyi, ['status', '-s'], { env: { PYI_COMPARE: join(root, 'no', 'such') } });
  assert.deepEqual([code, stdout], [0, '']);
  assert.match(stderr, /^pyi: PYI_COMPARE cannot be written \(.*no\/such\): No such file/);
});

test('a disk that is full is for git to tell, in compare mode, too', async () => {
  await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('wrong'), stderr: bytes('') })));
  const full = async (program: string): Promise<Ended> => run('bash', ['-c', `"${program}" --version >/dev/full; echo "ended with $?"`], { env: { PYI_COMPARE: join(root, 'full.jsonl') } });
  assert.deepEqual(await full(pyi), await full('git'));
});

test('where git cannot be run as a child it is run as ever, and that is noted', async () => {
  const asked = await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('wrong'), stderr: bytes('') })));
  const file = join(root, 'no-files.jsonl');
  // One file more may be open: for the socket, but not for both outputs.
  const ended = await run('bash', ['-c', `ulimit -n 4; exec "${pyi}" rev-parse --show-toplevel`], { env: { PYI_COMPARE: file } });
  assert.deepEqual(ended, { code: 0, signal: null, stdout: `${work}\n`, stderr: '' });
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { argv: ['rev-parse', '--show-toplevel'], cwd: work, answered: 'git' });
  assert.equal(asked.length, 1);
});

test('a wrapper that leads back comes to an end in compare mode, too', async () => {
  await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes(''), stderr: bytes('') })));
  const { ended } = await compared(['status'], { env: { PATH: `${script('compared-loop', `unset PYI_COMPARE; exec "${pyi}" log`)}${delimiter}${PATH}` } });
  assert.equal(ended.code, 0, 'what the server answers leads nowhere');
  const loop = await run(pyi, ['status'], { env: { PYI_COMPARE: '/dev/null', PATH: `${script('compared-for-ever', `exec "${pyi}" "$@"`)}${delimiter}/usr/bin${delimiter}/bin` } });
  assert.equal(loop.code, 1);
  assert.match(loop.stderr, /leads back to PYI/);
});

/** Starts the front in compare mode with `body` in the place of git; resolves when that has told its number, which is returned. */
async function started(name: string, body: string): Promise<{ readonly child: ChildProcess; readonly git: number }> {
  await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes(''), stderr: bytes('') })));
  const pid = join(root, `${name}.pid`);
  const directory = script(name, `${body}\necho $$ > "${pid}.new"; mv "${pid}.new" "${pid}"; while :; do sleep 0.02; done`);
  const child = spawn(pyi, ['status'], { cwd: work, env: { ...env, PATH: `${directory}${delimiter}${PATH}`, PYI_COMPARE: join(root, `${name}.jsonl`) }, stdio: 'ignore' });
  while (!existsSync(pid)) await delay(5);
  return { child, git: Number(readFileSync(pid, 'utf8')) };
}

for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const) {
  test(`${signal} reaches git in compare mode, which cleans up and ends by it, as does the front`, async () => {
    const cleaned = join(root, `${signal}.cleaned`);
    const name = signal.slice(3);
    const { child, git } = await started(signal, `trap 'echo > "${cleaned}"; trap - ${name}; kill -${name} $$' ${name}`);
    assert.notEqual(child.pid, git);
    child.kill(signal);
    assert.deepEqual(await once(child, 'exit'), [null, signal]);
    assert.ok(existsSync(cleaned));
  });
}

test('git does not outlive a front that is killed', { skip: process.platform !== 'linux' && 'only Linux ends a child with its parent' }, async () => {
  const { child, git } = await started('outlived', ':');
  child.kill('SIGKILL');
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
  while (isRunning(git)) await delay(5);
});

/** Whether it runs: one that has ended may wait for its parent. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('what was ignored or blocked when the front began is so for git, and nothing else', { skip: process.platform !== 'linux' && 'signals are looked up in /proc' }, async () => {
  await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes(''), stderr: bytes('') })));
  const directory = script('signals', 'exec grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status');
  const masks = async (program: string, trap: string): Promise<Ended> => run('bash', ['-c', `${trap} exec "${program}" status`], { env: { PATH: `${directory}${delimiter}${PATH}`, PYI_COMPARE: '/dev/null' } });
  for (const trap of ['', "trap '' INT;", "trap '' INT QUIT HUP TERM CHLD PIPE;"]) assert.deepEqual(await masks(pyi, trap), await masks(join(directory, 'git'), trap), trap);
});
