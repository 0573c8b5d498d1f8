/*
 * FastCDC (Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication",
 * USENIX ATC 2016), with normalised chunking. The parameters and the gear table decide where files are cut, and so
 * which chunks two versions share: changing any of them is a new version of the chunk list (docs/tree-format.md).
 */

export const MIN_CHUNK = 16 * 1024;
export const AVERAGE_CHUNK = 64 * 1024;
export const MAX_CHUNK = 256 * 1024;

/** Shifts that leave 18 bits to be zero before the average size, and 14 after it: level 2 around 2^16. */
const STRICT_SHIFT = 32 - 18;
const LOOSE_SHIFT = 32 - 14;

const GEAR = gearTable(0x5059_4931);

/**
 * Where the chunk that starts at `start` ends, at `end` at the latest. The answer is final when `end` is the end of
 * the content or `MAX_CHUNK` bytes away.
 */
export function cutPoint(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length <= MIN_CHUNK) return end;
  const stop = start + Math.min(length, MAX_CHUNK);
  const middle = Math.min(start + AVERAGE_CHUNK, stop);
  // The high bits are tested: they depend on the last bytes seen, up to 32 of them.
  let hash = 0;
  let at = start + MIN_CHUNK;
  for (; at < middle; at++) {
    hash = ((hash << 1) + (GEAR[bytes[at] as number] as number)) | 0;
    if (hash >>> STRICT_SHIFT === 0) return at + 1;
  }
  for (; at < stop; at++) {
    hash = ((hash << 1) + (GEAR[bytes[at] as number] as number)) | 0;
    if (hash >>> LOOSE_SHIFT === 0) return at + 1;
  }
  return stop;
}

/** 256 pseudo-random words from a fixed seed, by Marsaglia's xorshift32 (13, 17, 5). */
function gearTable(seed: number): Int32Array {
  const table = new Int32Array(256);
  let state = seed;
  for (let i = 0; i < table.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    table[i] = state;
  }
  return table;
}
