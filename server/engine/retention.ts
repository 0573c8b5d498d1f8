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
  for (const fork of engine.state.forks.values()) {
    if (fork.state !== 'live' && fork.ended !== null && now - fork.ended >= rules.grace) out.push(fork);
  }
  return out;
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
      if (except.has(move.fork)) continue;
      yield move.before.head;
      yield move.before.base;
      yield move.after.head;
    }
  }
  yield* state.pins;
}

/** Chooses the checkpoints that the rules keep, from all that there are, given one by one in any order. */
export class RetentionChoice {
  readonly #rules: RetentionRules;
  readonly #now: number;
  readonly #forks: ReadonlyMap<HexId, Fork>;
  readonly #gone: ReadonlySet<HexId>;
  readonly #byFork = new Map<HexId, { id: HexId; time: number }[]>();
  readonly #kept = new Set<HexId>();

  constructor(engine: Engine, rules: RetentionRules, now: number, gone: ReadonlySet<HexId>) {
    this.#rules = rules;
    this.#now = now;
    this.#forks = engine.state.forks;
    this.#gone = gone;
  }

  consider(id: HexId, body: CheckpointBody): void {
    if (this.#gone.has(body.fork) || !this.#forks.has(body.fork)) return;
    if (this.#now - body.time < this.#rules.keepDays * DAY) {
      this.#kept.add(id);
      return;
    }
    const list = this.#byFork.get(body.fork);
    if (list === undefined) this.#byFork.set(body.fork, [{ id, time: body.time }]);
    else list.push({ id, time: body.time });
  }

  /** Ids to keep. The newest `keepLast` of a fork count the young ones as well; keeping a few more is no harm. */
  finish(): Set<HexId> {
    for (const list of this.#byFork.values()) {
      list.sort((a, b) => b.time - a.time);
      for (const { id } of list.slice(0, this.#rules.keepLast)) this.#kept.add(id);
    }
    return this.#kept;
  }
}
