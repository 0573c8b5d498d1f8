/**
 * Serialises asynchronous work on forks: whoever holds a key works alone on it. First come, first served for each
 * key. Several keys are taken in sorted order, so that two callers never wait for each other.
 */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>();

  async run<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const held: (() => void)[] = [];
    try {
      for (const key of [...new Set(keys)].sort()) held.push(await this.#acquire(key));
      return await work();
    } finally {
      for (const release of held.reverse()) release();
    }
  }

  async #acquire(key: string): Promise<() => void> {
    const before = this.#tails.get(key);
    let release: () => void = () => undefined;
    const tail = new Promise<void>((resolve) => { release = resolve; });
    this.#tails.set(key, tail);
    await before;
    return () => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
      release();
    };
  }
}
