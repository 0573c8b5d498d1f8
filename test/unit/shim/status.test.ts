import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { BytePath } from '../../../protocol/paths.ts';
import { ChangedPaths } from '../../../server/shim/changed-paths.ts';
import { parseCommandLine } from '../../../server/shim/command-line.ts';
import { IndexFile } from '../../../server/shim/status/index-file.ts';
import { parseLongStatus, printLongStatus } from '../../../server/shim/status/long-status.ts';
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

test('a status in words is printed again to the byte; what is not understood is not', () => {
  const staged = 'Changes to be committed:\n  (use "git restore --staged <file>..." to unstage)\n\tnew file:   n\n\trenamed:    a -> b\n\n';
  const changed = 'Changes not staged for commit:\n  (use "git add/rm <file>..." to update what will be committed)\n  (use "git restore <file>..." to discard changes in working directory)\n\tdeleted:    d\n\tmodified:   m\n\ttypechange: t\n\n';
  const others = 'Untracked files:\n  (use "git add <file>..." to include in what will be committed)\n\tdir/\n\tu\n\n';
  const understood = [
    'On branch main\nnothing to commit, working tree clean\n', `On branch main\n${staged}`, `HEAD detached at 1234567\n${staged}${changed}${others}`,
    `On branch main\nYour branch is ahead of 'origin/main' by 1 commit.\n  (use "git push" to publish your local commits)\n\n${changed}no changes added to commit (use "git add" and/or "git commit -a")\n`,
    `On branch main\n\nNo commits yet\n\n${others}nothing added to commit but untracked files present (use "git add" to track)\n`, 'On branch main\n\nNo commits yet\n\nnothing to commit (create/copy files and use "git add" to track)\n',
  ];
  for (const text of understood) assert.equal(printLongStatus(parseLongStatus(text) ?? assert.fail(text)), text);
  const foreign = [
    '', 'Auf Branch main\nnichts zu committen, Arbeitsverzeichnis unverändert\n', `On branch main\n${changed}`, 'On branch main\nYou have unmerged paths.\n  (fix conflicts and run "git commit")\n\nnothing to commit, working tree clean\n',
    `On branch main\n${others.replace('dir/', '"d\\tr/"')}nothing added to commit but untracked files present (use "git add" to track)\n`, `On branch main\n${staged}\nIt took 2.01 seconds to enumerate untracked files.\n`,
    'On branch main\nnothing to commit, working tree clean\nYour stash currently has 1 entry\n',
  ];
  for (const text of foreign) assert.equal(parseLongStatus(text), undefined, text);
});

test('which forms of status can be brought up to date', () => {
  const form = (words: string, settings: Readonly<Record<string, string>> = {}, isAtTop = true): string | undefined => {
    const found = statusForm(parseCommandLine(['status', ...words.split(' ').filter((word) => word !== '')]) ?? assert.fail(), new Map(Object.entries(settings)), isAtTop);
    return found === undefined ? undefined : `${found.format === undefined ? 'words' : `v${found.format.version} ${found.format.isNul ? 'nul' : 'lines'}`} ${found.untracked}`;
  };
  assert.deepEqual(['-z -uall', '-z', '-s', '-sb -uno', '--porcelain', '--porcelain=v2 -b -z', '-u --porcelain', '', '-uall'].map((words) => form(words)), [
    'v1 nul all', 'v1 nul normal', 'v1 lines normal', 'v1 lines no', 'v1 lines normal', 'v2 nul normal', 'v1 lines all', 'words normal', 'words all',
  ]);
  for (const words of ['-b', '-uno', '--long', '-s -z', '-s --porcelain', '-z -- a', '-z a', '--porcelain=v3', '-z -usome', '-z --ignored', '-z --show-stash']) assert.equal(form(words), undefined, words);
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
