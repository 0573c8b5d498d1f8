import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { nativePath } from '../../../server/worktree/native-path.ts';
import { PathTree } from '../../../server/worktree/path-tree.ts';
import { DirectoryWalk, checkWritable, isTemporaryName } from '../../../server/worktree/safe-path.ts';
import { SeededRandom } from '../../support/random.ts';
import { WorktreeFixture } from '../../support/worktree-fixture.ts';

let fixture: WorktreeFixture;
beforeEach(() => {
  fixture = new WorktreeFixture();
});
afterEach(() => fixture.remove());

const bytes = (text: string): BytePath => text as BytePath;

// Both ways of walking on every platform that has the first.
for (const handles of process.platform === 'linux' ? [true, false] : [false]) {
  test(`no symlink is walked through (${handles ? 'by handles' : 'by lstat'})`, () => {
    const outside = path.join(fixture.base, 'outside');
    fs.mkdirSync(path.join(outside, 'sub'), { recursive: true });
    fixture.write('real/dir/f', '1');
    fs.symlinkSync(outside, fixture.at('link'));
    fs.symlinkSync('real', fixture.at('inner'));
    const walk = new DirectoryWalk(fixture.root, { handles });
    try {
      assert.equal(walk.enter(bytes('missing')), undefined);
      for (const directory of ['link', 'link/sub', 'inner', 'inner/dir', 'real/dir/f']) {
        assert.equal(walk.enter(bytes(directory)), undefined, directory);
        assert.throws(() => walk.make(bytes(directory)), (error) => PyiError.is(error, 'CONFLICT'), directory);
      }
    } finally {
      walk.close();
    }
    assert.deepEqual(fs.readdirSync(outside), ['sub']);
  });

  test(`directories are reached, made and let go (${handles ? 'by handles' : 'by lstat'})`, () => {
    const walk = new DirectoryWalk(fixture.root, { handles });
    try {
      const reach = walk.make(bytes('a/\xff/c'));
      fs.writeFileSync(nativePath(reach, 'f'), '1');
      assert.equal(walk.lstat(bytes('a/\xff/c/f'))?.size, 1);
      assert.equal(walk.deepest(bytes('a/\xff/x/y')), 'a/\xff');
      assert.equal(walk.lstat(bytes('a/nothing/f')), undefined);
      walk.leave(bytes('a'));
      fs.renameSync(fixture.at('a'), fixture.at('b'));
      assert.equal(walk.enter(bytes('a')), undefined);
      assert.ok(walk.enter(bytes('b')) !== undefined);
    } finally {
      walk.close();
    }
  });
}

test('a handle keeps to its directory when a parent is swapped for a symlink', { skip: process.platform === 'linux' ? false : 'needs /proc' }, () => {
  const outside = path.join(fixture.base, 'outside');
  fs.mkdirSync(path.join(outside, 'b'), { recursive: true });
  fs.mkdirSync(fixture.at('a/b'), { recursive: true });
  const walk = new DirectoryWalk(fixture.root);
  try {
    const reach = walk.enter(bytes('a/b'));
    assert.ok(reach !== undefined);
    fs.renameSync(fixture.at('a'), fixture.at('moved'));
    fs.symlinkSync(outside, fixture.at('a'));
    fs.writeFileSync(nativePath(reach, 'f'), '1');
  } finally {
    walk.close();
  }
  assert.deepEqual(fs.readdirSync(path.join(outside, 'b')), []);
  assert.deepEqual(fs.readdirSync(fixture.at('moved/b')), ['f']);
});

test('paths that may not be written', () => {
  for (const bad of ['../x', '/x', 'a/../b', 'a//b', './a', '', '.git/config', 'a/.GIT/hooks/x', 'git~1/x', '.g\xe2\x80\x8cit/x', 'a\0b', `${'x'.repeat(256)}`]) {
    assert.throws(() => checkWritable(bytes(bad), () => false), (error) => PyiError.is(error, 'INVALID_PATH'), bad);
  }
  checkWritable(bytes('a/.gitignore'), () => false);
  assert.throws(() => checkWritable(bytes('own/x'), (file) => file.startsWith('own/')), (error) => PyiError.is(error, 'INVALID_PATH'));
});

test('only our own temporary names are ours', () => {
  assert.ok(isTemporaryName('.pyi-0123456789abcdef.tmp'));
  for (const name of ['.pyi', '.pyi-1.tmp', '.pyi-0123456789abcdeg.tmp', 'x.pyi-0123456789abcdef.tmp']) assert.ok(!isTemporaryName(name), name);
});

test('a path tree answers as a map does (seed 11)', () => {
  const random = new SeededRandom(11);
  const tree = new PathTree<number>();
  const model = new Map<string, number>();
  for (let step = 0; step < 5000; step++) {
    const file = bytes(Array.from({ length: random.integer(1, 4) }, () => random.pick(['a', 'b', 'ab', ''])).join('/').replace(/\/+/g, '/').replace(/^\/|\/$/g, '') || 'a');
    if (random.chance(0.5)) {
      tree.set(file, step);
      model.set(file, step);
    } else {
      assert.equal(tree.delete(file), model.get(file));
      model.delete(file);
    }
    const directory = random.pick(['a', 'b', 'a/b', '']);
    const below = [...model].filter(([name]) => directory === '' || name.startsWith(`${directory}/`));
    assert.equal(tree.hasUnder(bytes(directory)), below.length > 0, directory);
    const own = model.has(directory) ? [[directory, model.get(directory)]] : [];
    assert.deepEqual([...tree.under(bytes(directory))].sort(), [...below, ...own].sort());
    assert.equal(tree.size, model.size);
  }
});
