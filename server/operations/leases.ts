/**
 * Keeps a garbage collection from starting while content is in flight: put into the store, but not yet part of a
 * checkpoint. Content put after a collection has begun is safe by the store's own barrier; content put
 * before and referred to only later would not be.
 */
export class Leases {
  #held = 0;
  #waiting: (() => void)[] = [];

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#held++;
    try {
      return await work();
    } finally {
      this.#held--;
      if (this.#held === 0) {
        for (const wake of this.#waiting.splice(0)) wake();
      }
    }
  }

  /** Resolves in a moment when nothing is in flight; `start` runs in that very moment. */
  async whenIdle<T>(start: () => T): Promise<T> {
    while (this.#held > 0) await new Promise<void>((resolve) => { this.#waiting.push(resolve); });
    return start();
  }
}
