import type { ByteView, ObjectStore } from '../ports.ts';
import { ObjectType } from '../ports.ts';
import type { Entry } from './entry.ts';
import { isBoundary } from './key.ts';
import {
  HEADER_BYTES, ID_BYTES, MAX_ENTRIES, MIN_ENTRIES, NODE_VERSION, VALUE_BYTES, VALUE_F64, VALUE_U32,
  copyKey, countOf, keyLength, valueAt,
} from './node.ts';

const KEY_BYTES_AT_FIRST = 4096;

/**
 * The node of one level that is being filled, in buffers that are reused from node to node.
 *
 * It closes where a node has to end, but is written only when the next entry comes: what turns out to be
 * the last node of its level may be the root, and then the levels above do not exist.
 */
export class LevelBuilder {
  readonly level: number;
  count = 0;
  /** True when the next entry belongs to a new node. */
  closed = false;
  readonly #values = Buffer.alloc(MAX_ENTRIES * VALUE_BYTES);
  readonly #keyEnds = new Uint32Array(MAX_ENTRIES);
  #keys = Buffer.alloc(KEY_BYTES_AT_FIRST);
  #out = Buffer.alloc(KEY_BYTES_AT_FIRST);

  constructor(level: number) {
    this.level = level;
  }

  reset(): void {
    this.count = 0;
    this.closed = false;
  }

  /** Appends entry `index` of a node of this level. */
  appendFrom(view: ByteView, index: number): void {
    const values = this.#values;
    const { bytes } = view;
    const stop = valueAt(view, index + 1);
    let to = this.count * VALUE_BYTES;
    for (let from = stop - VALUE_BYTES; from < stop; from++) values[to++] = bytes[from] as number;
    const start = this.#keysEnd();
    this.#reserveKey(start + keyLength(view, index));
    const end = copyKey(view, index, this.#keys, start);
    // Inside a node there is no boundary from the minimum on, or it would have ended there: no need to hash.
    this.#added(end, index === countOf(view) - 1 || index < MIN_ENTRIES - 1);
  }

  /** Appends a leaf entry. */
  appendEntry(keys: Uint8Array, keyStart: number, keyEnd: number, entry: Entry): void {
    const at = this.count * VALUE_BYTES;
    this.#values.set(entry.id, at);
    this.#values.writeUInt32LE(entry.mode, at + VALUE_U32);
    this.#values.writeDoubleLE(entry.size, at + VALUE_F64);
    this.#added(this.#copyKey(keys, keyStart, keyEnd), true);
  }

  /** Writes the node of `child`, a level below, appends it here, and empties `child`. */
  appendChild(store: ObjectStore, child: LevelBuilder): void {
    const at = this.count * VALUE_BYTES;
    child.#writeTotals(this.#values, at);
    store.putInto(ObjectType.node, child.#encode(), this.#values, at);
    const keyEnd = child.#keysEnd();
    const keyStart = child.count === 1 ? 0 : child.#keyEnds[child.count - 2] as number;
    this.#added(this.#copyKey(child.#keys, keyStart, keyEnd), true);
    child.reset();
  }

  /** Writes the node and returns its id. */
  write(store: ObjectStore): Buffer {
    return store.put(ObjectType.node, this.#encode());
  }

  /** Id of the first child. */
  firstChild(): Buffer {
    return Buffer.from(this.#values.subarray(0, ID_BYTES));
  }

  #added(keyEnd: number, mayEnd: boolean): void {
    const keyStart = this.#keysEnd();
    this.#keyEnds[this.count++] = keyEnd;
    this.closed = this.count === MAX_ENTRIES
      || (mayEnd && this.count >= MIN_ENTRIES && isBoundary(this.#keys, keyStart, keyEnd, this.level));
  }

  #keysEnd(): number {
    return this.count === 0 ? 0 : this.#keyEnds[this.count - 1] as number;
  }

  #copyKey(from: Uint8Array, start: number, end: number): number {
    let to = this.#keysEnd();
    this.#reserveKey(to + end - start);
    const keys = this.#keys;
    for (let i = start; i < end; i++) keys[to++] = from[i] as number;
    return to;
  }

  #reserveKey(size: number): void {
    if (size > this.#keys.length) this.#keys = Buffer.concat([this.#keys], Math.max(size, this.#keys.length * 2));
  }

  /** Files and bytes below this node, into the value that its parent keeps. */
  #writeTotals(out: Buffer, at: number): void {
    const values = this.#values;
    let files = this.level === 0 ? this.count : 0;
    let bytes = 0;
    for (let i = 0, from = 0; i < this.count; i++, from += VALUE_BYTES) {
      if (this.level > 0) files += values.readUInt32LE(from + VALUE_U32);
      bytes += values.readDoubleLE(from + VALUE_F64);
    }
    out.writeUInt32LE(files, at + VALUE_U32);
    out.writeDoubleLE(bytes, at + VALUE_F64);
  }

  #encode(): Uint8Array {
    const { count } = this;
    const keys = this.#keys;
    const prefix = this.#commonPrefix();
    const keyBytes = this.#keysEnd() - Math.max(0, count - 1) * prefix;
    const length = HEADER_BYTES + count * (VALUE_BYTES + 4) + keyBytes;
    if (length > this.#out.length) this.#out = Buffer.alloc(length * 2);
    const out = this.#out;
    out[0] = this.level;
    out[1] = NODE_VERSION;
    out.writeUInt16LE(count, 2);
    out.writeUInt32LE(prefix, 4);
    this.#values.copy(out, HEADER_BYTES, 0, count * VALUE_BYTES);
    let end = HEADER_BYTES + count * VALUE_BYTES;
    let to = end + count * 4;
    for (let i = 0; i < prefix; i++) out[to++] = keys[i] as number;
    const suffixes = to;
    for (let i = 0, from = 0; i < count; i++, end += 4) {
      const stop = this.#keyEnds[i] as number;
      for (from += prefix; from < stop; from++) out[to++] = keys[from] as number;
      out.writeUInt32LE(to - suffixes, end);
    }
    return out.subarray(0, length);
  }

  /** Longest common prefix of the first and the last key, hence of all. */
  #commonPrefix(): number {
    const { count } = this;
    if (count === 0) return 0;
    const keys = this.#keys;
    const first = this.#keyEnds[0] as number;
    if (count === 1) return first;
    const start = this.#keyEnds[count - 2] as number;
    const length = Math.min(first, (this.#keyEnds[count - 1] as number) - start);
    let i = 0;
    while (i < length && keys[i] === keys[start + i]) i++;
    return i;
  }
}
