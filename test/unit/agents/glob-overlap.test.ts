import assert from 'node:assert/strict';
import test from 'node:test';
import { globsOverlap } from '../../../server/agents/glob-overlap.ts';
import { chosenBy } from '../../../server/operations/globs.ts';
import { SeededRandom } from '../../support/random.ts';
import type { BytePath } from '../../../protocol/paths.ts';

test('globs that can match the same path overlap, others do not', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['src/**', 'src/parser/a.ts', true], ['src/*.ts', 'src/a.ts', true], ['src/*.ts', 'src/a.js', false], ['src/*.ts', 'src/deep/a.ts', false],
    ['**/*.md', 'docs/guide.md', true], ['**/*.md', 'docs/**', true], ['src', 'src/deep/a.ts', true], ['src', 'srcs/a.ts', false], ['a?c', 'abc', true],
    ['a?c', 'ac', false], ['[ab].txt', 'b.txt', true], ['docs/**', 'src/**', false], ['**', 'anything/at/all', true], ['a*b*c', 'axxbyyc', true], ['a*b', 'c*b', false],
    ['test/**/unit', 'test/unit', true], ['src/\\*.ts', 'src/a.ts', false], ['src/\\*.ts', 'src/*.ts', true],
  ];
  for (const [one, other, expected] of cases) {
    assert.equal(globsOverlap(one, other), expected, `${one} and ${other}`);
    assert.equal(globsOverlap(other, one), expected, `${other} and ${one}`);
  }
});

test('no overlap is missed: whatever path two random globs both match, they are said to overlap', () => {
  const random = new SeededRandom(7);
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
  const segment = (): string => Array.from({ length: 1 + random.below(3) }, () => pick(['a', 'b', '*', '?'])).join('').replace(/\*+/g, '*');
  const glob = (): string => Array.from({ length: 1 + random.below(3) }, () => (random.below(4) === 0 ? '**' : segment())).join('/');
  const path = (): BytePath => Array.from({ length: 1 + random.below(3) }, () => Array.from({ length: 1 + random.below(3) }, () => pick(['a', 'b'])).join('')).join('/') as BytePath;
  let both = 0;
  for (let round = 0; round < 3000; round++) {
    const [one, other] = [glob(), glob()];
    for (let n = 0; n < 10; n++) {
      const file = path();
      if (!chosenBy([one])(file) || !chosenBy([other])(file)) continue;
      both++;
      assert.ok(globsOverlap(one, other), `${one} and ${other} both match ${file}`);
    }
  }
  assert.ok(both > 500, `the globs have met (${both})`);
});
