import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { takeLock } from '../../../server/store/lock.ts';
import type { LockOptions, ProcessIdentity, ProcessTable } from '../../../server/store/lock.ts';
import { NodeDisk } from '../../../server/store/node-disk.ts';
import { NodeProcesses } from '../../../server/store/node-processes.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { hasCode, OneProcess } from '../../support/store.ts';
import { SeededRandom } from '../../support/random.ts';

const holder = new URL('../../support/lock-holder.ts', import.meta.url).pathname;

interface Holder {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

function start(context: TestContext, lock: string, mode: string): Holder {
  const child = spawn(process.execPath, ['--import', 'tsx', holder, lock, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(() => { child.kill('SIGKILL'); });
  return { child, lines: createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]() };
}

async function line({ lines }: Holder): Promise<string> {
  return String((await lines.next()).value);
}

async function kill({ child }: Holder): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function temporaryDirectory(context: TestContext): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-lock-'));
  context.after(() => { fs.rmSync(directory, { recursive: true, force: true }); });
  return directory;
}

function realOptions(lock: string): LockOptions {
  const disk = new NodeDisk();
  return { disk, path: lock, processes: new NodeProcesses(disk, () => undefined), clock: { now: () => Date.now(), micros: () => 0 }, random: { bytes: (length) => randomBytes(length) } };
}

test('a live owner is named; a killed one is succeeded by exactly one of many', async (context) => {
  const directory = temporaryDirectory(context);
  const lock = path.join(directory, 'lock');
  const owner = start(context, lock, 'hold');
  assert.equal(await line(owner), 'held');
  assert.throws(() => takeLock(realOptions(lock)), (error: unknown) => PyiError.is(error, 'BUSY') && error.message.includes(`process ${owner.child.pid}`));
  const contenders = Array.from({ length: 4 }, () => start(context, lock, 'contend'));
  for (const contender of contenders) assert.equal(await line(contender), 'ready');
  await kill(owner);
  for (const { child } of contenders) child.stdin?.write('go\n');
  const results = await Promise.all(contenders.map(line));
  assert.deepEqual(results.sort(), ['BUSY', 'BUSY', 'BUSY', 'held']);
  assert.deepEqual(fs.readdirSync(directory), ['lock'], 'no thief leaves anything behind');
  for (const contender of contenders) await kill(contender);
  const mine = takeLock(realOptions(lock));
  assert.throws(() => takeLock(realOptions(lock)), hasCode('BUSY'));
  mine.release();
  mine.release();
  assert.deepEqual(fs.readdirSync(directory), []);
});

test('the same pid started at another time or under another boot is somebody else', (context) => {
  const lock = path.join(temporaryDirectory(context), 'lock');
  const options = realOptions(lock);
  for (const change of [{ started: '1' }, { boot: 'earlier' }, { pid: 2 ** 22 + 1 }]) {
    fs.writeFileSync(lock, JSON.stringify({ ...options.processes.self(), ...change, nonce: 'a'.repeat(32) }));
    takeLock(options).release();
  }
  fs.writeFileSync(lock, JSON.stringify({ ...options.processes.self(), place: 'elsewhere', nonce: 'a'.repeat(32) }));
  assert.throws(() => takeLock(options), /cannot be seen from here/);
});

test('a process that ended owns nothing, although its parent has not asked how', { skip: process.platform !== 'linux' }, async (context) => {
  // The shell becomes a sleep, which never asks for its child.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => {
    parent.kill('SIGKILL');
    parent.stdout.destroy();
  });
  const { value } = await createInterface({ input: parent.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]().next();
  const pid = Number(value);
  const processes = new NodeProcesses(new NodeDisk(), () => undefined);
  const stat = (): string[] => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
  const owner = { ...processes.self(), pid, started: stat()[21] ?? '' };
  assert.equal(processes.state(owner), 'alive');
  assert.equal(processes.state({ ...owner, started: '1' }), 'dead');
  process.kill(pid, 'SIGKILL');
  while (stat()[2] !== 'Z') await new Promise(setImmediate);
  assert.equal(processes.state(owner), 'dead');
});

test('where the system has no /proc a signal tells', () => {
  const processes = new NodeProcesses(new MemoryDisk(), () => 'pid:[1]');
  const self = processes.self();
  assert.deepEqual([self.started, self.boot], ['', '']);
  assert.equal(processes.state(self), 'alive');
  assert.equal(processes.state({ ...self, pid: 2 ** 22 + 1 }), 'dead');
});

test('a thief that dies at any operation does not lock the store for good, and two never both win', () => {
  for (let at = 1; ; at++) {
    const disk = new MemoryDisk();
    const options = (pid: number): LockOptions => ({ disk, path: '/lock', processes: new OneProcess(pid), clock: { now: () => Date.now() + 60_000, micros: () => 0 }, random: new SeededRandom(pid) });
    takeLock(options(1));
    disk.failAt(at, 'crash', false);
    let crashed = false;
    try {
      takeLock(options(2));
    } catch {
      crashed = true;
    }
    disk.restart('kill');
    const lock = takeLock(options(3));
    assert.throws(() => takeLock({ ...options(3), random: new SeededRandom(4) }), hasCode('BUSY'));
    lock.release();
    assert.equal(disk.paths().includes('/lock'), false);
    if (!crashed) break;
  }
});

test('a thief that looks while another takes over leaves the new lock alone', () => {
  const disk = new MemoryDisk();
  const options = (pid: number, processes: ProcessTable = new OneProcess(pid)): LockOptions => ({ disk, path: '/lock', processes, clock: { now: () => 0, micros: () => 0 }, random: new SeededRandom(pid) });
  takeLock(options(1));
  let stolen = false;
  // Process 2 judges the lock of 1 dead; before it acts, process 3 has taken the lock.
  const late: ProcessTable = {
    self: () => new OneProcess(2).self(),
    state: (owner: ProcessIdentity) => {
      if (owner.pid === 3) return 'alive';
      if (!stolen) {
        stolen = true;
        takeLock(options(3));
      }
      return 'dead';
    },
  };
  assert.throws(() => takeLock(options(2, late)), hasCode('BUSY'));
  assert.deepEqual(disk.paths(), ['/lock']);
  assert.match(disk.content('/lock').toString(), /"pid":3/);
});

test('a lock file that cannot be read is somebody writing it, until it is old', () => {
  for (const content of ['', '{"pid":1', 'null', '{"pid":"x"}', '{"pid":1,"started":"","boot":"","place":"","nonce":"../../x"}']) {
    const disk = new MemoryDisk();
    disk.replace('/lock', Buffer.from(content));
    const options = (age: number): LockOptions => ({ disk, path: '/lock', processes: new OneProcess(1), clock: { now: () => Date.now() + age, micros: () => 0 }, random: new SeededRandom(1) });
    assert.throws(() => takeLock(options(0)), hasCode('BUSY'));
    takeLock(options(60_000)).release();
  }
});
