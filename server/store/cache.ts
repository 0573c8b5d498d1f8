import type { ByteView } from '../engine/ports.ts';

const SLAB_BYTES = 1024 * 1024;
/** Larger objects get a slab of their own: the rest of a shared one would be wasted. */
const OWN_SLAB_FROM = SLAB_BYTES / 8;
/** Every object stands behind its length. */
const PREFIX_BYTES = 4;

/**
 * Verified content of objects, in slabs that are filled once, front to back.
 *
 * A slab is never written again where something stands, so a window on it stays valid for good; dropping a slab only
 * takes it out of the cache. Whoever puts something in keeps the pair (slab number, offset); a pair whose slab was
 * dropped misses. The oldest slab goes first; `isAging` tells which objects are worth putting in again.
 */
export class ContentCache {
  readonly #budget: number;
  /** By slab number. Numbers are never used twice, and 0 is nobody's. */
  readonly #slabs: (Buffer | undefined)[] = [undefined];
  #oldest = 1;
  #bytes = 0;
  #current: Buffer = Buffer.alloc(0);
  #currentNumber = 0;
  #used = 0;
  #agingBelow = 0;
  /** Where the last {@link add} put its bytes. */
  lastSlab = 0;
  lastOffset = 0;

  /** `budget`: bytes to hold at most, beside one slab. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Copies an object in; `lastSlab` and `lastOffset` say where. */
  add(bytes: Uint8Array): void {
    const length = bytes.length;
    const need = length + PREFIX_BYTES;
    let slab: Buffer;
    let at: number;
    if (need >= OWN_SLAB_FROM) {
      slab = this.#newSlab(need);
      at = 0;
      this.lastSlab = this.#slabs.length - 1;
    } else {
      if (this.#used + need > this.#current.length) {
        this.#current = this.#newSlab(SLAB_BYTES);
        this.#currentNumber = this.#slabs.length - 1;
        this.#used = 0;
      }
      slab = this.#current;
      at = this.#used;
      this.#used += need;
      this.lastSlab = this.#currentNumber;
    }
    slab[at] = length;
    slab[at + 1] = length >>> 8;
    slab[at + 2] = length >>> 16;
    slab[at + 3] = length >>> 24;
    slab.set(bytes, at + PREFIX_BYTES);
    this.lastOffset = at + PREFIX_BYTES;
  }

  /** Points `view` at an object; false when its slab was dropped. */
  view(slab: number, offset: number, view: ByteView): boolean {
    const bytes = this.#slabs[slab];
    if (bytes === undefined) return false;
    view.bytes = bytes;
    view.start = offset;
    view.end = offset + ((bytes[offset - 4] as number) | ((bytes[offset - 3] as number) << 8) | ((bytes[offset - 2] as number) << 16) | ((bytes[offset - 1] as number) << 24));
    return true;
  }

  /** True when the slab is soon to be dropped. */
  isAging(slab: number): boolean {
    return slab < this.#agingBelow;
  }

  #newSlab(length: number): Buffer {
    const slab = Buffer.allocUnsafeSlow(length);
    this.#slabs.push(slab);
    this.#bytes += length;
    while (this.#bytes > this.#budget && this.#oldest < this.#slabs.length - 1) {
      const number = this.#oldest++;
      this.#bytes -= this.#slabs[number]?.length ?? 0;
      this.#slabs[number] = undefined;
      this.#agingBelow = this.#oldest + ((this.#slabs.length - this.#oldest) >>> 2);
      if (number === this.#currentNumber) this.#current = Buffer.alloc(0);
    }
    return slab;
  }
}
