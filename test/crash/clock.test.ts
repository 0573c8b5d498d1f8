import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GitRepository } from '../support/git-repository.ts';
import { setUp } from '../support/host.ts';

/** The wall clock is set back and forth: order comes from the journal, and nothing is lost or expires by it. */

const DAY = 86_400_000;

test('a clock that goes back a year: checkpoints, their order, merges, retention and decay stay sane', async () => {
  const host = await setUp(GitRepository.create());
  try {
    await host.call('fork', { name: 'ours', dir: false });
    await host.call('fork', { name: 'theirs', from: 'ours', dir: false });
    await host.call('fork', { name: 'mortal', dir: false, ttlSeconds: 3600 });
    const taken: string[] = [];
    for (const [n, days] of [0, -400, -30, 20, -1].entries()) {
      host.offset = days * DAY;
      await host.call('write', { fork: 'ours', path: 'a.txt', content: { text: `ours ${n}\n` } });
      const { checkpoint, parents } = await host.call('checkpoint', { fork: 'ours', message: `step ${n}` });
      assert.deepEqual(parents, taken.length === 0 ? parents : [taken.at(-1)], 'the parent is the checkpoint before, whatever its time says');
      taken.push(checkpoint);
      assert.equal((await host.call('forks', {})).find((fork) => fork.name === 'ours')?.head, checkpoint);
    }
    const listed = (await host.call('timeline', { fork: 'ours', limit: 100 })).map((row) => row.checkpoint);
    assert.deepEqual([...listed].sort(), [...taken].sort(), 'each checkpoint is listed once');

    host.offset = -800 * DAY;
    await host.call('write', { fork: 'theirs', path: 'b.txt', content: { text: 'theirs\n' } });
    await host.call('checkpoint', { fork: 'theirs' });
    const merged = await host.call('integrate', { fork: 'theirs', into: 'ours' });
    assert.deepEqual(merged.conflicts, []);
    assert.deepEqual([await host.text('ours', 'a.txt'), await host.text('ours', 'b.txt')], ['ours 4\n', 'theirs\n']);

    // In the past nothing is overdue; back in the present only what its time to live says.
    assert.deepEqual((await host.call('sweep', {})).decayed, []);
    host.offset = 0;
    assert.deepEqual((await host.call('sweep', {})).decayed, []);
    await host.restart();
    assert.deepEqual((await host.call('timeline', { fork: 'ours', limit: 100 })).filter((row) => row.kind === 'manual').map((row) => row.checkpoint).sort(), [...taken].sort());
    for (const [n, checkpoint] of taken.entries()) assert.equal(await host.text(checkpoint, 'a.txt'), `ours ${n}\n`);
    host.offset = 2 * 3_600_000;
    assert.equal((await host.call('sweep', {})).decayed.length, 1);

    // A fork that was discarded in the future stays undoable until the clock has come so far.
    host.offset = 500 * DAY;
    await host.call('discard', { forks: ['theirs'] });
    host.offset = 0;
    assert.deepEqual((await host.call('sweep', {})).forks.length, 0);
    await host.call('undo', { fork: 'theirs' });
    assert.deepEqual((await host.call('verify', {})).faults, []);
  } finally {
    await host.close();
  }
});

test('a clock that goes back does not keep captures, rewinds or collapses from seeing changes', async () => {
  const repository = GitRepository.create();
  const host = await setUp(repository);
  try {
    const { checkpoint } = await host.call('checkpoint', {});
    host.offset = -1000 * DAY;
    repository.write('a.txt', 'A\n'); // the same size as before
    assert.equal((await host.call('checkpoint', {})).insight.filesChanged, 1);
    await host.call('rewind', { checkpoint });
    assert.equal(repository.read('a.txt'), 'a\n');
    const made = await host.call('fork', { name: 'one', dir: false });
    await host.call('write', { fork: made.fork, path: 'b.txt', content: { text: 'won\n' } });
    host.offset = -2000 * DAY;
    await host.call('collapse', { fork: 'one' });
    assert.equal(repository.read('b.txt'), 'won\n');
    await host.call('undo', {});
    assert.equal(repository.read('b.txt'), 'b\n');
  } finally {
    await host.close();
  }
});
