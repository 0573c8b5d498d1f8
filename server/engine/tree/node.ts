import { PyiError } from '../../../protocol/errors.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import type { ByteView, ObjectStore } from '../ports.ts';
import type { Entry, FileMode } from './entry.ts';

/*
 * Tree nodes as bytes. docs/tree-format.md is the specification; in short, little endian:
 *
 *   u8 level · u8 version · u16 count · u32 prefix length
 *   count × value      leaf (level 0): id 32 · u32 mode · f64 size
 *                      inner:          id 32 · u32 files below · f64 bytes below
 *   count × u32        where each suffix ends, from the start of the suffixes
 *   prefix             longest common prefix of the first and the last key
 *   suffixes           what follows the prefix in each key, in ascending byte order
 *
 * The key of an inner entry is the last key below it. Values have a fixed width and stand before
 * the keys, so an update of a file copies each node on its path and overwrites 44 bytes.
 */

export const NODE_VERSION = 1;
export const HEADER_BYTES = 8;
export const VALUE_BYTES = 44;
export const ID_BYTES = 32;
/** Offset of mode or file count in a value. */
export const VALUE_U32 = 32;
/** Offset of size or byte count in a value. */
export const VALUE_F64 = 36;
/**
 * A node ends after the first boundary key (key.ts) from entry `MIN_ENTRIES` on, and at `MAX_ENTRIES` in any case. The
 * minimum keeps sizes close to the mean of 9, and what an update hashes is the sum of the sizes on its path;
 * the maximum keeps names that were chosen to have no boundary from making a huge node.
 */
export const MIN_ENTRIES = 6;
export const MAX_ENTRIES = 64;

/** A view that points at nothing yet. */
export function emptyView(): ByteView {
  return { bytes: Buffer.alloc(0), start: 0, end: 0 };
}

/**
 * Points `view` at a node.
 * @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT`, `UNSUPPORTED_VERSION`
 */
export function openNode(store: ObjectStore, id: Uint8Array, offset: number, view: ByteView): void {
  store.load(id, offset, view);
  const version = view.bytes[view.start + 1];
  if (version !== NODE_VERSION) {
    throw new PyiError('UNSUPPORTED_VERSION', `A tree node has version ${version}; this PYI reads version ${NODE_VERSION}`,
      'Update PYI; or the id is not that of a tree.');
  }
}

/** 0 for a leaf. */
export function levelOf(view: ByteView): number {
  return view.bytes[view.start] as number;
}

export function countOf(view: ByteView): number {
  return (view.bytes[view.start + 2] as number) | ((view.bytes[view.start + 3] as number) << 8);
}

/** Where value `index` starts, in the view's buffer. Its first 32 bytes are an id. */
export function valueAt(view: ByteView, index: number): number {
  return view.start + HEADER_BYTES + index * VALUE_BYTES;
}

export function prefixLengthOf(view: ByteView): number {
  return u32(view.bytes, view.start + 4);
}

/** Where the prefix starts, in the view's buffer; the suffixes follow it. */
export function prefixAt(view: ByteView, count: number): number {
  return view.start + HEADER_BYTES + count * (VALUE_BYTES + 4);
}

/** Where suffix `index` ends, counted from the start of the suffixes. `index` -1 gives 0. */
export function suffixEnd(view: ByteView, count: number, index: number): number {
  return index < 0 ? 0 : u32(view.bytes, view.start + HEADER_BYTES + count * VALUE_BYTES + index * 4);
}

/** Length of key `index`. */
export function keyLength(view: ByteView, index: number): number {
  const count = countOf(view);
  return prefixLengthOf(view) + suffixEnd(view, count, index) - suffixEnd(view, count, index - 1);
}

/** Copies key `index` to `out` and returns where it ends there. `out` must have room. */
export function copyKey(view: ByteView, index: number, out: Uint8Array, offset: number): number {
  const { bytes } = view;
  const count = countOf(view);
  const prefix = prefixAt(view, count);
  const suffixes = prefix + prefixLengthOf(view);
  const end = suffixes + suffixEnd(view, count, index);
  let to = offset;
  // Loops: keys are too short for a native copy to pay.
  for (let from = prefix; from < suffixes; from++) out[to++] = bytes[from] as number;
  for (let from = suffixes + suffixEnd(view, count, index - 1); from < end; from++) out[to++] = bytes[from] as number;
  return to;
}

/** Key `index` as a path. */
export function pathAt(view: ByteView, index: number): BytePath {
  const count = countOf(view);
  const prefix = prefixAt(view, count);
  const suffixes = prefix + prefixLengthOf(view);
  const start = suffixes + suffixEnd(view, count, index - 1);
  const end = suffixes + suffixEnd(view, count, index);
  return (view.bytes.toString('latin1', prefix, suffixes) + view.bytes.toString('latin1', start, end)) as BytePath;
}

/** Leaf value `index`. The id is a copy: a window would keep a whole segment in memory. */
export function entryAt(view: ByteView, index: number): Entry {
  const { bytes } = view;
  const at = valueAt(view, index);
  return {
    mode: u32(bytes, at + VALUE_U32) as FileMode,
    size: bytes.readDoubleLE(at + VALUE_F64),
    id: Buffer.from(bytes.subarray(at, at + ID_BYTES)),
  };
}

/** Index of a key, or `~index` of the first key above it (`~count` when there is none). Allocates nothing. */
export function search(view: ByteView, key: Uint8Array, start: number, end: number): number {
  const { bytes } = view;
  const count = countOf(view);
  const prefix = prefixAt(view, count);
  const prefixLength = prefixLengthOf(view);
  const shared = Math.min(prefixLength, end - start);
  for (let i = 0; i < shared; i++) {
    const difference = (key[start + i] as number) - (bytes[prefix + i] as number);
    if (difference !== 0) return difference < 0 ? ~0 : ~count;
  }
  if (shared < prefixLength) return ~0;
  const ends = prefix - count * 4;
  const suffixes = prefix + prefixLength;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const suffixStop = suffixes + u32(bytes, ends + middle * 4);
    let at = middle === 0 ? suffixes : suffixes + u32(bytes, ends + middle * 4 - 4);
    let from = start + prefixLength;
    while (from < end && at < suffixStop && key[from] === bytes[at]) {
      from++;
      at++;
    }
    if (from === end) {
      if (at === suffixStop) return middle;
      high = middle;
    } else if (at === suffixStop || (key[from] as number) > (bytes[at] as number)) low = middle + 1;
    else high = middle;
  }
  return ~low;
}

/** True when `view` has the exact layout of a node, whether or not it is one that we wrote. */
export function hasNodeLayout(view: ByteView): boolean {
  const length = view.end - view.start;
  if (length < HEADER_BYTES || view.bytes[view.start + 1] !== NODE_VERSION) return false;
  const count = countOf(view);
  const fixed = HEADER_BYTES + count * (VALUE_BYTES + 4) + prefixLengthOf(view);
  return fixed <= length && fixed + suffixEnd(view, count, count - 1) === length;
}

function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) | ((bytes[at + 1] as number) << 8)
    | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}
