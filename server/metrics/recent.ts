import { Histogram } from './histogram.ts';

const SLOT_MICROS = 5_000_000;
const SLOTS = 12;

interface Slot {
  /** Which five seconds of all time it has counted last. */
  turn: number;
  readonly histogram: Histogram;
}

/** Distribution of the values of the last minute: twelve histograms of five seconds each, which take turns. Constant memory. */
export class RecentHistogram {
  /** Made when they are first used: most operations are rare. */
  readonly #slots: (Slot | undefined)[] = [];

  /** `now` in monotonic microseconds. */
  record(value: number, now: number): void {
    const turn = turnAt(now);
    let slot = this.#slots[turn % SLOTS];
    if (slot === undefined) {
      slot = { turn, histogram: new Histogram() };
      this.#slots[turn % SLOTS] = slot;
    } else if (slot.turn !== turn) {
      slot.histogram.clear();
      slot.turn = turn;
    }
    slot.histogram.record(value);
  }

  /** What was recorded since {@link recentSince}. */
  merged(now: number): Histogram {
    const merged = new Histogram();
    const oldest = turnAt(now) - SLOTS + 1;
    for (const slot of this.#slots) if (slot !== undefined && slot.turn >= oldest) merged.add(slot.histogram);
    return merged;
  }
}

/** When the time began that counts as recent, in the same microseconds: 55 to 60 s ago. */
export function recentSince(now: number): number {
  return (turnAt(now) - SLOTS + 1) * SLOT_MICROS;
}

function turnAt(now: number): number {
  return Math.floor(now / SLOT_MICROS);
}
