import { inflateSync } from 'node:zlib';
import { Unclear } from '../unclear.ts';

/** The least and the most that Node is told to take at once. */
const MIN_CHUNK = 64;
const MAX_CHUNK = 64 * 1024;

export interface Inflated {
  readonly content: Buffer;
  /** How many bytes the stream had. */
  readonly taken: number;
}

/** Inflates the stream at the start of `bytes`, to `largest` bytes at most. @throws Unclear */
export function inflate(bytes: Buffer, largest: number): Inflated {
  try {
    const options = { chunkSize: Math.min(Math.max(MIN_CHUNK, largest + 1), MAX_CHUNK), maxOutputLength: largest + 1, info: true };
    // The types do not know what `info` returns.
    const { buffer, engine } = inflateSync(bytes, options) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    return { content: buffer, taken: engine.bytesWritten };
  } catch {
    throw new Unclear();
  }
}

/** More than so many bytes no stream takes that holds `size` bytes (`deflateBound`). */
export function deflatedBound(size: number): number {
  return size + (size >>> 8) + MIN_CHUNK;
}
