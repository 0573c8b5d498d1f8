import assert from 'node:assert/strict';
import { availableParallelism, loadavg } from 'node:os';

/** Figures that a run measured, with the limits of the issue. */

export interface Limit {
  readonly limit: number;
  /** Whether more is better, as with frames. */
  readonly atLeast?: boolean;
}

/** How far beyond its limit a figure fails a run: the machine that measures does other things too. */
const GROSS = 2;

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

/** Prints a figure: the middle and the bad end of what was measured. Returns whether it misses its limit grossly. */
export function reportFigure(name: string, unit: string, values: readonly number[], { limit, atLeast = false }: Limit): boolean {
  const middle = percentile(values, 0.5);
  const bad = percentile(values, atLeast ? 0.05 : 0.95);
  const missed = atLeast ? bad < limit : bad > limit;
  const spread = `p50 ${middle.toFixed(1)}, ${atLeast ? 'p5' : 'p95'} ${bad.toFixed(1)} ${unit} of ${values.length}`;
  console.log(`figure: ${name}: ${spread} (${atLeast ? 'at least' : 'at most'} ${limit})${missed ? ' MISSED' : ''}`);
  return atLeast ? middle < limit / GROSS : middle > limit * GROSS;
}

/**
 * Fails for figures that were far over their limits. Not where twice as much wants to run as there are processors, which the tests
 * alone never do: what others do would be measured. That is said.
 */
export function assertFigures(gross: readonly string[]): void {
  const [load = 0] = loadavg();
  if (gross.length > 0 && load > 2 * availableParallelism()) console.log(`figure: NOT JUDGED at a load of ${load.toFixed(1)}: ${gross.join(', ')}`);
  else assert.deepEqual(gross, [], 'far over their limits');
}
