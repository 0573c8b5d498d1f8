import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { applyEdits } from '../../../server/engine/tree/edit.ts';
import { CHUNK_THRESHOLD } from '../../../server/engine/content/content.ts';
import { FileMode } from '../../../server/engine/tree/entry.ts';
import { lookup } from '../../../server/engine/tree/read.ts';
import { WorktreeFixture, directoryListing } from '../../support/worktree-fixture.ts';

let fixture: WorktreeFixture;
beforeEach(() => {
  fixture = new WorktreeFixture();
});
afterEach(() => fixture.remove());

const names = (capture: { edits: readonly { path: string; entry: unknown }[] }): string[] =>
  capture.edits.map(({ path: file, entry }) => `${entry === null ? '-' : '+'}${file}`).sort();

test('the first capture takes in everything that is not ignored, the next only what changed', async () => {
  fixture.write('a', '1');
  fixture.write('d/b', '2');
  fixture.write('.gitignore', 'out/\n*.log\n');
  fixture.write('out/x', 'ignored');
  fixture.write('d/y.log', 'ignored');
  fs.symlinkSync('../nowhere', fixture.at('d/link'));
  fs.mkdirSync(fixture.at('empty'));
  await fixture.open();
  assert.deepEqual(names(await fixture.checkpoint()), ['+.gitignore', '+a', '+d/b', '+d/link']);
  assert.deepEqual(names(await fixture.checkpoint()), []);
  fixture.write('d/b', '3');
  fixture.write('out/x', 'still ignored');
  assert.deepEqual(names(await fixture.checkpoint()), ['+d/b']);
});

test('a change of the same size within the same tick of the clock is found', async () => {
  await fixture.open();
  for (let round = 0; round < 200; round++) {
    fixture.write('f', String(round % 10));
    const capture = await fixture.checkpoint();
    assert.equal(capture.edits.length, 1, `round ${round}`);
    assert.equal(fixture.treeListing()['f'], `file ${round % 10}`);
  }
});

test('the executable bit is a change; where it means nothing it is kept', async () => {
  fixture.write('f', '1');
  await fixture.open();
  await fixture.checkpoint();
  fs.chmodSync(fixture.at('f'), 0o755);
  assert.deepEqual(names(await fixture.checkpoint()), ['+f']);
  assert.equal(fixture.treeListing()['f'], 'executable 1');
  await fixture.close();
  await fixture.open({ executableBit: false });
  fs.chmodSync(fixture.at('f'), 0o644);
  fixture.write('f', '2');
  await fixture.checkpoint();
  assert.equal(fixture.treeListing()['f'], 'executable 2');
});

test('what is captured stays so when it is ignored later; a changed .gitignore is looked into', async () => {
  fixture.write('keep.log', '1');
  await fixture.open();
  await fixture.checkpoint();
  fixture.write('.gitignore', '*.log\n');
  fixture.write('new.log', '1');
  assert.deepEqual(names(await fixture.checkpoint()), ['+.gitignore']);
  fixture.write('keep.log', '2');
  assert.deepEqual(names(await fixture.checkpoint()), ['+keep.log']);
  fixture.write('.gitignore', '# nothing\n');
  assert.deepEqual(names(await fixture.checkpoint()), ['+.gitignore', '+new.log']);
  fs.rmSync(fixture.at('keep.log'));
  assert.deepEqual(names(await fixture.checkpoint()), ['-keep.log']);
});

test('tracked files are captured though ignored; what must be left alone never is', async () => {
  fixture.write('.gitignore', 'vendor/\n');
  fixture.write('vendor/tracked', '1');
  fixture.write('vendor/other', '1');
  fixture.write('own/x', '1');
  await fixture.open({ tracked: new Set(['vendor/tracked' as BytePath]), leaveAlone: (file) => file === 'own' || file.startsWith('own/') });
  assert.deepEqual(names(await fixture.checkpoint()), ['+.gitignore', '+vendor/tracked']);
  fixture.write('vendor/tracked', '2');
  fixture.write('vendor/other', '2');
  fixture.write('own/x', '2');
  assert.deepEqual(names(await fixture.checkpoint()), ['+vendor/tracked']);
});

test('a directory that moves in is captured whole, and one that moves out is gone whole', async () => {
  await fixture.open();
  await fixture.checkpoint();
  const outside = path.join(fixture.base, 'outside');
  fs.mkdirSync(path.join(outside, 'deep/er'), { recursive: true });
  fs.writeFileSync(path.join(outside, 'deep/er/x'), '1');
  fs.renameSync(outside, fixture.at('in'));
  assert.deepEqual(names(await fixture.checkpoint()), ['+in/deep/er/x']);
  fs.renameSync(fixture.at('in'), fixture.at('in2'));
  fs.mkdirSync(fixture.at('in'));
  fixture.write('in/y', '1');
  fixture.write('in2/deep/er/x', '2');
  assert.deepEqual(names(await fixture.checkpoint()), ['+in/y', '+in2/deep/er/x', '-in/deep/er/x']);
  fs.renameSync(fixture.at('in2'), outside);
  assert.deepEqual(names(await fixture.checkpoint()), ['-in2/deep/er/x']);
  fs.writeFileSync(path.join(outside, 'deep/er/x'), 'elsewhere');
  assert.deepEqual(names(await fixture.checkpoint()), []);
});

test('a directory that became a link is a link: what it points at is not captured', async () => {
  fixture.write('d/secret', '1');
  const outside = path.join(fixture.base, 'outside');
  fs.mkdirSync(outside);
  fs.writeFileSync(path.join(outside, 'secret'), 'of somebody else');
  await fixture.open();
  await fixture.checkpoint();
  fs.rmSync(fixture.at('d'), { recursive: true });
  fs.symlinkSync(outside, fixture.at('d'));
  assert.deepEqual(names(await fixture.checkpoint()), ['+d', '-d/secret']);
  assert.deepEqual(fixture.treeListing(), { d: `symlink ${outside}` });
});

test('names that are not UTF-8, and FIFOs, which nobody waits for', async () => {
  await fixture.open();
  await fixture.checkpoint();
  const raw = Buffer.concat([Buffer.from(`${fixture.root}/`), Buffer.from([0xff, 0x80, 0x0a])]);
  fs.writeFileSync(raw, '1');
  execFileSync('mkfifo', [fixture.at('fifo')]);
  assert.deepEqual(names(await fixture.checkpoint()), ['+\xff\x80\n']);
  assert.deepEqual(fixture.treeListing(), { '\xff\x80\n': 'file 1' });
});

test('a captured file that became a FIFO is a problem, and its state is kept', async () => {
  fixture.write('f', '1');
  await fixture.open();
  await fixture.checkpoint();
  fs.rmSync(fixture.at('f'));
  execFileSync('mkfifo', [fixture.at('f')]);
  const capture = await fixture.checkpoint();
  assert.deepEqual(names(capture), []);
  assert.deepEqual(capture.problems.map((problem) => problem.path), ['f']);
});

test('a file that cannot be read is a problem until it can be', async () => {
  fixture.write('f', '1');
  await fixture.open();
  await fixture.checkpoint();
  fixture.write('f', '2');
  fixture.write('g', '2');
  // Not by permissions: root, as whom tests may run, reads everything.
  const open = fs.openSync;
  fs.openSync = ((file: string, ...rest: [number]) => {
    if (file.endsWith('/f')) throw Object.assign(new Error('input/output error'), { code: 'EIO', syscall: 'open' });
    return open(file, ...rest);
  }) as typeof open;
  try {
    const capture = await fixture.checkpoint();
    assert.deepEqual(names(capture), ['+g']);
    assert.deepEqual(capture.problems.map((problem) => problem.path), ['f']);
  } finally {
    fs.openSync = open;
  }
  assert.equal(fixture.treeListing()['f'], 'file 1');
  assert.deepEqual(names(await fixture.checkpoint()), ['+f']);
});

test('a rejected capture is found again; one that was never settled, too', async () => {
  await fixture.open();
  await fixture.checkpoint();
  fixture.write('f', '1');
  (await fixture.directory.capture(fixture.head)).settle(false);
  await fixture.directory.capture(fixture.head);
  assert.deepEqual(names(await fixture.checkpoint()), ['+f']);
  assert.deepEqual(names(await fixture.checkpoint()), []);
});

test('edits are relative to any base that is given', async () => {
  fixture.write('a', '1');
  await fixture.open();
  await fixture.checkpoint();
  const other = fixture.tree({ a: 'file 2', b: 'file 3' });
  assert.deepEqual(names(await fixture.directory.capture(other)), ['+a', '-b']);
  assert.deepEqual(names(await fixture.directory.capture(fixture.head)), []);
});

test('settle takes the root after the edits', async () => {
  fixture.write('a', '1');
  await fixture.open();
  const capture = await fixture.directory.capture(fixture.head);
  fixture.head = applyEdits(fixture.store, fixture.head, capture.edits).root;
  capture.settle(true, fixture.head);
  assert.deepEqual(names(await fixture.checkpoint()), []);
  fixture.write('a', '2');
  assert.deepEqual(names(await fixture.checkpoint()), ['+a']);
});

test('a large file is streamed, in pieces that reach the store before the whole is read', async () => {
  const bytes = Buffer.alloc(20 * CHUNK_THRESHOLD * 4);
  for (let i = 0; i < bytes.length; i += 8) bytes.writeUInt32LE(i * 2654435761 % 2 ** 32, i);
  fs.writeFileSync(fixture.at('big'), bytes);
  const levels: string[] = [];
  const { store } = fixture;
  const commit = store.commit.bind(store);
  store.commit = (level) => {
    levels.push(level);
    return commit(level);
  };
  await fixture.open();
  await fixture.checkpoint();
  assert.ok(levels.filter((level) => level === 'process').length >= 2, levels.join());
  assert.ok(fixture.treeListing()['big'] === `file ${bytes.toString('latin1')}`, 'the content reads back');
});

test('a vanished or replaced root is NOT_FOUND, never a tree without files', async () => {
  fixture.write('a', '1');
  await fixture.open();
  await fixture.checkpoint();
  const aside = path.join(fixture.base, 'aside');
  fs.renameSync(fixture.root, aside);
  await assert.rejects(fixture.directory.capture(fixture.head), (error) => PyiError.is(error, 'NOT_FOUND'));
  fs.mkdirSync(fixture.root);
  await assert.rejects(fixture.directory.capture(fixture.head), (error) => PyiError.is(error, 'NOT_FOUND'));
  fs.rmdirSync(fixture.root);
  fs.renameSync(aside, fixture.root);
  fixture.write('a', '2');
  assert.deepEqual(names(await fixture.checkpoint()), ['+a']);
});

test('a cancelled capture loses nothing', async () => {
  fixture.write('a', '1');
  await fixture.open();
  await assert.rejects(fixture.directory.capture(fixture.head, { signal: AbortSignal.abort() }), (error) => PyiError.is(error, 'CANCELLED'));
  assert.deepEqual(names(await fixture.checkpoint()), ['+a']);
  fixture.write('a', '2');
  await assert.rejects(fixture.directory.capture(fixture.head, { signal: AbortSignal.abort() }), (error) => PyiError.is(error, 'CANCELLED'));
  assert.deepEqual(names(await fixture.checkpoint()), ['+a']);
});

test('progress tells what is being done', async () => {
  for (let i = 0; i < 50; i++) fixture.write(`f${i}`, String(i));
  await fixture.open();
  const updates: string[] = [];
  await fixture.directory.capture(fixture.head, { progress: ({ what, done, total }) => updates.push(`${what} ${done}/${total ?? '?'}`) });
  assert.ok(updates.includes('read 50/50'), updates.join(', '));
});

test('a submodule is recorded as its commit', async () => {
  fixture.write('sub/x', 'of another repository');
  let head: string | undefined = '1'.repeat(40);
  await fixture.open({ submodules: new Set(['sub' as BytePath]), submoduleHead: () => head });
  await fixture.checkpoint();
  assert.equal(lookup(fixture.store, fixture.head, 'sub' as BytePath)?.mode, FileMode.submodule);
  assert.deepEqual(fixture.treeListing(), { sub: `submodule ${head}` });
  head = '2'.repeat(40);
  assert.deepEqual(names(await fixture.checkpoint()), ['+sub']);
  head = undefined;
  assert.deepEqual(names(await fixture.checkpoint()), []);
});

test('a repository that appears inside is left alone', async () => {
  await fixture.open();
  await fixture.checkpoint();
  fs.mkdirSync(fixture.at('nested/.git'), { recursive: true });
  fixture.write('nested/x', '1');
  assert.deepEqual(names(await fixture.checkpoint()), []);
  fs.rmdirSync(fixture.at('nested/.git'));
  assert.deepEqual(names(await fixture.checkpoint()), ['+nested/x']);
  assert.deepEqual(fixture.treeListing(), directoryListing(fixture.root));
});

test('a conflict that nobody touched is still that conflict', async () => {
  const marked = '<<<<<<<\n';
  const id = fixture.store.put(5, Buffer.from('sides'));
  fixture.head = applyEdits(fixture.store, fixture.head, [{ path: 'f' as BytePath, entry: { mode: FileMode.conflict, size: 5, id } }]).root;
  fixture.write('f', marked);
  await fixture.open({ conflictText: () => Buffer.from(marked) });
  assert.deepEqual(names(await fixture.checkpoint()), []);
  fixture.write('f', 'resolved');
  assert.deepEqual(names(await fixture.checkpoint()), ['+f']);
  assert.deepEqual(fixture.treeListing(), { f: 'file resolved' });
});
