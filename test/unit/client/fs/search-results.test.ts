import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byFile, searchDocument } from '../../../../client/fs/search-results.ts';
import type { Match } from '../../../../client/fs/search-results.ts';

const match = (path: string, line: number, preview: string, column = 1): Match => ({ path, line, column, length: 1, preview });
const MATCHES = [match('src/a.ts', 3, '  one'), match('src/a.ts', 3, '  one', 5), match('b.ts', 1, 'two'), match('src/a.ts', 9, 'three')];

test('matches are grouped by file, in the order of their first match', () => {
  assert.deepEqual(byFile(MATCHES).map(({ path, matches }) => [path, matches.map(({ line }) => line)]), [['src/a.ts', [3, 3, 9]], ['b.ts', [1]]]);
});

test('a search document has the form of VS Code, with each line once', () => {
  const search = { text: 'o.e', regex: true, matchCase: true };
  assert.equal(searchDocument(search, { matches: MATCHES, complete: true }, 'Searched: fork try-a', 'fork try-a (PYI)'), [
    '# Query: o.e', '# Flags: CaseSensitive RegExp', '# Searched: fork try-a', '', 'Matches: 4, in files: 2', '',
    'fork try-a (PYI) • src/a.ts:', '  3:   one', '  9: three', '', 'fork try-a (PYI) • b.ts:', '  1: two', '',
  ].join('\n'));
});

test('a document tells that the limit was reached, and shows hostile text as text', () => {
  const text = searchDocument({ text: 'x', regex: false, matchCase: false }, { matches: [match('\u202egnp.exe', 1, '\u001b[2Jx')], complete: false }, 'Searched: here', undefined);
  assert.match(text, /there are more/);
  assert.ok(text.includes('\n\\u{202e}gnp.exe:\n  1: \\e[2Jx\n'));
  assert.equal(text.includes('# Flags'), false);
});
