import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, describe, it } from 'node:test';
import { fingerprint, similarity } from '../../server/engine/tree/similarity.ts';
import { GitRepository } from '../support/git-repository.ts';
import { SeededRandom } from '../support/random.ts';

/** Lines of random words, some long, some ending in CR LF. */
function randomText(random: SeededRandom, lines: number): string[] {
  return Array.from({ length: lines }, () => random.bytes(random.below(50)).toString('hex').slice(random.below(8)) + (random.chance(0.2) ? '\r' : ''));
}

describe('similarity and git diff -M', () => {
  const repository = GitRepository.create();
  after(() => repository.remove());

  it('give every pair of files the same percentage', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new SeededRandom(seed);
      const lines = randomText(random, 20 + random.below(200));
      const share = random.next() * 0.6;
      // Every line ends: git before 2.44 does not count a last one that does not.
      const before = Buffer.from(`${lines.join('\n')}${seed % 4 === 0 ? '\0binary' : ''}\n`);
      const later = Buffer.from(lines.map((line) => (random.chance(share) ? `${line}${random.below(100)}` : line)).slice(random.below(10)).concat('').join('\n'));
      assert.equal(Math.floor(similarity(fingerprint(before), fingerprint(later)) * 100), gitSimilarity(repository, before, later), `seed ${seed}`);
    }
  });
});

function gitSimilarity(repository: GitRepository, before: Buffer, later: Buffer): number {
  const trees = [['a', before], ['b', later]] as const;
  const [from, to] = trees.map(([name, content]) => {
    for (const old of ['a', 'b']) fs.rmSync(path.join(repository.root, old), { force: true });
    fs.writeFileSync(path.join(repository.root, name), content);
    repository.git(['add', '-A']);
    return String(repository.git(['write-tree'])).trim();
  });
  const output = String(repository.git(['diff-tree', '-r', '-M1%', from ?? '', to ?? '']));
  return Number(/\sR(\d+)\s/.exec(output)?.[1] ?? 0);
}
