import type { Translate } from './fill.ts';

const MINUTE = 60_000;
const UNITS: readonly (readonly [millis: number, name: string])[] = [[86_400_000, 'd'], [3_600_000, 'h'], [MINUTE, 'min']];

/**
 * How long ago something was, in whole minutes and larger, so that the text stays true for a minute: nothing has to count seconds.
 * For the extension and its pages, which have a `t` each.
 */
export function ago(time: number, now: number, t: Translate): string {
  const span = now - time;
  if (span < MINUTE) return t('less than a minute ago');
  const [length, unit] = UNITS.find(([millis]) => span >= millis) ?? [MINUTE, 'min'];
  return t('{0} ago', `${Math.floor(span / length)} ${unit}`);
}
