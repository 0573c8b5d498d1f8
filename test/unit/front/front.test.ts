import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import packageJson from '../../../package.json' with { type: 'json' };
import { frontWords } from '../../../scripts/front-words.ts';
import { installFront } from '../../../scripts/install-front.mjs';
import { RUN_GIT, decodeQuestion, encodeAnswer, questionLength } from '../../../server/shim/wire.ts';
import type { Question } from '../../../server/shim/wire.ts';

/** The native front, compiled for the test, against the real git and against servers that behave and that do not. */

const root = realpathSync(mkdtempSync(join(tmpdir(), 'pyi-front-')));
const [dist, runtime, work] = [join(root, 'dist'), join(root, 'run'), join(root, 'work')];
const pyi = join(dist, 'bin', 'pyi');
const PATH = process.env['PATH'] ?? '';
const env: Record<string, string> = { PATH, HOME: root, PYI_RUNTIME_DIR: runtime, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
const bytes = (text: string): Buffer => Buffer.from(text);

before(() => {
  for (const directory of [dist, join(dist, 'bin'), work]) mkdirSync(directory);
  cpSync(fileURLToPath(new URL('../../../front', import.meta.url)), join(dist, 'front'), { recursive: true });
  writeFileSync(join(dist, 'front', 'words.h'), frontWords());
  assert.ok(installFront(dist) !== undefined, 'a C compiler is needed');
  spawnSync('git', ['init', '-q', '-b', 'main', work], { env });
});
let server: Server | undefined;
afterEach(async () => {
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
  rmSync(runtime, { recursive: true, force: true });
});
after(() => rmSync(root, { recursive: true, force: true }));

interface Ended { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stdout: string; readonly stderr: string }

async function run(program: string, args: readonly string[], more: { readonly env?: Record<string, string>; readonly input?: string; readonly cwd?: string } = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: more.cwd ?? work, env: { ...env, ...more.env } });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined).end(more.input ?? '');
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal, stdout: Buffer.concat(stdout).toString('latin1'), stderr: Buffer.concat(stderr).toString('latin1') }));
  });
}

/** A server that does `answer` with each question; returns what it was asked. */
async function serve(answer: (socket: Socket, question: Question) => void, mode = 0o700): Promise<Question[]> {
  mkdirSync(runtime, { recursive: true });
  chmodSync(runtime, mode);
  const asked: Question[] = [];
  server = createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined).on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < (questionLength(received) ?? Infinity)) return;
      const question = decodeQuestion(received);
      assert.ok(question !== undefined);
      asked.push(question);
      answer(socket, question);
    });
  });
  await new Promise<void>((resolve) => server?.listen(join(runtime, 'shim.sock'), resolve));
  return asked;
}

/** A program called `git` that is the shell script `body`; returns its directory. */
function script(name: string, body: string): string {
  const directory = join(root, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'git'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return directory;
}

test('without a server it is git: output, exit code, input, directory and environment', async () => {
  for (const args of [['rev-parse', '--verify', 'nonsense'], ['--version'], ['nonsense'], ['status', '-s'], [''], ['hash-object', '--stdin'], ['-c', 'alias.e=!env | sort | grep -v ^_=', 'e']]) {
    const options = { input: 'content', env: { MARK: 'ä' } };
    assert.deepEqual(await run(pyi, args, options), await run('git', args, options), args.join(' '));
  }
  const elsewhere = await run(pyi, ['rev-parse', '--show-toplevel'], { cwd: root });
  assert.deepEqual(elsewhere, await run('git', ['rev-parse', '--show-toplevel'], { cwd: root }));
});

test('arguments that are not UTF-8, and very many, reach git', async () => {
  const many = Array.from({ length: 20_000 }, (_, i) => `path-${i}-${'x'.repeat(50)}`);
  assert.deepEqual(await run(pyi, ['ls-files', '--', ...many]), await run('git', ['ls-files', '--', ...many]));
  const odd = (program: string): Promise<Ended> => run('bash', ['-c', `exec "${program}" ls-files --error-unmatch -- $'\\xff\\xfe'`]);
  assert.deepEqual(await odd(pyi), await odd('git'));
});

test('a signal that ends git ends it', async () => {
  assert.equal((await run(pyi, ['status'], { env: { PATH: `${script('killed', 'kill -TERM $$')}${delimiter}${PATH}` } })).signal, 'SIGTERM');
});

test('git is found past every front on PATH, and PYI_GIT goes first', async () => {
  const copies = ['copy', 'link', 'renamed'].map((name) => join(root, name));
  copies.forEach((directory) => mkdirSync(directory));
  copyFileSync(pyi, join(copies[0] ?? '', 'git'));
  symlinkSync(pyi, join(copies[1] ?? '', 'git'));
  writeFileSync(join(copies[2] ?? '', 'git'), '#!/usr/bin/env node\n// stands in for git: pyi-front\n', { mode: 0o755 });
  const behind = { PATH: [join(dist, 'bin'), ...copies, PATH].join(delimiter) };
  for (const program of [pyi, join(copies[0] ?? '', 'git'), join(copies[1] ?? '', 'git')]) assert.match((await run(program, ['--version'], { env: behind })).stdout, /^git version/);
  const none = await run(pyi, ['status'], { env: { PATH: copies.join(delimiter) } });
  assert.equal(none.code, 127);
  assert.match(none.stderr, /no git on PATH to run "status".*\n.*Install git/);
  const chosen = join(script('chosen', 'echo chosen "$@"'), 'git');
  assert.equal((await run(pyi, ['status'], { env: { PYI_GIT: chosen } })).stdout, 'chosen status\n');
  assert.match((await run(pyi, ['--version'], { env: { PYI_GIT: join(copies[0] ?? '', 'git') } })).stdout, /^git version/, 'not itself');
});

test('a wrapper that leads back comes to an end', async () => {
  const loop = await run(pyi, ['status'], { env: { PATH: `${script('loop', `exec "${pyi}" "$@"`)}${delimiter}/usr/bin${delimiter}/bin` } });
  assert.equal(loop.code, 1);
  assert.match(loop.stderr, /leads back to PYI/);
});

test('words of PYI run in Node, unless it is called git', async () => {
  const node = join(root, 'node');
  writeFileSync(node, '#!/bin/sh\nprintf "%s|" "$@"\n', { mode: 0o755 });
  const withNode = { env: { PYI_NODE: node } };
  for (const args of [['fork', 'x y', '--json'], ['-C', 'sub', 'checkpoint'], ['help'], ['--help'], []]) {
    assert.equal((await run(pyi, args, withNode)).stdout, [`${join(dist, 'bin')}/../cli.cjs`, ...args, ''].join('|'));
  }
  for (const slip of ['chekpoint', 'chceckpoint', 'checkpiont', 'forkd', 'frok']) assert.match((await run(pyi, [slip], withNode)).stdout, /cli\.cjs\|/, `${slip} gets advice there`);
  for (const gits of ['status', 'remote', 'rm', 'merge', 'rebase', 'rev-parse']) assert.doesNotMatch((await run(pyi, [gits], withNode)).stdout, /cli\.cjs/, gits);
  const asGit = await run(join(dist, 'bin', 'git'), ['fork'], withNode);
  assert.equal(asGit.code, 1);
  assert.match(asGit.stderr, /'fork' is not a git command/);
  const missing = await run(pyi, ['fork'], { env: { PYI_NODE: join(root, 'no-node') } });
  assert.equal(missing.code, 127);
  assert.match(missing.stderr, /Node cannot be run/);
});

test('what the server answers is printed, and git is not run', async () => {
  const asked = await serve((socket) => socket.end(encodeAnswer({ code: 3, stdout: bytes('out\0\n'), stderr: bytes('err\n') })));
  const noGit = { PATH: script('never', 'echo git was run; exit 99') };
  assert.deepEqual(await run(pyi, ['-C', '.', 'status', '-z'], { env: { ...noGit, LANG: 'de_DE.UTF-8', SECRET: 's', GIT_OPTIONAL_LOCKS: '0' } }), { code: 3, signal: null, stdout: 'out\0\n', stderr: 'err\n' });
  const [question] = asked;
  assert.deepEqual({ ...question, env: undefined }, { version: packageJson.version, git: join(noGit.PATH, 'git'), directory: work, isErrorTerminal: false, args: ['-C', '.', 'status', '-z'], env: undefined });
  assert.equal(question?.env['LANG'], 'de_DE.UTF-8');
  assert.equal(question.env['GIT_OPTIONAL_LOCKS'], '0');
  assert.equal(question.env['SECRET'], undefined);
  assert.equal((await run(join(dist, 'bin', 'git'), ['status'], { env: noGit })).code, 3, 'under the name of git, too');
});

test('what only git may answer is not asked', async () => {
  const asked = await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('wrong'), stderr: bytes('') })));
  const cases: readonly (readonly [readonly string[], Record<string, string>])[] = [
    [['add', 'nothing'], {}], [['cat-file', '--batch'], {}], [['rev-list', '--stdin'], {}], [['--git-dir=x', 'status'], {}], [['-p', 'status'], {}], [['nonsense'], {}],
    [['status'], { GIT_DIR: join(work, '.git') }], [['status'], { GIT_INDEX_FILE: 'x' }], [['status'], { GIT_TRACE: '0' }], [['status'], { GIT_UNKNOWN: '1' }], [['status'], { PYI_DISABLE: '1' }],
  ];
  for (const [args, more] of cases) assert.doesNotMatch((await run(pyi, args, { env: more })).stdout, /wrong/, args.join(' '));
  const typescript = spawnSync('script', ['-qec', `${pyi} --version`, '/dev/null'], { env, encoding: 'utf8' });
  assert.match(typescript.stdout, /^git version/, 'what a terminal shows');
  assert.deepEqual(asked, []);
});

const TRUTH = /^git version/;
const UNHELPFUL: Readonly<Record<string, (socket: Socket) => void>> = {
  'does not know': (socket) => socket.end(RUN_GIT),
  'hangs': () => undefined,
  'ends without a word': (socket) => socket.destroy(),
  'ends in the middle': (socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('half an answer'), stderr: bytes('') }).subarray(0, 20)),
  'hangs in the middle': (socket) => void socket.write(encodeAnswer({ code: 0, stdout: bytes('half an answer'), stderr: bytes('') }).subarray(0, 20)),
  'talks nonsense': (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'promises too much': (socket) => {
    const head = encodeAnswer({ code: 0, stdout: bytes(''), stderr: bytes('') });
    head.writeUInt32LE(0xffff_ffff, 8);
    socket.end(head);
  },
};
for (const [name, answer] of Object.entries(UNHELPFUL)) {
  test(`git is run when the server ${name}`, async () => {
    const asked = await serve(answer);
    const { code, stdout, stderr } = await run(pyi, ['--version']);
    assert.match(stdout, TRUTH);
    assert.deepEqual([code, stderr, asked.length], [0, '', 1]);
  });
}

test('git is run when the directory of the server is open to others, or the socket is none', async () => {
  const asked = await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('wrong'), stderr: bytes('') })), 0o755);
  assert.match((await run(pyi, ['--version'])).stdout, TRUTH);
  assert.deepEqual(asked, []);
  rmSync(join(runtime, 'shim.sock'));
  chmodSync(runtime, 0o700);
  writeFileSync(join(runtime, 'shim.sock'), 'no socket');
  assert.match((await run(pyi, ['--version'])).stdout, TRUTH);
});

test('streams that are closed, joined or full are git\'s business', async () => {
  const asked = await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('out\n'), stderr: bytes('err\n') })));
  const shell = async (program: string, redirection: string): Promise<Ended> => run('bash', ['-c', `"${program}" --version ${redirection}; echo "ended with $?"`]);
  for (const closed of ['<&-', '>&-', '2>&-']) assert.deepEqual(await shell(pyi, closed), await shell('git', closed), closed);
  assert.deepEqual(asked, []);
  for (const redirection of ['2>&1', '>/dev/full 2>/dev/null']) assert.deepEqual(await shell(pyi, redirection), await shell('git', redirection), redirection);
  assert.equal(asked.length, 2);
  assert.equal((await shell(pyi, '')).stdout, 'out\nended with 0\n');
});

test('a reader that goes away ends it as it ends git', async () => {
  await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: Buffer.alloc(300_000, 'x\n'), stderr: bytes('') })));
  const { stdout } = await run('bash', ['-c', `"${pyi}" log | head -c 2; echo "\${PIPESTATUS[0]}"`]);
  assert.equal(stdout, 'x\n141\n');
});

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
async function compared(args: readonly string[], more: Parameters<typeof run>[2] = {}): Promise<{ readonly ended: Ended; readonly noted: Compared }> {
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
  await new Promise((resolve) => server?.close(resolve));
  rmSync(runtime, { recursive: true, force: true });
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

const CHECK = ['check-ignore', '-v', '-n', '--stdin'];

test('what is read from stdin is part of the question', async () => {
  const asked = await serve((socket) => socket.end(encodeAnswer({ code: 1, stdout: bytes('answered\n'), stderr: bytes('') })));
  for (const [args, input] of [[['log', '-3', '--stdin'], ''], [['-c', 'color.ui=false', 'log', '--stdin'], 'HEAD\nmain\n']] as const) {
    assert.deepEqual(await run(pyi, args, { input }), { code: 1, signal: null, stdout: 'answered\n', stderr: '' });
    assert.deepEqual([asked.at(-1)?.input, asked.at(-1)?.args], [input, args]);
  }
  assert.equal(asked.length, 2);
  // Whoever writes slowly is git's to listen to.
  while (asked.length === 2) await run(pyi, CHECK, { input: 'a\nb\n' });
  assert.equal(asked[2]?.input, 'a\nb\n');
  await run(pyi, ['status'], { input: 'not read' });
  assert.equal(asked.at(-1)?.input, undefined);
  for (const args of [['hash-object', '--stdin'], ['cat-file', '--batch'], ['rev-list', '--stdin']]) await run(pyi, args, { input: '' });
  assert.equal(asked.length, 4, 'others read stdin themselves');
});

test('what was read from stdin reaches git when git has to be run, however long it is', async () => {
  const asked = await serve((socket) => socket.end(RUN_GIT));
  for (const length of [0, 1, 4_095, 4_096, 4_097, 65_535, 65_536, 65_537, 300_000]) {
    const input = `${'x'.repeat(99)}\n`.repeat(length / 100 + 1).slice(0, length);
    for (const args of [CHECK, ['log', '--stdin']]) assert.deepEqual(await run(pyi, args, { input }), await run('git', args, { input }), `${length} bytes`);
  }
  assert.deepEqual(asked.filter(({ args }) => args[0] === 'log').map(({ input }) => input?.length), [0, 1, 4_095, 4_096, 4_097, 65_535]);
});

test('one who waits for an answer before he writes on gets it', async () => {
  await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('never'), stderr: bytes('') })));
  const child = spawn(pyi, CHECK, { cwd: work, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const line = async (): Promise<string> => new Promise((resolve) => lines.once('line', resolve));
  for (const name of ['first', 'second', 'third']) {
    const answer = line();
    child.stdin.write(`${name}\n`);
    assert.equal(await answer, `::\t${name}`);
  }
  child.stdin.end();
  assert.deepEqual(await once(child, 'close'), [1, null]);
});

test('nothing is left when git has ended before its input', { skip: process.platform !== 'linux' && 'processes are looked for in /proc' }, async () => {
  await serve((socket) => socket.end(RUN_GIT));
  const word = 'a-word-too-many';
  const left = (): number => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(word)).length;
  const child = spawn(pyi, [...CHECK, word], { cwd: work, env, stdio: ['pipe', 'ignore', 'ignore'] });
  // Held open: git would wait for more, were there not a word too many.
  child.stdin.write('a\n');
  assert.deepEqual(await once(child, 'exit'), [128, null]);
  while (left() > 0) await nextTurn();
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
