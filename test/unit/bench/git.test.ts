import assert from 'node:assert/strict';
import { test } from 'node:test';
import { history } from '../../../bench/git-place.ts';
import { parseOptions } from '../../../bench/options.ts';
import { readTimes, spreadOfSums } from '../../../bench/stopwatch.ts';
import { judge } from '../../../bench/verdict.ts';
import { GitRepository } from '../../support/git-repository.ts';

test('what the stopwatch prints is read by way and round, and summed by round', () => {
  const times = readTimes('0 1000.50 0 1 git\n1 400.00 0 1 answering-front\n0 2000.00 128 1 git\n1 500.00 128 0 a name\n', 2);
  assert.deepEqual(times[1], [{ micros: 400, code: 0, isSame: true, endedAs: 'answering-front' }, { micros: 500, code: 128, isSame: false, endedAs: 'a name' }]);
  assert.deepEqual([spreadOfSums(times).min, spreadOfSums(times).p95], [1400.5, 2500]);
  assert.equal(spreadOfSums(times, (way) => (way === 0 ? 1 : -1)).p50, 600.5);
});

test('commands are judged by how often they are asked', () => {
  const verdict = { name: 'one', weight: 1, git: 10, front: 10, answered: 0 };
  const { faster, slower, slowest, answered, front, git } = judge([
    { ...verdict, weight: 6, front: 8, answered: 1 }, { ...verdict, weight: 3, front: 10.9 }, { ...verdict, name: 'slow', front: 10.91 },
  ]);
  assert.deepEqual([Math.round(faster), Math.round(slower), Math.round(answered), git], [60, 10, 60, 10]);
  assert.ok(Math.abs(front - 9.161) < 1e-6);
  assert.deepEqual(slowest, ['slow 10.91 ms, git 10.00']);
});

test('the history has the files, commits and branches that it says', () => {
  const repository = GitRepository.create();
  try {
    repository.git(['fast-import', '--quiet'], { input: history(['a.txt', 'dir/b.txt']) });
    assert.equal(repository.git(['rev-list', '--count', 'main']), '1000');
    assert.equal(repository.git(['ls-tree', '-r', '--name-only', 'main']), 'a.txt\ndir/b.txt');
    assert.equal(repository.git(['branch']).split('\n').length, 51);
  } finally {
    repository.remove();
  }
});

test('a word chooses cases, as --only does', () => {
  const options = parseOptions(['git', '--short', '--only', 'dir/fork,read']);
  assert.ok(typeof options !== 'string');
  assert.deepEqual([options.only, options.short], [['git', 'dir/fork', 'read'], true]);
});
