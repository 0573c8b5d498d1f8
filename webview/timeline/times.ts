import { ago } from '../shared/ago.ts';
import { t } from '../shared/l10n.ts';

const DAY_MILLIS = 86_400_000;

/** Ways to write a time. A day's key is a date without a zone: taken for a moment in UTC, it is written as one in UTC. */
const STYLES = {
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  stamp: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  full: { dateStyle: 'full', timeStyle: 'medium' },
  day: { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long' },
  dayOfYear: { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
type Style = keyof typeof STYLES;

/** Times as the person in front of the page writes them. */
export class Times {
  readonly #language: string;
  #timeZone: string | undefined;
  /** Made when they are needed: the first costs some 10 ms, which the start of the extension does not wait for. */
  readonly #formats = new Map<Style | 'key', Intl.DateTimeFormat>();

  /** `timeZone`: default is that of the browser. */
  constructor(language: string, timeZone?: string) {
    this.#language = language;
    this.#timeZone = timeZone;
  }

  get timeZone(): string {
    this.#timeZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
    return this.#timeZone;
  }

  /** `14:03:05` */
  clock(time: number): string {
    return this.#write('clock', time);
  }

  /** `5 Mar, 14:03` */
  stamp(time: number): string {
    return this.#write('stamp', time);
  }

  full(time: number): string {
    return this.#write('full', time);
  }

  ago(time: number, now: number): string {
    return ago(time, now, t);
  }

  /** The title of a day (YYYY-MM-DD): `Today`, `Yesterday`, `Monday, March 2`, with the year when it is not this one. */
  day(key: string, now: number): string {
    if (key === this.#key(now)) return t('Today');
    if (key === this.#key(now - DAY_MILLIS)) return t('Yesterday');
    const date = Date.parse(`${key}T00:00:00Z`);
    if (Number.isNaN(date)) return key;
    return this.#write(key.slice(0, 4) === this.#key(now).slice(0, 4) ? 'day' : 'dayOfYear', date);
  }

  #write(style: Style, time: number): string {
    return this.#format(style, this.#language, { timeZone: this.timeZone, ...STYLES[style] }).format(time);
  }

  /** The day of a moment, as the server names days. */
  #key(time: number): string {
    return this.#format('key', 'en-CA', { timeZone: this.timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(time);
  }

  #format(name: Style | 'key', language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    let format = this.#formats.get(name);
    if (format === undefined) {
      format = new Intl.DateTimeFormat(language, options);
      this.#formats.set(name, format);
    }
    return format;
  }
}
