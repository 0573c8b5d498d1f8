/** A time axis on which long idle times take little room, so that work is legible however long ago it was. */

/** A part of the axis on which time runs evenly. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  /** Shares of the width, 0 to 1. */
  readonly start: number;
  readonly end: number;
  /** Nothing happened in it: drawn as a break. */
  readonly idle: boolean;
}

export interface Axis {
  readonly pieces: readonly Piece[];
  readonly now: number;
}

export interface Tick {
  /** Share of the width, 0 to 1. */
  readonly at: number;
  readonly label: string;
}

/** How times are written. */
export interface Writing {
  /** BCP 47 tag. */
  readonly locale: string;
  /** Undefined: that of the machine. */
  readonly timeZone?: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Shorter gaps are never called idle. */
const SHORTEST_IDLE = MINUTE;
const MAX_BREAKS = 4;
const BREAK_SHARE = 0.06;
/** What a moment between two idle times gets. */
const LEAST_SHARE = 0.03;
/** An axis of less says more about the clock than about the work. */
const SHORTEST_SPAN = 10 * SECOND;

/** The axis on which all these moments have a place, with now at its right end. */
export function axisOf(times: Iterable<number>, now: number): Axis {
  const moments = [...new Set(times)].filter((time) => time < now).sort((a, b) => a - b);
  const first = Math.min(moments[0] ?? now, now - SHORTEST_SPAN);
  const all = [...(moments[0] === first ? [] : [first]), ...moments, now];
  const gaps = all.slice(1).map((to, index) => ({ from: all[index] ?? to, to }));
  return { pieces: arrange(join(gaps, idleGaps(gaps))), now };
}

type Gap = Pick<Piece, 'from' | 'to'>;

/** Gaps that alone are longer than all shorter ones together. */
function idleGaps(gaps: readonly Gap[]): ReadonlySet<Gap> {
  let shorter = 0;
  const idle: Gap[] = [];
  for (const gap of [...gaps].sort((a, b) => a.to - a.from - (b.to - b.from))) {
    const length = gap.to - gap.from;
    if (length > SHORTEST_IDLE && shorter > SECOND && length > shorter) idle.push(gap);
    else shorter += length;
  }
  return new Set(idle.slice(-MAX_BREAKS));
}

/** Gaps that follow each other without an idle one between become one piece; a moment between two idle ones stays. */
function join(gaps: readonly Gap[], idle: ReadonlySet<Gap>): (Gap & { idle: boolean })[] {
  const pieces: (Gap & { idle: boolean })[] = [];
  for (const gap of gaps) {
    const last = pieces.at(-1);
    if (idle.has(gap)) {
      if (last?.idle !== false) pieces.push({ from: gap.from, to: gap.from, idle: false });
      pieces.push({ ...gap, idle: true });
    } else if (last?.idle === false) pieces[pieces.length - 1] = { ...last, to: gap.to };
    else pieces.push({ ...gap, idle: false });
  }
  const last = pieces.at(-1);
  if (last?.idle === true) pieces.push({ from: last.to, to: last.to, idle: false });
  return pieces;
}

function arrange(parts: readonly (Gap & { readonly idle: boolean })[]): Piece[] {
  const busy = parts.filter(({ idle }) => !idle);
  const total = busy.reduce((sum, { from, to }) => sum + to - from, 0);
  const free = 1 - BREAK_SHARE * (parts.length - busy.length) - LEAST_SHARE * busy.length;
  let end = 0;
  return parts.map(({ from, to, idle }) => {
    const start = end;
    end += idle ? BREAK_SHARE : LEAST_SHARE + free * (total === 0 ? 1 / busy.length : (to - from) / total);
    return { from, to, start, end, idle };
  });
}

/** Where a moment lies: a share of the width. What is before the axis lies at its start. */
export function place({ pieces, now }: Axis, time: number): number {
  if (time >= now) return 1;
  const piece = pieces.find(({ to }) => time <= to);
  if (piece === undefined) return 1;
  if (time <= piece.from) return piece.start;
  return piece.start + (piece.end - piece.start) * (time - piece.from) / (piece.to - piece.from);
}

const STEPS = [SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY];
/** What a label needs: its letters, and some air. */
const LETTER_PIXELS = 5.8;
const AIR_PIXELS = 14;
/** Ticks of a step are so many labels apart: more of them are in the way of what they measure. */
const STEP_LABELS = 1.7;
/** "now" stands at the end. */
const NOW_PIXELS = 30;

/** Round moments along an axis of so many pixels, as far apart as their labels need. */
export function ticksOf({ pieces, now }: Axis, width: number, writing: Writing): Tick[] {
  if (width <= 0) return [];
  const ticks: Tick[] = [];
  let free = 0;
  let day = dayOf(now, writing);
  const room = (label: string): number => (label.length * LETTER_PIXELS + AIR_PIXELS) / width;
  for (const { from, to, start, end, idle } of pieces) {
    if (idle) continue;
    const length = to - from;
    const step = STEPS.find((candidate) => candidate / length * (end - start) >= STEP_LABELS * room(clockLabel(from, candidate, writing)));
    const round = step === undefined ? [] : roundMoments(from, to, step, writing);
    // A piece without a round moment is named by its beginning.
    for (const time of round.length > 0 ? round : [from]) {
      const at = length === 0 ? start : start + (end - start) * (time - from) / length;
      const isOtherDay = dayOf(time, writing) !== day;
      const label = isOtherDay && (step ?? MINUTE) < DAY ? `${dayOf(time, writing)} ${clockLabel(time, step ?? MINUTE, writing)}` : clockLabel(time, step ?? MINUTE, writing);
      if (at < free || at + room(label) > 1 - NOW_PIXELS / width) continue;
      ticks.push({ at, label });
      day = dayOf(time, writing);
      free = at + room(label);
    }
  }
  return ticks;
}

/** Multiples of the step by the clock on the wall, not by UTC: days begin at midnight. */
function roundMoments(from: number, to: number, step: number, { timeZone }: Writing): number[] {
  const offset = zoneOffset(from, timeZone);
  const moments: number[] = [];
  for (let time = Math.ceil((from + offset) / step) * step - offset; time <= to; time += step) moments.push(time);
  return moments;
}

function zoneOffset(time: number, timeZone: string | undefined): number {
  if (timeZone === undefined) return -new Date(time).getTimezoneOffset() * MINUTE;
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(time);
  const part = (wanted: string): number => Number(parts.find(({ type }) => type === wanted)?.value ?? 0);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(time / SECOND) * SECOND;
}

function dayOf(time: number, writing: Writing): string {
  return write(time, { month: 'short', day: 'numeric' }, writing);
}

/** As exact as the step. */
function clockLabel(time: number, step: number, writing: Writing): string {
  if (step >= 365 * DAY) return write(time, { year: 'numeric' }, writing);
  if (step >= DAY) return dayOf(time, writing);
  return write(time, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(step < MINUTE ? { second: '2-digit' } : {}) }, writing);
}

/** Making one costs a hundred times as much as using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function write(time: number, options: Intl.DateTimeFormatOptions, { locale, timeZone }: Writing): string {
  const all = { ...(timeZone === undefined ? {} : { timeZone }), ...options };
  const key = JSON.stringify([locale, all]);
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, all);
    formats.set(key, format);
  }
  return format.format(time);
}
