import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MetricsRegistry } from '../../../server/metrics/registry.ts';

class Clock {
  seconds = 0;
  now(): number {
    return this.seconds * 1000;
  }
  micros(): number {
    return this.seconds * 1_000_000;
  }
}

describe('MetricsRegistry: the last minute', () => {
  it('forgets what is older, while the total keeps it', () => {
    const clock = new Clock();
    const metrics = new MetricsRegistry(clock);
    metrics.record('rewind', 10);
    clock.seconds = 50;
    metrics.record('rewind', 20);
    assert.deepEqual(metrics.recent().latencies['rewind'], metrics.snapshot()['rewind']);
    clock.seconds = 61;
    assert.deepEqual(metrics.recent().latencies['rewind'], { count: 1, p50: 20, p95: 20, p99: 20, max: 20 });
    clock.seconds = 200;
    assert.deepEqual(metrics.recent().latencies, {});
    assert.equal(metrics.snapshot()['rewind']?.count, 2);
  });

  it('says how many seconds it covers: since the start at first, then 55 to 60', () => {
    const clock = new Clock();
    clock.seconds = 1003;
    const metrics = new MetricsRegistry(clock);
    clock.seconds = 1010;
    assert.equal(metrics.recent().seconds, 7);
    for (clock.seconds = 1100; clock.seconds < 1120; clock.seconds += 0.7) {
      const { seconds } = metrics.recent();
      assert.ok(seconds >= 55 && seconds <= 60, String(seconds));
      metrics.record('x', 1);
    }
  });

  it('counts every value of the seconds that it covers, however often its slots were used before', () => {
    const clock = new Clock();
    const metrics = new MetricsRegistry(clock);
    const times: number[] = [];
    for (; clock.seconds < 300; clock.seconds += 0.25) {
      metrics.record('x', 5);
      times.push(clock.seconds);
      const { seconds, latencies } = metrics.recent();
      assert.equal(latencies['x']?.count, times.filter((time) => time >= clock.seconds - seconds).length);
    }
  });

  it('times work that succeeds, and not what fails', async () => {
    const clock = new Clock();
    const metrics = new MetricsRegistry(clock);
    assert.equal(await metrics.time('x', async () => {
      clock.seconds += 2;
      return 'done';
    }), 'done');
    await assert.rejects(metrics.time('x', () => Promise.reject(new Error('no'))));
    assert.deepEqual(metrics.snapshot(), { x: { count: 1, p50: 2_000_000, p95: 2_000_000, p99: 2_000_000, max: 2_000_000 } });
  });
});
