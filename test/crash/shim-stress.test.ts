import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { FrontPlace } from '../support/front-place.ts';
import { SeededRandom } from '../support/random.ts';
import { MovingNumbers } from './stress/moving.ts';
import { StillMoments } from './stress/still.ts';
import { Verdicts } from './stress/verdicts.ts';

/**
 * Many processes change repositories at random while others ask the compiled front: no answer may be of the time before a change that was complete
 * when the question began. Both tests run at once, with one server. `PYI_MINUTES` is how long; `PYI_SEED` begins elsewhere.
 */
const MINUTES = Number(process.env['PYI_MINUTES'] ?? 1);
const SEED = Number(process.env['PYI_SEED'] ?? 1);

/** Of the answers, the server must have given this share; on a machine with nothing else to do it gives a third. */
const LEAST_SHARE = 0.1;

let place: FrontPlace;

before(async () => {
  place = await FrontPlace.open();
});
after(async () => place.close());

function clock(): () => boolean {
  const end = performance.now() + MINUTES * 60_000;
  return () => performance.now() > end;
}

function judge(t: TestContext, verdicts: Verdicts, leastShare: number): void {
  t.diagnostic(`seed ${SEED}: ${verdicts.line}`);
  t.diagnostic(`never answered: ${verdicts.unanswered.join(', ') || 'none'}`);
  assert.equal(verdicts.wrong.join('\n\n'), '');
  assert.ok(verdicts.share >= leastShare, `only ${(100 * verdicts.share).toFixed(1)} % were answered by the server: this proves little`);
}

describe('under many writers', { concurrency: true }, () => {
  test('an answer right after changes is the one that git gives in the still repository', async (t) => {
    const verdicts = new Verdicts();
    const moments = new StillMoments(place, new SeededRandom(SEED), verdicts);
    await moments.runUntil(clock());
    await moments.close();
    judge(t, verdicts, LEAST_SHARE);
  });

  test('an answer while something changes is of a moment between question and answer', async (t) => {
    const verdicts = new Verdicts();
    const numbers = new MovingNumbers(place, new SeededRandom(SEED), verdicts);
    await numbers.runUntil(clock());
    await numbers.close();
    judge(t, verdicts, LEAST_SHARE);
    assert.ok(verdicts.raced > 0, 'none was answered while something changed');
  });
});

test('the server counts as answered what the front printed', async (t) => {
  const { commands, faults } = await place.compat();
  const [hits, misses, delegated] = (['hits', 'misses', 'delegated'] as const).map((key) => commands.reduce((sum, command) => sum + command[key], 0));
  t.diagnostic(`the server: ${hits} answered, ${misses} not known, ${delegated} left to git`);
  assert.ok((hits ?? 0) > 0);
  assert.deepEqual(faults, []);
});
