import type { Layout } from '../shared/virtual-list.ts';
import type { Anchor, Group } from './contract.ts';
import type { Wanted } from './feed.ts';

/** A group as it is shown. */
export interface Section extends Group {
  readonly folded: boolean;
}

/** What stands at a place of the list: the header of a section, or a checkpoint by its place in the group, from 0, the oldest. */
export interface Spot {
  readonly section: number;
  readonly key: string | null;
  /** -1: the header. */
  readonly place: number;
}

export interface Heights {
  /** 0: sections have no headers. */
  readonly header: number;
  readonly row: number;
}

const HEADER = -1;

/** Sections one below the other, each with its header and, unless it is folded, its checkpoints, the newest first. */
export class Sections implements Layout {
  readonly list: readonly Section[];
  readonly count: number;
  readonly height: number;
  readonly heights: Heights;
  /** Of each section: index and upper edge of what comes first in it. */
  readonly #starts: { readonly index: number; readonly top: number }[] = [];

  constructor(list: readonly Section[], heights: Heights) {
    this.list = list;
    this.heights = heights;
    let index = 0;
    let top = 0;
    for (const section of list) {
      this.#starts.push({ index, top });
      index += this.#headers + rowsOf(section);
      top += heights.header + rowsOf(section) * heights.row;
    }
    this.count = index;
    this.height = top;
  }

  /** Checkpoints in all sections, folded or not. */
  get total(): number {
    return this.list.reduce((total, { count }) => total + count, 0);
  }

  topOf(index: number): number {
    if (index >= this.count) return this.height;
    const start = this.#startOf(this.#sectionOf(index));
    const within = index - start.index - this.#headers;
    return within < 0 ? start.top : start.top + this.heights.header + within * this.heights.row;
  }

  indexAt(top: number): number {
    const number = this.#last((start) => start.top <= top);
    const section = this.list[number];
    if (section === undefined) return 0;
    const start = this.#startOf(number);
    const within = Math.floor((top - start.top - this.heights.header) / this.heights.row);
    if (this.#headers === 1 && within < 0) return start.index;
    return start.index + this.#headers + Math.min(Math.max(0, within), rowsOf(section) - 1);
  }

  at(index: number): Spot | undefined {
    if (index < 0 || index >= this.count) return undefined;
    const section = this.#sectionOf(index);
    const { key, count } = this.list[section] ?? { key: null, count: 0 };
    const within = index - this.#startOf(section).index - this.#headers;
    return { section, key, place: within < 0 ? HEADER : count - 1 - within };
  }

  /** Where a spot is now; that of its header when the section is folded; undefined when the section is gone. */
  indexOf({ key, place }: Pick<Spot, 'key' | 'place'>): number | undefined {
    const number = this.list.findIndex((section) => section.key === key);
    const section = this.list[number];
    if (section === undefined) return undefined;
    const { index } = this.#startOf(number);
    if (place === HEADER || section.folded || section.count === 0) return index;
    return index + this.#headers + Math.min(Math.max(0, section.count - 1 - place), section.count - 1);
  }

  /** What is at the upper edge when the list is scrolled to `top`. */
  anchorAt(top: number): Anchor | undefined {
    const index = this.indexAt(top);
    const spot = this.at(index);
    return spot === undefined ? undefined : { key: spot.key, place: spot.place, above: top - this.topOf(index) };
  }

  /** The position that shows again what was at the upper edge; undefined when its section is gone. */
  topFor(anchor: Anchor): number | undefined {
    const index = this.indexOf(anchor);
    return index === undefined ? undefined : this.topOf(index) + anchor.above;
  }

  /** The places that the rows between two indices stand at, by their groups. */
  between(from: number, to: number): Wanted[] {
    const first = this.at(from);
    const last = this.at(to - 1);
    if (first === undefined || last === undefined) return [];
    return this.list.slice(first.section, last.section + 1).flatMap(({ key, count, folded }, offset): Wanted[] => {
      const section = first.section + offset;
      if (folded) return [];
      return [{
        key,
        from: section === last.section ? (last.place === HEADER ? count : last.place) : 0,
        to: section === first.section && first.place !== HEADER ? first.place + 1 : count,
      }];
    }).filter((wanted) => wanted.from < wanted.to);
  }

  /** Where the header of the section after this one begins; infinitely far below where there is none. */
  endOf(section: number): number {
    return section + 1 < this.list.length ? this.#startOf(section + 1).top : Number.POSITIVE_INFINITY;
  }

  get #headers(): 0 | 1 {
    return this.heights.header === 0 ? 0 : 1;
  }

  #startOf(section: number): { readonly index: number; readonly top: number } {
    return this.#starts[section] ?? { index: 0, top: 0 };
  }

  #sectionOf(index: number): number {
    return this.#last((start) => start.index <= index);
  }

  /** The last section whose start is so; the first when none is. Starts grow, so half of them are left out at each look. */
  #last(fits: (start: { readonly index: number; readonly top: number }) => boolean): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const start = this.#starts[middle];
      if (start !== undefined && fits(start)) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The place of a checkpoint after the list has changed. Where a group has shrunk, old ones were let go: it is as far from the newest as it was. */
export function placeAfter({ key, place }: Pick<Spot, 'key' | 'place'>, older: number, before: Sections, after: Sections): number {
  if (place === HEADER) return place;
  const countIn = (sections: Sections): number => sections.list.find((section) => section.key === key)?.count ?? 0;
  return place + older + Math.min(0, countIn(after) - countIn(before));
}

function rowsOf({ count, folded }: Section): number {
  return folded ? 0 : count;
}

/**
 * The groups as they are shown from now on: those that were shown stay in their order, so that agents at work do not change
 * places under the eyes of the reader, and new ones come first.
 */
export function ordered(before: readonly Pick<Group, 'key'>[], groups: readonly Group[]): Group[] {
  const places = new Map(before.map(({ key }, place) => [key, place]));
  return [...groups].sort((a, b) => (places.get(a.key) ?? -1) - (places.get(b.key) ?? -1));
}
