import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleText, findTexts, keyProblems, manifestKeys, translationProblems } from '../../../scripts/translations.ts';

test('texts are found wherever t is called, also in what a call gives', () => {
  const source = "const a = t('Fork {0}', t('Try \\'again\\'')); class B { c = () => other('no') + t(`plain`); } /* t('comment') */";
  assert.deepEqual(findTexts('x.ts', source), { keys: ['Fork {0}', "Try 'again'", 'plain'], problems: [] });
});

test('a text that is no literal is a problem with its place', () => {
  const { keys, problems } = findTexts('x.ts', "t('a');\nt('b' + c);\nt(`d ${e}`);\nt(f ? 'g' : 'h');\nt();");
  assert.deepEqual(keys, ['a']);
  assert.deepEqual(problems.map((problem) => problem.split(':').slice(0, 2).join(':')), ['x.ts:2', 'x.ts:3', 'x.ts:4', 'x.ts:5']);
});

test('placeholders have to be the values that the call gives', () => {
  assert.deepEqual(findTexts('x.ts', "t('{1} of {0}', a, b); t('{0} {0}', a); t('{0}', ...all)").problems, []);
  const { problems } = findTexts('x.ts', "t('{0}'); t('no', a); t('{1}', a)");
  assert.equal(problems.length, 3);
  assert.match(problems[0] ?? '', /^x\.ts:1: the text has \{0\}, the call gives 0 values: "\{0\}"$/);
});

test('a translation has every text, no other, and the same placeholders and commands', () => {
  const texts = { 'a {0}': 'a {0}', b: 'b', c: '[Start](command:pyi.a)', d: 'd' };
  assert.deepEqual(translationProblems('de', texts, { 'a {0}': '{0} A', b: 'B', c: '[Los](command:pyi.a)', d: 'D' }), []);
  assert.deepEqual(translationProblems('de', texts, { 'a {0}': 'A', b: ' ', c: '[Los](command:pyi.b)', old: 'Alt' }), [
    'de lacks "d"',
    'de has nothing where the text has {0}: "a {0}"',
    'de leaves "b" empty',
    'de has command:pyi.b where the text has command:pyi.a: "c"',
    'de has a text that nothing says any more: "old"',
  ]);
});

test('a manifest and its texts name the same keys', () => {
  const used = manifestKeys('{"title": "%command.a%", "other": "100 % b %", "view": "%view.c%"}');
  assert.deepEqual(used, ['command.a', 'view.c']);
  assert.deepEqual(keyProblems('nls', used, { 'command.a': 'A', 'view.d': 'D' }), ['nls lacks "view.c"', 'nls has "view.d", which nothing uses']);
});

test('a bundle is written sorted', () => {
  assert.equal(bundleText({ b: '2', a: '1' }), '{\n  "a": "1",\n  "b": "2"\n}\n');
});
