import type { Translate } from './fill.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What is further away is told by its date. */
const FAR = 30 * DAY;

/**
 * How long ago something was or will be, in whole minutes and larger, so that the text stays true for a minute: nothing has to count seconds.
 * For the extension and its pages, which have a `t` each.
 */
export function ago(time: number, now: number, t: Translate): string {
  const span = Math.abs(now - time);
  // The clock of who took it may be ahead of ours.
  if (span < MINUTE) return t('less than a minute ago');
  if (span > FAR) return new Date(time).toISOString().slice(0, 10);
  const amount = amountOf(span, t);
  return time > now ? t('in {0}', amount) : t('{0} ago', amount);
}

function amountOf(span: number, t: Translate): string {
  if (span >= DAY) return t('{0} d', Math.floor(span / DAY));
  if (span >= HOUR) return t('{0} h', Math.floor(span / HOUR));
  return t('{0} min', Math.floor(span / MINUTE));
}
