import type { After } from '../../server/transport/timers.ts';

export interface RefresherOptions {
  /** Must not throw. */
  readonly work: () => Promise<void>;
  /** Shortest time between the starts of two runs, ms: agents make thousands of events a second, a person reads a few. */
  readonly intervalMillis: number | (() => number);
  readonly after: After;
}

/** Runs some work soon after it is asked for: at once when it has rested, else when the interval is over. One run at a time. */
export class Refresher {
  readonly #options: RefresherOptions;
  #running = false;
  #resting = false;
  #wanted = false;
  #disposed = false;
  #cancelRest: () => void = () => undefined;

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  request(): void {
    this.#wanted = true;
    this.#runIfDue();
  }

  /** Does not wait for the interval. Does nothing when nothing was asked for. */
  hurry(): void {
    this.#cancelRest();
    this.#resting = false;
    this.#runIfDue();
  }

  dispose(): void {
    this.#disposed = true;
    this.#cancelRest();
  }

  #runIfDue(): void {
    if (!this.#wanted || this.#running || this.#resting || this.#disposed) return;
    this.#wanted = false;
    this.#running = true;
    this.#resting = true;
    const { intervalMillis } = this.#options;
    this.#cancelRest = this.#options.after(typeof intervalMillis === 'number' ? intervalMillis : intervalMillis(), () => {
      this.#resting = false;
      this.#runIfDue();
    });
    void this.#options.work().finally(() => {
      this.#running = false;
      this.#runIfDue();
    });
  }
}
