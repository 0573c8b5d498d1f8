import * as fs from 'node:fs';
import { Unclear } from '../unclear.ts';
import { applyDelta } from './delta.ts';
import { deflatedBound, inflate } from './inflate.ts';
import type { GitObject, ObjectType } from './objects.ts';

const OID_BYTES = 20;
const INDEX_MAGIC = 0xff744f63;
const FANOUT_BYTES = 8 + 256 * 4;
const PACK_MAGIC = 0x5041434b;
const PACK_HEADER_BYTES = 12;
/** Fewer names than this are read at once. */
const FEW = 512;
/** The longest head of an entry, and what a small object takes. */
const FIRST_READ = 4096;
const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;
/** The top bit of an offset: a larger one stands elsewhere. */
const IS_LARGE = 0x80000000;
const MAX_DEPTH = 64;

interface Entry {
  readonly type: number;
  /** Of the object, or of its delta. */
  readonly content: Buffer;
  /** Where the base of a delta is. */
  readonly base: number;
}

/** A pack and its index of version 2 (gitformat-pack(5)), open for the reading of a few objects. */
export class Pack {
  readonly #index: number;
  readonly #pack: number;
  readonly #fanout: Buffer;
  readonly #count: number;
  readonly #packBytes: number;
  readonly #largest: number;

  private constructor(index: number, pack: number, largest: number) {
    this.#index = index;
    this.#pack = pack;
    this.#largest = largest;
    const indexBytes = fs.fstatSync(index).size;
    this.#packBytes = fs.fstatSync(pack).size;
    this.#fanout = read(index, 0, FANOUT_BYTES);
    this.#count = this.#fanout.readUInt32BE(FANOUT_BYTES - 4);
    const least = FANOUT_BYTES + this.#count * (OID_BYTES + 8) + 2 * OID_BYTES;
    const header = read(pack, 0, PACK_HEADER_BYTES);
    // What git looks at before it takes anything from a pack.
    const isWhole = this.#fanout.readUInt32BE(0) === INDEX_MAGIC && this.#fanout.readUInt32BE(4) === 2 && indexBytes >= least && indexBytes <= least + 8 * Math.max(0, this.#count - 1)
      && header.readUInt32BE(0) === PACK_MAGIC && header.readUInt32BE(4) === 2 && header.readUInt32BE(8) === this.#count
      && read(pack, this.#packBytes - OID_BYTES, OID_BYTES).equals(read(index, indexBytes - 2 * OID_BYTES, OID_BYTES));
    if (!isWhole) throw new Unclear();
  }

  /** `name`: path without `.idx`. @throws Unclear when it cannot be read */
  static open(name: string, largest: number): Pack {
    const files: number[] = [];
    try {
      for (const extension of ['.idx', '.pack']) files.push(fs.openSync(name + extension, 'r'));
      return new Pack(files[0] ?? -1, files[1] ?? -1, largest);
    } catch {
      for (const file of files) fs.closeSync(file);
      throw new Unclear();
    }
  }

  close(): void {
    fs.closeSync(this.#index);
    fs.closeSync(this.#pack);
  }

  /** Where an object begins; undefined when it is not in this pack. @throws Unclear */
  find(oid: Buffer): number | undefined {
    const first = oid[0] ?? 0;
    let low = first === 0 ? 0 : this.#fanout.readUInt32BE(8 + 4 * (first - 1));
    let high = this.#fanout.readUInt32BE(8 + 4 * first);
    if (low > high || high > this.#count) throw new Unclear();
    while (high - low > FEW) {
      const middle = (low + high) >>> 1;
      if (this.#names(middle, 1).compare(oid) <= 0) low = middle;
      else high = middle;
    }
    const names = this.#names(low, high - low);
    for (let at = 0; at < high - low; at++) {
      if (names.compare(oid, 0, OID_BYTES, at * OID_BYTES, (at + 1) * OID_BYTES) === 0) return this.#offset(low + at);
    }
    return undefined;
  }

  /** The object at a place. `spend` is told of the bytes that this takes, and may throw. @throws Unclear when it is broken, or too large */
  object(offset: number, spend: (bytes: number) => void): GitObject {
    const deltas: Buffer[] = [];
    const spent = (content: Buffer): Buffer => {
      spend(content.length);
      return content;
    };
    for (let entry = this.#entry(offset); ; entry = this.#entry(entry.base)) {
      const type = TYPES[entry.type];
      spend(entry.content.length);
      if (type !== undefined) return { type, content: deltas.reduceRight((base, delta) => spent(applyDelta(base, delta, this.#largest)), entry.content) };
      deltas.push(entry.content);
      if (deltas.length > MAX_DEPTH) throw new Unclear();
    }
  }

  #names(from: number, count: number): Buffer {
    return read(this.#index, FANOUT_BYTES + from * OID_BYTES, count * OID_BYTES);
  }

  #offset(place: number): number {
    const offsets = FANOUT_BYTES + this.#count * (OID_BYTES + 4);
    const small = read(this.#index, offsets + 4 * place, 4).readUInt32BE(0);
    if (small < IS_LARGE) return small;
    return Number(read(this.#index, offsets + 4 * this.#count + 8 * (small - IS_LARGE), 8).readBigUInt64BE(0));
  }

  #entry(offset: number): Entry {
    const end = this.#packBytes - OID_BYTES;
    if (offset < PACK_HEADER_BYTES || offset >= end) throw new Unclear();
    const head = read(this.#pack, offset, Math.min(FIRST_READ, end - offset));
    let at = 0;
    const byte = (): number => {
      const value = head[at++];
      if (value === undefined) throw new Unclear();
      return value;
    };
    let next = byte();
    const type = next >> 4 & 0x07;
    let size = next & 0x0f;
    for (let factor = 16; (next & 0x80) !== 0; factor *= 128) {
      next = byte();
      size += (next & 0x7f) * factor;
      if (size > this.#largest) throw new Unclear();
    }
    let base = 0;
    if (type === OFFSET_DELTA) {
      next = byte();
      let back = next & 0x7f;
      while ((next & 0x80) !== 0) {
        next = byte();
        back = (back + 1) * 128 + (next & 0x7f);
      }
      base = offset - back;
    } else if (type === REFERENCE_DELTA) {
      base = this.find(head.subarray(at, at + OID_BYTES)) ?? 0;
      at += OID_BYTES;
    } else if (TYPES[type] === undefined) {
      throw new Unclear();
    }
    const needed = Math.min(deflatedBound(size), end - offset - at);
    const { content } = inflate(at + needed <= head.length ? head.subarray(at) : read(this.#pack, offset + at, needed), size);
    if (content.length !== size) throw new Unclear();
    return { type, content, base };
  }
}

/** @throws Unclear when there are fewer bytes */
function read(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  if (position < 0 || fs.readSync(file, bytes, 0, length, position) !== length) throw new Unclear();
  return bytes;
}
