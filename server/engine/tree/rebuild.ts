import type { ByteView, ObjectStore } from '../ports.ts';
import type { EditBatch } from './edit-batch.ts';
import type { Entry } from './entry.ts';
import { entriesEqual } from './entry.ts';
import { LevelBuilder } from './level-builder.ts';
import { ID_BYTES, countOf, emptyView, entryAt, levelOf, openNode, search, valueAt } from './node.ts';

/**
 * Makes a tree from another one and a batch of edits, in one pass in key order.
 *
 * Each level has a builder. A subtree without edits goes in whole, by its id, when no level below it has
 * a node under way; otherwise it is opened, until the boundaries of the old and the new tree fall together
 * again. Splits depend on keys alone, so the result does not depend on the way that led there.
 *
 * One rebuilder serves many calls, to reuse its buffers; it keeps nothing from one call to the next.
 */
export class Rebuilder {
  added = 0;
  changed = 0;
  deleted = 0;
  /** Indices of the edits that inserted a path. */
  inserted: number[] = [];
  readonly #builders: LevelBuilder[] = [new LevelBuilder(0)];
  readonly #views: ByteView[] = [];
  /** Highest level that has been given anything. */
  #top = 0;

  /** Applies `batch` to `root` and returns the new root. The counters tell what it did. */
  run(store: ObjectStore, root: Uint8Array, batch: EditBatch): Buffer {
    this.added = this.changed = this.deleted = this.#top = 0;
    this.inserted = [];
    for (const builder of this.#builders) builder.reset();
    this.#node(store, root, 0, 0, batch, 0, batch.length);
    return this.#finish(store);
  }

  /** Opens a node and gives what is in it, with the edits `low…high`, to the builders. */
  #node(store: ObjectStore, id: Uint8Array, offset: number, depth: number, batch: EditBatch, low: number, high: number): void {
    const view = this.#views[depth] ??= emptyView();
    openNode(store, id, offset, view);
    if (levelOf(view) === 0) this.#leaf(store, view, batch, low, high);
    else this.#inner(store, view, depth, batch, low, high);
  }

  #inner(store: ObjectStore, view: ByteView, depth: number, batch: EditBatch, low: number, high: number): void {
    const level = levelOf(view);
    const count = countOf(view);
    let next = low;
    let edited = this.#editedChild(view, count, batch, next, high);
    for (let child = 0; child < count; child++) {
      if (child < edited && this.#isClear(store, level - 1)) {
        this.#builderFor(store, level).appendFrom(view, child);
        continue;
      }
      const stop = child < edited ? next : this.#editsOf(view, child, count, batch, next, high);
      this.#node(store, view.bytes, valueAt(view, child), depth + 1, batch, next, stop);
      if (stop === next) continue;
      next = stop;
      edited = this.#editedChild(view, count, batch, next, high);
    }
  }

  /** Where the edits of `child` end, which takes the edit `next`. The last child takes what is above all keys, too. */
  #editsOf(view: ByteView, child: number, count: number, batch: EditBatch, next: number, high: number): number {
    return child === count - 1 || high - next === 1 ? high : batch.after(view, child, next, high);
  }

  /** The child that takes the next edit, or `count` when there is none. */
  #editedChild(view: ByteView, count: number, batch: EditBatch, next: number, high: number): number {
    if (next === high) return count;
    const index = search(view, batch.keys, batch.keyStart(next), batch.keyEnd(next));
    return index >= 0 ? index : Math.min(~index, count - 1);
  }

  #leaf(store: ObjectStore, view: ByteView, batch: EditBatch, low: number, high: number): void {
    const count = countOf(view);
    let index = 0;
    for (let edit = low; edit < high; edit++) {
      const found = search(view, batch.keys, batch.keyStart(edit), batch.keyEnd(edit));
      const stop = found >= 0 ? found : ~found;
      for (; index < stop; index++) this.#builderFor(store, 0).appendFrom(view, index);
      const entry = batch.entry(edit);
      if (found >= 0) {
        this.#replace(store, view, index, batch, edit, entry);
        index++;
      } else if (entry !== null) {
        this.added++;
        this.inserted.push(edit);
        this.#append(store, batch, edit, entry);
      }
    }
    for (; index < count; index++) this.#builderFor(store, 0).appendFrom(view, index);
  }

  #replace(store: ObjectStore, view: ByteView, index: number, batch: EditBatch, edit: number, entry: Entry | null): void {
    if (entry === null) {
      this.deleted++;
      return;
    }
    if (!entriesEqual(entry, entryAt(view, index))) this.changed++;
    this.#append(store, batch, edit, entry);
  }

  #append(store: ObjectStore, batch: EditBatch, edit: number, entry: Entry): void {
    this.#builderFor(store, 0).appendEntry(batch.keys, batch.keyStart(edit), batch.keyEnd(edit), entry);
  }

  /** True when no node is under way at `level` or below, so that a subtree of that level may go in whole. */
  #isClear(store: ObjectStore, level: number): boolean {
    for (let i = 0; i <= Math.min(level, this.#top); i++) {
      const builder = this.#builders[i] as LevelBuilder;
      if (builder.count === 0) continue;
      if (!builder.closed) return false;
      this.#close(store, builder);
    }
    return true;
  }

  /** The builder of a level, ready for an entry. */
  #builderFor(store: ObjectStore, level: number): LevelBuilder {
    for (let i = this.#builders.length; i <= level; i++) this.#builders.push(new LevelBuilder(i));
    if (level > this.#top) this.#top = level;
    const builder = this.#builders[level] as LevelBuilder;
    if (builder.closed) this.#close(store, builder);
    return builder;
  }

  #close(store: ObjectStore, builder: LevelBuilder): void {
    this.#builderFor(store, builder.level + 1).appendChild(store, builder);
  }

  /** The root is the node of the lowest level that has only one. */
  #finish(store: ObjectStore): Buffer {
    for (let level = 0; level < this.#top; level++) {
      const builder = this.#builders[level] as LevelBuilder;
      if (builder.count > 0) this.#close(store, builder);
    }
    const builder = this.#builders[this.#top] as LevelBuilder;
    if (this.#top === 0 || builder.count > 1) return builder.write(store);
    return this.#shorten(store, builder.firstChild());
  }

  /** Skips nodes with a single child, which a subtree that was taken whole may have on top. */
  #shorten(store: ObjectStore, node: Buffer): Buffer {
    const view = this.#views[0] ??= emptyView();
    for (let id = node; ; id = Buffer.from(view.bytes.subarray(valueAt(view, 0), valueAt(view, 0) + ID_BYTES))) {
      openNode(store, id, 0, view);
      if (levelOf(view) === 0 || countOf(view) > 1) return id;
    }
  }
}
