/** Timers that a test may stop: what would have been called meanwhile is called when they go on. */
export class Timers {
  readonly #held = new Set<() => void>();
  #isFrozen = false;

  readonly after = (milliseconds: number, callback: () => void): (() => void) => {
    const timer = setTimeout(() => {
      if (this.#isFrozen) this.#held.add(callback);
      else callback();
    }, milliseconds);
    return () => {
      clearTimeout(timer);
      this.#held.delete(callback);
    };
  };

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const callback of this.#held) callback();
    this.#held.clear();
  }
}
