/** Random histories of a real directory against the plainest walk of it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { SeededRandom } from '../../support/random.ts';
import { WorktreeFixture, directoryListing } from '../../support/worktree-fixture.ts';

/** Few names at few levels, so that files, directories and links keep taking each other's places. */
function randomName(random: SeededRandom): string {
  const names = ['a', 'b', 'c', 'é', 'work', 'name with space'];
  return Array.from({ length: random.integer(1, 3) }, () => random.pick(names)).join('/');
}

function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    // `cpSync` of a directory into itself has thrown undefined.
    const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'EINVAL';
    // What the history asks for may be impossible in the present state: then nothing happens.
    if (!['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY', 'EINVAL', 'ELOOP', 'EPERM', 'ERR_FS_EISDIR'].includes(code) && !code.startsWith('ERR_FS_CP_')) throw error;
  }
}

function mutate(random: SeededRandom, root: string): string {
  const at = path.join(root, randomName(random));
  const other = path.join(root, randomName(random));
  // Some links lead out of the tree. What follows writes through them, so they end in the fixture's own folder.
  const outside = path.join(path.dirname(root), 'outside');
  const content = random.bytes(random.pick([0, 3, 3, 3, 40])).toString('hex');
  const operation = random.pick(['write', 'write', 'write', 'same-size', 'append', 'rename', 'mkdir', 'remove', 'remove-all', 'chmod', 'link', 'hard link', 'copy tree', 'move tree']);
  attempt(() => {
    switch (operation) {
      case 'write': fs.mkdirSync(path.dirname(at), { recursive: true }); fs.writeFileSync(at, content); break;
      // No pause: the file system's clock need not have moved since the last capture.
      case 'same-size': { const now = fs.readFileSync(at); fs.writeFileSync(at, now.map((byte) => byte ^ 1)); break; }
      case 'append': fs.appendFileSync(at, 'more'); break;
      case 'rename': fs.renameSync(at, other); break;
      case 'mkdir': fs.mkdirSync(at, { recursive: true }); break;
      case 'remove': fs.unlinkSync(at); break;
      case 'remove-all': fs.rmSync(at, { recursive: true, force: true }); break;
      case 'chmod': {
        const stats = fs.lstatSync(at);
        // Never through a link: what it leads to is not this test's.
        if (!stats.isSymbolicLink()) fs.chmodSync(at, (stats.mode & 0o777) ^ 0o111 | (stats.isDirectory() ? 0o700 : 0));
        break;
      }
      case 'link': fs.rmSync(at, { recursive: true, force: true }); fs.symlinkSync(random.pick(['a', '../b', outside, 'c/a', 'nowhere']), at); break;
      case 'hard link': fs.linkSync(at, other); break;
      case 'copy tree': if (!other.startsWith(at)) fs.cpSync(at, other, { recursive: true, verbatimSymlinks: true }); break;
      case 'move tree': fs.rmSync(other, { recursive: true, force: true }); fs.renameSync(at, other); break;
    }
  });
  return `${operation} ${path.relative(root, at)} ${path.relative(root, other)}`;
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`captures follow a random history, reopened at times, and applies make any recorded state (seed ${seed})`, async () => {
    const random = new SeededRandom(seed);
    const fixture = new WorktreeFixture();
    const history: string[] = [];
    const states: Buffer[] = [fixture.head];
    try {
      fs.mkdirSync(path.join(fixture.base, 'outside'));
      await fixture.open();
      for (let round = 0; round < 60; round++) {
        history.length = 0;
        for (let steps = random.integer(0, 6); steps > 0; steps--) history.push(mutate(random, fixture.root));
        const seen = `seed ${seed}, round ${round}: ${history.join('; ')}`;
        if (random.chance(0.1)) {
          // Rejected: the same must be found again.
          (await fixture.directory.capture(fixture.head)).settle(false);
        }
        if (random.chance(0.15)) {
          await fixture.close();
          history.push(mutate(random, fixture.root), mutate(random, fixture.root));
          if (random.chance(0.3)) fs.rmSync(fixture.statCacheFile, { force: true });
          await fixture.open();
        }
        const capture = await fixture.checkpoint();
        assert.deepEqual(capture.problems, [], seen);
        assert.deepEqual(fixture.treeListing(), directoryListing(fixture.root), `seed ${seed}, round ${round}: ${history.join('; ')}`);
        states.push(fixture.head);
        if (random.chance(0.25)) {
          const to = random.pick(states);
          await fixture.directory.apply(fixture.directory.plan(fixture.head, to));
          assert.deepEqual(directoryListing(fixture.root), fixture.treeListing(to), `${seen}; apply`);
          // Half of the time the head follows late: the capture must find out by itself.
          if (random.chance(0.5)) fixture.head = to;
        }
      }
    } finally {
      await fixture.remove();
    }
  });
}
