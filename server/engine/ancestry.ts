import type { HexId } from '../../protocol/ids.ts';
import { readCheckpoint } from './checkpoint-object.ts';
import { ObjectType } from './ports.ts';
import type { ObjectStore } from './ports.ts';

interface Visit {
  readonly id: HexId;
  readonly time: number;
  readonly parents: readonly HexId[];
  /** From which side it was reached. */
  sides: number;
  /** The sides that its parents have been told of. */
  passed: number;
}

const OURS = 1;
const THEIRS = 2;
const BOTH = OURS | THEIRS;
/** An ancestor of a common ancestor: common too, but not the best. */
const STALE = 4;

/** How far back the clock may have been set, milliseconds, before a poorer ancestor can be chosen: see {@link History.best}. */
const CLOCK_SLACK = 86_400_000;

/**
 * The best common ancestor of two checkpoints (each may be it): one that no other common ancestor descends from, the newest where
 * there are several, as criss-cross merges make them. Undefined when there is none.
 *
 * Paints both histories newest first, as git's merge-base does (commit-reach.c), so the cost follows what happened
 * since they parted. Parents that retention let go of end a line.
 */
export function commonAncestor(store: ObjectStore, ours: HexId, theirs: HexId): HexId | undefined {
  const history = new History(store);
  history.reach(ours, OURS);
  history.reach(theirs, THEIRS);
  return history.best();
}

/** A walk over checkpoints, newest first. A checkpoint is visited again whenever more is learnt of how it is reached. */
class History {
  readonly #store: ObjectStore;
  readonly #visits = new Map<HexId, Visit>();
  /** Sorted by time, newest last. */
  readonly #queue: Visit[] = [];
  readonly #common: Visit[] = [];

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Notes that a checkpoint is reached from `sides`. */
  reach(id: HexId, sides: number): void {
    const visit = this.#visits.get(id) ?? this.#read(id);
    if (visit === undefined || (visit.sides & sides) === sides) return;
    const waits = visit.sides !== visit.passed;
    visit.sides |= sides;
    if (!waits) this.#enqueue(visit);
  }

  /**
   * Times order the walk, but prove nothing: checkpoints of one millisecond tie, and the clock may go back. So the first
   * common ancestor found may have descendants among the later ones; which are stale is known only once their ancestors were painted.
   */
  best(): HexId | undefined {
    while (this.#queue.some((visit) => (visit.sides & STALE) === 0)) this.#visitNext();
    let candidates = this.#candidates();
    while (candidates.length > 1 && this.#newestWaiting() >= Math.min(...candidates.map(({ time }) => time)) - CLOCK_SLACK) {
      this.#visitNext();
      candidates = this.#candidates();
    }
    candidates.sort((a, b) => b.time - a.time || (a.id < b.id ? -1 : 1));
    return candidates[0]?.id;
  }

  #candidates(): Visit[] {
    return this.#common.filter((visit) => (visit.sides & STALE) === 0);
  }

  #newestWaiting(): number {
    return this.#queue.at(-1)?.time ?? -Infinity;
  }

  #visitNext(): void {
    const visit = this.#queue.pop() as Visit;
    if (visit.sides === BOTH) this.#common.push(visit);
    visit.passed = visit.sides;
    const sides = (visit.sides & BOTH) === BOTH ? BOTH | STALE : visit.sides;
    for (const parent of visit.parents) this.reach(parent, sides);
  }

  #read(id: HexId): Visit | undefined {
    if (this.#store.typeOf(Buffer.from(id, 'hex')) !== ObjectType.checkpoint) return undefined;
    const { time, parents } = readCheckpoint(this.#store, id);
    const visit: Visit = { id, time, parents, sides: 0, passed: 0 };
    this.#visits.set(id, visit);
    return visit;
  }

  #enqueue(visit: Visit): void {
    let at = this.#queue.length;
    while (at > 0 && (this.#queue[at - 1] as Visit).time > visit.time) at--;
    this.#queue.splice(at, 0, visit);
  }
}
