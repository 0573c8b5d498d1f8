import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FileLog } from '../../../server/log.ts';

const root = mkdtempSync(join(tmpdir(), 'pyi-log-'));
after(() => rmSync(root, { recursive: true, force: true }));
const clock = { now: () => Date.UTC(2026, 0, 31, 12) };

test('an entry is one line, whatever is in it', () => {
  const file = join(root, 'deep', 'server.log');
  const log = new FileLog({ file, level: 'info', clock });
  log.info('opened a\nb\u001b[31m\u202e', { path: 'x\ny', size: 5n, error: new Error('boom') });
  log.debug('not at this level');
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  log.error('circular', circular);
  const [first, second, ...rest] = readFileSync(file, 'utf8').split('\n');
  assert.match(first ?? '', /^2026-01-31T12:00:00\.000Z INFO {2}opened a\\u\{a\}b\\u\{1b\}\[31m\\u\{202e\} \{"path":"x\\ny","size":"5","error":\{"name":"Error","message":"boom"/);
  assert.match(second ?? '', /ERROR circular \{"unprintable"/);
  assert.deepEqual(rest, ['']);
  assert.equal(statSync(file).mode & 0o077, 0);
});

test('files are rotated by size and old ones removed', () => {
  const directory = join(root, 'rotation');
  const log = new FileLog({ file: join(directory, 'server.log'), level: 'debug', clock, maxBytes: 100, keep: 2 });
  for (let i = 0; i < 10; i++) log.warn(`entry number ${i} of ten`);
  assert.deepEqual(readdirSync(directory).sort(), ['server.log', 'server.log.1', 'server.log.2']);
  for (const name of readdirSync(directory)) assert.ok(statSync(join(directory, name)).size <= 100);
  assert.match(readFileSync(join(directory, 'server.log'), 'utf8'), /number 9/);
});

test('a log that cannot be written stops nobody', () => {
  const file = join(root, 'blocked');
  writeFileSync(file, '');
  new FileLog({ file: join(file, 'server.log'), level: 'info', clock }).error('lost');
});
