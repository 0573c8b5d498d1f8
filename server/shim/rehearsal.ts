import type { Clock } from '../engine/ports.ts';
import type { After } from '../transport/timers.ts';

/** Something to be done ahead of the question. */
export interface Rehearsed {
  /** Does it, and says how long that took, in ms. Never rejects. */
  run(signal: AbortSignal): Promise<number>;
}

export interface RehearsalOptions {
  readonly clock: Clock;
  readonly after: After;
  /** The share of the time, between 0 and 1, that may be spent on it. */
  readonly share: number;
}

/** How long a repository must be quiet before its answers are made anew. */
const QUIET_MILLIS = 20;

/**
 * Runs what is due, one after another, when changes have settled, within a share of the time. A newer change cancels
 * what runs. Nothing is planned while nothing is due.
 */
export class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly #due: () => Rehearsed | undefined;
  #cancelTimer: (() => void) | undefined;
  #running: AbortController | undefined;
  #idle: (() => void)[] = [];
  /** Monotonic time before which nothing may run, ms. */
  #restUntil = 0;
  #isClosed = false;

  /** @param due what is to be done next; undefined when nothing is */
  constructor(options: RehearsalOptions, due: () => Rehearsed | undefined) {
    this.#options = options;
    this.#due = due;
  }

  /** Something changed: what runs is of no use, and what follows waits for quiet. */
  disturb(): void {
    this.#running?.abort();
    this.#plan();
  }

  /** Something may be due. */
  wake(): void {
    if (this.#running === undefined && this.#cancelTimer === undefined) this.#plan();
  }

  /** Resolves when nothing is due any more. */
  async idle(): Promise<void> {
    if (this.#running === undefined && this.#cancelTimer === undefined) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  close(): void {
    this.#isClosed = true;
    this.#running?.abort();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#rest();
  }

  #plan(): void {
    if (this.#isClosed) return;
    this.#cancelTimer?.();
    const { clock, after } = this.#options;
    const rest = Math.max(QUIET_MILLIS, this.#restUntil - clock.micros() / 1000);
    this.#cancelTimer = after(rest, () => {
      this.#cancelTimer = undefined;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#running !== undefined || this.#isClosed) return;
    const next = this.#due();
    if (next === undefined) {
      this.#rest();
      return;
    }
    const running = new AbortController();
    this.#running = running;
    const spent = await next.run(running.signal);
    this.#running = undefined;
    const { clock, share } = this.#options;
    this.#restUntil = clock.micros() / 1000 + spent * (1 / share - 1);
    // A disturbance has planned the next run already.
    if (this.#cancelTimer === undefined) this.#plan();
  }

  #rest(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
