import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { LineMatch, SearchPattern } from '../../../server/operations/line-search.ts';
import { LineSearch } from '../../../server/operations/line-search.ts';

function search(text: string, pattern: Partial<SearchPattern> & { readonly text: string }, limit = 100): LineMatch[] {
  return new LineSearch({ regex: false, matchCase: false, ...pattern }).run([{ text, line: 1 }], limit)[0] ?? [];
}

const places = (matches: readonly LineMatch[]): string[] => matches.map(({ line, column, length }) => `${line}:${column}+${length}`);

describe('searching lines', () => {
  test('text is taken as it is, whatever it would mean in an expression', () => {
    const text = 'a.b\n(x) [y] {z} ^$ * + ? | / \\ - end\naxb\n';
    for (const part of ['a.b', '(x)', '[y]', '{z}', '^$', '* + ? | / \\ -']) assert.equal(search(text, { text: part }).length, 1, part);
    assert.deepEqual(places(search(text, { text: 'a.b', regex: true })), ['1:1+3', '3:1+3']);
  });

  test('columns count UTF-16 units, and letters of any alphabet may be in any case', () => {
    assert.deepEqual(places(search('😀 Ärger\näRGER\n', { text: 'ärger' })), ['1:4+5', '2:1+5']);
    assert.deepEqual(places(search('😀 Ärger\näRGER\n', { text: 'ärger', matchCase: true })), []);
  });

  test('lines end with a newline; a carriage return before it is not part of the line', () => {
    assert.deepEqual(places(search('one\r\ntwo\r\n', { text: 'e$|o$', regex: true })), ['1:3+1', '2:3+1']);
    assert.deepEqual(places(search('no end', { text: 'end$', regex: true })), ['1:4+3']);
    assert.deepEqual(places(search('', { text: 'x' })), []);
  });

  test('an expression sees one line at a time, and what matches nothing is not shown', () => {
    assert.deepEqual(places(search('ab\ncd\n', { text: '[^x]+', regex: true })), ['1:1+2', '2:1+2']);
    assert.deepEqual(places(search('baab\n', { text: 'a*', regex: true })), ['1:2+2']);
    assert.deepEqual(places(search('😀a\n', { text: 'a*|q', regex: true })), ['1:3+1']);
  });

  test('line numbers go on from piece to piece, and the limit counts all of them', () => {
    const lines = new LineSearch({ text: 'x', regex: false, matchCase: true });
    const pieces = [{ text: 'x\nx x\n', line: 1 }, { text: 'x', line: 3 }, { text: 'xx', line: 7 }];
    assert.deepEqual(lines.run(pieces, 100).map(places), [['1:1+1', '2:1+1', '2:3+1'], ['3:1+1'], ['7:1+1', '7:2+1']]);
    assert.deepEqual(lines.run(pieces, 4).map(places), [['1:1+1', '2:1+1', '2:3+1'], ['3:1+1'], []]);
  });

  test('of a long line the part with the match is shown, and no half characters', () => {
    const line = `${'-'.repeat(5000)}needle${'='.repeat(5000)}`;
    const [match] = search(line, { text: 'needle' });
    assert.equal(match?.column, 5001);
    assert.equal(match.preview.length, 200);
    assert.equal(match.preview.indexOf('needle'), 60);
    assert.equal(search(`needle${'='.repeat(5000)}`, { text: 'needle' })[0]?.preview.indexOf('needle'), 0);
    assert.ok(search(`${'-'.repeat(5000)}needle`, { text: 'needle' })[0]?.preview.endsWith('needle'));
    const emoji = search(`x${'😀'.repeat(300)}needle${'😀'.repeat(300)}`, { text: 'needle' })[0]?.preview ?? '';
    assert.ok(/^(?:😀|needle)+$/u.test(emoji) && emoji.length >= 198, 'cut between characters');
    assert.equal(search('short needle', { text: 'needle' })[0]?.preview, 'short needle');
  });

  test('an expression sees the first 20,000 characters of a line, a text all of it', () => {
    const line = `${'-'.repeat(30_000)}needle`;
    assert.deepEqual(places(search(line, { text: 'needle' })), ['1:30001+6']);
    assert.deepEqual(places(search(line, { text: 'needle', regex: true })), []);
  });

  test('an expression that would never end is given up soon, and the next one is served', () => {
    const started = performance.now();
    assert.throws(() => search(`${'a'.repeat(50)}!`, { text: '^(a|a)*$', regex: true }), (error) => PyiError.is(error, 'INVALID_ARGUMENT') && /too long/.test(error.message));
    assert.ok(performance.now() - started < 10_000);
    assert.deepEqual(places(search('aa', { text: '^(a|a)*$', regex: true })), ['1:1+2']);
  });

  test('what is no expression, or no line, is refused', () => {
    for (const text of ['(', '[z-a]', '\\k<x>', 'a{2,1}']) assert.throws(() => search('', { text, regex: true }), (error) => PyiError.is(error, 'INVALID_ARGUMENT'), text);
    for (const text of ['a\nb', 'a\r']) assert.throws(() => search('', { text }), (error) => PyiError.is(error, 'INVALID_ARGUMENT'));
  });
});
