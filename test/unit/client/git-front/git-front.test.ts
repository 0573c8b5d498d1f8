import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { findFront, installFront } from '../../../../client/git-front/front.ts';
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

test('a front is a native program on Linux: a script would start a Node for each command', (context) => {
  const dist = directory(context);
  assert.deepEqual(findFront(dist, 'linux'), { kind: 'absent' });
  writeFileSync(join(dist, 'bin', 'pyi'), '#!/usr/bin/env node\n');
  assert.deepEqual(findFront(dist, 'linux'), { kind: 'absent' });
  writeFileSync(join(dist, 'bin', 'pyi'), '\x7fELF…');
  assert.deepEqual(findFront(dist, 'linux'), { kind: 'ready', program: join(dist, 'bin', 'pyi') });
  assert.deepEqual(findFront(dist, 'darwin'), { kind: 'elsewhere' });
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
