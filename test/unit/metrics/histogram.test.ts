import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Histogram } from '../../../server/metrics/histogram.ts';
import { MetricsRegistry } from '../../../server/metrics/registry.ts';

/** The exact percentile of a sorted list, as the histogram defines it. */
function exact(sorted: readonly number[], share: number): number {
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
}

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= expected * 0.032 + 0.1, `${actual} is not within 3.2 % of ${expected}`);
}

describe('Histogram', () => {
  it('has zeros while it is empty', () => {
    assert.deepEqual(new Histogram().percentiles(), { count: 0, p50: 0, p95: 0, p99: 0, max: 0 });
  });

  it('tells a single value back', () => {
    const histogram = new Histogram();
    histogram.record(17.3);
    assert.deepEqual(histogram.percentiles(), { count: 1, p50: 17.3, p95: 17.3, p99: 17.3, max: 17.3 });
  });

  for (const scale of [1, 1000, 1e6, 1e9]) {
    it(`is within 3.2 % of the exact percentiles for values up to ${scale}`, () => {
      const histogram = new Histogram();
      // Long-tailed like latencies; the same values each time.
      const values = Array.from({ length: 5000 }, (_, index) => scale * ((index + 1) / 5000) ** 6);
      for (const value of values) histogram.record(value);
      for (const share of [0.01, 0.5, 0.9, 0.95, 0.99, 0.999]) assertNear(histogram.percentile(share), exact(values, share));
      assert.equal(histogram.max, scale);
      assertNear(histogram.sum, values.reduce((sum, value) => sum + value, 0));
    });
  }

  it('rises with the share, whatever bucket borders lie between', () => {
    const histogram = new Histogram();
    for (let bits = 0; bits < 40; bits++) for (const step of [-0.1, 0, 0.1]) histogram.record(2 ** bits + step);
    let last = 0;
    for (let share = 0; share <= 1; share += 0.001) {
      const value = histogram.percentile(share);
      assert.ok(value >= last, `percentile ${share} fell from ${last} to ${value}`);
      last = value;
    }
  });

  it('counts negative values as zero and values without a bucket in the last one', () => {
    const histogram = new Histogram();
    histogram.record(-5);
    assert.equal(histogram.percentile(1), 0);
    histogram.record(1e300);
    histogram.record(Number.NaN);
    assert.equal(histogram.count, 3);
    assert.ok(histogram.percentile(1) > 1e12);
    assert.equal(histogram.max, 1e300);
  });
});

describe('MetricsRegistry', () => {
  it('keeps one histogram a name and lists those with values in order', () => {
    const registry = new MetricsRegistry({ now: () => 0, micros: () => 0 });
    registry.record('rewind', 2);
    registry.record('checkpoint', 1);
    registry.record('checkpoint', 3);
    const snapshot = registry.snapshot();
    assert.deepEqual(Object.keys(snapshot), ['checkpoint', 'rewind']);
    assert.deepEqual(snapshot.checkpoint, { count: 2, p50: 1, p95: 3, p99: 3, max: 3 });
  });
});
