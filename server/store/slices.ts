import type { Clock } from '../engine/ports.ts';

/** How long upkeep may hold the event loop at a time, in microseconds. */
const SLICE_MICROS = 3_000;

/** Lets other work of the process in between the steps of a long job. */
export class Slices {
  readonly #clock: Clock;
  #until: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#until = clock.micros() + SLICE_MICROS;
  }

  /** True when it is time to await {@link pause}. */
  get isOver(): boolean {
    return this.#clock.micros() >= this.#until;
  }

  /** Resolves after what waits in the event loop has had its turn. */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => { setImmediate(resolve); });
    this.#until = this.#clock.micros() + SLICE_MICROS;
  }
}
