import type { TallyGroup } from './queries.ts';

export const QUARTER_HOUR = 15 * 60_000;
const HOUR = 4 * QUARTER_HOUR;
const DAY = 24 * HOUR;

/** How many checkpoints a quarter of an hour has. */
export interface QuarterCount {
  /** Milliseconds since 1970, a multiple of {@link QUARTER_HOUR}. */
  readonly start: number;
  readonly count: number;
}

/**
 * Counts by quarter hours, newest first, as counts by the days of a time zone. Every zone is off from UTC by a multiple of 15 minutes
 * today, whatever its daylight saving, so a day is whole quarter hours. Before that was so (Liberia until 1972), a quarter
 * hour counts for the day in which it begins, and the bounds of the day say the same.
 */
export function dayGroups(quarters: readonly QuarterCount[], timeZone: string): TallyGroup[] {
  const calendar = new LocalCalendar(timeZone);
  const groups: { key: string; count: number; after: number; before: number }[] = [];
  for (const { start, count } of quarters) {
    const last = groups.at(-1);
    if (last !== undefined && start >= last.after) last.count += count;
    else groups.push({ ...calendar.dayOf(start), count });
  }
  return groups;
}

/** The days of a time zone. A day lasts from the first quarter hour that has its date to the first that has a later one. */
class LocalCalendar {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23',
      year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
    });
  }

  dayOf(time: number): { key: string; after: number; before: number } {
    let key = this.#dateAt(time);
    let before = this.#startOf(next(key));
    // Clocks went back over midnight: the earlier date came twice, and the later one has begun already.
    while (before <= time) {
      key = next(key);
      before = this.#startOf(next(key));
    }
    return { key, after: this.#startOf(key), before };
  }

  /** The first quarter hour whose local date is `date` or later (a date that a zone has skipped has no time of its own). */
  #startOf(date: string): number {
    const midnight = Date.parse(`${date}T00:00:00Z`);
    const about = midnight - this.#offsetAt(midnight);
    let from = Math.floor(about / QUARTER_HOUR) * QUARTER_HOUR - 3 * HOUR;
    while (this.#dateAt(from) >= date) from -= DAY;
    while (this.#dateAt(from) < date) from += QUARTER_HOUR;
    return from;
  }

  #offsetAt(time: number): number {
    const part = this.#partsAt(time);
    return Date.UTC(Number(part['year']), Number(part['month']) - 1, Number(part['day']), Number(part['hour']), Number(part['minute']), Number(part['second'])) - time;
  }

  #dateAt(time: number): string {
    const part = this.#partsAt(time);
    return `${part['year'] ?? ''}-${part['month'] ?? ''}-${part['day'] ?? ''}`;
  }

  #partsAt(time: number): Partial<Record<string, string>> {
    return Object.fromEntries(this.#format.formatToParts(time).map(({ type, value }) => [type, value]));
  }
}

function next(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + DAY).toISOString().slice(0, 10);
}
