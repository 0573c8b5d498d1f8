import { setTimeout as pause } from 'node:timers/promises';

const POLL_MILLIS = 50;
const LIMIT_MILLIS = 30_000;

/** Asks until there is an answer; for what no event tells, such as another process or a file. Throws when time is up. */
export async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined, limitMillis = LIMIT_MILLIS): Promise<T> {
  const deadline = Date.now() + limitMillis;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`Not within ${limitMillis / 1000} s: ${what}`);
    await pause(POLL_MILLIS);
  }
}

/** For the effect of something that was done, before it is done again. */
const EFFECT_MILLIS = 5_000;
const TRIES_MILLIS = 60_000;

/**
 * Does something until it has had its effect. An editor loses a click on what it draws anew, and closes a box when something else takes
 * the focus; a person would do it again, and so does this. Only for what does no harm when it is done twice.
 */
export async function doUntil(what: string, act: () => Promise<void>, isDone: () => Promise<boolean> | boolean): Promise<void> {
  let failure: unknown;
  try {
    await until(what, async () => {
      await act().catch((error: unknown) => {
        failure = error;
      });
      return until(what, async () => await isDone() || undefined, EFFECT_MILLIS).catch(() => undefined);
    }, TRIES_MILLIS);
  } catch (error) {
    throw new Error(`${String(error)}; last: ${String(failure)}`, { cause: error });
  }
}
