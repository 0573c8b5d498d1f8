import { PyiError } from '../../protocol/errors.ts';
import type { Clock } from '../engine/ports.ts';

/** How many calls a connection may make. */
export interface CallRate {
  /** In the long run. */
  readonly perSecond: number;
  /** At once, after a rest. */
  readonly burst: number;
}

/** Far above what a client needs; against one that has run wild. */
export const CALL_RATE: CallRate = { perSecond: 20_000, burst: 40_000 };

/** A token bucket: filled at an even rate, emptied by calls. */
export class RateLimit {
  readonly #rate: CallRate;
  readonly #clock: Pick<Clock, 'micros'>;
  #tokens: number;
  #filledAt: number;

  constructor(rate: CallRate, clock: Pick<Clock, 'micros'>) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#filledAt = clock.micros();
  }

  /** Counts a call. @throws PyiError `QUOTA_EXCEEDED` */
  take(): void {
    if (this.#tokens < 1) this.#fill();
    if (this.#tokens < 1) {
      throw new PyiError('QUOTA_EXCEEDED', `The connection makes more than ${this.#rate.perSecond} calls a second.`,
        'Wait for answers before you ask more, or wait a second; nothing was done.');
    }
    this.#tokens--;
  }

  /** Looks at the clock only when the bucket is empty: the calls of a modest client do not pay for it. */
  #fill(): void {
    const now = this.#clock.micros();
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (now - this.#filledAt) * this.#rate.perSecond / 1e6);
    this.#filledAt = now;
  }
}
