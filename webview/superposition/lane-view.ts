import { t } from '../shared/l10n.ts';
import { svg } from '../shared/svg.ts';
import type { Axis, Tick } from './axis.ts';
import type { Crossing, Lane, Mark } from './lane.ts';

/** Draws lanes: what lane.ts and axis.ts say in shares, in pixels. */

export const LANE_HEIGHT = 26;
const MIDDLE = LANE_HEIGHT / 2;
/** Room at both ends for half a mark. */
const MARGIN = 7;
/** Of the bend where a fork leaves the line that it was made from. */
const BEND = 6;
const TICK_TOP = 16;
const AXIS = TICK_TOP + 3;

/** Everything that the picture of a row is made from. */
export interface LanePicture {
  readonly width: number;
  readonly axis: Axis;
  readonly ticks: readonly Tick[];
  readonly crossings: readonly Crossing[];
  /** Undefined for the row of a task, which shows the axis itself. */
  readonly lane: Lane | undefined;
  readonly best: boolean;
  readonly working: boolean;
  readonly base: boolean;
}

/** A pixel position of a share of the width. */
export function pixel(share: number, width: number): number {
  return Math.round((MARGIN + share * (width - 2 * MARGIN)) * 10) / 10;
}

/** Marks nearer than this are drawn as one, pixels. */
const NEAREST = 3;

export function nearestShare(width: number): number {
  return width <= 2 * MARGIN ? 1 : NEAREST / (width - 2 * MARGIN);
}

/** Draws the picture anew, unless it would be the same: most rows stay as they are when one fork moves. */
export class LaneView {
  readonly node = svg('svg', { class: 'lane', height: LANE_HEIGHT, 'aria-hidden': 'true' });
  #shown = '';
  #marks: readonly (Mark & { readonly x: number })[] = [];

  show(picture: LanePicture): void {
    const x = (share: number): number => pixel(share, picture.width);
    this.#marks = picture.lane?.marks.map((mark) => ({ ...mark, x: x(mark.at) })) ?? [];
    const parts = [...gridParts(picture, x), ...trunkParts(picture, x), ...(picture.lane === undefined ? axisParts(picture, x) : laneParts(picture, picture.lane, x))];
    const wanted = JSON.stringify([picture.width, parts]);
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    this.node.setAttribute('width', String(picture.width));
    this.node.replaceChildren(...parts.map(({ tag, text, ...attributes }) => svg(tag, attributes, ...(text === undefined ? [] : [text]))));
  }

  /** The mark at a pixel position; undefined when there is none near. */
  markAt(position: number): Mark | undefined {
    let nearest: { mark: Mark; distance: number } | undefined;
    for (const mark of this.#marks) {
      const distance = Math.abs(mark.x - position);
      if (distance <= NEAREST + 3 && distance <= (nearest?.distance ?? Infinity)) nearest = { mark, distance };
    }
    return nearest?.mark;
  }
}

type Part = { readonly tag: 'path' | 'circle' | 'text'; readonly class: string; readonly text?: string } & Readonly<Record<string, string | number>>;
type ToPixel = (share: number) => number;

const path = (className: string, d: string): Part[] => (d === '' ? [] : [{ tag: 'path', class: className, d }]);

/** Faint lines at the ticks, through all rows of the axis. */
function gridParts({ ticks }: LanePicture, x: ToPixel): Part[] {
  return path('grid-line', ticks.map(({ at }) => `M${x(at)} 0v${LANE_HEIGHT}`).join(''));
}

function trunkParts({ crossings, lane }: LanePicture, x: ToPixel): Part[] {
  const line = lane === undefined ? AXIS : MIDDLE;
  const spans = { begins: `${line}V${LANE_HEIGHT}`, passes: `0v${LANE_HEIGHT}`, ends: `0v${MIDDLE - BEND}` } as const;
  return path('trunk', crossings.map(({ at, part }) => `M${x(at)} ${spans[part]}`).join(''));
}

function axisParts({ axis, ticks, width }: LanePicture, x: ToPixel): Part[] {
  const labels = ticks.map(({ at, label }): Part => ({ tag: 'text', class: 'tick-label', x: x(at) + 3, y: TICK_TOP - 4, text: label }));
  const breaks = axis.pieces.filter(({ idle }) => idle).map(({ start, end }) => (x(start) + x(end)) / 2);
  return [
    ...path('axis', `M${x(0)} ${AXIS}H${x(1)}`),
    ...path('tick', ticks.map(({ at }) => `M${x(at)} ${TICK_TOP}v6`).join('')),
    ...path('break', breaks.map((at) => `M${at - 3} ${AXIS + 3}l2 -6M${at + 1} ${AXIS + 3}l2 -6`).join('')),
    ...labels,
    { tag: 'text', class: 'tick-label now', x: width - 2, y: TICK_TOP - 4, 'text-anchor': 'end', text: t('now') },
  ];
}

function laneParts({ axis, best, working, base }: LanePicture, lane: Lane, x: ToPixel): Part[] {
  const [start, end] = [x(lane.start), x(lane.end)];
  const bend = base ? '' : `M${start} ${MIDDLE - BEND}q0 ${BEND} ${BEND} ${BEND}`;
  const line = (idle: boolean): string => axis.pieces.filter((piece) => piece.idle === idle).map((piece) => {
    const from = Math.max(x(piece.start), start + (base ? 0 : BEND));
    const to = Math.min(x(piece.end), end);
    return to > from ? `M${from} ${MIDDLE}H${to}` : '';
  }).join('');
  const look = `line${lane.ending === undefined ? '' : ' ended'}${best ? ' best' : ''}`;
  return [
    ...path(look, bend + line(false)), ...path(`${look} idle`, line(true)),
    ...(lane.earlier && start + BEND < end ? path('earlier', `M${start + BEND + 2} ${MIDDLE - 3}v6M${start + BEND + 5} ${MIDDLE - 3}v6`) : []),
    ...MARK_ORDER.flatMap((kind) => path(`mark ${kind}`, lane.marks.filter((mark) => mark.kind === kind).map(({ at, count }) => SHAPES[kind](x(at), count)).join(''))),
    ...path('pinned', lane.marks.filter(({ pinned }) => pinned).map(({ at }) => circle(x(at), 6)).join('')),
    ...endParts(lane, end, working),
  ];
}

function endParts({ ending }: Lane, end: number, working: boolean): Part[] {
  if (ending === 'discarded') return path('end-discarded', `M${end - 3} ${MIDDLE - 3}l6 6M${end + 3} ${MIDDLE - 3}l-6 6`);
  if (ending === 'merged') return path('end-merged', `M${end} ${MIDDLE - 5}v10M${end - 3} ${MIDDLE - 2}l3 -3l3 3`);
  if (!working) return [];
  return [{ tag: 'circle', class: 'pulse', cx: end, cy: MIDDLE, r: 3 }, { tag: 'circle', class: 'at-work', cx: end, cy: MIDDLE, r: 3 }];
}

const circle = (x: number, radius: number): string => `M${x - radius} ${MIDDLE}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
const polygon = (points: readonly (readonly [number, number])[]) => (x: number): string => `M${points.map(([dx, dy]) => `${x + dx} ${MIDDLE + dy}`).join('L')}Z`;

/** A shape for each kind, so that it can be told without its colour. */
export const SHAPES: Readonly<Record<Mark['kind'], (x: number, count: number) => string>> = {
  automatic: (x, count) => circle(x, Math.min(3, 1.8 + Math.log2(count) / 4)),
  manual: (x) => circle(x, 3.8),
  tool: polygon([[-3.2, -3.2], [3.2, -3.2], [3.2, 3.2], [-3.2, 3.2]]),
  recovery: polygon([[-4.2, 3.2], [0, -4.2], [4.2, 3.2]]),
  setup: polygon([[-4, 0], [-2, -3.5], [2, -3.5], [4, 0], [2, 3.5], [-2, 3.5]]),
  merge: polygon([[-4.5, 0], [0, -4.5], [4.5, 0], [0, 4.5]]),
  collapse: polygon([[0, -5], [1.3, -1.7], [4.8, -1.5], [2.1, 0.7], [2.9, 4], [0, 2.2], [-2.9, 4], [-2.1, 0.7], [-4.8, -1.5], [-1.3, -1.7]]),
};

/** The last is drawn on top. */
const MARK_ORDER = ['automatic', 'tool', 'manual', 'setup', 'recovery', 'merge', 'collapse'] as const;
