import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { BytePath } from '../../../protocol/paths.ts';
import { carryIgnored, carryRules } from '../../../server/worktree/carry.ts';
import type { CarryMode, CarryOptions, CarryReport } from '../../../server/worktree/carry.ts';
import { IgnoreRules } from '../../../server/worktree/ignore/rules.ts';
import { WorktreeFixture } from '../../support/worktree-fixture.ts';

let fixture: WorktreeFixture;
let target: string;
beforeEach(() => {
  fixture = new WorktreeFixture();
  target = path.join(fixture.base, 'target');
  fs.mkdirSync(target);
  fixture.write('.gitignore', 'node_modules\n.env\ndist/\n*.bin\nclones/\n');
  fixture.write('src/main.ts', 'captured');
  fixture.write('node_modules/lib/index.js', 'library');
  fs.symlinkSync('lib/index.js', fixture.at('node_modules/link'));
  fixture.write('packages/a/node_modules/lib/index.js', 'library of a');
  fixture.write('.env', 'SECRET=1');
  fixture.write('dist/built.js', 'built');
  fixture.write('large.bin', 'x'.repeat(2 * 1024 * 1024));
  fixture.write('clones/other/.git/HEAD', 'ref');
});
afterEach(() => fixture.remove());

function carry(more: Partial<CarryOptions> = {}): Promise<CarryReport> {
  return carryIgnored({
    source: fixture.root, target,
    ignore: IgnoreRules.open({ root: fixture.root, ignoreCase: false }),
    tracked: new Set(), leaveAlone: () => false,
    clock: { now: () => Date.now(), micros: () => performance.now() * 1000 },
    ...more,
  });
}

const only = (mode: CarryMode): Partial<CarryOptions> => ({ rules: carryRules(mode) });
const at = (file: string): string => path.join(target, file);

test('by default tools work in the target, and cannot break the source', async () => {
  const report = await carry();
  const modes = new Map(report.carried.map(({ path: file, mode }) => [file as string, mode]));
  for (const directory of ['node_modules', 'packages/a/node_modules']) {
    assert.ok(modes.get(directory) === 'reflink' || modes.get(directory) === 'symlink', directory);
    assert.ok(fs.existsSync(at(`${directory}/lib/index.js`)));
  }
  fs.writeFileSync(at('.env'), 'SECRET=2');
  assert.equal(fs.readFileSync(fixture.at('.env'), 'utf8'), 'SECRET=1');
  assert.ok(!fs.existsSync(at('src')), 'what is captured comes from the tree');
  // Build output is a copy of its own or not there; it is never shared.
  assert.ok(modes.get('dist') === 'reflink' || !fs.existsSync(at('dist')));
});

test('symlink, copy and none on request', async () => {
  assert.deepEqual((await carry(only('none'))).carried, []);
  assert.deepEqual(fs.readdirSync(target), []);
  await carry(only('symlink'));
  // A real directory of links: `dist/` in a .gitignore does not match a link.
  assert.ok(fs.lstatSync(at('dist')).isDirectory());
  assert.equal(fs.readlinkSync(at('dist/built.js')), fixture.at('dist/built.js'));
  assert.equal(fs.readlinkSync(at('.env')), fixture.at('.env'));
  const again = await carry(only('copy'));
  assert.deepEqual(again.carried, [], 'nothing that is there is touched');
  fs.rmSync(target, { recursive: true });
  fs.mkdirSync(target);
  await carry(only('copy'));
  assert.equal(fs.readlinkSync(at('node_modules/link')), 'lib/index.js');
  assert.equal(fs.statSync(at('large.bin')).size, 2 * 1024 * 1024);
});

test('a mode that the file system does not have leaves nothing behind', async () => {
  const report = await carry(only('reflink'));
  for (const { path: file } of report.left) assert.ok(!fs.existsSync(at(file)), file);
  for (const { path: file } of report.carried) assert.ok(fs.existsSync(at(file)), file);
  assert.equal(report.left.length + report.carried.length, 6);
});

test('rules by pattern, first match first', async () => {
  const report = await carry({ rules: [
    { pattern: 'packages/*/node_modules', kind: 'directory', modes: ['copy'] },
    { pattern: 'node_modules', kind: 'directory', modes: ['none'] },
    { pattern: '.env', kind: 'file', modes: ['symlink'] },
  ] });
  assert.deepEqual(report.carried.map(({ path: file, mode }) => `${mode} ${file}`).sort(), ['copy packages/a/node_modules', 'symlink .env']);
});

test('what is left alone, tracked or another repository is not carried', async () => {
  fixture.write('dist/.git/HEAD', 'ref');
  const report = await carry({ ...only('copy'), leaveAlone: (file) => file === 'node_modules', tracked: new Set(['.env' as BytePath]) });
  const carried = report.carried.map(({ path: file }) => file as string);
  for (const file of ['node_modules', '.env', 'dist']) assert.ok(!carried.includes(file), file);
  assert.ok(carried.includes('large.bin'));
});
