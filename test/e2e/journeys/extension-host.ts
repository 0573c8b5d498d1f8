import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import type { Journey } from '../harness/journeys.ts';
import { bundleSuite, readOutcomes, suiteNames, suiteWindow } from '../harness/suites.ts';

const SUITE_MILLIS = 90_000;

/** Each suite of `test/e2e/suite/`, in a window and a repository of its own. */
export const journey: Journey = {
  title: 'in the extension host',
  versions: ['newest', 'oldest'],
  define(session) {
    for (const name of suiteNames()) {
      test(name, async (context) => {
        const { place, workbench } = session;
        rmSync(place.outcomes, { force: true });
        const exit = await workbench.runSuite(await session.newPage(), await bundleSuite(name), suiteWindow(name, place), SUITE_MILLIS);
        const outcomes = readOutcomes(place);
        assert.ok(outcomes, `the suite ended without an outcome: ${String(exit)}`);
        for (const { title, error } of outcomes) {
          await context.test(title, () => {
            if (error !== null) throw new Error(error);
          });
        }
        assert.equal(exit, 0);
      });
    }
  },
};
