import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { PyiError } from '../../protocol/errors.ts';
import { FaultyDisk } from '../support/faulty-disk.ts';
import { GitRepository } from '../support/git-repository.ts';
import { TestHost, setUp } from '../support/host.ts';
import { SmallDisk } from '../support/small-disk.ts';

/** A full disk: a clear error, nothing acknowledged is lost, and everything works again once there is room. */

const UNPRIVILEGED = process.getuid?.() === 0 ? false : 'needs root, to mount a small disk';
const BIG = 'a line of a file that needs some room\n'.repeat(2000);

/** One operation of a session. It must be possible to run it again after it failed. */
interface Step {
  readonly name: string;
  readonly run: (host: TestHost) => Promise<unknown>;
}

let names = 0;

/** Every operation that writes, in an order in which each finds what it needs. */
function session(): Step[] {
  const dirFork = `dir-${++names}`;
  const idea = `idea-${names}`;
  const out = `out-${names}`;
  const inDir = async (host: TestHost, file: string, content: string): Promise<void> => {
    const fork = (await host.call('forks', {})).find((row) => row.name === dirFork);
    // Through the ballast if need be: what a user's editor does with a full disk is not our subject.
    try {
      fs.writeFileSync(path.join(fork?.dir ?? '', file), content);
    } catch (error) {
      throw new PyiError('NO_SPACE', String(error), 'the test itself');
    }
  };
  return [
    { name: 'fork without a directory', run: (host) => host.call('fork', { name: idea, dir: false }) },
    { name: 'write', run: (host) => host.call('write', { fork: idea, path: 'big.txt', content: { text: `${BIG}${idea}` } }) },
    { name: 'checkpoint', run: (host) => host.call('checkpoint', { fork: idea, message: 'one', level: 'disk' }) },
    { name: 'fork with a directory', run: (host) => host.call('fork', { name: dirFork, task: dirFork }) },
    { name: 'capture', run: async (host) => { await inDir(host, 'new.txt', `${BIG}${dirFork}`); await host.call('checkpoint', { fork: dirFork }); } },
    { name: 'write into a directory', run: (host) => host.call('write', { fork: dirFork, path: 'a.txt', content: { text: `a ${dirFork}\n` } }) },
    { name: 'remove', run: (host) => host.call('remove', { fork: dirFork, path: 'b.txt' }).catch(unlessGone) },
    { name: 'observe', run: (host) => host.call('observe', { fork: dirFork, score: 1 }) },
    { name: 'rewind', run: async (host) => host.call('rewind', { fork: dirFork, checkpoint: (await host.call('timeline', { fork: dirFork })).at(-1)?.checkpoint ?? '' }) },
    { name: 'undo', run: (host) => host.call('undo', { fork: dirFork }) },
    { name: 'integrate', run: (host) => host.call('integrate', { fork: idea, into: dirFork }) },
    { name: 'materialize', run: (host) => host.call('materialize', { checkpoint: dirFork, out: path.join(host.repository.directory, out) }) },
    { name: 'pin', run: (host) => host.call('pin', { checkpoint: idea }) },
    { name: 'entangle', run: (host) => host.call('entangle', { first: dirFork, second: idea, kind: 'conflict' }) },
    { name: 'collapse', run: (host) => host.call('collapse', { fork: dirFork, keep: true }) },
    { name: 'undo of the collapse', run: (host) => host.call('undo', {}) },
    { name: 'sweep', run: (host) => host.call('sweep', { graceSeconds: 0 }) },
  ];
}

/** The first try may have removed it before another part failed. */
function unlessGone(error: unknown): void {
  if (!PyiError.is(error, 'NOT_FOUND')) throw error;
}

/** What a store acknowledged, to be compared with what it says later. */
async function acknowledged(host: TestHost): Promise<unknown> {
  const forks = await host.call('forks', { all: true });
  const files = await Promise.all(forks.map(async ({ fork }) => [fork, await host.call('ls', { fork, recursive: true })]));
  return { forks, files, timeline: await host.call('timeline', { limit: 1000 }) };
}

function checkFailure(error: unknown, what: string): void {
  assert.ok(PyiError.is(error, 'NO_SPACE'), `${what}: ${error instanceof Error ? error.stack ?? '' : String(error)}`);
  assert.notEqual(error.hint, '', what);
}

test('the N-th write of the store fails, for every N of every operation', async () => {
  const disk = new FaultyDisk();
  const repository = GitRepository.create();
  for (const file of ['a.txt', 'b.txt', 'src/c.txt']) repository.write(file, `${file}\n`);
  repository.git(['add', '-A']);
  repository.git(['commit', '-q', '-m', 'start']);
  const host = new TestHost(repository, disk);
  let failures = 0;
  try {
    for (const step of [{ name: 'setup', run: () => host.call('setup', {}) }, ...session()]) {
      let isDone = false;
      for (let at = 1; ; at++) {
        const known = at === 1 && step.name === 'setup' ? undefined : await acknowledged(host).catch(() => undefined);
        disk.failAt(at);
        let error: unknown;
        try {
          await step.run(host);
        } catch (thrown) {
          error = thrown;
        }
        const reached = disk.operations >= at;
        disk.heal();
        if (error === undefined) {
          // Upkeep that the operation does without, or its entry in the audit log, may have failed in silence; the operation counts.
          if (!reached) break;
          isDone = true;
          continue;
        }
        if (isDone && PyiError.is(error) && error.code !== 'NO_SPACE') break; // what was done already is refused for that
        failures++;
        const what = `${step.name}, write ${at}`;
        checkFailure(error, what);
        await checkLater(host, known, what);
      }
    }
    assert.ok(failures > 20, `only ${failures} failures`);
    assert.deepEqual((await host.call('verify', {})).faults, []);
    console.log(`${failures} writes failed, nothing acknowledged was lost`);
  } finally {
    disk.heal();
    await host.close();
  }
});

/** Forks, files and checkpoints that were acknowledged before a failure are there after it; the failed call may only have added recovery checkpoints. */
async function checkLater(host: TestHost, before: unknown, what: string): Promise<void> {
  if (before === undefined) return;
  const now = await acknowledged(host) as { timeline: { checkpoint: string }[]; forks: { fork: string; state: string }[] };
  const then = before as typeof now;
  const checkpoints = new Set(now.timeline.map((row) => row.checkpoint));
  for (const { checkpoint } of then.timeline) assert.ok(checkpoints.has(checkpoint), `${what}: checkpoint ${checkpoint} is lost`);
  for (const { fork, state } of then.forks) assert.equal(now.forks.find((row) => row.fork === fork)?.state, state, `${what}: fork ${fork}`);
}

for (const where of ['the repository with its store', 'the store alone'] as const) {
  test(`a disk without room under ${where}`, { skip: UNPRIVILEGED }, async (context) => {
    const disk = SmallDisk.mount(24);
    if (disk === undefined) return context.skip('mounting is not allowed here');
    try {
      const repository = where === 'the store alone' ? withGitDirectoryOn(disk) : await disk.asTemporary(async () => GitRepository.create());
      const host = await setUp(repository);
      let failures = 0;
      try {
        for (const kilobytes of [0, 8, 48]) {
          for (const step of session()) {
            const before = await acknowledged(host);
            disk.fill(kilobytes);
            try {
              await step.run(host);
            } catch (error) {
              failures++;
              checkFailure(error, `${step.name} with ${kilobytes} KB left`);
              await checkLater(host, before, step.name);
              disk.makeRoom();
              await step.run(host);
            }
            disk.makeRoom();
          }
        }
        assert.ok(failures > 10, `only ${failures} failures`);
        const known = await acknowledged(host);
        await host.restart();
        assert.deepEqual(await acknowledged(host), known);
        assert.deepEqual((await host.call('verify', {})).faults, []);
        assert.match(repository.git(['fsck', '--strict']), /^$/);
        console.log(`${failures} operations found no room`);
      } finally {
        await host.close();
      }
    } finally {
      disk.unmount();
    }
  });
}

function withGitDirectoryOn(disk: SmallDisk): GitRepository {
  const repository = GitRepository.create();
  fs.renameSync(path.join(repository.root, '.git'), path.join(repository.directory, 'moved.git'));
  fs.cpSync(path.join(repository.directory, 'moved.git'), path.join(disk.directory, 'git'), { recursive: true });
  fs.writeFileSync(path.join(repository.root, '.git'), `gitdir: ${path.join(disk.directory, 'git')}\n`);
  return repository;
}

test('setup, opening, the catalog and the log on a disk without room', { skip: UNPRIVILEGED }, async (context) => {
  const disk = SmallDisk.mount(16);
  if (disk === undefined) return context.skip('mounting is not allowed here');
  try {
    const repository = await disk.asTemporary(async () => GitRepository.create());
    for (let n = 0; n < 50; n++) repository.write(`f${n}.txt`, `${BIG.slice(0, 20_000)}${n}\n`);
    repository.git(['add', '-A']);
    repository.git(['commit', '-q', '-m', 'start']);
    const host = new TestHost(repository);
    try {
      for (const kilobytes of [0, 4, 16, 64, 256]) {
        disk.fill(kilobytes);
        await assert.rejects(host.call('setup', {}), (error) => { checkFailure(error, `setup with ${kilobytes} KB`); return true; });
      }
      disk.makeRoom();
      assert.equal((await host.call('setup', {})).files, 50);
      disk.fill();
      // Closing saves the catalog and the snapshot, which a full disk refuses: opening does without, but needs room for its lock.
      await host.restart();
      disk.fill();
      await assert.rejects(host.call('forks', {}), (error) => { checkFailure(error, 'opening'); return true; });
      disk.makeRoom();
      assert.equal((await host.paths('workspace')).length, 50);
      assert.equal((await host.call('timeline', {})).length, 1);
    } finally {
      await host.close();
    }
  } finally {
    disk.unmount();
  }
});

test('a read-only disk is named, and nothing is written or lost', { skip: UNPRIVILEGED }, async (context) => {
  const disk = SmallDisk.mount(16);
  if (disk === undefined) return context.skip('mounting is not allowed here');
  try {
    const repository = await disk.asTemporary(async () => GitRepository.create());
    const host = await setUp(repository);
    try {
      await host.call('checkpoint', { message: 'kept' });
      await host.restart(); // files that are open for writing keep a disk from becoming read-only
      disk.setReadOnly(true);
      for (const attempt of [() => host.call('checkpoint', {}), () => host.call('forks', {}), () => host.call('setup', {})]) {
        await assert.rejects(attempt(), (error) => PyiError.is(error) && /read-only/.test(error.message) && error.hint !== '');
      }
      disk.setReadOnly(false);
      assert.equal((await host.call('timeline', {}))[0]?.message, 'kept');
    } finally {
      disk.setReadOnly(false);
      await host.close();
    }
    const other = await setUp(GitRepository.create());
    try {
      disk.setReadOnly(true);
      const out = path.join(disk.directory, 'out');
      await other.refusal('materialize', { checkpoint: 'workspace', out }, 'INVALID_PATH');
      await assert.rejects(other.call('fork', { name: 'there', dir: out }), (error) => PyiError.is(error) && /[Rr]ead-only/.test(error.message));
      assert.deepEqual((await other.call('forks', {})).map((row) => row.name), ['workspace']);
    } finally {
      disk.setReadOnly(false);
      await other.close();
    }
  } finally {
    disk.unmount();
  }
});
