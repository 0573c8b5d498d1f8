import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { NodeDisk } from '../../../server/store/node-disk.ts';
import { GitRepository } from '../../support/git-repository.ts';
import { inFork, setUp, TestHost } from '../../support/host.ts';

const linux = { skip: process.platform === 'linux' ? false : 'counts inotify watches' };

/** The inotify watches of this process. */
function watches(): number {
  let count = 0;
  for (const file of fs.readdirSync('/proc/self/fdinfo')) {
    try {
      count += fs.readFileSync(`/proc/self/fdinfo/${file}`, 'latin1').split('\n').filter((line) => line.startsWith('inotify')).length;
    } catch {
      continue; // the descriptor that lists the descriptors
    }
  }
  return count;
}

test('many directories at once wake only their own watcher: none is taken for overrun', async () => {
  const host = await setUp(GitRepository.create());
  try {
    const names = Array.from({ length: 140 }, (_, index) => `f${index}`);
    const dirs = new Map<string, string | null>();
    for (const name of names) dirs.set(name, (await host.call('fork', { name })).dir);
    for (const name of names) await host.call('checkpoint', { fork: name });
    for (const [name, dir] of dirs) fs.writeFileSync(inFork(dir, 'a.txt'), `${name}\n`);
    const taken = await Promise.all(names.map((fork) => host.call('checkpoint', { fork })));
    assert.ok(taken.every(({ insight }) => insight.filesChanged === 1));
    assert.deepEqual((await host.call('stats', {})).warnings, []);
  } finally {
    await host.close();
  }
});

test('the directories used longest ago give their watches back, and nothing in them is missed', linux, async () => {
  const repository = GitRepository.create();
  repository.write('a.txt', 'a\n');
  repository.write('src/b.txt', 'b\n');
  repository.git(['add', '-A']);
  repository.git(['commit', '-q', '-m', 'start']);
  const before = watches();
  const allowance = 9; // three directories, each with two of its own and that of its cookies
  const host = new TestHost(repository, new NodeDisk(), allowance);
  try {
    await host.call('setup', {});
    const dirs = new Map<string, string | null>();
    for (let n = 0; n < 8; n++) dirs.set(`f${n}`, (await host.call('fork', { name: `f${n}` })).dir);
    for (const round of [1, 2]) {
      for (const dir of dirs.values()) fs.writeFileSync(inFork(dir, 'src/b.txt'), `round ${round}\n`);
      for (const fork of dirs.keys()) assert.equal((await host.call('checkpoint', { fork })).insight.filesChanged, 1, `${fork}, round ${round}`);
    }
    await host.call('checkpoint', { fork: 'f7' });
    await host.call('checkpoint', { fork: 'f7' });
    assert.ok(watches() - before <= allowance + 3, `${watches() - before} watches`);
  } finally {
    await host.close();
  }
});

test('a fork that ends is watched no more, and again once it is brought back', linux, async () => {
  const host = await setUp(GitRepository.create());
  try {
    const { dir } = await host.call('fork', { name: 'f' });
    await host.call('checkpoint', {});
    await host.call('checkpoint', { fork: 'f' });
    const watched = watches();
    await host.call('discard', { forks: ['f'] });
    assert.ok(watches() < watched);
    await host.call('undo', { fork: 'f' });
    fs.writeFileSync(inFork(dir, 'a.txt'), 'changed\n');
    assert.equal((await host.call('checkpoint', { fork: 'f' })).insight.filesChanged, 1);
  } finally {
    await host.close();
  }
});
