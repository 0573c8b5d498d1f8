import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { applyEdits } from '../../../server/engine/tree/edit.ts';
import type { Edit } from '../../../server/engine/tree/entry.ts';
import { FileMode } from '../../../server/engine/tree/entry.ts';
import { putContent } from '../../../server/engine/content/content.ts';
import { planMaterialize } from '../../../server/worktree/materialize.ts';
import { writeTree } from '../../../server/worktree/write-tree.ts';
import { SeededRandom } from '../../support/random.ts';
import { WorktreeFixture, directoryListing } from '../../support/worktree-fixture.ts';
import type { Listing } from '../../support/worktree-fixture.ts';

let fixture: WorktreeFixture;
let out: string;
beforeEach(() => {
  fixture = new WorktreeFixture();
  out = path.join(fixture.base, 'out');
});
afterEach(() => fixture.remove());

function randomListing(random: SeededRandom): Listing {
  const listing: Listing = {};
  for (let i = 0; i < 200; i++) {
    const directory = Array.from({ length: random.below(4) }, () => `d${random.below(4)}`);
    const kind = random.pick(['file', 'file', 'executable', 'symlink']);
    const content = kind === 'symlink' ? `target${i}` : random.bytes(random.pick([0, 5, 5000])).toString('latin1');
    listing[[...directory, `f${i}\xe9`].join('/')] = `${kind} ${content}`;
  }
  return listing;
}

for (const seed of [1, 2, 3]) {
  test(`a fresh directory equals its tree, and its first capture reads nothing (seed ${seed})`, async () => {
    const root = fixture.tree(randomListing(new SeededRandom(seed)));
    const written = await writeTree(fixture.store, root, out, { statCacheFile: fixture.statCacheFile });
    assert.equal(written.files, 200);
    assert.deepEqual(directoryListing(out), fixture.treeListing(root));
    await fixture.open({ root: out });
    assert.deepEqual((await fixture.directory.capture(root)).edits, []);
  });
}

test('content above the size that is held whole', async () => {
  const bytes = new SeededRandom(3).bytes(3 * 1024 * 1024);
  await writeTree(fixture.store, fixture.tree({ big: `file ${bytes.toString('latin1')}` }), out);
  assert.ok(fs.readFileSync(path.join(out, 'big')).equals(bytes));
});

test('beside a .git, but over nothing; on an error only what was there remains', async () => {
  fs.mkdirSync(out);
  fs.writeFileSync(path.join(out, '.git'), 'gitdir: elsewhere');
  await writeTree(fixture.store, fixture.tree({ 'a/b': 'file 1' }), out);
  assert.deepEqual(directoryListing(out), { '.git': 'file gitdir: elsewhere', 'a/b': 'file 1' });
  const before = directoryListing(out);
  const other = fixture.tree({ '0/x': 'file new', 'a/b': 'file other' });
  await assert.rejects(writeTree(fixture.store, other, out), (error) => PyiError.is(error, 'CONFLICT') && error.message.includes('"a/b"'));
  assert.deepEqual(directoryListing(out), before);
});

test('a cancelled write leaves nothing', async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(writeTree(fixture.store, fixture.tree({ a: 'file 1' }), out, { signal }), (error) => PyiError.is(error, 'CANCELLED'));
  assert.ok(!fs.existsSync(out));
});

test('only what is included', async () => {
  await writeTree(fixture.store, fixture.tree({ a: 'file 1', 'd/b': 'file 2' }), out, { include: (file) => file.startsWith('d/') });
  assert.deepEqual(directoryListing(out), { 'd/b': 'file 2' });
});

test('a link in the directory is not followed', async () => {
  const outside = path.join(fixture.base, 'outside');
  fs.mkdirSync(outside);
  fs.mkdirSync(out);
  fs.symlinkSync(outside, path.join(out, 'd'));
  await assert.rejects(writeTree(fixture.store, fixture.tree({ 'd/x': 'file 1' }), out), (error) => PyiError.is(error, 'CONFLICT'));
  assert.deepEqual(fs.readdirSync(outside), []);
});

test('cloning falls back to writing where blocks cannot be shared, and never takes a file that changed', async () => {
  fixture.write('same', '1');
  fixture.write('changed', '1');
  const clock = { now: () => Date.now() + 60_000, micros: () => performance.now() * 1000 };
  await fixture.open({ clock });
  await fixture.checkpoint();
  await fixture.close();
  fixture.write('changed', '2');
  await writeTree(fixture.store, fixture.head, out, { cloneFrom: { directory: fixture.root, statCacheFile: fixture.statCacheFile } });
  assert.deepEqual(directoryListing(out), { changed: 'file 1', same: 'file 1' });
});

test('names that are one on a file system that ignores case are refused', () => {
  const [a, b] = [fixture.tree({}), fixture.tree({ 'd/Name': 'file 1', 'd/name': 'file 2' })];
  const rules = { leaveAlone: () => false, ignoredAfter: () => false, ignoreCase: true };
  assert.throws(() => planMaterialize(fixture.store, a, b, rules), (error) => PyiError.is(error, 'INVALID_PATH'));
  assert.equal(planMaterialize(fixture.store, a, b, { ...rules, ignoreCase: false }).changes.length, 2);
});

test('a submodule is an empty directory', async () => {
  const edit: Edit = { path: 'sub' as BytePath, entry: { mode: FileMode.submodule, ...putContent(fixture.store, Buffer.from('1'.repeat(40))) } };
  await writeTree(fixture.store, applyEdits(fixture.store, fixture.head, [edit]).root, out);
  assert.deepEqual(fs.readdirSync(path.join(out, 'sub')), []);
});
