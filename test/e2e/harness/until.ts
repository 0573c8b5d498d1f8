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
