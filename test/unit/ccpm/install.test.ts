import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { MANIFEST, install, installation, uninstall } from '../../../ccpm/install.ts';
import { PyiError } from '../../../protocol/errors.ts';
import { CHECKOUT, LAYOUTS, snapshot, writeTree } from '../../support/ccpm-project.ts';

const STOP = '.claude/commands/pm/epic-stop.md';
const RESOLVE = '.claude/commands/pm/epic-resolve.md';
const RULE = '.claude/rules/pyi-forks.md';
const SKILL = '.claude/skills/pyi-ccpm/SKILL.md';

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-ccpm-'));
});

afterEach(() => {
  fs.rmSync(root, { recursive: true });
});

const states = (files: readonly { path: string; state: string }[]): Record<string, string> => Object.fromEntries(files.map(({ path: file, state }) => [file, state]));

for (const [layout, tree, added] of [
  ['v1', LAYOUTS.v1, [STOP, RESOLVE, RULE]], ['v2', LAYOUTS.v2, [STOP, RESOLVE, SKILL]], ['both', { ...LAYOUTS.v1, ...LAYOUTS.v2 }, [STOP, RESOLVE, RULE, SKILL]],
] as const) {
  test(`${layout}: what CCPM lacks is added, nothing of it is changed, and all of it goes again to the byte`, async () => {
    writeTree(root, { ...tree, ...CHECKOUT });
    fs.mkdirSync(path.join(root, 'empty'));
    const before = snapshot(root);
    const done = await install(root);
    assert.deepEqual(states(done.files), Object.fromEntries(added.map((file) => [file, 'added'])));
    const after = snapshot(root);
    for (const [file, content] of Object.entries(before)) assert.equal(after[file], content, file);
    for (const file of added) assert.ok((after[file] ?? '').includes('pyi ccpm'), file);
    const newFiles = Object.keys(after).filter((file) => before[file] === undefined && !file.endsWith('/')).sort();
    assert.deepEqual(newFiles, [...added, MANIFEST].sort());

    assert.deepEqual(states((await installation(root)).files), Object.fromEntries(added.map((file) => [file, 'present'])));
    assert.deepEqual(states((await install(root)).files), Object.fromEntries(added.map((file) => [file, 'present'])), 'again: nothing to do');
    assert.deepEqual(snapshot(root), after);

    assert.deepEqual(states((await uninstall(root, false)).files), Object.fromEntries(added.map((file) => [file, 'removed'])));
    assert.deepEqual(snapshot(root), before);
  });
}

test('our files are no work of today: the standup of CCPM counts files that were changed lately', async () => {
  writeTree(root, LAYOUTS.v1);
  await install(root);
  for (const file of [STOP, RESOLVE, RULE]) assert.ok(fs.statSync(path.join(root, file)).mtimeMs < Date.UTC(2021, 0), file);
});

test('a file that is there already is not ours, and stays', async () => {
  writeTree(root, { ...LAYOUTS.v1, [STOP]: 'my own\n' });
  const before = snapshot(root);
  assert.equal(states((await install(root)).files)[STOP], 'foreign');
  assert.equal(fs.readFileSync(path.join(root, STOP), 'utf8'), 'my own\n');
  await uninstall(root, true);
  assert.deepEqual(snapshot(root), before);
});

test('what somebody changed since stays, unless it is forced', async () => {
  writeTree(root, LAYOUTS.v1);
  const before = snapshot(root);
  await install(root);
  fs.appendFileSync(path.join(root, RULE), 'mine\n');
  assert.deepEqual(states((await uninstall(root, false)).files), { [STOP]: 'removed', [RESOLVE]: 'removed', [RULE]: 'changed' });
  assert.ok(fs.existsSync(path.join(root, RULE)));
  assert.deepEqual(states((await uninstall(root, true)).files), { [RULE]: 'removed' });
  assert.deepEqual(snapshot(root), before);
});

test('a link in the place of a file is not followed', { skip: process.platform === 'win32' }, async () => {
  writeTree(root, { ...LAYOUTS.v1, 'elsewhere.md': 'theirs\n' });
  fs.symlinkSync('../../../elsewhere.md', path.join(root, STOP));
  assert.equal(states((await install(root)).files)[STOP], 'foreign');
  await uninstall(root, true);
  assert.equal(fs.readFileSync(path.join(root, 'elsewhere.md'), 'utf8'), 'theirs\n');
});

test('a manifest that names other files takes none of them out', async () => {
  writeTree(root, { ...LAYOUTS.v1, 'precious.txt': 'x' });
  await install(root);
  const manifest = JSON.parse(fs.readFileSync(path.join(root, MANIFEST), 'utf8')) as { files: Record<string, string>; directories: string[] };
  manifest.files['precious.txt'] = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881';
  manifest.files['../outside.txt'] = manifest.files['precious.txt'];
  manifest.directories.push('..', 'empty');
  fs.mkdirSync(path.join(root, 'empty'));
  fs.writeFileSync(path.join(root, MANIFEST), JSON.stringify(manifest));
  await uninstall(root, true);
  assert.ok(fs.existsSync(path.join(root, 'precious.txt')));
  assert.ok(fs.existsSync(path.join(root, 'empty')));
});

test('a manifest that nobody can read is an error, and nothing is touched', async () => {
  writeTree(root, LAYOUTS.v1);
  await install(root);
  fs.writeFileSync(path.join(root, MANIFEST), '{');
  const before = snapshot(root);
  for (const act of [() => install(root), () => uninstall(root, true)]) await assert.rejects(act, (error) => PyiError.is(error, 'CORRUPT_OBJECT') && error.hint !== '');
  assert.deepEqual(snapshot(root), before);
});

test('without CCPM there is nothing to add to', async () => {
  await assert.rejects(install(root), (error) => PyiError.is(error, 'NOT_FOUND') && /Install CCPM first/.test(error.hint));
  assert.deepEqual(snapshot(root), {});
});
