import type { Percentiles } from './histogram.ts';
import { Histogram } from './histogram.ts';

/** The histograms of one store or server, by name. Names come from code, never from a caller: each one costs memory. */
export class MetricsRegistry {
  readonly #histograms = new Map<string, Histogram>();

  histogram(name: string): Histogram {
    let histogram = this.#histograms.get(name);
    if (histogram === undefined) {
      histogram = new Histogram();
      this.#histograms.set(name, histogram);
    }
    return histogram;
  }

  /** Percentiles of every histogram that has values, in the order of their names. */
  snapshot(): Record<string, Percentiles> {
    const used = [...this.#histograms].filter(([, histogram]) => histogram.count > 0);
    return Object.fromEntries(used.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, histogram]) => [name, histogram.percentiles()]));
  }
}
