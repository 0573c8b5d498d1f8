import { micros } from '../../protocol/text.ts';
import { t } from '../shared/l10n.ts';
import { svg } from '../shared/svg.ts';
import { TREND_MILLIS } from './contract.ts';
import type { TrendPoint } from './contract.ts';
import { rate } from './figures.ts';

/** Lines of the last minutes, small enough for a row of a table. Their figures are in the table of the trends, too. */

const WIDTH = 120;
const HEIGHT = 20;

interface Scale {
  /** The moment at the right edge. */
  readonly end: number;
  readonly max: number;
}

type Value = (point: TrendPoint) => number | null;

/** A line through values; where one is missing there is a gap, and a value alone is a dot. */
export function linePath(points: readonly TrendPoint[], value: Value, scale: Scale): string {
  let path = '';
  let drawing = false;
  points.forEach((point, index) => {
    const now = value(point);
    const next = points[index + 1];
    if (now !== null) {
      const at = `${xOf(point.time, scale)} ${yOf(now, scale)}`;
      path += `${drawing ? 'L' : 'M'}${at}`;
      if (!drawing && (next === undefined || value(next) === null)) path += `L${at}`;
    }
    drawing = now !== null;
  });
  return path;
}

/** Steps: each value holds for the time since the point before. */
export function stepPath(points: readonly TrendPoint[], value: Value, scale: Scale): string {
  let path = '';
  points.forEach((point, index) => {
    const before = points[index - 1];
    const now = value(point);
    if (before === undefined || now === null) return;
    const joins = path !== '' && value(before) !== null;
    path += `${joins ? 'V' : `M${xOf(before.time, scale)} `}${yOf(now, scale)}H${xOf(point.time, scale)}`;
  });
  return path;
}

function xOf(time: number, { end }: Scale): number {
  return round(WIDTH * Math.max(0, 1 - (end - time) / TREND_MILLIS));
}

/** One unit of room above and below, for the width of the line. */
function yOf(value: number, { max }: Scale): number {
  return round(HEIGHT - 1 - (max === 0 ? 0 : (value / max) * (HEIGHT - 2)));
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

/** Smallest and largest of what was measured; undefined when nothing was. */
export function rangeOf(points: readonly TrendPoint[], value: Value): readonly [number, number] | undefined {
  const known = points.map(value).filter((one) => one !== null);
  return known.length === 0 ? undefined : [Math.min(...known), Math.max(...known)];
}

/** A picture in a cell, which follows what it is shown. */
export interface Trend {
  readonly node: SVGSVGElement;
  show(points: readonly TrendPoint[], end: number): void;
}

const p50: Value = (point) => point.p50;
const p95: Value = (point) => point.p95;
const perSecond: Value = (point) => point.perSecond;

/** p50 as a line, p95 as a dashed one. */
export function latencyTrend(): Trend {
  const upper = svg('path', { class: 'p95' });
  const lower = svg('path', { class: 'p50' });
  const node = picture(upper, lower);
  return {
    node,
    show: (points, end) => {
      const scale = { end, max: rangeOf(points, p95)?.[1] ?? 0 };
      lower.setAttribute('d', linePath(points, p50, scale));
      upper.setAttribute('d', linePath(points, p95, scale));
      const [low, high] = [rangeOf(points, p50), rangeOf(points, p95)];
      describe(node, low === undefined || high === undefined ? ''
        : t('Last 5 minutes: p50 from {0} to {1}, p95 from {2} to {3}', micros(low[0]), micros(low[1]), micros(high[0]), micros(high[1])));
    },
  };
}

/** How many a second, between one look and the next. */
export function rateTrend(): Trend {
  const line = svg('path', { class: 'rate' });
  const node = picture(line);
  return {
    node,
    show: (points, end) => {
      const range = rangeOf(points, perSecond);
      line.setAttribute('d', stepPath(points, perSecond, { end, max: range?.[1] ?? 0 }));
      describe(node, range === undefined ? '' : t('Last 5 minutes: from {0} to {1} a second', rate(range[0]), rate(range[1])));
    },
  };
}

function picture(...lines: SVGElement[]): SVGSVGElement {
  return svg('svg', { class: 'trend', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: 'img' }, svg('title'), ...lines);
}

/** A picture without a word for it is none: nothing was measured. */
function describe(node: SVGSVGElement, text: string): void {
  node.classList.toggle('empty', text === '');
  node.setAttribute('aria-hidden', String(text === ''));
  if (node.firstChild !== null && node.firstChild.textContent !== text) node.firstChild.textContent = text;
}
