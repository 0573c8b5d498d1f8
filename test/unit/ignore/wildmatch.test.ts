import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Wildmatch } from '../../../server/worktree/ignore/wildmatch.ts';

function matches(pattern: string, text: string, ignoreCase = false): boolean {
  return Wildmatch.compile(pattern, ignoreCase)?.matches(text) ?? false;
}

test('a star stays in its component, a double star does not', () => {
  assert.ok(matches('a*c', 'abbc'));
  assert.ok(matches('*', ''));
  assert.ok(!matches('a*c', 'a/c'));
  assert.ok(!matches('*', 'a/b'));
  assert.ok(matches('a/**/c', 'a/c'));
  assert.ok(matches('a/**/c', 'a/b/b/c'));
  assert.ok(!matches('a/**/c', 'a/bc'));
  assert.ok(matches('a/**', 'a/b/c'));
  assert.ok(!matches('a/**', 'a'));
  assert.ok(!matches('a**c', 'a/c'), '** inside a component is a star');
  assert.ok(matches('**/*b/*c', 'x/b/b/c'), 'a later start of ** is tried');
  assert.ok(matches('**/**/c', 'a/b/c'));
});

test('a double star before an escaped slash takes components, but at least the slash', () => {
  assert.ok(matches('a/**\\/c', 'a/b/b/c'));
  assert.ok(!matches('a/**\\/c', 'a/c'));
});

test('classes: members, ranges, names, negation, brackets in odd places', () => {
  assert.ok(matches('[a-c]', 'b'));
  assert.ok(matches('[]a]', ']'));
  assert.ok(matches('[a-]', '-'));
  assert.ok(matches('[!a]', 'b') && matches('[^a]', 'b') && !matches('[!a]', 'a'));
  assert.ok(!matches('[!a]', '/'));
  assert.ok(matches('[[:digit:]x]', '7') && matches('[[:digit:]x]', 'x'));
  assert.ok(matches('[\\]]', ']'));
  assert.ok(matches('[\x80-\xff]', '\xe9'));
  assert.ok(matches('[[:space:]]', '\t') && !matches('[[:space:]]', '\x0b'), 'git knows no vertical tab');
});

test('a malformed pattern matches nothing', () => {
  for (const pattern of ['[a', '[', '[]', '[!]', 'a\\', '[[:nope:]]', '[[:alpha:', '[a-\\']) {
    assert.equal(Wildmatch.compile(pattern, false), undefined, pattern);
  }
});

test('ignoring case folds literals and ranges, but not escaped or single members, as git does', () => {
  assert.ok(matches('FOO*', 'foobar', true));
  assert.ok(matches('[A-C]', 'b', true));
  assert.ok(matches('[[:upper:]]', 'b', true));
  assert.ok(!matches('[B]', 'b', true));
  assert.ok(!matches('\\B*', 'b', true));
});

test('pathological patterns take polynomial time and no stack', () => {
  const started = performance.now();
  assert.ok(!matches('*a'.repeat(60) + 'b', 'a'.repeat(255)));
  assert.ok(!matches('**/a/'.repeat(100) + 'b', 'a/'.repeat(1000) + 'a'));
  assert.ok(!matches('**/*a*/'.repeat(60) + 'b', 'aaaa/'.repeat(400) + 'a'));
  assert.ok(!matches('*/'.repeat(1500) + 'b', 'a/'.repeat(2000) + 'a'));
  assert.ok(matches('*?'.repeat(2000), 'a'.repeat(4000)));
  assert.ok(matches('**/'.repeat(100_000) + 'a', 'a'));
  assert.ok(performance.now() - started < 5000, 'exponential matching would not end at all');
});
