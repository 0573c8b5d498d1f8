import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import type { Applied } from '../../../server/worktree/apply.ts';
import { WorktreeFixture, directoryListing } from '../../support/worktree-fixture.ts';
import type { Listing } from '../../support/worktree-fixture.ts';

let fixture: WorktreeFixture;
beforeEach(() => {
  fixture = new WorktreeFixture();
});
afterEach(() => fixture.remove());

const isConflict = (...paths: string[]) => (error: unknown): boolean =>
  PyiError.is(error, 'CONFLICT') && paths.every((file) => error.message.includes(JSON.stringify(file)));

async function rewind(to: Listing, paths?: string[]): Promise<Applied> {
  const target = fixture.tree(to);
  const plan = fixture.directory.plan(fixture.head, target, { paths: paths as BytePath[] | undefined });
  const applied = await fixture.directory.apply(plan);
  if (paths === undefined) fixture.head = target;
  return applied;
}

test('writes and removes only the difference, with directories that become empty', async () => {
  fixture.write('same', '1');
  fixture.write('changed', '1');
  fixture.write('old/deep/gone', '1');
  await fixture.open();
  await fixture.checkpoint();
  const inode = fs.statSync(fixture.at('same')).ino;
  const applied = await rewind({ same: 'file 1', changed: 'executable 2', 'new/deep/file': 'file 3', link: 'symlink changed' });
  assert.deepEqual([applied.written.sort(), applied.removed], [['changed', 'link', 'new/deep/file'], ['old/deep/gone']]);
  assert.deepEqual(directoryListing(fixture.root), fixture.treeListing());
  assert.ok(!fs.existsSync(fixture.at('old')));
  assert.equal(fs.statSync(fixture.at('same')).ino, inode);
  assert.deepEqual((await fixture.checkpoint()).edits, []);
});

test('untracked and ignored files are never touched, and keep their directories', async () => {
  fixture.write('.gitignore', '*.tmp\n');
  fixture.write('d/captured', '1');
  fixture.write('d/kept.tmp', 'mine');
  await fixture.open();
  await fixture.checkpoint();
  await rewind({ '.gitignore': 'file *.tmp\n' });
  assert.deepEqual(directoryListing(fixture.root), { '.gitignore': 'file *.tmp\n', 'd/kept.tmp': 'file mine' });
});

test('an ignored file in the way is a conflict that names it, and nothing is written', async () => {
  fixture.write('.gitignore', 'local\n');
  fixture.write('a', '1');
  fixture.write('local', 'mine');
  await fixture.open();
  await fixture.checkpoint();
  const before = directoryListing(fixture.root);
  for (const to of [{ a: 'file 2', local: 'file theirs' }, { a: 'file 2', 'local/x': 'file theirs' }]) {
    await assert.rejects(rewind(to), isConflict('local'));
    assert.deepEqual(directoryListing(fixture.root), before);
  }
  // The same content is nobody's loss.
  await rewind({ '.gitignore': 'file local\n', a: 'file 1', local: 'file mine' });
});

test('a directory with something uncaptured in it does not give way to a file', async () => {
  fixture.write('.gitignore', 'secret\n');
  fixture.write('d/x', '1');
  fixture.write('d/e/secret', 'mine');
  await fixture.open();
  await fixture.checkpoint();
  await assert.rejects(rewind({ d: 'file 1' }), isConflict('d/e/secret'));
  fs.rmSync(fixture.at('d/e/secret'));
  await rewind({ d: 'file 1' });
  assert.deepEqual(directoryListing(fixture.root), { d: 'file 1' });
});

test('what changed since the capture is a conflict before anything is written', async () => {
  for (const file of ['a', 'b', 'c', 'd']) fixture.write(file, '1');
  await fixture.open();
  await fixture.checkpoint();
  fixture.write('b', '9');
  fs.rmSync(fixture.at('c'));
  fs.rmSync(fixture.at('d'));
  fs.mkdirSync(fixture.at('d'));
  await assert.rejects(rewind({ a: 'file 2', b: 'file 2', c: 'file 2', d: 'file 2' }), isConflict('b', 'c', 'd'));
  assert.deepEqual(directoryListing(fixture.root), { a: 'file 1', b: 'file 9' });
  // What was found on the way belongs to the next capture.
  assert.deepEqual((await fixture.checkpoint()).edits.map((edit) => edit.path).sort(), ['b', 'c', 'd']);
});

test('files and directories take each other\'s places', async () => {
  fixture.write('a', '1');
  fixture.write('d/x/y', '1');
  fixture.write('d/z', '1');
  await fixture.open();
  await fixture.checkpoint();
  const first = fixture.treeListing();
  await rewind({ 'a/b/c': 'file 2', d: 'symlink a' });
  assert.deepEqual(directoryListing(fixture.root), fixture.treeListing());
  await rewind(first);
  assert.deepEqual(directoryListing(fixture.root), first);
});

test('only the chosen paths', async () => {
  fixture.write('a', '1');
  fixture.write('d/x', '1');
  fixture.write('dd', '1');
  await fixture.open();
  await fixture.checkpoint();
  const applied = await rewind({ 'd/y': 'file 2' }, ['d']);
  assert.deepEqual([applied.written, applied.removed], [['d/y'], ['d/x']]);
  assert.deepEqual(directoryListing(fixture.root), { a: 'file 1', 'd/y': 'file 2', dd: 'file 1' });
});

test('a plan that was half done is completed', async () => {
  fixture.write('a', '1');
  fixture.write('b', '1');
  fixture.write('gone/x', '1');
  await fixture.open();
  await fixture.checkpoint();
  const to: Listing = { a: 'file 2', b: 'file 2', 'new/x': 'executable 3' };
  fixture.write('a', '2');
  fs.rmSync(fixture.at('gone'), { recursive: true });
  fixture.write('new/x', '3');
  fs.chmodSync(fixture.at('new/x'), 0o755);
  const applied = await rewind(to);
  assert.deepEqual([applied.written, applied.removed], [['b'], []]);
  assert.deepEqual(directoryListing(fixture.root), to);
  assert.deepEqual((await fixture.checkpoint()).edits, []);
});

test('links elsewhere keep their content; permissions are kept, setuid is not', async () => {
  fixture.write('f', '1');
  fs.chmodSync(fixture.at('f'), 0o4640);
  const outside = path.join(fixture.base, 'outside');
  fs.linkSync(fixture.at('f'), outside);
  await fixture.open();
  await fixture.checkpoint();
  await rewind({ f: 'executable 2' });
  assert.equal(fs.readFileSync(outside, 'utf8'), '1');
  assert.equal(fs.statSync(fixture.at('f')).mode & 0o7777, 0o750);
});

test('a parent that became a symlink is not followed', async () => {
  fixture.write('d/f', '1');
  await fixture.open();
  await fixture.checkpoint();
  const outside = path.join(fixture.base, 'outside');
  fs.mkdirSync(outside);
  fs.writeFileSync(path.join(outside, 'f'), '1');
  fs.rmSync(fixture.at('d'), { recursive: true });
  fs.symlinkSync(outside, fixture.at('d'));
  await assert.rejects(rewind({ 'd/f': 'file 2', 'd/g': 'file 2' }), isConflict('d'));
  await rewind({});
  assert.deepEqual(directoryListing(outside), { f: 'file 1' });
});

test('a symlink at the leaf is replaced, not written through', async () => {
  const outside = path.join(fixture.base, 'outside');
  fs.writeFileSync(outside, 'theirs');
  fs.symlinkSync(outside, fixture.at('f'));
  await fixture.open();
  await fixture.checkpoint();
  await rewind({ f: 'file 2' });
  assert.equal(fs.readFileSync(outside, 'utf8'), 'theirs');
  assert.equal(fs.readFileSync(fixture.at('f'), 'utf8'), '2');
});

test('an error while new content is written leaves the directory as it was', async () => {
  for (const file of ['a', 'b', 'gone/x']) fixture.write(file, '1');
  await fixture.open();
  await fixture.checkpoint();
  const before = directoryListing(fixture.root);
  const target = fixture.tree({ a: 'file 2', b: `file ${'x'.repeat(50)}`, 'new/dir/c': 'file 3' });
  const plan = fixture.directory.plan(fixture.head, target);
  const write = fs.writeSync;
  let writes = 0;
  fs.writeSync = ((...args: Parameters<typeof write>) => {
    if (++writes === 3) throw Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' });
    return write(...args);
  }) as typeof write;
  try {
    await assert.rejects(fixture.directory.apply(plan), (error) => PyiError.is(error, 'NO_SPACE') && error.message.includes('new/dir/c'));
  } finally {
    fs.writeSync = write;
  }
  assert.deepEqual(directoryListing(fixture.root), before);
  assert.ok(!fs.existsSync(fixture.at('new')));
  await fixture.directory.apply(plan);
  assert.deepEqual(directoryListing(fixture.root), fixture.treeListing(target));
});

test('what a dead process was writing is removed and never captured', async () => {
  fixture.write('d/a', '1');
  fixture.write('d/.pyi-0123456789abcdef.tmp', 'half');
  await fixture.open();
  await fixture.checkpoint();
  assert.deepEqual(fixture.treeListing(), { 'd/a': 'file 1' });
  assert.deepEqual(directoryListing(fixture.root), fixture.treeListing());
});

test('paths that belong to PYI are refused', async () => {
  await fixture.open({ leaveAlone: (file) => file === '.pyi' || file.startsWith('.pyi/') });
  await fixture.checkpoint();
  const plan = (): unknown => fixture.directory.plan(fixture.head, fixture.tree({ '.pyi/store': 'file x' }));
  assert.throws(plan, (error) => PyiError.is(error, 'INVALID_PATH'));
});

test('a cancelled apply leaves nothing behind', async () => {
  await fixture.open();
  await fixture.checkpoint();
  const plan = fixture.directory.plan(fixture.head, fixture.tree({ a: 'file 1' }));
  await assert.rejects(fixture.directory.apply(plan, { signal: AbortSignal.abort() }), (error) => PyiError.is(error, 'CANCELLED'));
  assert.deepEqual(fs.readdirSync(fixture.root), []);
});
