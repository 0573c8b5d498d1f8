import { randomFillSync } from 'node:crypto';
import type { Clock, Random } from './engine/ports.ts';

/** The real clock. */
export const systemClock: Clock = {
  now: Date.now,
  micros: () => performance.now() * 1000,
};

const POOL_BYTES = 4096;

/** Randomness from the operating system, drawn in blocks: one call for each id would cost more than a fork may. */
export class SystemRandom implements Random {
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #used = POOL_BYTES;

  bytes(length: number): Uint8Array {
    if (length > POOL_BYTES) return randomFillSync(Buffer.alloc(length));
    if (this.#used + length > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += length;
    return Uint8Array.prototype.slice.call(this.#pool, start, this.#used);
  }
}
