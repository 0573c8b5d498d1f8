import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { chooseTrueGit, findFront, installFront } from '../../../../client/git-front/front.ts';
import { gitPathWith, parseRemembered, recognized } from '../../../../client/git-front/git-path.ts';

const PYI = '/home/ada/storage/bin/git';

test('PYI comes first, what was there before next, and the git on PATH at last', () => {
  for (const before of [undefined, null, '', 'git', ['git'], 7]) assert.deepEqual(gitPathWith(PYI, before), [PYI, 'git'], JSON.stringify(before));
  assert.deepEqual(gitPathWith(PYI, '/opt/git'), [PYI, '/opt/git', 'git']);
  assert.deepEqual(gitPathWith(PYI, [PYI, '/opt/git', 3]), [PYI, '/opt/git', 'git']);
});

test('only what PYI set is put back, and "not set" is remembered as that', () => {
  const ours = gitPathWith(PYI, undefined);
  const stored = parseRemembered(JSON.parse(JSON.stringify({ before: undefined, ours })));
  assert.deepEqual(recognized([...ours], stored), { ours });
  assert.deepEqual(parseRemembered({ before: null, ours }), { before: null, ours }, 'null is a value that somebody wrote');
  assert.equal(recognized([...ours, '/mine'], stored), undefined);
  assert.equal(recognized(undefined, stored), undefined);
  for (const raw of [undefined, null, 'x', {}, { ours: [] }, { ours: [1] }]) assert.equal(parseRemembered(raw), undefined);
});

function directory(context: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'pyi-git-front-'));
  context.after(() => rmSync(made, { recursive: true }));
  mkdirSync(join(made, 'bin'));
  return made;
}

const NATIVE = '\x7fELF…stands in for git: pyi-front';

test('a front is a native program on Linux: a script would start a Node for each command', (context) => {
  const dist = directory(context);
  assert.deepEqual(findFront(dist, 'linux', ''), { kind: 'absent' });
  writeFileSync(join(dist, 'bin', 'pyi'), '#!/usr/bin/env node\n// stands in for git: pyi-front\n');
  assert.deepEqual(findFront(dist, 'linux', ''), { kind: 'absent' });
  writeFileSync(join(dist, 'bin', 'pyi'), NATIVE);
  assert.deepEqual(findFront(dist, 'linux', ''), { kind: 'ready', program: join(dist, 'bin', 'pyi') });
  assert.deepEqual(findFront(dist, 'darwin', ''), { kind: 'elsewhere' });
});

test('a package without a front takes the one that the user installed, wherever it is on PATH', (context) => {
  const [dist, other] = [directory(context), directory(context)];
  const path = [join(dist, 'none'), 'relative', join(other, 'bin')].join(':');
  writeFileSync(join(other, 'bin', 'pyi'), '\x7fELF another program of that name');
  assert.deepEqual(findFront(dist, 'linux', path), { kind: 'absent' });
  writeFileSync(join(other, 'bin', 'pyi'), NATIVE);
  assert.deepEqual(findFront(dist, 'linux', path), { kind: 'ready', program: join(other, 'bin', 'pyi') });
});

test('the git that the user had chosen is the one that the front stands in for', { skip: process.platform === 'win32' }, (context) => {
  const made = directory(context);
  const [place, mine, link] = [join(made, 'storage', 'git'), join(made, 'bin', 'my-git'), join(made, 'storage', 'true-git')];
  writeFileSync(mine, '#!/bin/sh\necho git version 2\n', { mode: 0o755 });
  chooseTrueGit(place, [join(made, 'gone'), 'relative', '/bin/true', mine, '/bin/sh']);
  assert.equal(readlinkSync(link), mine);
  chooseTrueGit(place, [mine]);
  assert.equal(readlinkSync(link), mine);
  chooseTrueGit(place, []);
  assert.deepEqual(readdirSync(join(made, 'storage')), [], 'without one it is the git on PATH');
});

test('the copy follows the version of the extension, is executable, and is left alone when it is the same', { skip: process.platform === 'win32' }, (context) => {
  const dist = directory(context);
  const [program, place] = [join(dist, 'bin', 'pyi'), join(dist, 'storage', 'bin', 'git')];
  const write = (version: number): void => {
    writeFileSync(program, `#!/bin/sh\n# ${version}\necho git version 2.${version}\n`);
    chmodSync(program, 0o644);
  };
  write(1);
  assert.equal(installFront(program, place), true);
  const { ino, mode } = statSync(place);
  assert.equal(mode & 0o777, 0o755);
  assert.equal(installFront(program, place), true);
  assert.equal(statSync(place).ino, ino);
  write(2);
  assert.equal(installFront(program, place), true);
  assert.notEqual(statSync(place).ino, ino, 'a new file: a process that runs the old one goes on');
  assert.deepEqual(readdirSync(join(dist, 'storage', 'bin')), ['git']);
  writeFileSync(program, '\x7fELF of another processor');
  assert.equal(installFront(program, place), false);
});
