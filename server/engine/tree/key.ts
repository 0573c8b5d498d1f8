/** How many bits of a key's hash one level looks at: one key in four is a boundary. */
const BITS_PER_LEVEL = 2;

/** Byte order of two keys inside larger buffers: negative, zero or positive. */
export function compareKeys(
  a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    const difference = (a[aStart + i] as number) - (b[bStart + i] as number);
    if (difference !== 0) return difference;
  }
  return (aEnd - aStart) - (bEnd - bStart);
}

/**
 * True when a node of `level` may end after this key. Levels look at different bits.
 *
 * FNV-1a with the finaliser of MurmurHash3 (FNV alone mixes its low bits badly). It is not
 * cryptographic: whoever chooses names to defeat it meets `MAX_ENTRIES` (node.ts).
 */
export function isBoundary(key: Uint8Array, start: number, end: number, level: number): boolean {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (key[i] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return ((hash >>> (level * BITS_PER_LEVEL)) & ((1 << BITS_PER_LEVEL) - 1)) === 0;
}
