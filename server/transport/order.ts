import { OPERATIONS } from '../../protocol/registry.ts';
import type { OperationName } from '../../protocol/registry.ts';

/** Short work on one fork. What comes behind waits for it; for an observation of ten minutes it does not. */
const SHORT: ReadonlySet<OperationName> = new Set<OperationName>(['write', 'remove', 'checkpoint', 'rewind', 'undo']);

/**
 * Keeps the effects of one client on one fork in the order of its sending, also when the first of its calls has to open the
 * store and those behind it need not. Who waits for an answer before he asks more never waits here.
 */
export class EffectOrder {
  readonly #tails = new Map<string, Promise<void>>();

  /** Starts a call, behind those before it. */
  run<T>(name: OperationName, params: object, start: () => Promise<T>): Promise<T> {
    const { repository, fork } = params as { repository?: unknown; fork?: unknown };
    if (typeof repository !== 'string' || OPERATIONS[name].readOnly) return start();
    const key = `${repository}\0${typeof fork === 'string' ? fork : ''}`;
    const before = this.#tails.get(key);
    const result = before === undefined ? start() : before.then(start);
    if (SHORT.has(name)) {
      const tail = result.then(done, done).then(() => {
        if (this.#tails.get(key) === tail) this.#tails.delete(key);
      });
      this.#tails.set(key, tail);
    }
    return result;
  }
}

function done(): void {
  return;
}
