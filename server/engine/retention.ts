import type { HexId } from '../../protocol/ids.ts';
import type { CheckpointBody } from './checkpoint-object.ts';
import type { Engine } from './engine.ts';
import type { Fork } from './state.ts';

/** Which checkpoints and forks a sweep keeps. */
export interface RetentionRules {
  /** Newest checkpoints kept of each fork that is there. */
  readonly keepLast: number;
  /** Checkpoints younger than this are kept, days. */
  readonly keepDays: number;
  /** How long merged and discarded forks stay undoable, milliseconds. */
  readonly grace: number;
}

export const DEFAULT_RETENTION: RetentionRules = { keepLast: 1000, keepDays: 30, grace: 7 * 86_400_000 };

const DAY = 86_400_000;

/** Forks that were merged or discarded longer than the grace period ago: they go for good. */
export function purgeable(engine: Engine, rules: RetentionRules, now: number): Fork[] {
  const out: Fork[] = [];
  for (const fork of engine.state.forks.values()) if (isPurgeable(fork, rules, now)) out.push(fork);
  return out;
}

export function isPurgeable(fork: Fork, rules: RetentionRules, now: number): boolean {
  return fork.state !== 'live' && fork.ended !== null && now - fork.ended >= rules.grace;
}

/** Checkpoints that state itself refers to: heads, bases, both ends of undoable operations, pins. */
export function* stateRoots(engine: Engine, except: ReadonlySet<HexId>): Generator<HexId> {
  const { state } = engine;
  for (const fork of state.forks.values()) {
    if (except.has(fork.id)) continue;
    yield fork.head;
    yield fork.base;
    if (fork.lastOperation === null) continue;
    for (const move of state.operations.get(fork.lastOperation)?.moves ?? []) {
      // A fork that is gone cannot come back, so nor can the operation be undone for it.
      if (except.has(move.fork) || !state.forks.has(move.fork)) continue;
      yield move.before.head;
      yield move.before.base;
      yield move.after.head;
    }
  }
  yield* state.pins.keys();
}

/** Chooses the checkpoints that the rules keep, from all that there are, given one by one, those of one millisecond oldest first. */
export class RetentionChoice {
  readonly #rules: RetentionRules;
  readonly #now: number;
  readonly #forks: ReadonlyMap<HexId, Fork>;
  readonly #byFork = new Map<HexId, { id: HexId; time: number }[]>();

  constructor(engine: Engine, rules: RetentionRules, now: number) {
    this.#rules = rules;
    this.#now = now;
    this.#forks = engine.state.forks;
  }

  consider(id: HexId, body: CheckpointBody): void {
    if (!this.#forks.has(body.fork)) return;
    const list = this.#byFork.get(body.fork);
    if (list === undefined) this.#byFork.set(body.fork, [{ id, time: body.time }]);
    else list.push({ id, time: body.time });
  }

  /** Ids to keep of the forks that stay. */
  *kept(except: ReadonlySet<HexId>): Generator<HexId> {
    for (const fork of this.#byFork.keys()) if (!except.has(fork)) yield* this.keptOf(fork);
  }

  /** Ids to keep of one fork: the young, and the newest whatever their age. */
  *keptOf(fork: HexId): Generator<HexId> {
    // Reversed first, because sorting is stable: of equal times the later one is the newer.
    const newestFirst = [...this.#byFork.get(fork) ?? []].reverse().sort((a, b) => b.time - a.time);
    for (const [rank, { id, time }] of newestFirst.entries()) {
      if (rank < this.#rules.keepLast || this.#now - time < this.#rules.keepDays * DAY) yield id;
    }
  }
}
