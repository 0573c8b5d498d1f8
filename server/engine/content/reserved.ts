import type { ByteView } from '../ports.ts';
import { hasNodeLayout } from '../tree/node.ts';
import { MAGIC } from './chunk-list.ts';

/** How the other objects that have an identity begin: checkpoints and conflicts, both JSON. */
const JSON_STARTS = ['{"v":1,"root":"', '{"reason":"'].map((text) => Buffer.from(text));
/** Shorter content is never reserved. */
const SHORTEST = 8;

/**
 * True for content that could be another kind of object, byte for byte. An id depends on the bytes alone, so such content
 * may not be stored as one blob: a file with the eight bytes of the empty tree would keep that tree from being stored.
 * Errs on the side of caution; content.ts cuts such content in two.
 */
export function isReserved(content: ByteView): boolean {
  const { bytes, start, end } = content;
  if (end - start < SHORTEST) return false;
  if (bytes.readUInt32LE(start) === MAGIC) return true;
  return JSON_STARTS.some((text) => text.equals(bytes.subarray(start, Math.min(end, start + text.length)))) || hasNodeLayout(content);
}
