import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { bundleSuite, suiteNames } from '../harness/bundle.ts';
import type { Journey } from '../harness/journeys.ts';
import type { Place } from '../harness/place.ts';
import type { WindowOptions } from '../harness/workbench.ts';
import type { Outcome } from '../suite/run.ts';

const SUITE_MILLIS = 90_000;

/** Suites that need another window than one with a repository of two files. */
const WINDOWS: Readonly<Record<string, (place: Place) => WindowOptions>> = {};

/** Each suite of `test/e2e/suite/`, in a window and a repository of its own. */
export const journey: Journey = {
  title: 'in the extension host',
  versions: ['newest', 'oldest'],
  define(session) {
    for (const name of suiteNames()) {
      test(name, async (context) => {
        const { place, workbench } = session;
        const options = WINDOWS[name]?.(place) ?? { open: place.repository(`suite-${name}`) };
        rmSync(place.outcomes, { force: true });
        const exit = await workbench.runSuite(await session.newPage(), await bundleSuite(name), options, SUITE_MILLIS);
        assert.ok(existsSync(place.outcomes), `the suite ended without an outcome: ${String(exit)}`);
        const outcomes = JSON.parse(readFileSync(place.outcomes, 'utf8')) as Outcome[];
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
