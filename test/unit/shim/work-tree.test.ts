import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { BytePath } from '../../../protocol/paths.ts';
import { mentions } from '../../../server/shim/mentions.ts';
import type { IndexEntry } from '../../../server/shim/status/index-file.ts';
import { MAX_READ_BYTES, WorkTree } from '../../../server/shim/status/work-tree.ts';
import { Unclear } from '../../../server/shim/unclear.ts';

function directory(context: TestContext): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-work-tree-'));
  context.after(() => fs.rmSync(made, { recursive: true }));
  return made;
}

function entryOf(name: string, content: Buffer): IndexEntry {
  const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  return { path: name as BytePath, mode: 0o100644, oid, size: content.length, stage: 0, isSpecial: false };
}

/** A FIFO: whoever opens it and waits gets something to read in the end, so that the test fails and does not hang. */
function makePipe(context: TestContext, file: string): void {
  spawnSync('mkfifo', [file]);
  const writer = spawn('sh', ['-c', `sleep 1; exec echo waited > '${file}'`], { stdio: 'ignore' });
  context.after(() => writer.kill());
}

test('for one answer so much is read, however small the files are, and what is more is git\'s to read', (context) => {
  const root = directory(context);
  const content = Buffer.alloc(MAX_READ_BYTES / 4);
  const entries = ['a', 'b', 'c', 'd', 'e'].map((name) => entryOf(name, content));
  for (const { path: name } of entries) fs.writeFileSync(path.join(root, name), content);
  const files = new WorkTree(root, false);
  for (const entry of entries.slice(0, 4)) assert.equal(files.stateOf(entry).letter, ' ');
  assert.throws(() => files.stateOf(entries[4] ?? assert.fail()), Unclear);
  assert.equal(new WorkTree(root, false).stateOf(entries[4] ?? assert.fail()).letter, ' ');
});

test('a file that becomes something else after it was looked at is git\'s to look at, and nobody waits for it', { skip: process.platform === 'win32' }, (context) => {
  const root = directory(context);
  const [file, entry] = [path.join(root, 'a'), entryOf('a', Buffer.from('text\n'))];
  const becomes: Readonly<Record<string, () => void>> = {
    'a FIFO': () => {
      makePipe(context, file);
    },
    'a link to a device that never ends': () => fs.symlinkSync('/dev/zero', file),
    'a link to a file with the same content': () => {
      fs.writeFileSync(path.join(root, 'same'), 'text\n');
      fs.symlinkSync('same', file);
    },
    'a directory': () => fs.mkdirSync(file),
    'longer': () => fs.writeFileSync(file, 'text\nmore\n'),
  };
  const { lstatSync } = fs;
  const became: string[] = [];
  for (const [what, become] of Object.entries(becomes)) {
    fs.rmSync(file, { recursive: true, force: true });
    fs.writeFileSync(file, 'text\n');
    const mock = context.mock.method(fs, 'lstatSync', (...args: Parameters<typeof lstatSync>) => {
      const stat = lstatSync(...args);
      fs.unlinkSync(file);
      become();
      became.push(what);
      return stat;
    });
    syncBuiltinESMExports();
    try {
      if (what === 'longer') assert.equal(new WorkTree(root, false).stateOf(entry).letter, 'M', 'as git would see it a moment later');
      else assert.throws(() => new WorkTree(root, false).stateOf(entry), Unclear, what);
    } finally {
      mock.mock.restore();
      syncBuiltinESMExports();
    }
  }
  assert.deepEqual(became, Object.keys(becomes));
});

test('attributes that are a FIFO, a link in the work tree or cannot be read may say anything', { skip: process.platform === 'win32' }, (context) => {
  const root = directory(context);
  const at = (name: string): string => path.join(root, name);
  fs.writeFileSync(at('text'), '*.txt text\n');
  fs.symlinkSync('text', at('link'));
  makePipe(context, at('pipe'));
  fs.writeFileSync(at('large'), Buffer.alloc(2 * 1024 * 1024));
  assert.deepEqual(['text', 'link', 'pipe', 'large', '.', 'absent', 'text/below'].map((name) => mentions(at(name), false, /ident/)), [false, true, true, true, true, false, false]);
  assert.deepEqual(['text', 'link'].map((name) => mentions(at(name), true, /text/)), [true, true]);
  assert.equal(mentions(at('link'), true, /ident/), false, 'of the user');
});
