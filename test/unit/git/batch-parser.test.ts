import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchParser } from '../../../server/git/batch-parser.ts';

/** What `git cat-file --batch` prints for these contents. */
function printed(contents: readonly string[]): Buffer {
  return Buffer.from(contents.map((content) => `${'a'.repeat(40)} blob ${content.length}\n${content}\n`).join(''));
}

function parse(output: Buffer, pieceLength: number): { contents: string[]; parser: BatchParser } {
  const contents: string[] = [];
  let parts: string[] | undefined;
  const parser = new BatchParser({
    streamAbove: 10,
    begin: () => { parts = []; },
    part: (bytes) => { parts?.push(bytes.toString()); },
    end: (whole) => {
      contents.push(parts?.join('') ?? whole.toString());
      parts = undefined;
    },
  });
  for (let at = 0; at < output.length; at += pieceLength) parser.push(output.subarray(at, at + pieceLength));
  return { contents, parser };
}

test('objects arrive whole, wherever the pieces are cut', () => {
  const contents = ['', 'small', '\n\n', 'exactly 10', 'more than ten bytes', '', '\na blob 3\nx\n'];
  const output = printed(contents);
  for (let length = 1; length <= output.length; length++) {
    const result = parse(output, length);
    assert.deepEqual(result.contents, contents, `pieces of ${length} bytes`);
    assert.equal(result.parser.isIdle, true);
  }
});

test('an output that breaks off is not idle', () => {
  const output = printed(['content']);
  for (let end = 1; end < output.length; end++) assert.equal(parse(output.subarray(0, end), 100).parser.isIdle, false);
});

test('a missing object is named', () => {
  assert.throws(() => parse(Buffer.from(`${'b'.repeat(40)} missing\n`), 100), { code: 'NOT_FOUND', message: /bbbb missing/ });
});
