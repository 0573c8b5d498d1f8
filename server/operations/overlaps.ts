import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Branch } from '../../protocol/values.ts';
import type { Fork } from '../engine/state.ts';
import type { ChangeSet } from './change-sets.ts';

/** A fork among those of the same parent. */
export interface Sibling {
  readonly fork: Fork;
  readonly changes: ChangeSet;
}

/** How many siblings are named. */
const WORST = 5;

/**
 * Paths that the same siblings changed, divided in the same way into those that have the same content now. Forks that all
 * rewrote the same thousand files make one bundle, not a thousand.
 */
interface Bundle {
  /** Numbers of siblings. */
  readonly parties: readonly (readonly number[])[];
  paths: number;
}

/**
 * Who of the forks of one parent changed the same files, and differently. Counts are worked out for one fork at a time, into one
 * array: pairs of forks are never held.
 */
export class Overlaps {
  readonly #siblings: readonly Sibling[];
  readonly #numbers: ReadonlyMap<HexId, number>;
  /** By the number of a sibling: what it is in, and in which party. */
  readonly #memberships: { readonly bundle: Bundle; readonly party: number }[][];
  /** Paths shared with each sibling, for {@link of}; zero between calls. */
  readonly #shared: Uint32Array;

  constructor(siblings: readonly Sibling[]) {
    this.#siblings = siblings;
    this.#numbers = new Map(siblings.map(({ fork }, number) => [fork.id, number]));
    this.#memberships = siblings.map(() => []);
    this.#shared = new Uint32Array(siblings.length);
    for (const bundle of bundlesOf(siblings)) {
      for (const [party, members] of bundle.parties.entries()) for (const member of members) this.#memberships[member]?.push({ bundle, party });
    }
  }

  /** What one of the siblings shares with those that are live. */
  of(fork: Fork): Branch['overlaps'] {
    const number = this.#numbers.get(fork.id);
    const shared = this.#shared;
    const met: number[] = [];
    let paths = 0;
    for (const { bundle, party } of number === undefined ? [] : this.#memberships[number] ?? []) {
      let isShared = false;
      for (const [other, members] of bundle.parties.entries()) {
        if (other === party) continue;
        for (const member of members) {
          if (this.#siblings[member]?.fork.state !== 'live') continue;
          if (shared[member] === 0) met.push(member);
          shared[member] = (shared[member] ?? 0) + bundle.paths;
          isShared = true;
        }
      }
      if (isShared) paths += bundle.paths;
    }
    const worst = met.sort((a, b) => (shared[b] ?? 0) - (shared[a] ?? 0) || a - b).slice(0, WORST)
      .map((member) => ({ fork: this.#siblings[member]?.fork.id ?? '', paths: shared[member] ?? 0 }));
    for (const member of met) shared[member] = 0;
    return { siblings: met.length, paths, worst };
  }
}

function bundlesOf(siblings: readonly Sibling[]): Bundle[] {
  const byPath = new Map<BytePath, Map<string, number[]>>();
  for (const [number, { changes }] of siblings.entries()) {
    for (const [path, { content }] of changes.paths) {
      const parties = byPath.get(path);
      const party = parties?.get(content);
      if (parties === undefined) byPath.set(path, new Map([[content, [number]]]));
      else if (party === undefined) parties.set(content, [number]);
      else party.push(number);
    }
  }
  const bundles = new Map<string, Bundle>();
  for (const parties of byPath.values()) {
    if (parties.size < 2) continue; // one fork alone, or all of one mind
    const lists = [...parties.values()];
    const key = lists.map((members) => members.join(' ')).join('|');
    const known = bundles.get(key);
    if (known === undefined) bundles.set(key, { parties: lists, paths: 1 });
    else known.paths++;
  }
  return [...bundles.values()];
}
