import type { After } from '../../server/transport/timers.ts';

export interface ScheduleOptions {
  /** Takes the checkpoint; false when it cannot be taken now, but perhaps later. Must not throw. */
  readonly take: (cause: string) => Promise<boolean>;
  /** Quiet time after a change, ms. Asked at each change. */
  readonly delayMillis: () => number;
  readonly after: After;
}

/** When automatic checkpoints of one work tree are taken: one at a time, after a pause, or at once. */
export class Schedule {
  readonly #options: ScheduleOptions;
  #cancelTimer: () => void = () => undefined;
  #taking = false;
  /** Why another one is due. */
  #wanted: string | undefined;
  #disposed = false;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  /** Something changed: one is due when nothing else has changed for a while. */
  changed(cause: string): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.after(this.#options.delayMillis(), () => this.now(cause));
  }

  /** One is due at once. It stands for those that were to come. */
  now(cause: string): void {
    this.#cancelTimer();
    this.#wanted = cause;
    this.resume();
  }

  /** Takes the one that could not be taken, if there is such. */
  resume(): void {
    if (this.#taking || this.#disposed || this.#wanted === undefined) return;
    const cause = this.#wanted;
    this.#wanted = undefined;
    this.#taking = true;
    void this.#options.take(cause).then((taken) => {
      this.#taking = false;
      if (taken) this.resume();
      else this.#wanted ??= cause;
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.#cancelTimer();
  }
}
