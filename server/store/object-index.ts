import { ID_BYTES } from './format.ts';

const SHARDS = 256;
const FIRST_CAPACITY = 16;
/** Linear probing stays short up to here; beyond, a shard doubles. */
const MAX_LOAD = 0.8;

const PAGE_BITS = 13;
const PAGE_ENTRIES = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_ENTRIES - 1;

/** Words of an entry beside its id. */
const WORDS = 5;
const META = 0;
const OFFSET = 1;
const STORED = 2;
const SLAB = 3;
const SLAB_OFFSET = 4;

const DAMAGED = 0x80;

interface Page {
  readonly ids: Uint8Array;
  readonly words: Uint32Array;
}

/** Pairs of (tag, entry number + 1); an entry of 0 is a free slot. */
interface Shard {
  slots: Uint32Array;
  /** log2 of the number of slots. */
  bits: number;
  count: number;
}

/**
 * Where every object is: 52 bytes of fields and about 13 of hash table an object.
 *
 * The hash table is 256 small tables by the id's first byte, so growing one of them stays far below a millisecond.
 * A slot is found by the leading bits of the id's next four bytes: ids that share a prefix lie side by side, so a
 * prefix search is a short scan. Slots hold these four bytes and an entry number; the entry number stays the same
 * for as long as the object is known, so others (marks, staging) may keep it.
 *
 * Filling it in id order would make long clusters; write order, which is what segments have, is random.
 */
export class ObjectIndex {
  readonly #shards: Shard[] = Array.from({ length: SHARDS }, () => ({ slots: new Uint32Array(2 * FIRST_CAPACITY), bits: Math.log2(FIRST_CAPACITY), count: 0 }));
  readonly #pages: Page[] = [];
  /** Entry numbers that were given back. */
  readonly #free: number[] = [];
  #used = 0;
  #size = 0;

  /** Objects in the index. */
  get size(): number {
    return this.#size;
  }

  /** One more than the highest entry number in use. */
  get limit(): number {
    return this.#used;
  }

  /** Memory held, in bytes. */
  get memory(): number {
    let bytes = this.#pages.length * PAGE_ENTRIES * (ID_BYTES + 4 * WORDS);
    for (const shard of this.#shards) bytes += shard.slots.byteLength;
    return bytes;
  }

  /** The entry of the id at `id[at…at+32]`, or -1. */
  find(id: Uint8Array, at: number): number {
    const shard = this.#shards[id[at] as number] as Shard;
    const slots = shard.slots;
    const mask = slots.length - 1;
    const tag = tagOf(id, at);
    let slot = (tag >>> (32 - shard.bits)) << 1;
    for (;;) {
      const reference = slots[slot + 1] as number;
      if (reference === 0) return -1;
      if (slots[slot] === tag && this.#idEquals(reference - 1, id, at)) return reference - 1;
      slot = (slot + 2) & mask;
    }
  }

  /** Adds an id that is not there yet, with all fields zero but the type. */
  insert(id: Uint8Array, at: number, type: number): number {
    const shard = this.#roomFor(id, at);
    const entry = this.#newEntry(id, at, type);
    place(shard.slots, shard.bits, tagOf(id, at), entry + 1);
    shard.count++;
    this.#size++;
    return entry;
  }

  /** The entry of an id, added when it is not there yet: one search where {@link find} and {@link insert} take two. */
  findOrInsert(id: Uint8Array, at: number, type: number): number {
    const shard = this.#roomFor(id, at);
    const { slots } = shard;
    const mask = slots.length - 1;
    const tag = tagOf(id, at);
    let slot = (tag >>> (32 - shard.bits)) << 1;
    for (;;) {
      const reference = slots[slot + 1] as number;
      if (reference === 0) break;
      if (slots[slot] === tag && this.#idEquals(reference - 1, id, at)) return reference - 1;
      slot = (slot + 2) & mask;
    }
    const entry = this.#newEntry(id, at, type);
    slots[slot] = tag;
    slots[slot + 1] = entry + 1;
    shard.count++;
    this.#size++;
    return entry;
  }

  remove(entry: number): void {
    const page = this.#pages[entry >>> PAGE_BITS] as Page;
    const at = (entry & PAGE_MASK) * ID_BYTES;
    const shard = this.#shards[page.ids[at] as number] as Shard;
    const mask = shard.slots.length - 1;
    let slot = (tagOf(page.ids, at) >>> (32 - shard.bits)) << 1;
    while (shard.slots[slot + 1] !== entry + 1) slot = (slot + 2) & mask;
    closeGap(shard, slot);
    shard.count--;
    this.#release(entry);
  }

  /** Removes every entry that `keep` refuses, in one pass over the slots, and returns how many. */
  retain(keep: (entry: number) => boolean): number {
    const before = this.#size;
    for (const shard of this.#shards) {
      const old = shard.slots;
      shard.slots = new Uint32Array(old.length);
      shard.count = 0;
      for (let slot = 0; slot < old.length; slot += 2) {
        const reference = old[slot + 1] as number;
        if (reference === 0) continue;
        if (keep(reference - 1)) {
          place(shard.slots, shard.bits, old[slot] as number, reference);
          shard.count++;
        } else {
          this.#release(reference - 1);
        }
      }
    }
    return before - this.#size;
  }

  /** Type of an entry; 0 for a number that is not in use. */
  type(entry: number): number {
    return this.#word(entry, META) & 31;
  }

  codec(entry: number): number {
    return (this.#word(entry, META) >>> 5) & 3;
  }

  isDamaged(entry: number): boolean {
    return (this.#word(entry, META) & DAMAGED) !== 0;
  }

  /** Remembers that the stored bytes did not match the id, so that the same content, put again, is written anew. */
  setDamaged(entry: number): void {
    const page = this.#pages[entry >>> PAGE_BITS] as Page;
    const word = (entry & PAGE_MASK) * WORDS + META;
    page.words[word] = (page.words[word] as number) | DAMAGED;
  }

  /** Slot of the segment that holds the object. */
  segment(entry: number): number {
    return this.#word(entry, META) >>> 8;
  }

  offset(entry: number): number {
    return this.#word(entry, OFFSET);
  }

  storedLength(entry: number): number {
    return this.#word(entry, STORED);
  }

  /** Says where the object is on disk. Clears the damage flag. */
  setPlace(entry: number, segment: number, offset: number, storedLength: number, codec: number): void {
    const { words } = this.#pages[entry >>> PAGE_BITS] as Page;
    const word = (entry & PAGE_MASK) * WORDS;
    words[word + META] = ((words[word + META] as number) & 31) | (codec << 5) | (segment << 8);
    words[word + OFFSET] = offset;
    words[word + STORED] = storedLength;
  }

  /** The cache slab that has the object, 0 for none; it may have been dropped since. */
  slab(entry: number): number {
    return this.#word(entry, SLAB);
  }

  slabOffset(entry: number): number {
    return this.#word(entry, SLAB_OFFSET);
  }

  setCached(entry: number, slab: number, offset: number): void {
    const { words } = this.#pages[entry >>> PAGE_BITS] as Page;
    const word = (entry & PAGE_MASK) * WORDS;
    words[word + SLAB] = slab;
    words[word + SLAB_OFFSET] = offset;
  }

  /** A copy of an entry's id. */
  id(entry: number): Buffer {
    const { ids } = this.#pages[entry >>> PAGE_BITS] as Page;
    const at = (entry & PAGE_MASK) * ID_BYTES;
    return Buffer.from(ids.subarray(at, at + ID_BYTES));
  }

  /** Entries whose id starts with the hex digits, until `visit` returns false. */
  scanPrefix(hexPrefix: string, visit: (entry: number) => boolean): void {
    const low = Buffer.from(hexPrefix.slice(0, 10).padEnd(10, '0'), 'hex');
    const high = Buffer.from(hexPrefix.slice(0, 10).padEnd(10, 'f'), 'hex');
    const lowTag = tagOf(low, 0);
    const highTag = tagOf(high, 0);
    for (let first = low[0] as number; first <= (high[0] as number); first++) {
      const { slots, bits } = this.#shards[first] as Shard;
      const mask = slots.length - 1;
      const end = (highTag >>> (32 - bits)) << 1;
      // An entry is never left of its home, and between home and entry no slot is free: past the last home the first gap ends the search.
      for (let slot = (lowTag >>> (32 - bits)) << 1, passed = false, steps = 0; steps < slots.length; slot = (slot + 2) & mask, steps += 2) {
        const reference = slots[slot + 1] as number;
        if (reference !== 0) {
          const tag = slots[slot] as number;
          if (tag >= lowTag && tag <= highTag && this.id(reference - 1).toString('hex').startsWith(hexPrefix) && !visit(reference - 1)) return;
        } else if (passed || slot === end) {
          break;
        }
        if (slot === end) passed = true;
      }
    }
  }

  #roomFor(id: Uint8Array, at: number): Shard {
    const shard = this.#shards[id[at] as number] as Shard;
    if ((shard.count + 1) * 2 > MAX_LOAD * shard.slots.length) grow(shard);
    return shard;
  }

  #newEntry(id: Uint8Array, at: number, type: number): number {
    const entry = this.#free.pop() ?? this.#append();
    const page = this.#pages[entry >>> PAGE_BITS] as Page;
    const row = entry & PAGE_MASK;
    for (let i = 0, to = row * ID_BYTES; i < ID_BYTES; i++) page.ids[to + i] = id[at + i] as number;
    const word = row * WORDS;
    page.words[word + META] = type;
    page.words[word + SLAB] = 0;
    return entry;
  }

  #append(): number {
    if (this.#used === this.#pages.length * PAGE_ENTRIES) {
      this.#pages.push({ ids: new Uint8Array(PAGE_ENTRIES * ID_BYTES), words: new Uint32Array(PAGE_ENTRIES * WORDS) });
    }
    return this.#used++;
  }

  #release(entry: number): void {
    (this.#pages[entry >>> PAGE_BITS] as Page).words[(entry & PAGE_MASK) * WORDS + META] = 0;
    this.#free.push(entry);
    this.#size--;
  }

  #word(entry: number, word: number): number {
    return (this.#pages[entry >>> PAGE_BITS] as Page).words[(entry & PAGE_MASK) * WORDS + word] as number;
  }

  #idEquals(entry: number, id: Uint8Array, at: number): boolean {
    const { ids } = this.#pages[entry >>> PAGE_BITS] as Page;
    const start = (entry & PAGE_MASK) * ID_BYTES;
    for (let i = 0; i < ID_BYTES; i++) if (ids[start + i] !== id[at + i]) return false;
    return true;
  }
}

/** Bytes 1 to 4 of an id, big-endian, so that tags sort as ids do. */
function tagOf(id: Uint8Array, at: number): number {
  return (((id[at + 1] as number) << 24) | ((id[at + 2] as number) << 16) | ((id[at + 3] as number) << 8) | (id[at + 4] as number)) >>> 0;
}

function place(slots: Uint32Array, bits: number, tag: number, reference: number): void {
  const mask = slots.length - 1;
  let slot = (tag >>> (32 - bits)) << 1;
  while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
  slots[slot] = tag;
  slots[slot + 1] = reference;
}

function grow(shard: Shard): void {
  const old = shard.slots;
  shard.slots = new Uint32Array(old.length * 2);
  shard.bits++;
  for (let slot = 0; slot < old.length; slot += 2) {
    if (old[slot + 1] !== 0) place(shard.slots, shard.bits, old[slot] as number, old[slot + 1] as number);
  }
}

/** Frees a slot and moves back what had probed past it, so that no search stops early. */
function closeGap(shard: Shard, freed: number): void {
  const { slots, bits } = shard;
  const mask = slots.length - 1;
  let gap = freed;
  for (let slot = (gap + 2) & mask; slots[slot + 1] !== 0; slot = (slot + 2) & mask) {
    const home = ((slots[slot] as number) >>> (32 - bits)) << 1;
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
    slots[gap] = slots[slot] as number;
    slots[gap + 1] = slots[slot + 1] as number;
    gap = slot;
  }
  slots[gap + 1] = 0;
}
