/**
 * Group commit: one flush of the device at a time. Whoever asks while one runs may have written after it began, so
 * they all share the one that follows.
 */
export class GroupSync {
  readonly #flush: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(flush: () => Promise<void>) {
    this.#flush = flush;
  }

  /** Resolves when a flush that began after this call has ended; rejects when that flush failed. */
  request(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(() => this.#follow(), () => this.#follow());
    return this.#next;
  }

  #follow(): Promise<void> {
    this.#next = undefined;
    return this.#start();
  }

  #start(): Promise<void> {
    const running = this.#flush().finally(() => { if (this.#running === running) this.#running = undefined; });
    this.#running = running;
    return running;
  }
}
