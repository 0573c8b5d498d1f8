import * as zlib from 'node:zlib';

/** Below this many bytes the table is faster than the call into zlib. */
const NATIVE_FROM = 64;

/** Absent before Node 20.15. */
const nativeCrc = zlib.crc32 as typeof zlib.crc32 | undefined;

const table = makeTable();

/** CRC-32 (IEEE 802.3, as zlib) of `bytes[start…end]`, continued from `seed`. */
export function crc32(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  if (nativeCrc !== undefined && end - start >= NATIVE_FROM) return nativeCrc(bytes.subarray(start, end), seed);
  return tableCrc32(bytes, start, end, seed);
}

/** The same by table, for short inputs and old runtimes. */
export function tableCrc32(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  let crc = ~seed;
  for (let i = start; i < end; i++) crc = (table[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTable(): Int32Array {
  const entries = new Int32Array(256);
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    entries[n] = crc;
  }
  return entries;
}
