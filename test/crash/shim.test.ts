import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Result } from '../../protocol/registry.ts';
import { installFront } from '../../scripts/install-front.mjs';
import { GitRepository } from '../support/git-repository.ts';
import { ServerProcess } from '../support/server-process.ts';

/** The native front, a real server, and faults between them: what is printed is what git prints, whoever says it. */

const PYI = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../dist/bin/pyi');
const STATUS = ['status', '-s', '-b'];
/** How often is looked whether the server has learnt an answer. */
const LOOKS = 200;
/** Commands that run while the server is stopped and goes on, and how often it does. */
const COMMANDS = 400;
const TURNS = 20;

let repository: GitRepository;
let server: ServerProcess;
let env: NodeJS.ProcessEnv;
let runtime: string;
let runs: string;

before(() => {
  repository = GitRepository.create();
  repository.commit({ 'a.txt': 'a\n', 'b/c.txt': 'c\n' });
  runs = path.join(repository.directory, 'runs');
  runtime = path.join(repository.directory, 'run');
  const wrapper = path.join(repository.directory, 'bin');
  fs.mkdirSync(wrapper);
  // Tells of each git that the front becomes: what the server runs gets no variable that the front does not tell.
  fs.writeFileSync(path.join(wrapper, 'git'), `#!/bin/sh\n[ -n "$BY_FRONT" ] && echo "$*" >> '${runs}'\nPATH='${repository.env['PATH'] ?? ''}' exec git "$@"\n`, { mode: 0o755 });
  env = { ...repository.env, PATH: `${wrapper}${path.delimiter}${repository.env['PATH'] ?? ''}`, PYI_RUNTIME_DIR: runtime, PYI_GIT_SCOPE: 'all', PYI_GIT_CHECK: '0' };
  // Set, it makes the front leave everything to git.
  delete env['GIT_CEILING_DIRECTORIES'];
  server = new ServerProcess(runtime, env);
});
after(async () => {
  await server.stop();
  repository.remove();
});

interface Printed { readonly status: number | null; readonly stdout: string; readonly stderr: string; readonly byGit: boolean }

/** What the front prints, and whether it became git for that. */
function front(args: readonly string[], more: NodeJS.ProcessEnv = {}, program = PYI): Printed {
  const before = gitRuns();
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: repository.root, env: { ...env, BY_FRONT: '1', ...more }, encoding: 'latin1', input: '' });
  return { status, stdout, stderr, byGit: gitRuns() > before };
}

function gitRuns(): number {
  return fs.existsSync(runs) ? fs.readFileSync(runs, 'utf8').split('\n').length - 1 : 0;
}

function assertRight(printed: Printed, args: readonly string[] = STATUS): void {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: repository.root, env: repository.env, encoding: 'latin1' });
  assert.deepEqual({ ...printed, byGit: undefined }, { status, stdout, stderr, byGit: undefined });
}

/** Asks until the server answers; every answer on the way is right. */
async function learn(args: readonly string[] = STATUS): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const printed = front(args);
    assertRight(printed, args);
    if (!printed.byGit) return;
    await delay(25);
  }
  assert.fail(`git ${args.join(' ')} is never answered`);
}

async function start(): Promise<void> {
  server.start();
  (await server.connect('test')).close();
}

test('what is asked twice is answered by the server; after a change it is right at once', async () => {
  await start();
  await learn();
  for (let round = 0; round < 10; round++) {
    repository.write('a.txt', `edit ${round}\n`);
    assertRight(front(STATUS));
    repository.write(`new-${round}.txt`, 'n');
    assertRight(front(STATUS));
  }
  await learn();
});

test('a command that changes something is git\'s, and what follows is of the state that it made', async () => {
  for (const args of [['add', '-A'], ['commit', '-q', '-m', 'through the front'], ['branch', 'made'], ['checkout', '-q', 'made']]) {
    const printed = front(args);
    assert.deepEqual([printed.status, printed.stdout, printed.byGit], [0, '', true]);
    assertRight(front(STATUS));
    assertRight(front(['branch', '-vv']), ['branch', '-vv']);
  }
  assert.equal(repository.git(['log', '-1', '--format=%s']), 'through the front');
});

test('"pyi git-compat" tells what was answered, and what was not', async () => {
  await learn();
  front(['rev-list', '--count', 'HEAD']);
  const { commands, answering, scope, faults } = await printedCompat();
  assert.deepEqual([answering, scope, faults], [true, 'all', []]);
  const of = (name: string): (typeof commands)[number] => commands.find(({ command }) => command === name) ?? assert.fail(`no row of ${name}`);
  assert.ok(of('status').hits > 0);
  assert.ok(of('rev-list').misses > 0);
  assert.deepEqual([of('push').treatment, of('push').hits], ['network', 0]);
});

async function printedCompat(): Promise<Result<'git-compat'>> {
  const { stdout, stderr } = await promisify(execFile)(PYI, ['git-compat', '--json'], { cwd: repository.root, env });
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Result<'git-compat'>;
}

test('PYI_DISABLE turns it off', async () => {
  await learn();
  assert.equal(front(STATUS, { PYI_DISABLE: '1' }).byGit, true);
});

test('a server that is stopped, goes on, is killed or comes back: git\'s answer all the same', async () => {
  await learn();
  process.kill(server.pid, 'SIGSTOP');
  try {
    repository.write('while-stopped.txt', 's');
    const stopped = front(STATUS);
    assert.equal(stopped.byGit, true);
    assertRight(stopped);
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  assertRight(front(STATUS));
  await learn();
  await server.kill();
  repository.write('while-dead.txt', 'd');
  const dead = front(STATUS);
  assert.equal(dead.byGit, true);
  assertRight(dead);
  await start();
  await learn();
});

test('a server that is stopped, goes on and is killed in the midst of commands: each prints what git prints', async () => {
  await learn();
  const { stdout } = spawnSync('git', STATUS, { cwd: repository.root, env: repository.env, encoding: 'latin1' });
  const asking = promisify(execFile)('/bin/sh', ['-c', `for n in $(seq ${COMMANDS}); do '${PYI}' ${STATUS.join(' ')}; done`], { cwd: repository.root, env });
  let isAsking = true;
  void asking.finally(() => { isAsking = false; });
  // Longer and shorter than the front waits for a sign of life.
  for (let turn = 0; isAsking && turn < TURNS; turn++) {
    process.kill(server.pid, turn % 2 === 0 ? 'SIGSTOP' : 'SIGCONT');
    await delay(turn % 7 === 0 ? 60 : 1 + turn % 5);
  }
  assert.ok(isAsking, 'it is killed in the midst of them, too');
  await server.kill();
  assert.deepEqual(await asking, { stdout: stdout.repeat(COMMANDS), stderr: '' });
  await start();
  await learn();
});

test('a front of another version is told nothing', { skip: process.platform === 'win32' }, async () => {
  await learn();
  const dist = path.join(repository.directory, 'dist');
  fs.mkdirSync(path.join(dist, 'bin'), { recursive: true });
  fs.cpSync(path.join(path.dirname(PYI), '../front'), path.join(dist, 'front'), { recursive: true });
  const words = path.join(dist, 'front/words.h');
  fs.writeFileSync(words, fs.readFileSync(words, 'utf8').replace(/PYI_VERSION ".*"/, 'PYI_VERSION "0.0.0-other"'));
  assert.ok(installFront(dist) !== undefined, 'a C compiler is needed');
  const printed = front(STATUS, {}, path.join(dist, 'bin/pyi'));
  assert.equal(printed.byGit, true);
  assertRight(printed);
  // Its own front still is.
  await learn();
});

test('a socket that is gone is no server', async () => {
  await learn();
  fs.rmSync(path.join(runtime, 'shim.sock'));
  const printed = front(STATUS);
  assert.equal(printed.byGit, true);
  assertRight(printed);
});

test('a server that ends leaves nothing behind', async () => {
  await server.stop();
  await start();
  await learn();
  await server.stop();
  assert.deepEqual(fs.readdirSync(runtime).filter((name) => name.startsWith('shim')), []);
  assert.deepEqual(fs.readdirSync(path.join(repository.root, '.git')).filter((name) => name.startsWith('pyi') || name.startsWith('index-')), []);
});

test('in the phase "compatible" git alone answers, also after a restart; a step on, the server does again', async () => {
  const pyi = async (...args: readonly string[]): Promise<unknown> => promisify(execFile)(PYI, args, { cwd: repository.root, env });
  await start();
  await pyi('setup');
  await learn();
  await pyi('phase', 'compatible');
  assert.equal(front(STATUS).byGit, true);
  await server.kill();
  await start();
  for (let look = 0; look < 5; look++) assert.equal(front(STATUS).byGit, true);
  await pyi('phase', 'hybrid');
  await learn();
});
