import type { Spread } from './rows.ts';

/** A state that was timed is not what it should be. Ends the run. */
export class VerificationError extends Error {}

/** @throws VerificationError */
export function verify(holds: boolean, what: string): asserts holds {
  if (!holds) throw new VerificationError(what);
}

export interface Measured {
  /** Operations that are timed. */
  readonly count: number;
  /** Operations before them, so that what is timed is compiled and its caches are filled. */
  readonly warmup: number;
}

/** Microseconds since some moment: fine enough for what takes one. */
export function micros(): number {
  return performance.now() * 1000;
}

/** Every operation is timed on its own. `prepare` is not timed. Both get the number of the operation, warm-up included. */
export function measure({ count, warmup }: Measured, run: (i: number) => void, prepare: (i: number) => void = () => undefined): Spread {
  const times = new Float64Array(count);
  for (let i = 0; i < warmup; i++) {
    prepare(i);
    run(i);
  }
  collectGarbage();
  for (let i = 0; i < count; i++) {
    prepare(warmup + i);
    const started = performance.now();
    run(warmup + i);
    times[i] = (performance.now() - started) * 1000;
  }
  return spreadOf(times);
}

/** As {@link measure}, for what has to be awaited. One at a time. */
export async function measureAsync(
  { count, warmup }: Measured, run: (i: number) => Promise<void>, prepare: (i: number) => Promise<void> | void = () => undefined,
): Promise<Spread> {
  const times = new Float64Array(count);
  for (let i = 0; i < warmup; i++) {
    await prepare(i);
    await run(i);
  }
  collectGarbage();
  for (let i = 0; i < count; i++) {
    await prepare(warmup + i);
    const started = performance.now();
    await run(warmup + i);
    times[i] = (performance.now() - started) * 1000;
  }
  return spreadOf(times);
}

/** Several ways to do the same, each timed in turn, so that what the machine does meanwhile meets all of them alike. */
export async function measureInTurns(
  { count, warmup }: Measured, ways: readonly ((i: number) => Promise<void>)[], prepare: (i: number) => Promise<void> | void = () => undefined,
): Promise<Spread[]> {
  const times = ways.map(() => new Float64Array(count));
  for (let i = 0; i < warmup + count; i++) {
    for (const [way, run] of ways.entries()) {
      await prepare(i);
      collectGarbage();
      const started = performance.now();
      await run(i);
      if (i >= warmup) (times[way] as Float64Array)[i - warmup] = (performance.now() - started) * 1000;
    }
  }
  return times.map(spreadOf);
}

export function spreadOf(times: Float64Array): Spread {
  const sorted = times.slice().sort();
  // Nearest rank: a percentile is a time that was measured.
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { n: sorted.length, min: at(0), p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Microseconds to another unit. */
export function scaled(spread: Spread, divisor: number): Spread {
  const { n, min, p50, p95, p99 } = spread;
  return { n, min: min / divisor, p50: p50 / divisor, p95: p95 / divisor, p99: p99 / divisor };
}

export const MILLIS = 1_000;
export const SECONDS = 1_000_000;

/** What earlier work left behind is not the next measurement's to clear up. Garbage of the operations themselves is. */
export function collectGarbage(): void {
  globalThis.gc?.();
}
