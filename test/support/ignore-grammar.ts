import type { SeededRandom } from './random.ts';

/**
 * Ignore files and names that look for trouble: each piece is something that git's parser or
 * wildmatch treats specially, and the literals are few, so that patterns often match names.
 * All strings are bytes, one per character.
 */

const PIECES = [
  'a', 'b', 'c', 'ab', 'A', 'B', 'foo', '.o', '.', '-', '^', ']', '\t', '\xc3\xa9', '\x80', '\xff', 'a b',
  '*', '*', '*', '**', '***', '?', '/', '/', '/', '**/', '/**', '/**/', '**\\/', '/**\\/', '//',
  '[ab]', '[!a]', '[^a]', '[a-c]', '[]a]', '[!]a]', '[]-a]', '[a-]', '[-a]', '[\\]]', '[\\-a]', '[a\\-c]', '[a-\\c]',
  '[[:alpha:]]', '[![:alpha:]]', '[[:upper:]]', '[[:lower:]b]', '[[:digit:]-a]', '[[:space:]]', '[[:punct:]]', '[[:cntrl:]]',
  '[[:xdigit:]]', '[[:blank:]]', '[[:graph:]]', '[[:print:]]', '[[:alnum:]]', '[[:alnum:]-z]',
  '[[:nope:]]', '[[:alpha]', '[[:]', '[[:]]', '[[:alpha:]', '[[::]]', '[[a]', '[:a:]',
  '[A-Z]', '[A]', '[A-b]', '[c-a]', '[--a]', '[\x80-\xff]', '[!\x80-\xff]', '[/]', '[a/b]', '[.-0]', '[^]', '[!', '[a', '[', '[]',
  '\\', '\\a', '\\A', '\\*', '\\?', '\\[', '\\/', '\\\\', '\\ ', ' ', '  ', '!', '#', '\\!', '\\#', '\0', '\r',
];
/** Pieces of ordinary ignore files; without them nearly nothing would match. */
const PLAIN_PIECES = ['a', 'b', 'c', 'ab', 'A', 'foo', '.o', '*', '*', '?', '/', '**/', '/**', '**\\/', '[ab]', '[!b]', '[a-c]', '\\a'];
const NAMES = [
  'a', 'a', 'b', 'b', 'c', 'ab', 'ba', 'abc', 'A', 'Ab', 'foo', 'FOO', 'foo.o', 'a.o', 'b.a.o', '.o', '.a', 'a b', 'a ', ' a', '[a]', '[', ']', '[ab]',
  'a*', '*', '**', '?', '\\', 'a\\', '\\a', '-', '^', '!a', '!', '#a', '#', '\t', '\xc3\xa9', '\x80', '\xff', 'a\r', 'Z', 'z', '0', 'a-', '[:a:]',
];

/** A line without its end. */
export function randomPattern(random: SeededRandom): string {
  const pieces = random.chance(0.5) ? PLAIN_PIECES : PIECES;
  let pattern = random.chance(0.15) ? '!' : random.chance(0.02) ? '#' : '';
  if (random.chance(0.15)) pattern += '/';
  for (let left = random.integer(1, random.chance(0.2) ? 8 : 4); left > 0; left--) pattern += random.pick(pieces);
  if (random.chance(0.15)) pattern += '/';
  if (random.chance(0.05)) pattern += ' ';
  return pattern;
}

/** A whole ignore file: mark, line ends and a last line without one included. */
export function randomIgnoreFile(random: SeededRandom, maximumLines: number): string {
  let text = random.chance(0.05) ? '\xef\xbb\xbf' : '';
  const lines = random.integer(1, maximumLines);
  for (let i = 0; i < lines; i++) {
    text += random.chance(0.03) ? '' : randomPattern(random);
    if (i + 1 < lines || random.chance(0.8)) text += random.chance(0.1) ? '\r\n' : '\n';
  }
  return text;
}

export function randomName(random: SeededRandom): string {
  return random.pick(NAMES);
}

/** A path of up to `depth` names. */
export function randomPath(random: SeededRandom, depth: number): string {
  return Array.from({ length: random.integer(1, depth) }, () => randomName(random)).join('/');
}
