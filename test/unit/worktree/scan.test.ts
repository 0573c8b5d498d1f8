import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { IgnoreRules } from '../../../server/worktree/ignore/rules.ts';
import { scan } from '../../../server/worktree/scan.ts';
import type { ScanOptions } from '../../../server/worktree/scan.ts';

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-scan-'));
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

function write(...files: string[]): void {
  for (const file of files) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), '');
  }
}

function optionsFor(tracked: readonly string[], more: Partial<ScanOptions>): ScanOptions {
  return {
    root, ignore: IgnoreRules.open({ root, ignoreCase: false }), submodules: new Set(), leaveAlone: () => false,
    tracked: { has: (file) => tracked.includes(file), hasUnder: (directory) => tracked.some((file) => file.startsWith(`${directory}/`)) },
    ...more,
  };
}

/** Everything found, as `kind path (reason)`, sorted. */
async function found(tracked: readonly string[] = [], more: Partial<ScanOptions> = {}): Promise<string[]> {
  const items: string[] = [];
  for await (const batch of scan(optionsFor(tracked, more))) {
    for (const { kind, path: at, reason } of batch) items.push(`${kind} ${at}${reason === undefined ? '' : ` (${reason})`}`);
  }
  return items.sort();
}

test('files, links and directories; links are not followed', async () => {
  write('a', 'd/e/b');
  fs.mkdirSync(path.join(root, 'empty'));
  fs.symlinkSync('d', path.join(root, 'to-d'));
  fs.symlinkSync('missing', path.join(root, 'broken'));
  assert.deepEqual(await found(), [
    'directory ', 'directory d', 'directory d/e', 'directory empty', 'file a', 'file d/e/b', 'symlink broken', 'symlink to-d',
  ]);
});

test('.git is passed over anywhere, its disguises are reported', async () => {
  write('.git/HEAD', 'd/x', '.GIT/config', 'git~1', '.github/w', 'get');
  assert.deepEqual(await found(), [
    'directory ', 'directory .github', 'directory d', 'file .github/w', 'file d/x', 'file get', 'skipped .GIT (reserved name)', 'skipped git~1 (reserved name)',
  ]);
});

test('nested repositories are left alone, submodules reported, files tracked inside one still found', async () => {
  write('nested/.git/HEAD', 'nested/x', 'linked/.git', 'linked/x', 'module/.git', 'module/x', 'mixed/.git/HEAD', 'mixed/x', 'mixed/y');
  fs.mkdirSync(path.join(root, 'bare-module'));
  const submodules = new Set(['module', 'bare-module'] as BytePath[]);
  assert.deepEqual(await found(['mixed/x'], { submodules }), [
    'directory ', 'directory mixed', 'file mixed/x', 'file mixed/y', 'skipped linked (nested repository)', 'skipped nested (nested repository)',
    'submodule bare-module', 'submodule module',
  ]);
});

test('ignored directories are entered for tracked files alone', async () => {
  write('.gitignore', 'out/a', 'out/b', 'out/deep/c', 'other/d', 'x.log', 'y.log');
  fs.writeFileSync(path.join(root, '.gitignore'), 'out/\nother/\n*.log\n');
  assert.deepEqual(await found(['out/deep/c', 'x.log']), [
    'directory ', 'directory out', 'directory out/deep', 'file .gitignore', 'file out/deep/c', 'file x.log',
  ]);
});

test('sockets and FIFOs are skipped with the reason', async (context) => {
  execFileSync('mkfifo', [path.join(root, 'pipe')]);
  const server = net.createServer();
  context.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(path.join(root, 'socket'), resolve));
  assert.deepEqual(await found(), ['directory ', 'skipped pipe (fifo)', 'skipped socket (socket)']);
});

test('what leaveAlone names is neither reported nor entered', async () => {
  write('.pyi/store', 'forks/one/x', 'forks/note');
  assert.deepEqual(await found([], { leaveAlone: (at) => at === '.pyi' || at === 'forks/one' }), ['directory ', 'directory forks', 'file forks/note']);
});

test('names that are not UTF-8 keep their bytes', async () => {
  const directory = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x64, 0xff])]);
  fs.mkdirSync(directory);
  fs.writeFileSync(Buffer.concat([directory, Buffer.from([0x2f, 0xc3, 0xa9, 0xfe])]), '');
  assert.deepEqual(await found(), ['directory ', 'directory d\xff', 'file d\xff/\xc3\xa9\xfe']);
});

test('an unreadable directory is reported, not taken for empty', { skip: process.getuid?.() === 0 && 'root reads everything' }, async () => {
  write('closed/x');
  fs.chmodSync(path.join(root, 'closed'), 0);
  assert.deepEqual(await found(), ['directory ', 'skipped closed (EACCES)']);
  fs.chmodSync(path.join(root, 'closed'), 0o700);
});

test('a path that is too deep for the system is reported', async () => {
  const names = Array<string>(9).fill('n'.repeat(240)).join('/');
  for (const half of ['upper', 'lower']) fs.mkdirSync(path.join(root, half, names), { recursive: true });
  const moved = path.join(root, 'upper', names, 'lower');
  fs.renameSync(path.join(root, 'lower'), moved);
  try {
    const skipped = (await found()).filter((item) => item.startsWith('skipped'));
    assert.equal(skipped.length, 1);
    assert.match(skipped[0] ?? '', /\((ENAMETOOLONG|path too long)\)$/);
  } finally {
    fs.renameSync(moved, path.join(root, 'lower')); // Where rm can reach it.
  }
});

test('a scan from a directory sees what a scan of the root would see there', async () => {
  write('a/b/c', 'a/d', 'nested/.git', 'nested/sub/x', '.gitignore', 'out/sub/x');
  fs.writeFileSync(path.join(root, '.gitignore'), 'out/\n');
  fs.symlinkSync('a', path.join(root, 'link'));
  const from = async (directory: string): Promise<string[]> => found([], { from: directory as BytePath });
  assert.deepEqual(await from('a'), ['directory a', 'directory a/b', 'file a/b/c', 'file a/d']);
  assert.deepEqual(await from('a/b'), ['directory a/b', 'file a/b/c']);
  assert.deepEqual(await from('nested'), ['skipped nested (nested repository)']);
  for (const nothing of ['nested/sub', 'out', 'out/sub', 'link', 'link/b', 'a/d', 'missing', '.git']) assert.deepEqual(await from(nothing), [], nothing);
});

test('a missing root is an error, never an empty tree', async () => {
  await assert.rejects(found([], { root: path.join(root, 'missing') }), (error) => PyiError.is(error, 'NOT_FOUND'));
});

test('a scan can be cancelled, and lets the event loop run', async () => {
  for (let i = 0; i < 20; i++) write(...Array.from({ length: 100 }, (_, k) => `d${i}/f${k}`));
  const controller = new AbortController();
  controller.abort();
  await assert.rejects(found([], { signal: controller.signal }), (error) => PyiError.is(error, 'CANCELLED'));

  // So slow per entry that the whole takes many slices.
  const midway = new AbortController();
  let seen = 0;
  const slow = (): boolean => {
    const until = performance.now() + 0.1;
    while (performance.now() < until) { /* Busy: the event loop must get its turn nevertheless. */ }
    seen++;
    return false;
  };
  setImmediate(() => midway.abort());
  await assert.rejects(found([], { signal: midway.signal, leaveAlone: slow }), (error) => PyiError.is(error, 'CANCELLED'));
  assert.ok(seen > 0 && seen < 2000, `${seen} entries looked at`);
});

test('progress counts files and directories', async () => {
  write('a', 'd/b', 'd/c');
  let last = { files: 0, directories: 0 };
  await found([], { progress: (now) => { last = { ...now }; } });
  assert.deepEqual(last, { files: 3, directories: 2 });
});
