import type { CheckpointKind } from '../../protocol/values.ts';
import type { Axis } from './axis.ts';
import { place } from './axis.ts';
import { KIND_LETTERS } from './contract.ts';
import type { ForkRow } from './contract.ts';
import type { Item } from './forest.ts';

/** Where the parts of a fork's lane lie: shares of its width, 0 to 1. */
export interface Lane {
  /** Where the fork leaves the line that it was made from. */
  readonly start: number;
  /** Where it ended; 1 while it lives. */
  readonly end: number;
  /** Where it was merged or discarded at its end. */
  readonly ending: 'merged' | 'discarded' | undefined;
  /** Checkpoints before the first mark are not told. */
  readonly earlier: boolean;
  readonly marks: readonly Mark[];
}

/** One checkpoint, or some of a kind that lie too close to be told apart. */
export interface Mark {
  readonly at: number;
  readonly kind: CheckpointKind;
  readonly pinned: boolean;
  readonly count: number;
  /** Of the last of them, milliseconds since 1970. */
  readonly time: number;
}

const KIND_OF: ReadonlyMap<string, CheckpointKind> = new Map(Object.entries(KIND_LETTERS).map(([kind, letter]) => [letter, kind as CheckpointKind]));
/** The moments of a fork that its axis must have a place for. */
export function momentsOf({ began, created, lastActive, state, dots }: ForkRow): number[] {
  return [began, created, ...dots.times, ...(state === 'live' ? [] : [lastActive])];
}

/** `nearest` is the share of the width below which marks of a kind become one. */
export function laneOf(fork: ForkRow, axis: Axis, nearest: number): Lane {
  const { state, dots, began, checkpoints, lastActive } = fork;
  return {
    start: place(axis, began), end: state === 'live' ? 1 : place(axis, lastActive), ending: state === 'live' ? undefined : state,
    earlier: checkpoints > dots.times.length, marks: marksOf(fork, axis, nearest),
  };
}

function marksOf({ dots }: ForkRow, axis: Axis, nearest: number): Mark[] {
  const marks: Mark[] = [];
  const lastOf = new Map<CheckpointKind, number>();
  for (const [index, time] of dots.times.entries()) {
    const letter = dots.kinds[index] ?? 'a';
    const kind = KIND_OF.get(letter.toLowerCase()) ?? 'automatic';
    const at = place(axis, time);
    const pinned = letter !== letter.toLowerCase();
    const near = lastOf.get(kind);
    const last = near === undefined ? undefined : marks[near];
    if (near !== undefined && last !== undefined && at - last.at < nearest) marks[near] = { ...last, time, count: last.count + 1, pinned: last.pinned || pinned };
    else {
      lastOf.set(kind, marks.length);
      marks.push({ at, kind, pinned, count: 1, time });
    }
  }
  return marks;
}

/** A line down through the rows, from the one that a fork was made from to the fork. */
export interface Trunk {
  readonly at: number;
  /** Indexes of the rows in which it begins and ends. */
  readonly from: number;
  readonly to: number;
}

/** More lines beside each other say nothing: then each fork shows its own beginning only. */
const MAX_TRUNKS = 8;

/** The lines of all rows. Forks made from one point of one row share a line. `startOf` tells where the lane of a row begins. */
export function trunksOf(items: readonly Item[], startOf: (index: number) => number | undefined): Trunk[] {
  const byAnchor = new Map<number, Map<string, Trunk>>();
  for (const [index, { anchor }] of items.entries()) {
    const start = startOf(index);
    if (start === undefined || items[anchor] === undefined) continue;
    const trunks = byAnchor.get(anchor) ?? new Map<string, Trunk>();
    byAnchor.set(anchor, trunks);
    trunks.set(start.toFixed(2), { at: start, from: anchor, to: index });
  }
  return [...byAnchor.values()].flatMap((trunks) => (trunks.size > MAX_TRUNKS ? [] : [...trunks.values()]));
}

/** What of the trunks lies in a row: from its middle down, through, or to its middle. */
export interface Crossing {
  readonly at: number;
  readonly part: 'begins' | 'passes' | 'ends';
}

export function crossingsOf(trunks: readonly Trunk[], index: number): Crossing[] {
  return trunks.filter(({ from, to }) => from <= index && index <= to)
    .map(({ at, from, to }) => ({ at, part: index === from ? 'begins' : index === to ? 'ends' : 'passes' }));
}
