import { TREND_MILLIS } from '../../webview/dashboard/contract.ts';
import type { Sample, TrendPoint } from '../../webview/dashboard/contract.ts';

/** How far back samples are kept, for an export. */
const KEPT_MILLIS = 10 * 60_000;
/** Of the samples in one slot, a trend shows the last: more would be drawn on one pixel. */
const SLOT_MILLIS = 5000;

/** What the dashboard saw of one store since the server opened it: a sample for each time that it looked. */
export class History {
  #samples: Sample[] = [];

  /** Oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Counts start anew when the server opens a store again, so what was before is forgotten then. */
  add(sample: Sample): void {
    const last = this.#samples.at(-1);
    const before = last === undefined || last.openedAt !== sample.openedAt ? [] : this.#samples;
    this.#samples = [...before.filter(({ time }) => time > sample.time - KEPT_MILLIS && time < sample.time), sample];
  }

  /** How the operations went that the last minutes saw. A rate is of the time between two samples. */
  trends(): Record<string, TrendPoint[]> {
    const last = this.#samples.at(-1);
    if (last === undefined) return {};
    const seen = this.#samples.filter(({ time }, index) => isLastOfSlot(time, this.#samples[index + 1]?.time) && time >= last.time - TREND_MILLIS);
    const names = new Set(seen.flatMap(({ recent }) => Object.keys(recent.latencies)));
    return Object.fromEntries(Array.from(names, (name) => [name, seen.map((sample, index) => trendPoint(name, seen[index - 1], sample))]));
  }
}

function isLastOfSlot(time: number, next: number | undefined): boolean {
  return next === undefined || Math.floor(time / SLOT_MILLIS) !== Math.floor(next / SLOT_MILLIS);
}

function trendPoint(name: string, before: Sample | undefined, sample: Sample): TrendPoint {
  const recent = sample.recent.latencies[name];
  const counted = before === undefined ? null : (sample.latencies[name]?.count ?? 0) - (before.latencies[name]?.count ?? 0);
  return {
    time: sample.time, p50: recent?.p50 ?? null, p95: recent?.p95 ?? null,
    perSecond: before === undefined || counted === null ? null : counted / ((sample.time - before.time) / 1000),
  };
}
