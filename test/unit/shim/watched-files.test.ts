import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BytePath } from '../../../protocol/paths.ts';
import type { Clock } from '../../../server/engine/ports.ts';
import { openRules } from '../../../server/shim/unused-rules.ts';
import { WatchedFiles } from '../../../server/shim/watched-files.ts';

const options = { skip: process.platform !== 'linux' && 'elsewhere nothing is watched for git' };
const DIRECTORIES = 40;

/** A clock by which each slice of work is used up at once, so that everybody else runs after each directory. */
class HastyClock implements Clock {
  #micros = 0;
  /** Called whenever somebody looks at it. */
  onLook: () => void = () => undefined;

  now(): number {
    return 0;
  }

  micros(): number {
    this.onLook();
    this.#micros += 1_000_000;
    return this.#micros;
  }
}

interface Watched {
  readonly root: string;
  readonly clock: HastyClock;
  readonly files: WatchedFiles;
  /** What was told of, in order. */
  readonly changed: BytePath[];
}

/** A work tree with a directory `big`, in which there are many. */
function watched(context: TestContext): Watched {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-watched-'));
  const root = path.join(base, 'work');
  makeMany(path.join(root, 'big'));
  fs.mkdirSync(path.join(base, 'cookies'));
  const clock = new HastyClock();
  const changed: BytePath[] = [];
  const files = new WatchedFiles({
    root, clock, cookieDirectory: path.join(base, 'cookies'), onLost: () => assert.fail('nothing is lost'), onChange: (at) => changed.push(at),
    ground: { tracked: new Set(), hasSubmodules: false, ...openRules(root, { ignoreCase: false }, new Set()) },
  });
  context.after(() => {
    files.close();
    fs.rmSync(base, { recursive: true });
  });
  return { root, clock, files, changed };
}

function makeMany(directory: string): void {
  for (let i = 0; i < DIRECTORIES; i++) fs.mkdirSync(path.join(directory, `d${i}`), { recursive: true });
}

/** Asserts that a change in each of the many directories is told of. */
async function assertAllSeen({ root, files, changed }: Watched): Promise<void> {
  assert.ok(files.isCertain);
  for (let i = 0; i < DIRECTORIES; i++) fs.writeFileSync(path.join(root, `big/d${i}/new`), '');
  const wanted = Array.from({ length: DIRECTORIES }, (_, i) => `big/d${i}/new`);
  for (let turn = 0; turn < 1_000 && !wanted.every((file) => changed.includes(file as BytePath)); turn++) await nextTurn();
  assert.deepEqual(wanted.filter((file) => !changed.includes(file as BytePath)), []);
}

test('who explores at the same time as another is told that all is watched when it is', options, async (context) => {
  const { signal } = new AbortController();
  const place = watched(context);
  const { files } = place;
  const first = files.explore(signal).then(() => [files.isCertain, files.watches]);
  // The other one begins when most directories are watched: he would drop these, while few are left to the first.
  const { watches } = files;
  while (files.watches < watches + DIRECTORIES * 3 / 4) await nextTurn();
  const second = files.explore(signal).then(() => [files.isCertain, files.watches]);
  const ended = await Promise.all([first, second]);
  // Of the cookies, of the work tree, of "big", and of what is in it.
  assert.deepEqual(ended, [[true, watches + DIRECTORIES + 2], [true, watches + DIRECTORIES + 2]]);
  await assertAllSeen(place);
});

test('one who is cancelled leaves what he had not looked at to the next, who waits for him', options, async (context) => {
  const place = watched(context);
  const { files, clock } = place;
  const controller = new AbortController();
  const cancelled = assert.rejects(files.explore(controller.signal), { code: 'CANCELLED' });
  const next = files.explore(new AbortController().signal);
  let looks = 0;
  clock.onLook = () => { if (++looks === DIRECTORIES / 2) controller.abort(); };
  await cancelled;
  assert.equal(files.isCertain, false);
  await next;
  await assertAllSeen(place);
});

test('a directory that another takes the place of while it is looked at is looked at again', options, async (context) => {
  const { signal } = new AbortController();
  const place = watched(context);
  const { root, clock, files, changed } = place;
  await files.explore(signal);
  makeMany(path.join(root, 'next'));
  fs.utimesSync(path.join(root, 'big'), 1, 1);
  while (!changed.includes('big' as BytePath) || !changed.includes('next' as BytePath)) await nextTurn();
  fs.renameSync(path.join(root, 'next'), path.join(path.dirname(root), 'next'));
  changed.length = 0;
  let looks = 0;
  clock.onLook = () => {
    // In the middle of "big", which was told of before.
    if (++looks !== DIRECTORIES / 2) return;
    fs.renameSync(path.join(root, 'big'), path.join(path.dirname(root), 'old'));
    fs.renameSync(path.join(path.dirname(root), 'next'), path.join(root, 'big'));
  };
  await files.explore(signal);
  assert.ok(changed.includes('big' as BytePath), 'told of while it was looked at');
  assert.equal(files.isCertain, false);
  await files.explore(signal);
  await assertAllSeen(place);
});
