import type { Clock } from '../engine/ports.ts';
import type { Percentiles } from './histogram.ts';
import { Histogram } from './histogram.ts';
import { RecentHistogram, recentSince } from './recent.ts';

interface Metric {
  readonly total: Histogram;
  readonly recent: RecentHistogram;
}

/** The histograms of one store, by name. Names come from code, never from a caller: each one costs memory. */
export class MetricsRegistry {
  readonly #clock: Clock;
  readonly #started: number;
  readonly #metrics = new Map<string, Metric>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#started = clock.micros();
  }

  record(name: string, value: number): void {
    let metric = this.#metrics.get(name);
    if (metric === undefined) {
      metric = { total: new Histogram(), recent: new RecentHistogram() };
      this.#metrics.set(name, metric);
    }
    metric.total.record(value);
    metric.recent.record(value, this.#clock.micros());
  }

  /** Times work that succeeds, in microseconds: a refusal says nothing of how long the work takes. */
  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = this.#clock.micros();
    const result = await work();
    this.record(name, this.#clock.micros() - started);
    return result;
  }

  /** Percentiles of every histogram that has values, in the order of their names. */
  snapshot(): Record<string, Percentiles> {
    return this.#percentiles(({ total }) => total);
  }

  /** The same of the last minute, and how many seconds of it there have been. */
  recent(): { readonly seconds: number; readonly latencies: Record<string, Percentiles> } {
    const now = this.#clock.micros();
    const seconds = (now - Math.max(this.#started, recentSince(now))) / 1_000_000;
    return { seconds: Math.round(seconds * 10) / 10, latencies: this.#percentiles(({ recent }) => recent.merged(now)) };
  }

  #percentiles(histogramOf: (metric: Metric) => Histogram): Record<string, Percentiles> {
    const named = Array.from(this.#metrics, ([name, metric]) => [name, histogramOf(metric)] as const).filter(([, histogram]) => histogram.count > 0);
    return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, histogram]) => [name, histogram.percentiles()]));
  }
}
