import assert from 'node:assert/strict';
import * as os from 'node:os';
import { test } from 'node:test';
import { Git } from '../../../server/git/exec.ts';
import { mergeFile } from '../../../server/git/merge-file.ts';

const git = new Git({ executable: 'git', env: { PATH: process.env['PATH'], HOME: '/nowhere', GIT_CONFIG_NOSYSTEM: '1' }, defaultCwd: os.tmpdir() });
const bytes = (text: string): Buffer => Buffer.from(text);
const merge = (base: string | undefined, ours: string, theirs: string): ReturnType<typeof mergeFile> => (
  mergeFile(git, { base: base === undefined ? undefined : bytes(base), ours: bytes(ours), theirs: bytes(theirs) }));

const LINES = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n';

test('changes in different places merge', async () => {
  const result = await merge(LINES, LINES.replace('one', 'ONE'), LINES.replace('seven', 'SEVEN'));
  assert.deepEqual([result.content.toString(), result.conflicts, result.binary], [LINES.replace('one', 'ONE').replace('seven', 'SEVEN'), 0, false]);
});

test('changes of one line stand side by side, with what they came from', async () => {
  const labels = { base: 'base', ours: 'fork a\nx', theirs: '-fork b' };
  const result = await mergeFile(git, { base: bytes('a\nold\nb\n'), ours: bytes('a\nmine\nb\n'), theirs: bytes('a\nyours\nb\n'), labels });
  assert.equal(result.content.toString(), 'a\n<<<<<<< fork a x\nmine\n||||||| base\nold\n=======\nyours\n>>>>>>> -fork b\nb\n');
  assert.deepEqual([result.conflicts, result.binary], [1, false]);
});

test('two files of one name, added on both sides', async () => {
  const result = await merge(undefined, 'mine\n', 'yours\n');
  assert.equal(result.conflicts, 1);
  assert.match(result.content.toString(), /mine[^]*yours/);
});

test('many conflicts, and not one line is lost', async () => {
  const lines = (side: string): string => Array.from({ length: 300 }, (_, i) => `${side} ${i}\nsame ${i}\nsame again ${i}\nand again ${i}\nand again ${i}\n`).join('');
  const result = await merge(lines('base'), lines('ours'), lines('theirs'));
  assert.equal(result.conflicts, 127, 'git counts no further');
  const kept = new Set(result.content.toString().split('\n'));
  for (let i = 0; i < 300; i++) for (const side of ['ours', 'theirs', 'base']) assert.ok(kept.has(`${side} ${i}`));
});

test('no newline at the end, carriage returns, bytes that are not UTF-8', async () => {
  const result = await mergeFile(git, { base: bytes('a\r\nb'), ours: Buffer.from([0xff, 0x0d, 0x0a, 0x62]), theirs: bytes('a\r\nb') });
  assert.deepEqual([...result.content], [0xff, 0x0d, 0x0a, 0x62]);
});

test('binary content is a conflict that keeps ours', async () => {
  const result = await merge('a', 'a\0b', 'a\0c');
  assert.deepEqual([result.content.toString(), result.conflicts, result.binary], ['a\0b', 1, true]);
});
