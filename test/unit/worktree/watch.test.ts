import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { bytePathFromText } from '../../../protocol/paths.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { CookieBarrier } from '../../../server/worktree/barrier.ts';
import { EventQueue } from '../../../server/worktree/event-queue.ts';
import { LinuxChanges } from '../../../server/worktree/watch-linux.ts';
import type { ChangeSink, ChangeSource } from '../../../server/worktree/watch.ts';
import type { WorkingDirectoryOptions } from '../../../server/worktree/working-directory.ts';
import { WorktreeFixture, directoryListing } from '../../support/worktree-fixture.ts';

let fixture: WorktreeFixture;
beforeEach(() => {
  fixture = new WorktreeFixture();
});
afterEach(() => fixture.remove());

/** A source that is told what to say. */
class ScriptedChanges implements ChangeSource {
  readonly sink: ChangeSink;
  readonly watched = new Set<BytePath>();
  reachable = true;
  budget = Infinity;
  closed = false;

  constructor(sink: ChangeSink) {
    this.sink = sink;
  }

  get watches(): number {
    return this.watched.size;
  }

  watch(directory: BytePath): 'new' | 'already' | 'refused' {
    if (this.watched.has(directory)) return 'already';
    if (this.watched.size >= this.budget) return 'refused';
    this.watched.add(directory);
    return 'new';
  }

  isWatching(directory: BytePath): boolean {
    return this.watched.has(directory);
  }

  unwatch(directory: BytePath): void {
    for (const known of this.watched) if (known === directory || known.startsWith(`${directory}/`)) this.watched.delete(known);
  }

  barrier(): Promise<boolean> {
    return Promise.resolve(this.reachable);
  }

  close(): void {
    this.closed = true;
  }
}

async function openScripted(prepare: (source: ScriptedChanges) => void = () => undefined, more: Partial<WorkingDirectoryOptions> = {}): Promise<ScriptedChanges> {
  let source: ScriptedChanges | undefined;
  await fixture.open({ ...more, changeSource: ({ sink }) => {
    source = new ScriptedChanges(sink);
    prepare(source);
    return source;
  } });
  assert.ok(source !== undefined);
  return source;
}

test('only what the source reports is looked at, until it says that events were lost', async () => {
  fixture.write('a', '1');
  fixture.write('b', '1');
  const source = await openScripted();
  await fixture.checkpoint();
  fixture.write('a', '2 more');
  fixture.write('b', '2 more');
  source.sink.changed('a' as BytePath);
  assert.deepEqual((await fixture.checkpoint()).edits.map((edit) => edit.path), ['a']);
  source.sink.lost('a test said so');
  assert.deepEqual((await fixture.checkpoint()).edits.map((edit) => edit.path), ['b']);
  assert.equal(fixture.problems.length, 1);
  assert.match(fixture.problems[0] ?? '', /a test said so/);
});

test('that files changed is told once until somebody looks; of what is never captured nothing is told', async () => {
  let told = 0;
  const source = await openScripted(() => undefined, { leaveAlone: (path) => path.startsWith('ours/'), onEdit: () => told++ });
  const tell = (path: string): number => {
    source.sink.changed(path as BytePath);
    return told;
  };
  assert.equal(tell('.git/pyi/segments/1'), 0);
  assert.equal(tell('ours/log'), 0);
  assert.deepEqual([tell('a'), tell('b')], [1, 1]);
  await fixture.checkpoint();
  assert.equal(told, 1);
  assert.deepEqual([tell('.gitignore'), tell('a')], [2, 2]);
});

test('a barrier that does not come back means looking at everything', async () => {
  fixture.write('a', '1');
  const source = await openScripted();
  await fixture.checkpoint();
  fixture.write('d/a', '2');
  source.reachable = false;
  assert.deepEqual((await fixture.checkpoint()).edits.map((edit) => edit.path), ['d/a']);
});

test('without enough watches it works by rescans, gives the watches back and says so once', async () => {
  for (const directory of ['a', 'b', 'c', 'd']) fixture.write(`${directory}/f`, '1');
  const source = await openScripted((made) => {
    made.budget = 2;
  });
  await fixture.checkpoint();
  assert.ok(source.closed);
  for (let round = 0; round < 3; round++) {
    fixture.write('d/f', `${round}`);
    fixture.write(`new${round}/f`, '1');
    await fixture.checkpoint();
    assert.deepEqual(fixture.treeListing(), directoryListing(fixture.root));
  }
  assert.equal(fixture.problems.length, 1);
  assert.match(fixture.problems[0] ?? '', /max_user_watches/);
});

test('a source that cannot be opened is said once, and rescans do', async () => {
  await fixture.open({ changeSource: () => {
    throw Object.assign(new Error('no instances left'), { code: 'EMFILE' });
  } });
  fixture.write('a', '1');
  await fixture.checkpoint();
  fixture.write('a', '2');
  await fixture.checkpoint();
  assert.deepEqual(fixture.treeListing(), { a: 'file 2' });
  assert.equal(fixture.problems.length, 1);
});

test('as many events in one turn as the kernel queues may be more than were queued', async () => {
  const queue = new EventQueue(400);
  let overflows = 0;
  queue.onOverflow(() => overflows++);
  for (let turn = 0; turn < 5; turn++) {
    for (let i = 0; i < 299; i++) queue.count();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
  assert.equal(overflows, 0);
  for (let i = 0; i < 1000; i++) queue.count();
  assert.equal(overflows, 1);
});

test('a real overflow of the queue loses nothing', { skip: process.platform === 'linux' ? false : 'inotify' }, async () => {
  fixture.write('d/f', '1');
  await fixture.open();
  await fixture.checkpoint();
  const limit = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  // Without a turn of the event loop: nobody empties the queue.
  fixture.write('d/churn0', '1');
  for (let i = 0; i < limit; i++) fs.renameSync(fixture.at(`d/churn${i % 2}`), fixture.at(`d/churn${(i + 1) % 2}`));
  fixture.write('d/late', '1');
  fixture.write('e/late', '1');
  await fixture.checkpoint();
  assert.deepEqual(fixture.treeListing(), directoryListing(fixture.root));
  assert.match(fixture.problems.join(), /queue/);
});

test('the barrier comes after every change before it', { skip: process.platform === 'linux' ? false : 'inotify' }, async () => {
  const seen: string[] = [];
  const source = new LinuxChanges({
    root: fixture.root, cookieDirectory: path.join(fixture.base, 'cookies'),
    sink: { changed: (file) => seen.push(file), lost: (reason) => assert.fail(reason) },
  });
  try {
    assert.equal(source.watch('' as BytePath), 'new');
    assert.equal(source.watch('' as BytePath), 'already');
    for (let i = 0; i < 50; i++) {
      seen.length = 0;
      fixture.write(`é${i}`, '1');
      const both = [source.barrier(), source.barrier()];
      assert.deepEqual(await Promise.all(both), [true, true]);
      assert.ok(seen.includes(bytePathFromText(`é${i}`)), `change ${i} before the barrier`);
    }
    assert.equal(source.watch('missing' as BytePath), 'missing');
  } finally {
    source.close();
  }
  assert.equal(await source.barrier(), false);
  assert.deepEqual(fs.readdirSync(path.join(fixture.base, 'cookies')), [], 'cookies are removed');
});

test('a cookie whose event does not come is given up', async () => {
  const barrier = new CookieBarrier(path.join(fixture.base, 'cookies'), 1);
  assert.equal(await barrier.wait(), false);
  barrier.close();
  assert.deepEqual(fs.readdirSync(path.join(fixture.base, 'cookies')), []);
  assert.equal(await new CookieBarrier(path.join(fixture.base, 'nowhere'), 1).wait(), false);
});
