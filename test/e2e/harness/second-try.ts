import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Session } from './session.ts';

/** Declares a test of a journey, as `test` of node:test does. */
export type JourneyTest = (title: string, body: (context: TestContext) => Promise<void> | void) => void;

/** In all journeys of a version: more is no accident of a slow machine. */
const SECOND_TRIES = 2;

/** scripts/test-counter.mjs collects what begins like this, and the end of the run shows it. */
const MARK = 'SECOND TRY';

/**
 * A journey drives an editor that others wrote, on a machine that does other things too: a widget that closes while it is clicked is
 * no fault of ours. What fails is tried once more, in new windows and on repositories made anew. It is never hidden: what the first
 * try ended with is printed at the end of the whole run. Not when journeys are named (`PYI_E2E_ONLY`): who works on one wants to see it fail.
 */
export function withSecondTry(session: Session): JourneyTest {
  let left = process.env['PYI_E2E_ONLY'] === undefined ? SECOND_TRIES : 0;
  return (title, body) => {
    void test(title, async (context) => {
      const before = session.place.entries();
      try {
        return await body(context);
      } catch (error) {
        if (left === 0) throw error;
        left -= 1;
        context.diagnostic(`${MARK} of "${title}", after: ${String(error)}`);
        await session.closePages();
        session.place.removeAllBut(before);
      }
      return body(context);
    });
  };
}
