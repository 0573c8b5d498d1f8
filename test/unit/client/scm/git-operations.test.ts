import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { GitOperations, gitDirectoryOf, watchGitDirectory } from '../../../../client/scm/git-operations.ts';
import { systemAfter } from '../../../../server/transport/timers.ts';
import type { After } from '../../../../server/transport/timers.ts';
import { GitRepository } from '../../../support/git-repository.ts';
import { FakeTimers } from '../../transport/fakes.ts';

/** A git directory whose names the test makes change. */
class World {
  readonly timers = new FakeTimers();
  readonly told: string[] = [];
  locked = false;
  readonly operations = new GitOperations({
    onBefore: () => this.told.push('before'), onAfter: () => this.told.push('after'), isLocked: () => this.locked, after: this.timers.after,
  });

  see(...names: string[]): void {
    for (const name of names) this.operations.saw(name);
  }
}

test('a lock begins an operation at once, quiet ends it', () => {
  const world = new World();
  world.see('index.lock');
  assert.deepEqual(world.told, ['before']);
  world.see('index.lock', 'index', 'HEAD.lock', 'HEAD', 'ORIG_HEAD');
  assert.deepEqual([world.told, world.timers.pending.length], [['before'], 1]);
  world.timers.fire(200);
  assert.deepEqual([world.told, world.timers.pending.length], [['before', 'after'], 0]);
  world.see('index.lock');
  assert.deepEqual(world.told, ['before', 'after', 'before']);
});

test('a lock that is held long is waited for without a timer', () => {
  const world = new World();
  world.locked = true;
  world.see('index.lock');
  world.timers.fire(200);
  assert.deepEqual([world.told, world.timers.pending.length], [['before'], 0]);
  world.locked = false;
  world.see('index.lock');
  world.timers.fire(200);
  assert.deepEqual(world.told, ['before', 'after']);
});

test('what is seen only when it is over has no before', () => {
  const world = new World();
  world.see('MERGE_HEAD');
  world.timers.fire(200);
  assert.deepEqual(world.told, ['after']);
});

test('what changes neither files nor HEAD is no operation', () => {
  const world = new World();
  world.see('FETCH_HEAD', 'COMMIT_EDITMSG', 'config', 'config.lock', 'pyi', 'index.lock.bak', 'gc.pid', 'packed-refs', 'description');
  assert.deepEqual([world.told, world.timers.pending.length], [[], 0]);
});

function repository(context: TestContext, made: GitRepository): GitRepository {
  context.after(() => made.remove());
  return made;
}

test('the git directory of a work tree, of a linked one, and of a folder without Git', (context) => {
  const { root, directory, git } = bound(repository(context, GitRepository.create()));
  const linked = join(directory, 'linked');
  git('commit', '-q', '--allow-empty', '-m', 'x');
  git('worktree', 'add', '-q', linked);
  assert.equal(gitDirectoryOf(root), join(root, '.git'));
  assert.equal(gitDirectoryOf(linked), join(root, '.git', 'worktrees', 'linked'));
  assert.equal(gitDirectoryOf(directory), undefined);
  writeFileSync(join(directory, '.git'), 'gitdir: work/.git/worktrees/linked\n');
  assert.equal(gitDirectoryOf(directory), join(root, '.git', 'worktrees', 'linked'));
});

test('what Git does in a repository is seen from begin to end', async (context) => {
  const { root, git } = bound(repository(context, GitRepository.create()));
  writeFileSync(join(root, 'a'), 'x');
  // The watch keeps no process alive, on purpose.
  const alive = setInterval(() => undefined, 60_000);
  context.after(() => clearInterval(alive));
  const told: string[] = [];
  await new Promise<void>((resolve) => {
    const after: After = (millis, callback) => {
      const timer = setTimeout(callback, millis);
      return () => clearTimeout(timer);
    };
    context.after(watchGitDirectory(join(root, '.git'), { after, onBefore: () => told.push('before'), onAfter: () => {
      told.push('after');
      resolve();
    } }));
    git('add', 'a');
    git('commit', '-q', '-m', 'x');
  });
  assert.deepEqual(told, ['before', 'after']);
});

test('a git directory that is not there is not watched, and nothing breaks', (context) => {
  const { directory } = repository(context, GitRepository.plain());
  watchGitDirectory(join(directory, 'gone'), { after: systemAfter, onBefore: () => undefined, onAfter: () => undefined })();
});

function bound(made: GitRepository): { root: string; directory: string; git: (...args: string[]) => void } {
  return { root: made.root, directory: made.directory, git: (...args) => void made.git(args) };
}
