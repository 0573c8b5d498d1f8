import type { ByteView } from '../ports.ts';
import type { Edit, Entry } from './entry.ts';
import { compareKeys } from './key.ts';
import { copyKey, keyLength } from './node.ts';

/** Edits in path order, one for each path (the last one given wins), with their keys as bytes. */
export class EditBatch {
  readonly edits: readonly Edit[];
  readonly keys: Buffer;
  readonly #ends: Uint32Array;

  constructor(edits: readonly Edit[]) {
    this.edits = inOrder(edits);
    let size = 0;
    for (const { path } of this.edits) size += path.length;
    this.keys = Buffer.allocUnsafe(size);
    this.#ends = new Uint32Array(this.edits.length);
    let end = 0;
    this.edits.forEach(({ path }, index) => {
      end += this.keys.write(path, end, 'latin1');
      this.#ends[index] = end;
    });
  }

  get length(): number {
    return this.edits.length;
  }

  entry(index: number): Entry | null {
    return (this.edits[index] as Edit).entry;
  }

  keyStart(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1] as number;
  }

  keyEnd(index: number): number {
    return this.#ends[index] as number;
  }

  /** The first of the edits `from…to` whose path is above key `index` of a node. */
  after(view: ByteView, index: number, from: number, to: number): number {
    const length = keyLength(view, index);
    const nodeKey = Buffer.allocUnsafe(length);
    copyKey(view, index, nodeKey, 0);
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.keys, this.keyStart(middle), this.keyEnd(middle), nodeKey, 0, length) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The edit of a path, if there is one. */
  find(path: string): Edit | undefined {
    let low = 0;
    let high = this.edits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.edits[middle] as Edit).path < path) low = middle + 1;
      else high = middle;
    }
    const edit = this.edits[low];
    return edit?.path === path ? edit : undefined;
  }
}

function inOrder(edits: readonly Edit[]): readonly Edit[] {
  if (isAscending(edits)) return edits;
  // One-byte strings compare as their bytes do; the sort is stable, so the last of equals stays last.
  const sorted = [...edits].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return sorted.filter((edit, index) => sorted[index + 1]?.path !== edit.path);
}

function isAscending(edits: readonly Edit[]): boolean {
  for (let i = 1; i < edits.length; i++) {
    if ((edits[i - 1] as Edit).path >= (edits[i] as Edit).path) return false;
  }
  return true;
}
