import { inflateRawSync } from 'node:zlib';
import { Codec } from './format.ts';
import { hashMatches } from './hash.ts';

/** Content of a frame from its stored bytes, checked against the id at `id[idAt…+32]`; undefined when it does not match. */
export function decodePayload(stored: Buffer, codec: number, rawLength: number, id: Uint8Array, idAt: number): Buffer | undefined {
  const content = codec === Codec.raw ? stored : inflate(stored, codec, rawLength);
  return content !== undefined && hashMatches(content, id, idAt) ? content : undefined;
}

function inflate(stored: Buffer, codec: number, rawLength: number): Buffer | undefined {
  if (codec !== Codec.deflateRaw) return undefined;
  try {
    // The bound keeps a damaged or forged frame from unpacking to more than it says.
    return inflateRawSync(stored, { maxOutputLength: Math.max(rawLength, 1) });
  } catch {
    return undefined;
  }
}
