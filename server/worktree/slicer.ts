import { setImmediate as nextTurn } from 'node:timers/promises';
import { PyiError } from '../../protocol/errors.ts';
import type { Clock } from '../engine/ports.ts';

/** How long work may hold the event loop, µs. A request of somebody else awaits several times, and may wait this long each time. */
const SLICE_MICROS = 2_000;

/** Cuts long work into slices between which the event loop runs. Also where work notices that it was cancelled. */
export class Slicer {
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  readonly #beforePause: (() => void) | undefined;
  #end: number;

  /** `beforePause` runs before each pause: what must not be left half done while others run. */
  constructor(clock: Clock, signal?: AbortSignal, beforePause?: () => void) {
    this.#clock = clock;
    this.#signal = signal;
    this.#beforePause = beforePause;
    this.#end = clock.micros() + SLICE_MICROS;
    this.check();
  }

  /** True when the slice is used up: then await {@link pause}. */
  due(): boolean {
    return this.#clock.micros() >= this.#end;
  }

  /** Lets the event loop run once. @throws PyiError `CANCELLED` */
  async pause(): Promise<void> {
    await this.breathe();
    this.check();
  }

  /** As `pause`, for work that has gone too far to be cancelled. */
  async breathe(): Promise<void> {
    this.#beforePause?.();
    await nextTurn();
    this.#end = this.#clock.micros() + SLICE_MICROS;
  }

  /** @throws PyiError `CANCELLED` */
  check(): void {
    if (this.#signal?.aborted === true) {
      throw new PyiError('CANCELLED', 'The operation was cancelled', 'Nothing is lost: run it again when you want it.');
    }
  }
}
