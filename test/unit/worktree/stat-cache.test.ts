import assert from 'node:assert/strict';
import fs from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import type { BytePath } from '../../../protocol/paths.ts';
import { FileMode } from '../../../server/engine/tree/entry.ts';
import { Slicer } from '../../../server/worktree/slicer.ts';
import { StatCache } from '../../../server/worktree/stat-cache.ts';
import { loadStatCache, saveStatCache } from '../../../server/worktree/stat-cache-file.ts';
import { SeededRandom } from '../../support/random.ts';
import { WorktreeFixture, directoryListing } from '../../support/worktree-fixture.ts';

let fixture: WorktreeFixture;
beforeEach(() => {
  fixture = new WorktreeFixture();
});
afterEach(() => fixture.remove());

const slicer = (): Slicer => new Slicer({ now: () => Date.now(), micros: () => performance.now() * 1000 });

/** Counts the files that are opened for reading meanwhile. */
async function filesRead(action: () => Promise<unknown>): Promise<number> {
  const read = fs.readSync;
  let reads = 0;
  fs.readSync = ((...args: Parameters<typeof read>) => {
    reads++;
    return read(...args);
  }) as typeof read;
  try {
    await action();
  } finally {
    fs.readSync = read;
  }
  return reads;
}

/** Gives a file times of long ago, so that it is not racily clean. */
function age(file: string): void {
  fs.utimesSync(fixture.at(file), 1_000_000_000.5, 1_000_000_000.5);
}

test('rows survive saving and loading, names of all bytes included', async () => {
  const random = new SeededRandom(7);
  const cache = new StatCache();
  const stats = fs.lstatSync(fixture.root);
  for (let i = 0; i < 3000; i++) {
    const file = `d${i % 7}/${random.bytes(random.integer(1, 9)).toString('latin1').replaceAll('/', '_')}${i}` as BytePath;
    const entry = { mode: random.pick(Object.values(FileMode)), size: random.below(1e9), id: random.bytes(32) };
    if (random.chance(0.2)) cache.setUnproven(file, entry);
    else cache.set(file, entry, stats, stats.ctimeMs + random.pick([0, 1e6]));
    if (random.chance(0.2)) cache.delete(file);
  }
  await saveStatCache(fixture.statCacheFile, cache, slicer());
  const loaded = await loadStatCache(fixture.statCacheFile, slicer());
  const rows = (of: StatCache): unknown[] => [...of.rows()].map((row) => ({ ...row, id: Buffer.from(row.id).toString('hex') }));
  assert.equal(loaded.size, cache.size);
  assert.deepEqual(rows(loaded), rows(cache));
});

test('a missing or damaged file is an empty cache', async () => {
  const cache = new StatCache();
  cache.setUnproven('a' as BytePath, { mode: 0, size: 1, id: Buffer.alloc(32) });
  assert.equal((await loadStatCache(fixture.statCacheFile, slicer())).size, 0);
  await saveStatCache(fixture.statCacheFile, cache, slicer());
  const good = fs.readFileSync(fixture.statCacheFile);
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at] = (bad[at] ?? 0) ^ 1;
    fs.writeFileSync(fixture.statCacheFile, bad);
    assert.equal((await loadStatCache(fixture.statCacheFile, slicer())).size, 0, `byte ${at}`);
  }
  for (const length of [0, 5, good.length - 1]) {
    fs.writeFileSync(fixture.statCacheFile, good.subarray(0, length));
    assert.equal((await loadStatCache(fixture.statCacheFile, slicer())).size, 0, `${length} bytes`);
  }
});

test('a file that changed about when it was looked at is not believed', () => {
  fs.writeFileSync(fixture.at('f'), '1');
  const stats = fs.lstatSync(fixture.at('f'));
  const cache = new StatCache();
  const entry = { mode: FileMode.file, size: 1, id: Buffer.alloc(32) };
  const file = 'f' as BytePath;
  cache.set(file, entry, stats, stats.ctimeMs);
  assert.equal(cache.proves(file, stats), false);
  cache.set(file, entry, stats, stats.ctimeMs + 5_000);
  assert.equal(cache.proves(file, stats), true);
  const wholeSeconds = Object.assign(Object.create(Object.getPrototypeOf(stats) as object), stats, { mtimeMs: 5_000, ctimeMs: 5_000 }) as fs.Stats;
  cache.set(file, entry, wholeSeconds, 6_500);
  assert.equal(cache.proves(file, wholeSeconds), false);
});

test('after a restart only files that changed are read', async () => {
  const files = Array.from({ length: 20 }, (_, i) => `d${i % 3}/f${i}`);
  for (const file of files) fixture.write(file, 'x');
  const late = (): number => Date.now() + 60_000;
  const clock = { now: late, micros: () => performance.now() * 1000 };
  for (const file of files) age(file);
  await fixture.open({ clock });
  await fixture.checkpoint();
  await fixture.close();
  fixture.write('d0/f0', 'y');
  fixture.write('d9/new', 'z');
  fs.rmSync(fixture.at('d1/f1'));
  await fixture.open({ clock });
  const read = await filesRead(async () => {
    const capture = await fixture.checkpoint();
    assert.deepEqual(capture.edits.map(({ path, entry }) => `${path} ${entry === null ? 'gone' : 'is'}`).sort(), ['d0/f0 is', 'd1/f1 gone', 'd9/new is']);
  });
  assert.ok(read <= 6, `${read} reads`);
  assert.deepEqual(fixture.treeListing(), directoryListing(fixture.root));
});

test('without its file the cache is made anew, and nothing is taken for changed', async () => {
  for (const file of ['a', 'd/b']) fixture.write(file, 'x');
  await fixture.open();
  await fixture.checkpoint();
  await fixture.close();
  fs.rmSync(fixture.statCacheFile);
  fs.rmSync(fixture.at('a'));
  await fixture.open();
  assert.deepEqual((await fixture.checkpoint()).edits.map((edit) => edit.path), ['a']);
});

test('content that the store lost is read again', async () => {
  fixture.write('a', 'x');
  const clock = { now: () => Date.now() + 60_000, micros: () => performance.now() * 1000 };
  await fixture.open({ clock });
  await fixture.directory.capture(fixture.head);
  await fixture.close();
  // As after a crash: the stat cache was saved, the content was not.
  const other = new WorktreeFixture();
  try {
    await fixture.open({ store: other.store, clock });
    const capture = await fixture.directory.capture(other.head);
    assert.deepEqual(capture.edits.map((edit) => edit.path), ['a']);
    const id = capture.edits[0]?.entry?.id;
    assert.ok(id !== undefined);
    assert.equal(other.store.get(id).toString(), 'x');
  } finally {
    await other.remove();
  }
});
