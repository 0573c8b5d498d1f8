const PAGE_BITS = 15;

/** A set of index entry numbers: one bit each. */
export class Marks {
  readonly #pages: Uint32Array[] = [];

  has(entry: number): boolean {
    const page = this.#pages[entry >>> PAGE_BITS];
    return page !== undefined && (((page[(entry & ((1 << PAGE_BITS) - 1)) >>> 5] as number) >>> (entry & 31)) & 1) === 1;
  }

  /** Adds an entry; true when it was not in the set. */
  add(entry: number): boolean {
    const number = entry >>> PAGE_BITS;
    while (this.#pages.length <= number) this.#pages.push(new Uint32Array(1 << (PAGE_BITS - 5)));
    const page = this.#pages[number] as Uint32Array;
    const word = (entry & ((1 << PAGE_BITS) - 1)) >>> 5;
    const before = page[word] as number;
    page[word] = before | (1 << (entry & 31));
    return page[word] !== before;
  }

  delete(entry: number): void {
    const page = this.#pages[entry >>> PAGE_BITS];
    const word = (entry & ((1 << PAGE_BITS) - 1)) >>> 5;
    if (page !== undefined) page[word] = (page[word] as number) & ~(1 << (entry & 31));
  }
}
