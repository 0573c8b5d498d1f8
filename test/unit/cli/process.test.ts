import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findGit } from '../../../connect/find-git.ts';
import { readDescription, serverAddress } from '../../../server/transport/address.ts';

const cli = fileURLToPath(new URL('fixture-cli.ts', import.meta.url));
const arguments_ = ['--import', import.meta.resolve('tsx'), cli];
const root = mkdtempSync(join(tmpdir(), 'pyi-process-'));
const env: NodeJS.ProcessEnv = { ...process.env, PYI_RUNTIME_DIR: join(root, 'run'), PYI_TEST_VERSION: '0.1.0', GIT_CONFIG_GLOBAL: '/dev/null' };
const address = serverAddress({ env, platform: process.platform, uid: process.getuid?.() });
after(() => {
  const pid = readDescription(address)?.pid;
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

function pyi(args: readonly string[], more: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [...arguments_, ...args], { cwd: root, env: { ...env, ...more }, encoding: 'utf8', timeout: 30_000 });
}

/** A `git` that is the shell script `body`; returns its directory. */
function fakeGit(name: string, body: string): string {
  const directory = join(root, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'git'), `#!/bin/sh\n${body}\n`);
  chmodSync(join(directory, 'git'), 0o755);
  return directory;
}

test('a command starts the server, later ones attach, an interrupt is 130, stop stops', async () => {
  const about = JSON.parse(pyi(['about', '--json']).stdout) as { pid: number; socket: string };
  assert.equal(about.socket, address.socket);
  const serve = pyi(['serve', '--json']);
  assert.deepEqual(JSON.parse(serve.stdout), { socket: about.socket, pid: about.pid, version: '0.1.0' });

  const child = spawn(process.execPath, [...arguments_, 'verify', '--json'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  // The call is in hand once the server counts two clients: it, and who asks.
  while ((JSON.parse(pyi(['about', '--json']).stdout) as { clients: number }).clients < 2) assert.equal(child.exitCode, null);
  child.kill('SIGINT');
  assert.equal(await exited, 130);
  assert.match(output.join(''), /^\{"error":\{"code":"CANCELLED"/);

  assert.equal(pyi(['stop', '--json']).stdout, '{"stopping":true}\n');
  assert.equal(readDescription(address), undefined);
  assert.equal(pyi(['stop']).stdout, 'No server is running.\n');
});

test('serve --stdio and --foreground are the server itself, with its exit code', () => {
  const hello = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'pyi/hello', params: { client: 'test', version: '0.1.0', protocol: 1 } });
  const stdio = spawnSync(process.execPath, [...arguments_, 'serve', '--stdio'], { cwd: root, env, encoding: 'utf8', input: `Content-Length: ${hello.length}\r\n\r\n${hello}` });
  assert.match(stdio.stdout, /"server":"pyi"/);
  assert.equal(stdio.status, 0);
  assert.equal(pyi(['serve', '--foreground'], { PYI_TEST_FAIL: '1' }).status, 3);
  assert.equal(pyi(['serve', '--stdio', '--socket', 'x']).status, 2);
});

test('any other word is git\'s, with its output, its exit code and its signals', () => {
  assert.match(pyi(['--version']).stdout, /^git version/);
  assert.equal(pyi(['rev-parse', '--verify', 'nonsense']).status, 128);
  const PATH = fakeGit('echo', 'printf "%s|" "$@"; exit 7');
  const result = pyi(['-C', 'x y', '-c', 'a=b', 'commit', '-m', '', '--', '--json'], { PATH });
  assert.equal(result.stdout, '-C|x y|-c|a=b|commit|-m||--|--json|');
  assert.equal(result.status, 7);
  assert.equal(pyi(['status'], { PATH: fakeGit('killed', 'kill -TERM $$') }).signal, 'SIGTERM');
});

test('without git, and with a git that leads back to us, there is an error', () => {
  mkdirSync(join(root, 'empty'));
  const none = pyi(['status'], { PATH: join(root, 'empty') });
  assert.equal(none.status, 1);
  assert.match(none.stderr, /"status" is no verb of PYI, and there is no git on PATH/);
  const quote = (word: string): string => `'${word.replaceAll('\'', '\'\\\'\'')}'`;
  const looping = fakeGit('looping', `exec ${[process.execPath, ...arguments_].map(quote).join(' ')} "$@"`);
  const loop = pyi(['status'], { PATH: looping, PYI_GIT_DEPTH: '18' });
  assert.equal(loop.status, 1);
  assert.match(loop.stderr, /leads back to PYI/);
});

test('under the name of git, every word is git\'s', () => {
  const front = join(root, 'git.mjs');
  writeFileSync(front, `import ${JSON.stringify(pathToFileURL(cli).href)};`);
  const result = spawnSync(process.execPath, [...arguments_.slice(0, 2), front, 'fork', 'x'], { env: { ...env, PATH: join(root, 'echo') }, encoding: 'utf8' });
  assert.equal(result.stdout, 'fork|x|');
});

test('a reader that goes away is no error', () => {
  const shell = spawnSync('bash', ['-c', '"$@" | head -c 1; echo " ${PIPESTATUS[0]}"', 'bash', process.execPath, ...arguments_, 'completion', 'bash'], { env, encoding: 'utf8' });
  assert.match(shell.stdout, /^# (0|141)\n$/);
  assert.equal(shell.stderr, '');
});

test('git is found past our own front', () => {
  const [ours, theirs] = [join(root, 'ours'), join(root, 'theirs')];
  for (const directory of [ours, theirs]) {
    mkdirSync(directory);
    writeFileSync(join(directory, 'git'), '');
    chmodSync(join(directory, 'git'), 0o755);
  }
  const host = { platform: process.platform, env: { PATH: ['', ours, join(root, 'missing'), theirs].join(delimiter) } };
  assert.equal(findGit(host, join(ours, 'git')), join(theirs, 'git'));
  assert.equal(findGit({ ...host, env: { PATH: ours } }, join(ours, 'git')), undefined);
  writeFileSync(join(ours, 'git'), '#!/usr/bin/env node\n// stands in for git: pyi-front\n');
  assert.equal(findGit(host, undefined), join(theirs, 'git'), 'a front is known by its mark');
  assert.equal(findGit({ ...host, env: { PATH: ours, PYI_GIT: join(theirs, 'git') } }, undefined), join(theirs, 'git'), 'what is configured goes first');
  chmodSync(join(theirs, 'git'), 0o644);
  assert.equal(findGit(host, join(ours, 'git')), undefined, 'a file that cannot be run is no git');
});
