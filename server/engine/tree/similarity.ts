/** Longest piece of content that is counted as one, as in git. */
const MAX_PIECE = 64;
/** git's modulus for the hash of a piece (diffcore-delta.c). */
const HASH_BASE = 107_927;
/** git looks for a NUL in so many bytes to tell binary from text. */
const BINARY_PROBE = 8000;

/** Bytes of content per piece hash, sorted by hash: what two contents are compared by. */
export interface Fingerprint {
  readonly hashes: Uint32Array;
  readonly weights: Uint32Array;
  readonly size: number;
}

/**
 * Cuts content into lines, or 64 bytes where lines are longer, and counts the bytes by hash of the piece: git's
 * `hash_chars` (diffcore-delta.c), so that similarities come out as git's. In text a CR before LF does not count.
 */
export function fingerprint(content: Buffer): Fingerprint {
  const isText = !content.subarray(0, BINARY_PROBE).includes(0);
  const weightOf = new Map<number, number>();
  let low = 0;
  let high = 0;
  let length = 0;
  for (let i = 0; i < content.length; i++) {
    const byte = content[i] as number;
    if (isText && byte === 0x0d && content[i + 1] === 0x0a) continue;
    const carried = low;
    low = ((low << 7) ^ (high >>> 25)) >>> 0;
    high = ((high << 7) ^ (carried >>> 25)) >>> 0;
    low = (low + byte) >>> 0;
    if (++length < MAX_PIECE && byte !== 0x0a) continue;
    count(weightOf, low, high, length);
    low = high = length = 0;
  }
  if (length > 0) count(weightOf, low, high, length);
  const hashes = Uint32Array.from(weightOf.keys()).sort();
  return { hashes, weights: hashes.map((hash) => weightOf.get(hash) ?? 0), size: content.length };
}

/** How much of the larger content the two have in common, 0 to 1. */
export function similarity(a: Fingerprint, b: Fingerprint): number {
  const larger = Math.max(a.size, b.size);
  if (larger === 0) return 0;
  let common = 0;
  for (let i = 0, j = 0; i < a.hashes.length && j < b.hashes.length;) {
    const difference = (a.hashes[i] as number) - (b.hashes[j] as number);
    if (difference === 0) common += Math.min(a.weights[i++] as number, b.weights[j++] as number);
    else if (difference < 0) i++;
    else j++;
  }
  return common / larger;
}

function count(weightOf: Map<number, number>, low: number, high: number, length: number): void {
  const hash = ((low + Math.imul(high, 0x61)) >>> 0) % HASH_BASE;
  weightOf.set(hash, (weightOf.get(hash) ?? 0) + length);
}
