import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIgnoreFile } from '../../../server/worktree/ignore/pattern.ts';

/** The kinds and literals of a file's effective lines, by line number. */
function parse(content: string): Record<number, string> {
  return Object.fromEntries(parseIgnoreFile(Buffer.from(content, 'latin1'), false).map(({ matcher, line, negated, directoryOnly }) => [
    line, `${negated ? '!' : ''}${matcher.kind}${'literal' in matcher ? `:${matcher.literal}` : ''}${directoryOnly ? '/' : ''}`,
  ]));
}

test('line ends, the mark, comments and blank lines', () => {
  assert.deepEqual(parse('\xef\xbb\xbfa\r\n#b\n\n\\#c\nd'), { 1: 'name:a', 4: 'name-wild', 5: 'name:d' });
  assert.deepEqual(parse('a\r'), { 1: 'name:a' }, 'git adds the missing line feed first');
  assert.deepEqual(parse('a\r\r\n'), { 1: 'name:a\r' });
  assert.deepEqual(parse(''), {});
});

test('trailing spaces go unless escaped, tabs stay', () => {
  assert.deepEqual(parse('a  \nb c \nd\\ \ne\t\n   \n'), { 1: 'name:a', 2: 'name:b c', 3: 'name-wild', 4: 'name:e\t' });
  assert.deepEqual(parse('a \\'), {}, 'a backslash at the end matches nothing');
});

test('negation, directories, anchors', () => {
  assert.deepEqual(parse('!a\n!!b\n\\!c\nd/\n/e\nf/g\n/\n!\n//\n'), {
    1: '!name:a', 2: '!name:!b', 3: 'name-wild', 4: 'name:d/', 5: 'path:e', 6: 'path:f/g',
  });
});

test('a NUL ends a line, as in a C string', () => {
  assert.deepEqual(parse('a\0b\nc\n'), { 1: 'name:a', 2: 'name:c' });
});

test('cheap forms are recognised', () => {
  assert.deepEqual(parse('*.o\n*\n**/a\n**/*.o/\n/**/b\na*b\ndir/*.c\n'), {
    1: 'name-suffix:.o', 2: 'name-suffix:', 3: 'name:a', 4: 'name-suffix:.o/', 5: 'name:b', 6: 'name-wild', 7: 'path-wild:dir/',
  });
});
