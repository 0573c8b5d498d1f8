import { relativeTime } from '../../protocol/text.ts';
import { t } from '../shared/l10n.ts';

const DAY_MILLIS = 86_400_000;

/** Times as the person in front of the page writes them. */
export class Times {
  readonly timeZone: string;
  readonly #clock: Intl.DateTimeFormat;
  readonly #stamp: Intl.DateTimeFormat;
  readonly #full: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #dayOfYear: Intl.DateTimeFormat;
  readonly #key: Intl.DateTimeFormat;

  /** `timeZone`: default is that of the browser. */
  constructor(language: string, timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone) {
    this.timeZone = timeZone;
    this.#clock = new Intl.DateTimeFormat(language, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
    this.#stamp = new Intl.DateTimeFormat(language, { timeZone, day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    this.#full = new Intl.DateTimeFormat(language, { timeZone, dateStyle: 'full', timeStyle: 'medium' });
    // A key is a date without a zone: taken for a moment in UTC, it is written as one in UTC.
    this.#day = new Intl.DateTimeFormat(language, { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long' });
    this.#dayOfYear = new Intl.DateTimeFormat(language, { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
    this.#key = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  }

  /** `14:03:05` */
  clock(time: number): string {
    return this.#clock.format(time);
  }

  /** `5 Mar, 14:03` */
  stamp(time: number): string {
    return this.#stamp.format(time);
  }

  full(time: number): string {
    return this.#full.format(time);
  }

  ago(time: number, now: number): string {
    return relativeTime(time, now);
  }

  /** The title of a day (YYYY-MM-DD): `Today`, `Yesterday`, `Monday, March 2`, with the year when it is not this one. */
  day(key: string, now: number): string {
    if (key === this.#key.format(now)) return t('Today');
    if (key === this.#key.format(now - DAY_MILLIS)) return t('Yesterday');
    const date = Date.parse(`${key}T00:00:00Z`);
    if (Number.isNaN(date)) return key;
    return key.slice(0, 4) === this.#key.format(now).slice(0, 4) ? this.#day.format(date) : this.#dayOfYear.format(date);
  }
}
