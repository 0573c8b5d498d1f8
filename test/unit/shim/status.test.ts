import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { BytePath } from '../../../protocol/paths.ts';
import { ChangedPaths } from '../../../server/shim/changed-paths.ts';
import { parseCommandLine } from '../../../server/shim/command-line.ts';
import { IndexFile } from '../../../server/shim/status/index-file.ts';
import { statusForm } from '../../../server/shim/status/status-form.ts';
import { parseStatus, printStatus } from '../../../server/shim/status/status-text.ts';
import { GitRepository } from '../../support/git-repository.ts';

const NAMES = ['a', 'a.b', 'a/b', 'a/c/d', 'a0', 'ab/c', `long/${'n'.repeat(200)}/${'m'.repeat(200)}`, 'z'];

function indexOf(repository: GitRepository): Buffer {
  return fs.readFileSync(path.join(repository.root, '.git/index'));
}

function bytePath(text: string): BytePath {
  return text as BytePath;
}

test('the index tells of every file what git does, and of none that is not there', () => {
  const repository = GitRepository.create();
  try {
    repository.commit(Object.fromEntries(NAMES.filter((name) => name !== 'a').map((name, size) => [name, 'x'.repeat(size)])));
    const index = IndexFile.parse(indexOf(repository));
    assert.ok(index);
    for (const line of repository.git(['ls-files', '-s']).split('\n')) {
      const [, mode = '', oid, name = ''] = /^(\d+) ([0-9a-f]+) 0\t(.*)$/.exec(line) ?? [];
      const entry = index.entry(bytePath(name));
      assert.deepEqual([entry?.mode.toString(8), entry?.oid, entry?.path, entry?.isSpecial], [mode, oid, name, false]);
      assert.equal(entry?.size, fs.statSync(path.join(repository.root, name)).size);
    }
    for (const absent of ['', 'a', 'a/', 'a/c', 'zz', 'long']) assert.equal(index.entry(bytePath(absent)), undefined, absent);
    assert.deepEqual(['a', 'a/c', 'a/c/d', 'ab', 'b', 'z'].map((name) => index.hasUnder(bytePath(name))), [true, true, false, true, false, false]);
    assert.deepEqual(Array.from(index.under(bytePath('a')), (entry) => entry.path), ['a/b', 'a/c/d']);
    repository.git(['update-index', '--assume-unchanged', 'z']);
    assert.equal(IndexFile.parse(indexOf(repository))?.entry(bytePath('z'))?.isSpecial, true);
  } finally {
    repository.remove();
  }
});

test('an index that is cut short, or of another kind, is none', () => {
  const repository = GitRepository.create();
  try {
    repository.commit({ 'a.txt': 'a', 'b.txt': 'b' });
    const whole = indexOf(repository);
    assert.ok(IndexFile.parse(whole));
    for (let length = 0; length < whole.length; length++) assert.equal(IndexFile.parse(whole.subarray(0, length)), undefined, `${length} of ${whole.length} bytes`);
    const many = Buffer.from(whole);
    many.writeUInt32BE(0xffffffff, 8);
    assert.equal(IndexFile.parse(many), undefined);
    for (const command of [['update-index', '--split-index'], ['update-index', '--no-split-index', '--index-version', '4'], ['add', '-N', 'later.txt']]) {
      repository.write('later.txt', 'l');
      repository.git(command);
      assert.equal(IndexFile.parse(indexOf(repository)), undefined, command.join(' '));
    }
  } finally {
    repository.remove();
  }
});

test('what git printed is printed again to the byte; what is not understood is not', () => {
  const first = '## main...origin/main\0 M a b\0R  to\0from\0AD x\0?? dir/\0?? z\0';
  assert.equal(printStatus(parseStatus(first, { version: 1, isNul: true }) ?? assert.fail(), { version: 1, isNul: true }), first);
  const lines = '## main\n M a\nR  from -> to\nD  x\n?? dir/\n';
  assert.equal(printStatus(parseStatus(lines, { version: 1, isNul: false }) ?? assert.fail(), { version: 1, isNul: false }), lines);
  const oid = 'f'.repeat(40);
  const second = `# branch.head main\n1 .M N... 100644 100644 100755 ${oid} ${oid} a\n2 RM N... 100644 100644 100644 ${oid} ${oid} R100 to\tfrom\n? new\n`;
  assert.equal(printStatus(parseStatus(second, { version: 2, isNul: false }) ?? assert.fail(), { version: 2, isNul: false }), second);
  for (const foreign of ['UU a\0', 'AA a\0', '!! a\0', ' A a\0', ' M a', 'M\0', ' R a\0b\0']) assert.equal(parseStatus(foreign, { version: 1, isNul: true }), undefined, foreign);
  for (const foreign of ['?? "a\\nb"\n', '?? a b\n', 'R  a -> b -> c\n']) assert.equal(parseStatus(foreign, { version: 1, isNul: false }), undefined, foreign);
  for (const foreign of [`u UU N... 1 2 3 4 a b c d\0`, '1 .M N...\0', '3 .M x\0']) assert.equal(parseStatus(foreign, { version: 2, isNul: true }), undefined, foreign);
  assert.equal(printStatus({ head: [], tracked: new Map(), untracked: new Set([bytePath('a b')]) }, { version: 1, isNul: false }), undefined);
});

test('which forms of status can be brought up to date', () => {
  const form = (words: string, settings: Readonly<Record<string, string>> = {}, isAtTop = true): string | undefined => {
    const found = statusForm(parseCommandLine(['status', ...words.split(' ').filter((word) => word !== '')]) ?? assert.fail(), new Map(Object.entries(settings)), isAtTop);
    return found === undefined ? undefined : `v${found.format.version} ${found.format.isNul ? 'nul' : 'lines'} ${found.untracked}`;
  };
  assert.deepEqual(['-z -uall', '-z', '-s', '-sb -uno', '--porcelain', '--porcelain=v2 -b -z', '-u --porcelain'].map((words) => form(words)), [
    'v1 nul all', 'v1 nul normal', 'v1 lines normal', 'v1 lines no', 'v1 lines normal', 'v2 nul normal', 'v1 lines all',
  ]);
  for (const words of ['', '--long', '-s -z', '-s --porcelain', '-z -- a', '-z a', '--porcelain=v3', '-z -usome', '-z --ignored', '-z --show-stash']) assert.equal(form(words), undefined, words);
  assert.equal(form('-s', {}, false), undefined, 'names from below the top');
  assert.equal(form('-z', {}, false), 'v1 nul normal');
  assert.equal(form('-z', { 'status.showuntrackedfiles': 'no' }), 'v1 nul no');
  assert.equal(form('-z', { 'status.showuntrackedfiles': 'perhaps' }), undefined);
  assert.equal(form('-s', { 'color.status': 'always' }), undefined);
  assert.equal(form('-z', { 'core.filemode': 'false' }), undefined);
});

test('changed paths are known since a generation, while they are few', () => {
  const changed = new ChangedPaths();
  changed.forget(3);
  assert.equal(changed.since(2), undefined);
  assert.deepEqual(changed.since(3), []);
  changed.add(bytePath('a'), 4);
  changed.add(bytePath('b'), 5);
  changed.add(bytePath('a'), 6);
  assert.deepEqual(changed.since(3), ['b', 'a']);
  assert.deepEqual(changed.since(5), ['a']);
  for (let n = 0; n < 500; n++) changed.add(bytePath(`n${n}`), 7 + n);
  assert.equal(changed.since(5), undefined);
  assert.equal(changed.since(7 + 498)?.length, 1);
});
