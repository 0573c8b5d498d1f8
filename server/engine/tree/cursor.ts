import type { BytePath } from '../../../protocol/paths.ts';
import { bytesFromBytePath } from '../../../protocol/paths.ts';
import type { ByteView, ObjectStore } from '../ports.ts';
import type { Entry } from './entry.ts';
import { compareKeys } from './key.ts';
import {
  ID_BYTES, VALUE_BYTES, copyKey, countOf, emptyView, entryAt, keyLength, levelOf, openNode, pathAt, search, valueAt,
} from './node.ts';

interface Frame {
  readonly view: ByteView;
  index: number;
  count: number;
}

/**
 * A place in a tree that moves forward in path order, over entries or whole subtrees.
 *
 * What it points at is an item: an entry (`height` 0), a subtree whose node has level `height - 1`, or
 * nothing any more (`height` -1). `expand` steps into a subtree, `advance` steps over an item.
 */
export class Cursor {
  height = -1;
  readonly #store: ObjectStore;
  readonly #root: Uint8Array;
  readonly #frames: Frame[] = [];
  #depth = -1;
  #key: Uint8Array = Buffer.alloc(256);
  #keyLength = 0;

  /** Points at the whole tree. */
  constructor(store: ObjectStore, root: Uint8Array) {
    this.#store = store;
    this.#root = root;
    const frame = this.#frame(0);
    openNode(store, root, 0, frame.view);
    this.height = levelOf(frame.view) + 1;
  }

  /** Steps into the subtree that the cursor points at: to its first item, or past it when it is empty. */
  expand(): void {
    if (this.#depth < 0) this.#enter(this.#root, 0);
    else {
      const { view, index } = this.#top();
      this.#enter(view.bytes, valueAt(view, index));
    }
    this.#settle();
  }

  /** Steps over the item that the cursor points at. */
  advance(): void {
    if (this.#depth < 0) this.height = -1;
    else {
      this.#top().index++;
      this.#settle();
    }
  }

  /** Goes down to the entry that is next. False when there is none. */
  toEntry(): boolean {
    while (this.height > 0) this.expand();
    return this.height === 0;
  }

  /** Goes to the first entry whose path is `path` or above it. False when there is none. */
  seek(path: BytePath): boolean {
    const key = bytesFromBytePath(path);
    this.#depth = -1;
    this.#enter(this.#root, 0);
    for (let level = levelOf(this.#top().view); ; level--) {
      const frame = this.#top();
      const found = search(frame.view, key, 0, key.length);
      frame.index = found < 0 ? ~found : found;
      if (level === 0 || frame.index === frame.count) break;
      this.#enter(frame.view.bytes, valueAt(frame.view, frame.index));
    }
    this.#settle();
    return this.toEntry();
  }

  /** Path of the entry that the cursor points at. */
  path(): BytePath {
    const { view, index } = this.#top();
    return pathAt(view, index);
  }

  /** The entry that the cursor points at. */
  entry(): Entry {
    const { view, index } = this.#top();
    return entryAt(view, index);
  }

  /** True when both point at the same subtree, by id. Both must be of the same height, above 0. */
  sameSubtree(other: Cursor): boolean {
    return equalBytes(this.#idBytes(), this.#idAt(), other.#idBytes(), other.#idAt(), ID_BYTES);
  }

  /** True when both point at entries that record the same of their paths. */
  sameEntry(other: Cursor): boolean {
    return equalBytes(this.#idBytes(), this.#idAt(), other.#idBytes(), other.#idAt(), VALUE_BYTES);
  }

  /** Order of the paths of the entries that two cursors point at. */
  comparePath(other: Cursor): number {
    return compareKeys(this.#loadKey(), 0, this.#keyLength, other.#loadKey(), 0, other.#keyLength);
  }

  #idBytes(): Uint8Array {
    return this.#depth < 0 ? this.#root : this.#top().view.bytes;
  }

  #idAt(): number {
    if (this.#depth < 0) return 0;
    const { view, index } = this.#top();
    return valueAt(view, index);
  }

  #loadKey(): Uint8Array {
    const { view, index } = this.#top();
    const length = keyLength(view, index);
    if (length > this.#key.length) this.#key = Buffer.alloc(length * 2);
    this.#keyLength = copyKey(view, index, this.#key, 0);
    return this.#key;
  }

  #enter(id: Uint8Array, offset: number): void {
    const frame = this.#frame(this.#depth + 1);
    openNode(this.#store, id, offset, frame.view);
    frame.index = 0;
    frame.count = countOf(frame.view);
    this.#depth++;
  }

  /** Leaves nodes that are used up, and sets the height of what is next. */
  #settle(): void {
    for (; this.#depth >= 0; this.#depth--) {
      const { view, index, count } = this.#top();
      if (index < count) {
        this.height = levelOf(view);
        return;
      }
      if (this.#depth > 0) (this.#frames[this.#depth - 1] as Frame).index++;
    }
    this.height = -1;
  }

  #top(): Frame {
    return this.#frames[this.#depth] as Frame;
  }

  #frame(depth: number): Frame {
    return this.#frames[depth] ??= { view: emptyView(), index: 0, count: 0 };
  }
}

function equalBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}
