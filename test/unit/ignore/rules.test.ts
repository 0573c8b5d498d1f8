import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { bytePathFromText } from '../../../protocol/paths.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { IgnoreRules } from '../../../server/worktree/ignore/rules.ts';
import { MAX_IGNORE_FILE_BYTES } from '../../../server/worktree/ignore/read-file.ts';

/** Rules over a tree in memory: path → content of the `.gitignore`. Also counts what is read. */
function inMemory(files: Record<string, string>, ignoreCase = false): { rules: IgnoreRules; reads: string[]; files: Record<string, string> } {
  const reads: string[] = [];
  const rules = IgnoreRules.open({
    root: '/nowhere', ignoreCase,
    readIgnoreFile: (file) => {
      reads.push(file);
      const content = files[file];
      return content === undefined ? undefined : Buffer.from(content);
    },
  });
  return { rules, reads, files };
}

const ignored = (rules: IgnoreRules, file: string): boolean => rules.isIgnored(bytePathFromText(file.replace(/\/$/, '')), file.endsWith('/'));

describe('rules', () => {
  test('the nearest file decides, in it the last line', () => {
    const { rules } = inMemory({ '.gitignore': '*.log\n!keep.log\n', 'a/.gitignore': '!*.log\nx.log\n' });
    assert.ok(ignored(rules, 'x.log'));
    assert.ok(!ignored(rules, 'keep.log'));
    assert.ok(!ignored(rules, 'a/y.log'));
    assert.ok(ignored(rules, 'a/x.log'));
    assert.ok(!ignored(rules, 'a/b/y.log'));
    assert.deepEqual(rules.explain('a/x.log' as BytePath, false), { source: 'a/.gitignore', line: 2, pattern: 'x.log', negated: false });
    assert.deepEqual(rules.explain('keep.log' as BytePath, false), { source: '.gitignore', line: 2, pattern: 'keep.log', negated: true });
    assert.equal(rules.explain('b' as BytePath, false), undefined);
  });

  test('nothing under an ignored directory comes back, and its own rules are not read', () => {
    const { rules, reads } = inMemory({ '.gitignore': 'out/\n!out/keep\n', 'out/.gitignore': '!*\n' });
    assert.ok(ignored(rules, 'out/'));
    assert.ok(ignored(rules, 'out/keep'));
    assert.ok(ignored(rules, 'out/deep/er/keep'));
    assert.ok(!ignored(rules, 'out'), 'a file of that name is no directory');
    assert.deepEqual(reads, ['.gitignore']);
  });

  test('the root itself is never ignored', () => {
    assert.ok(!ignored(inMemory({ '.gitignore': '*\n' }).rules, ''));
  });

  test('each file is read once until it is invalidated', () => {
    const { rules, reads, files } = inMemory({ '.gitignore': 'x\n', 'a/.gitignore': 'y\n' });
    for (let i = 0; i < 3; i++) assert.deepEqual([ignored(rules, 'a/b/x'), ignored(rules, 'a/b/y'), ignored(rules, 'c/y')], [true, true, false]);
    assert.deepEqual(reads.sort(), ['.gitignore', 'a/.gitignore', 'a/b/.gitignore', 'c/.gitignore']);

    reads.length = 0;
    files['a/.gitignore'] = 'z\n';
    assert.ok(!ignored(rules, 'a/b/z'), 'not noticed yet');
    rules.invalidate('a/.gitignore' as BytePath);
    assert.deepEqual([ignored(rules, 'a/b/z'), ignored(rules, 'a/b/y'), ignored(rules, 'c/y')], [true, false, false]);
    assert.deepEqual(reads.sort(), ['a/.gitignore', 'a/b/.gitignore'], 'c is not asked again');

    files['.gitignore'] = 'a/\n';
    rules.invalidate('.gitignore' as BytePath);
    assert.ok(ignored(rules, 'a/b/q'));
  });

  test('a directory that was replaced is forgotten with all below it', () => {
    const { rules, files } = inMemory({ 'a/b/.gitignore': 'x\n' });
    assert.ok(ignored(rules, 'a/b/c/x'));
    delete files['a/b/.gitignore'];
    rules.invalidate('a' as BytePath);
    assert.ok(!ignored(rules, 'a/b/c/x'));
    files['a/b/.gitignore'] = 'x\n';
    rules.invalidate('a/b' as BytePath);
    assert.ok(ignored(rules, 'a/b/c/x'));
  });

  test('case is ignored in ASCII only, and only when asked for', () => {
    assert.ok(!ignored(inMemory({ '.gitignore': 'Foo\n' }).rules, 'foo'));
    const { rules } = inMemory({ '.gitignore': 'Foo\n*.LOG\nDir/*.c\n\xc3\x89\n' }, true);
    for (const file of ['foo', 'FOO', 'a.log', 'A.Log', 'dIR/X.C']) assert.ok(ignored(rules, file), file);
    assert.ok(!ignored(rules, 'é'));
  });

  test('so many directories that the memory is emptied in between', () => {
    const { rules, files } = inMemory({ '.gitignore': '*.o\n', 'd7/.gitignore': '!*.o\n' });
    for (let i = 0; i < 200_010; i++) assert.equal(rules.isIgnored(`d${i}/x.o` as BytePath, false), i !== 7);
    files['d7/.gitignore'] = '';
    rules.invalidate('d7/.gitignore' as BytePath);
    assert.ok(ignored(rules, 'd7/x.o'));
  });
});

describe('rules on disk', () => {
  let root: string;
  let problems: string[];
  const open = (more: { infoExclude?: string; excludesFile?: string } = {}): IgnoreRules => IgnoreRules.open({
    root, ignoreCase: false, ...more, onProblem: (file, problem) => problems.push(`${path.basename(file.toString())}: ${problem}`),
  });

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'pyi-ignore-'));
    problems = [];
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

  test('a plain folder without Git has rules too', () => {
    fs.writeFileSync(path.join(root, '.gitignore'), 'x\n');
    assert.ok(ignored(open(), 'sub/x'));
    assert.deepEqual(problems, []);
  });

  test('info/exclude is asked before core.excludesFile, both after .gitignore; either may be missing', () => {
    const infoExclude = path.join(root, 'info');
    const excludesFile = path.join(root, 'global');
    fs.writeFileSync(infoExclude, '!a\nb\n');
    fs.writeFileSync(excludesFile, 'a\nc\n');
    fs.writeFileSync(path.join(root, '.gitignore'), '!b\n');
    const rules = open({ infoExclude, excludesFile });
    assert.deepEqual(['a', 'b', 'c'].map((file) => ignored(rules, file)), [false, false, true]);
    fs.rmSync(infoExclude);
    assert.ok(!ignored(rules, 'a'));
    rules.invalidate('' as BytePath);
    assert.ok(ignored(rules, 'a'));
    assert.deepEqual(problems, []);
  });

  test('links, directories, FIFOs and oversized files are not used as rules', () => {
    fs.writeFileSync(path.join(root, 'rules'), 'x\n');
    for (const directory of ['link', 'directory', 'fifo', 'large']) fs.mkdirSync(path.join(root, directory));
    fs.symlinkSync('../rules', path.join(root, 'link/.gitignore'));
    fs.mkdirSync(path.join(root, 'directory/.gitignore'));
    execFileSync('mkfifo', [path.join(root, 'fifo/.gitignore')]);
    fs.writeFileSync(path.join(root, 'large/.gitignore'), 'x\n'.repeat(MAX_IGNORE_FILE_BYTES / 2 + 1));
    const rules = open();
    for (const directory of ['link', 'directory', 'fifo', 'large']) assert.ok(!ignored(rules, `${directory}/x`), directory);
    assert.deepEqual(problems, ['.gitignore: ELOOP', `.gitignore: larger than ${MAX_IGNORE_FILE_BYTES} bytes`]);
  });

  test('names that are not UTF-8', () => {
    const directory = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]);
    fs.mkdirSync(directory);
    fs.writeFileSync(Buffer.concat([directory, Buffer.from('/.gitignore')]), Buffer.from([0xfe, 0x0a]));
    const rules = open();
    assert.ok(rules.isIgnored('\xff/\xfe' as BytePath, false));
    assert.ok(!rules.isIgnored('\xff/\xff' as BytePath, false));
  });
});
