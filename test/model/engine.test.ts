import { describe, it } from 'node:test';
import { step } from './actions.ts';
import { Driver } from './driver.ts';
import { MemorySubject, SegmentSubject } from './subject.ts';
import type { Subject } from './subject.ts';

/** Steps of each run: PYI_TEST_STEPS lengthens them. PYI_TEST_SEED repeats the run that failed. */
const STEPS = Number(process.env['PYI_TEST_STEPS'] ?? 2500);
const SEED = process.env['PYI_TEST_SEED'];
const CHECK_EVERY = 10;
const COLLECT_EVERY = 200;

async function run(subject: Subject, seed: number, steps: number): Promise<void> {
  let at = 0;
  try {
    const driver = new Driver(subject, seed);
    for (at = 1; at <= steps; at++) {
      await step(driver);
      if (at % CHECK_EVERY === 0) driver.check(false);
      if (at % COLLECT_EVERY === 0) {
        driver.check(true);
        driver.collectAll();
        driver.check(true);
      }
    }
    await driver.reopen();
    driver.check(true);
  } catch (error) {
    throw new Error(`seed ${seed}, step ${at}: repeat with PYI_TEST_SEED=${seed}`, { cause: error });
  }
}

const seeds = (count: number): number[] => (SEED === undefined ? Array.from({ length: count }, (_, n) => n + 1) : [Number(SEED)]);

describe('the engine agrees with plain maps through random operations, restarts, full disks and collections', () => {
  for (const seed of seeds(8)) it(`in memory, seed ${seed}`, () => run(new MemorySubject(), seed, STEPS));
  for (const seed of seeds(4)) it(`on segments, seed ${seed}`, () => run(new SegmentSubject(), seed, STEPS));
});
