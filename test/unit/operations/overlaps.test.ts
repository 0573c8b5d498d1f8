import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BytePath } from '../../../protocol/paths.ts';
import type { Branch } from '../../../protocol/values.ts';
import type { Fork } from '../../../server/engine/state.ts';
import type { PathChange } from '../../../server/operations/change-sets.ts';
import { Overlaps } from '../../../server/operations/overlaps.ts';
import type { Sibling } from '../../../server/operations/overlaps.ts';
import { SeededRandom } from '../../support/random.ts';

const SEED = Number(process.env['PYI_SEED'] ?? 1);

function sibling(id: string, contents: Readonly<Record<string, string>>, state: Fork['state'] = 'live'): Sibling {
  const paths = new Map<BytePath, PathChange>(Object.entries(contents).map(([path, content]) => [path as BytePath, { change: 'changed', content }]));
  return { fork: { id, state } as Fork, changes: { paths, conflicts: [], counts: { added: 0, changed: paths.size, deleted: 0, conflicts: 0 }, bytes: 0 } };
}

/** The same, pair by pair. */
function plainly(siblings: readonly Sibling[], one: Sibling): Branch['overlaps'] {
  const shared: { fork: string; paths: number }[] = [];
  const paths = new Set<string>();
  for (const other of siblings) {
    if (other === one || other.fork.state !== 'live') continue;
    const common = [...one.changes.paths].filter(([path, { content }]) => other.changes.paths.has(path) && other.changes.paths.get(path)?.content !== content);
    for (const [path] of common) paths.add(path);
    if (common.length > 0) shared.push({ fork: other.fork.id, paths: common.length });
  }
  return { siblings: shared.length, paths: paths.size, worst: shared.sort((a, b) => b.paths - a.paths).slice(0, 5) };
}

describe('overlaps', () => {
  test('are what comparing every pair says', () => {
    const random = new SeededRandom(SEED);
    for (let round = 0; round < 60; round++) {
      const files = random.integer(1, 12);
      const siblings = Array.from({ length: random.integer(0, 15) }, (_, n) => sibling(
        `fork ${n}`,
        Object.fromEntries(Array.from({ length: random.below(files + 1) }, () => [`f${random.below(files)}`, random.pick(['x', 'y', 'z', ''])])),
        random.chance(0.8) ? 'live' : 'discarded'));
      const overlaps = new Overlaps(siblings);
      // Twice: what was counted for one fork may not show in another's.
      for (const one of [...siblings, ...siblings]) assert.deepEqual(overlaps.of(one.fork), plainly(siblings, one), `round ${round} (seed ${SEED})`);
    }
  });

  test('a fork that is none of the siblings meets nobody', () => {
    assert.deepEqual(new Overlaps([sibling('a', { f: 'x' })]).of({ id: 'b' } as Fork), { siblings: 0, paths: 0, worst: [] });
  });

  test('forks that all rewrite the same files cost what one file costs', () => {
    const siblings = Array.from({ length: 200 }, (_, n) => sibling(`fork ${n}`, Object.fromEntries(Array.from({ length: 500 }, (__, file) => [`f${file}`, `of ${n}`]))));
    const overlaps = new Overlaps(siblings);
    const started = performance.now();
    for (const { fork } of siblings) assert.deepEqual([overlaps.of(fork).siblings, overlaps.of(fork).paths], [199, 500]);
    // Twenty million pairs one by one take seconds.
    assert.ok(performance.now() - started < 1000);
  });
});
