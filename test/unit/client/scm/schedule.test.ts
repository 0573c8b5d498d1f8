import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Schedule } from '../../../../client/scm/schedule.ts';
import { FakeTimers } from '../../transport/fakes.ts';
import { settle } from '../fakes.ts';

/** A schedule whose checkpoints are done when the test says so. */
class World {
  readonly timers = new FakeTimers();
  readonly taken: string[] = [];
  readonly #waiting: ((taken: boolean) => void)[] = [];
  readonly schedule = new Schedule({
    after: this.timers.after, delayMillis: () => 1500,
    take: (cause) => {
      this.taken.push(cause);
      return new Promise((resolve) => this.#waiting.push(resolve));
    },
  });

  async finish(taken = true): Promise<void> {
    this.#waiting.shift()?.(taken);
    await settle();
  }
}

test('one checkpoint is taken when it has been quiet for the delay', () => {
  const { schedule, timers, taken } = new World();
  schedule.changed('editor: save');
  schedule.changed('editor: save');
  assert.deepEqual(timers.pending.map(({ milliseconds }) => milliseconds), [1500]);
  assert.deepEqual(taken, []);
  timers.fire(1500);
  assert.deepEqual([taken, timers.pending.length], [['editor: save'], 0]);
});

test('a Git operation does not wait, and stands for what was to come', () => {
  const { schedule, timers, taken } = new World();
  schedule.changed('editor: save');
  schedule.now('git: before');
  assert.deepEqual([taken, timers.pending.length], [['git: before'], 0]);
});

test('one at a time: what becomes due meanwhile follows once', async () => {
  const world = new World();
  world.schedule.now('git: before');
  world.schedule.now('editor: save');
  world.schedule.now('git: after');
  assert.deepEqual(world.taken, ['git: before']);
  await world.finish();
  assert.deepEqual(world.taken, ['git: before', 'git: after']);
  await world.finish();
  assert.equal(world.taken.length, 2);
});

test('without a connection it waits for the next one, and asks no timer', async () => {
  const world = new World();
  world.schedule.now('editor: save');
  await world.finish(false);
  assert.deepEqual([world.taken.length, world.timers.pending.length], [1, 0]);
  world.schedule.resume();
  assert.deepEqual(world.taken, ['editor: save', 'editor: save']);
  await world.finish();
  world.schedule.resume();
  assert.equal(world.taken.length, 2);
});

test('nothing is taken after the end', async () => {
  const world = new World();
  world.schedule.changed('editor: save');
  world.schedule.dispose();
  assert.equal(world.timers.pending.length, 0);
  world.schedule.now('git: before');
  assert.deepEqual(world.taken, []);
});
