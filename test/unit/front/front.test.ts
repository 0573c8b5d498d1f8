import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { after, afterEach, test } from 'node:test';
import packageJson from '../../../package.json' with { type: 'json' };
import { RUN_GIT, encodeAnswer } from '../../../server/shim/wire.ts';
import { CompiledFront } from '../../support/compiled-front.ts';
import type { Ended } from '../../support/compiled-front.ts';

/** The native front against the real git and against servers that behave and that do not. */

const front = new CompiledFront();
const { root, dist, runtime, work, pyi, env, run, serve, script } = front;
const PATH = env['PATH'] ?? '';
/** A user who is not the one who runs this. */
const NOBODY = 65_534;
const bytes = (text: string): Buffer => Buffer.from(text);

afterEach(front.stopServing);
after(() => { front.close(); });

test('without a server it is git: output, exit code, input, directory and environment', async () => {
  for (const args of [['rev-parse', '--verify', 'nonsense'], ['--version'], ['nonsense'], ['status', '-s'], [''], ['hash-object', '--stdin'], ['-c', 'alias.e=!env | sort | grep -v ^_=', 'e']]) {
    const options = { input: 'content', env: { MARK: 'ä' } };
    assert.deepEqual(await run(pyi, args, options), await run('git', args, options), args.join(' '));
  }
  const elsewhere = await run(pyi, ['rev-parse', '--show-toplevel'], { cwd: root });
  assert.deepEqual(elsewhere, await run('git', ['rev-parse', '--show-toplevel'], { cwd: root }));
});

test('the git that a link beside it names comes before the one on PATH, and is asked about by its name', async () => {
  const mine = script('chosen', 'echo "mine $*"');
  const link = join(dist, 'bin', 'true-git');
  symlinkSync(join(mine, 'git'), link);
  try {
    assert.equal((await run(pyi, ['fetch'])).stdout, 'mine fetch\n');
    const asked = await serve((socket) => socket.end(RUN_GIT));
    assert.equal((await run(pyi, ['rev-parse', 'HEAD'])).stdout, 'mine rev-parse HEAD\n');
    assert.deepEqual(asked.map(({ git }) => git), [join(mine, 'git')]);
    const configured = script('configured', 'echo configured');
    assert.equal((await run(pyi, ['fetch'], { env: { PYI_GIT: join(configured, 'git') } })).stdout, 'configured\n');
    for (const target of [join(root, 'gone'), pyi, 'relative']) {
      rmSync(link);
      symlinkSync(target, link);
      assert.match((await run(pyi, ['--version'])).stdout, /^git version /, target);
    }
  } finally {
    rmSync(link);
  }
});

test('where a path may mean something else to the server, it is not asked', { skip: spawnSync('unshare', ['-m', 'true']).status !== 0 && 'only root may make a mount namespace' }, async () => {
  const asked = await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('answered'), stderr: bytes('') })));
  while (asked.length === 0) await run(pyi, ['status']);
  const before = asked.length;
  const truth = await run('git', ['status', '-s']);
  assert.deepEqual(await run('unshare', ['-m', pyi, 'status', '-s']), truth);
  assert.equal(asked.length, before);
});

test('arguments that are not UTF-8, and very many, reach git', async () => {
  const many = Array.from({ length: 20_000 }, (_, i) => `path-${i}-${'x'.repeat(50)}`);
  assert.deepEqual(await run(pyi, ['ls-files', '--', ...many]), await run('git', ['ls-files', '--', ...many]));
  const odd = (program: string): Promise<Ended> => run('bash', ['-c', `exec "${program}" ls-files --error-unmatch -- $'\\xff\\xfe'`]);
  assert.deepEqual(await odd(pyi), await odd('git'));
});

test('so many arguments as the system takes reach git, and of too many it says the same', { skip: process.platform !== 'linux' && 'how many is a matter of the system' }, async () => {
  const asked = await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('wrong'), stderr: bytes('') })));
  // A quarter of the stack, six megabytes at most; 128 KiB for a single one.
  const word = (length: number): string => `$(printf "%0${length}d" 0)`;
  const words = (count: number, length: number): string => `$(yes "${word(length)}" | head -n ${count})`;
  const listed = async (program: string, paths: string): Promise<Ended> => run('bash', ['-c', `ulimit -Ss 24576; exec "${program}" ls-files -- ${paths}`]);
  for (const paths of [words(500_000, 1), words(55, 100_000)]) {
    const printed = await listed(pyi, paths);
    assert.deepEqual(printed, await listed('git', paths));
    assert.deepEqual([printed.code, printed.stderr], [0, '']);
  }
  assert.deepEqual(asked, [], 'what is too long for a question is git\'s');
  for (const paths of [words(110, 100_000), word(131_072)]) {
    const [printed, truth] = [await listed(pyi, paths), await listed('git', paths)];
    assert.deepEqual([printed.code, printed.stdout], [truth.code, truth.stdout]);
    assert.match(printed.stderr, /Argument list too long/);
  }
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
  const chosen = join(script('named-by-pyi-git', 'echo chosen "$@"'), 'git');
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
    [['add', 'nothing'], {}], [['cat-file', '--batch-command'], {}], [['rev-list', '--stdin'], {}], [['--git-dir=x', 'status'], {}], [['-p', 'status'], {}], [['nonsense'], {}],
    [['status'], { GIT_DIR: join(work, '.git') }], [['status'], { GIT_DIR: '/nowhere' }], [['status'], { GIT_WORK_TREE: work, GIT_DIR: join(work, '.git') }], [['ls-files'], { GIT_WORK_TREE: root }], [['status'], { GIT_INDEX_FILE: 'x' }], [['status'], { GIT_TRACE: '0' }], [['status'], { GIT_UNKNOWN: '1' }], [['status'], { PYI_DISABLE: '1' }],
  ];
  for (const [args, more] of cases) assert.deepEqual(await run(pyi, args, { env: more }), await run('git', args, { env: more }), `${args.join(' ')} ${JSON.stringify(more)}`);
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

test('git is run when the directory of the server is a link', async () => {
  const asked = await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('wrong'), stderr: bytes('') })));
  const link = join(root, 'link-to-run');
  symlinkSync(runtime, link);
  assert.match((await run(pyi, ['--version'], { env: { PYI_RUNTIME_DIR: link } })).stdout, TRUTH);
  assert.deepEqual(asked, []);
});

test('git is run when the socket or its directory is somebody else\'s', { skip: process.getuid?.() !== 0 && 'only root can be somebody else' }, async (context) => {
  const asked = await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('wrong'), stderr: bytes('') })));
  chownSync(runtime, NOBODY, NOBODY);
  assert.match((await run(pyi, ['--version'])).stdout, TRUTH);
  assert.deepEqual(asked, []);
  chownSync(runtime, 0, 0);
  assert.equal((await run(pyi, ['--version'])).stdout, 'wrong');
  await front.stopServing();
  // Put there by somebody who could: it is known by who listens.
  const open = mkdtempSync(join(tmpdir(), 'pyi-open-'));
  context.after(() => rmSync(open, { recursive: true }));
  chmodSync(open, 0o777);
  const listens = "require('net').createServer((socket) => socket.on('data', () => process.stdout.write('asked')).resume()).listen('theirs.sock', () => process.stdout.write('listens'))";
  const foreign = spawn(process.execPath, ['-e', listens], { cwd: open, uid: NOBODY, gid: NOBODY, stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => foreign.kill());
  const heard: string[] = [];
  foreign.stdout.on('data', (chunk: Buffer) => heard.push(chunk.toString()));
  await once(foreign.stdout, 'data');
  mkdirSync(runtime, { mode: 0o700 });
  renameSync(join(open, 'theirs.sock'), join(runtime, 'shim.sock'));
  assert.match((await run(pyi, ['--version'])).stdout, TRUTH);
  assert.deepEqual(heard, ['listens'], 'nothing is told to somebody else');
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

const CHECK = ['check-ignore', '-v', '-n', '--stdin'];
const BATCH = ['cat-file', '--batch-check'];

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
  while (asked.length === 3) await run(pyi, BATCH, { input: 'HEAD\n' });
  assert.deepEqual([asked[3]?.input, asked[3]?.args], ['HEAD\n', BATCH]);
  await run(pyi, ['status'], { input: 'not read' });
  assert.equal(asked.at(-1)?.input, undefined);
  for (const args of [['hash-object', '--stdin'], ['cat-file', '--batch=%(objectname)'], ['cat-file', '--batch-command'], ['rev-list', '--stdin']]) await run(pyi, args, { input: '' });
  assert.equal(asked.length, 5, 'others read stdin themselves');
});

test('what was read from stdin reaches git when git has to be run, however long it is', async () => {
  const asked = await serve((socket) => socket.end(RUN_GIT));
  for (const length of [0, 1, 4_095, 4_096, 4_097, 65_535, 65_536, 65_537, 300_000]) {
    const input = `${'x'.repeat(99)}\n`.repeat(length / 100 + 1).slice(0, length);
    for (const args of [CHECK, BATCH, ['log', '--stdin']]) assert.deepEqual(await run(pyi, args, { input }), await run('git', args, { input }), `${length} bytes`);
  }
  assert.deepEqual(asked.filter(({ args }) => args[0] === 'log').map(({ input }) => input?.length), [0, 1, 4_095, 4_096, 4_097, 65_535]);
});

test('one who waits for an answer before he writes on gets it', async () => {
  await serve((socket) => socket.end(encodeAnswer({ code: 0, stdout: bytes('never'), stderr: bytes('') })));
  for (const [args, said, code] of [[CHECK, (name: string) => `::\t${name}`, 1], [BATCH, (name: string) => `${name} missing`, 0]] as const) {
    const child = spawn(pyi, args, { cwd: work, env, stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const line = async (): Promise<string> => new Promise((resolve) => lines.once('line', resolve));
    for (const name of ['first', 'second', 'third']) {
      const answer = line();
      child.stdin.write(`${name}\n`);
      assert.equal(await answer, said(name));
    }
    child.stdin.end();
    assert.deepEqual(await once(child, 'close'), [code, null]);
  }
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
