const QUARTER_HOUR = 15 * 60_000;
const HOUR = 4 * QUARTER_HOUR;
const DAY = 24 * HOUR;

export interface Day {
  /** YYYY-MM-DD. */
  readonly key: string;
  /** Its first moment, milliseconds since 1970, and the first that is not of it any more. */
  readonly after: number;
  readonly before: number;
}

/**
 * The days of a time zone. A day lasts from the first quarter hour that has its date to the first that has a later one. Every zone is off
 * from UTC by a multiple of 15 minutes today, whatever its daylight saving, so that is exact. Where it was not so (Liberia
 * until 1972), a day begins with the first quarter hour that begins in it.
 */
export class LocalCalendar {
  readonly #format: Intl.DateTimeFormat;
  readonly #starts = new Map<string, number>();

  /** @throws RangeError for a zone that Intl does not know */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23',
      year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
    });
  }

  /** The day that a moment belongs to. */
  dayOf(time: number): Day {
    let key = this.#dateAt(time);
    let after = this.#startOf(key);
    // The first minutes of a quarter hour in which the date changes.
    if (after > time) {
      key = dateAfter(key, -1);
      after = this.#startOf(key);
    }
    let before = this.#startOf(dateAfter(key, 1));
    // Clocks went back over midnight: the earlier date comes twice, and the later day has begun already.
    while (before <= time) {
      key = dateAfter(key, 1);
      after = before;
      before = this.#startOf(dateAfter(key, 1));
    }
    return { key, after, before };
  }

  #startOf(date: string): number {
    let start = this.#starts.get(date);
    if (start === undefined) {
      start = this.#findStart(date);
      this.#starts.set(date, start);
    }
    return start;
  }

  /** The first quarter hour whose local date is `date` or later: a date that a zone has left out has no time of its own. */
  #findStart(date: string): number {
    const midnight = Date.parse(`${date}T00:00:00Z`);
    const about = Math.floor((midnight - this.#offsetAt(midnight)) / QUARTER_HOUR) * QUARTER_HOUR;
    // Nearly always. Where clocks are changed about midnight, the place is searched for.
    if (this.#dateAt(about) >= date && this.#dateAt(about - QUARTER_HOUR) < date && this.#dateAt(about - HOUR) < date) return about;
    let from = about - 3 * HOUR;
    while (this.#dateAt(from) >= date) from -= DAY;
    while (this.#dateAt(from) < date) from += QUARTER_HOUR;
    return from;
  }

  #offsetAt(time: number): number {
    const { year, month, day, hour, minute, second } = this.#partsAt(time);
    return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) - time;
  }

  #dateAt(time: number): string {
    const { year = '', month = '', day = '' } = this.#partsAt(time);
    return `${year}-${month}-${day}`;
  }

  #partsAt(time: number): Partial<Record<Intl.DateTimeFormatPartTypes, string>> {
    return Object.fromEntries(this.#format.formatToParts(time).map(({ type, value }) => [type, value]));
  }
}

function dateAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}
