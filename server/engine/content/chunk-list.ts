import { PyiError } from '../../../protocol/errors.ts';
import type { ByteView } from '../ports.ts';

/*
 * List of the chunks of a file, little endian (docs/tree-format.md):
 *
 *   "PYIC" · u32 version · f64 total size · for each chunk: u32 length · id 32
 */

export const MAGIC = 0x43495950;
export const LIST_VERSION = 1;
export const LIST_HEADER_BYTES = 16;
const ITEM_BYTES = 36;
/** Offset of the id in an item. */
const ITEM_ID = 4;
const ITEMS_AT_FIRST = 64;

/** Collects chunks and gives the bytes of their list. */
export class ChunkListBuilder {
  #bytes = Buffer.alloc(LIST_HEADER_BYTES + ITEMS_AT_FIRST * ITEM_BYTES);
  #length = LIST_HEADER_BYTES;
  #size = 0;

  /** Bytes of content listed so far. */
  get size(): number {
    return this.#size;
  }

  add(id: Uint8Array, length: number): void {
    if (this.#length + ITEM_BYTES > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2);
    this.#bytes.writeUInt32LE(length, this.#length);
    this.#bytes.set(id, this.#length + ITEM_ID);
    this.#length += ITEM_BYTES;
    this.#size += length;
  }

  encode(): Buffer {
    this.#bytes.writeUInt32LE(MAGIC, 0);
    this.#bytes.writeUInt32LE(LIST_VERSION, 4);
    this.#bytes.writeDoubleLE(this.#size, 8);
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Checks the header of a list. @throws PyiError `UNSUPPORTED_VERSION`, `CORRUPT_OBJECT` */
export function checkList(list: ByteView): void {
  const length = list.end - list.start;
  if (length < LIST_HEADER_BYTES || (length - LIST_HEADER_BYTES) % ITEM_BYTES !== 0 || list.bytes.readUInt32LE(list.start) !== MAGIC) {
    throw new PyiError('CORRUPT_OBJECT', 'A chunk list is not one', 'Run "pyi verify" to see what else is damaged.');
  }
  const version = list.bytes.readUInt32LE(list.start + 4);
  if (version !== LIST_VERSION) {
    throw new PyiError('UNSUPPORTED_VERSION', `A chunk list has version ${version}; this PYI reads version ${LIST_VERSION}`, 'Update PYI, then try again.');
  }
}

/** Size of the listed content, in bytes. */
export function totalSize(list: ByteView): number {
  return list.bytes.readDoubleLE(list.start + 8);
}

/** Calls `visit` for the id and the length of each chunk, in order, until it returns false. */
export function eachChunk(list: ByteView, visit: (bytes: Buffer, offset: number, length: number) => boolean): void {
  const { bytes } = list;
  for (let at = list.start + LIST_HEADER_BYTES; at < list.end; at += ITEM_BYTES) {
    if (!visit(bytes, at + ITEM_ID, bytes.readUInt32LE(at))) return;
  }
}
