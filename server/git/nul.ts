import { bytePathFromBytes } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';

/** Paths as git's `-z --stdin` options read them: each ended by NUL. */
export function nulTerminated(paths: Iterable<BytePath>): Buffer {
  let text = '';
  for (const path of paths) text += `${path}\0`;
  return Buffer.from(text, 'latin1');
}

/** The fields of git's `-z` output, as one-byte strings. */
export function* nulFields(output: Buffer): Generator<BytePath> {
  let start = 0;
  while (start < output.length) {
    const nul = output.indexOf(0, start);
    const end = nul < 0 ? output.length : nul;
    yield bytePathFromBytes(output.subarray(start, end));
    start = end + 1;
  }
}
