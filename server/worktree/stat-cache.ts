/**
 * What every captured file looked like when its content was last read: size, times, inode, mode and
 * content id, as git's index keeps them. A file whose lstat still says the same is not read again.
 *
 * Times are Node's millisecond doubles (steps of a quarter of a microsecond). They are compared for
 * equality only, and whatever the steps hide is covered by the rule for racily clean files
 * (git's Documentation/technical/racy-git.txt): a file that changed about when it was looked at may
 * change again without its times showing it, so its entry is not believed.
 */
import type fs from 'node:fs';
import type { BytePath } from '../../protocol/paths.ts';
import type { Entry, FileMode } from '../engine/tree/entry.ts';
import { PathTree } from './path-tree.ts';

/** Steps of file times, at worst: the kernel's tick (100 Hz), doubled. */
const TICK_MS = 20;
/** The same for file systems that keep whole seconds (FAT: two). */
const WHOLE_SECONDS_MS = 2_000;

/** Bits of a row's flags, also on disk: the mode in the low three. */
const MODE_MASK = 7;
const DOUBTFUL = 8;

const ID_BYTES = 32;
const FIRST_ROWS = 256;

/** One row as it is saved and loaded. */
export interface CacheRow {
  readonly path: BytePath;
  readonly flags: number;
  readonly size: number;
  readonly fileSize: number;
  readonly modified: number;
  readonly changed: number;
  readonly inode: number;
  /** Window on the content id; copy it to keep it. */
  readonly id: Uint8Array;
}

/** Path → (entry, what lstat said). Rows live in columns: about 100 bytes a file beside its name. */
export class StatCache {
  readonly #rows = new PathTree<number>();
  readonly #free: number[] = [];
  #used = 0;
  #capacity = FIRST_ROWS;
  #sizes = new Float64Array(FIRST_ROWS);
  #fileSizes = new Float64Array(FIRST_ROWS);
  #modified = new Float64Array(FIRST_ROWS);
  #changed = new Float64Array(FIRST_ROWS);
  #inodes = new Float64Array(FIRST_ROWS);
  #flags = new Uint8Array(FIRST_ROWS);
  #ids = Buffer.alloc(FIRST_ROWS * ID_BYTES);

  get size(): number {
    return this.#rows.size;
  }

  has(path: BytePath): boolean {
    return this.#rows.has(path);
  }

  hasUnder(directory: BytePath): boolean {
    return this.#rows.hasUnder(directory);
  }

  /** What the file at `path` was captured as. */
  entry(path: BytePath): Entry | undefined {
    const row = this.#rows.get(path);
    if (row === undefined) return undefined;
    return {
      mode: ((this.#flags[row] ?? 0) & MODE_MASK) as FileMode,
      size: this.#sizes[row] ?? 0,
      id: Buffer.from(this.#ids.subarray(row * ID_BYTES, (row + 1) * ID_BYTES)),
    };
  }

  /** True when the cached entry is exactly `entry`. */
  holds(path: BytePath, entry: Entry): boolean {
    const row = this.#rows.get(path);
    return row !== undefined && this.#rowHolds(row, entry);
  }

  /** True when `stats` proves that the file is what {@link entry} says. */
  proves(path: BytePath, stats: fs.Stats): boolean {
    const row = this.#rows.get(path);
    return row !== undefined
      && ((this.#flags[row] ?? 0) & DOUBTFUL) === 0
      && this.#modified[row] === stats.mtimeMs
      && this.#fileSizes[row] === stats.size
      && this.#changed[row] === stats.ctimeMs
      && this.#inodes[row] === stats.ino;
  }

  /** Records `entry` without a believable lstat: the next look at the file reads it. */
  setUnproven(path: BytePath, entry: Entry): void {
    const row = this.#write(path, entry);
    this.#flags[row] = entry.mode | DOUBTFUL;
    this.#fileSizes[row] = this.#modified[row] = this.#changed[row] = this.#inodes[row] = 0;
  }

  /**
   * Records `entry` with the lstat under which it was read; `lookedAt` is the wall clock (ms) at that
   * moment, which decides whether the row is racily clean.
   */
  set(path: BytePath, entry: Entry, stats: fs.Stats, lookedAt: number): void {
    const row = this.#write(path, entry);
    this.#flags[row] = entry.mode | (isRacy(stats, lookedAt) ? DOUBTFUL : 0);
    this.#fileSizes[row] = stats.size;
    this.#modified[row] = stats.mtimeMs;
    this.#changed[row] = stats.ctimeMs;
    this.#inodes[row] = stats.ino;
  }

  /** Makes the next look at the file read it. */
  doubt(path: BytePath): void {
    const row = this.#rows.get(path);
    if (row !== undefined) this.#flags[row] = (this.#flags[row] ?? 0) | DOUBTFUL;
  }

  delete(path: BytePath): boolean {
    const row = this.#rows.delete(path);
    if (row === undefined) return false;
    this.#inodes[row] = 0;
    this.#free.push(row);
    return true;
  }

  /** The paths at and below `directory`. Rows may be deleted meanwhile. */
  *paths(directory: BytePath): Generator<BytePath> {
    for (const [path] of this.#rows.under(directory)) yield path;
  }

  /**
   * The paths that were last seen as links to one inode. Cheap (50 µs in 100 k rows) unless there are
   * several: then all names are gone through, as rows do not know theirs.
   */
  pathsWithInode(inode: number): BytePath[] {
    let found = 0;
    for (let row = 0; row < this.#used; row++) if (this.#inodes[row] === inode) found++;
    const paths: BytePath[] = [];
    if (found < 2) return paths;
    for (const [path, row] of this.#rows.under('' as BytePath)) if (this.#inodes[row] === inode) paths.push(path);
    return paths;
  }

  /** Every row, for saving. The rows' ids are windows. */
  *rows(): Generator<CacheRow> {
    for (const [path, row] of this.#rows.under('' as BytePath)) {
      yield {
        path,
        flags: this.#flags[row] ?? 0,
        size: this.#sizes[row] ?? 0,
        fileSize: this.#fileSizes[row] ?? 0,
        modified: this.#modified[row] ?? 0,
        changed: this.#changed[row] ?? 0,
        inode: this.#inodes[row] ?? 0,
        id: this.#ids.subarray(row * ID_BYTES, (row + 1) * ID_BYTES),
      };
    }
  }

  /** Takes a row that {@link rows} gave. */
  restore(saved: CacheRow): void {
    const row = this.#write(saved.path, { mode: (saved.flags & MODE_MASK) as FileMode, size: saved.size, id: saved.id as Buffer });
    this.#flags[row] = saved.flags;
    this.#fileSizes[row] = saved.fileSize;
    this.#modified[row] = saved.modified;
    this.#changed[row] = saved.changed;
    this.#inodes[row] = saved.inode;
  }

  #rowHolds(row: number, entry: Entry): boolean {
    return ((this.#flags[row] ?? 0) & MODE_MASK) === entry.mode
      && this.#ids.compare(entry.id, 0, ID_BYTES, row * ID_BYTES, (row + 1) * ID_BYTES) === 0;
  }

  #write(path: BytePath, entry: Entry): number {
    let row = this.#rows.get(path);
    if (row === undefined) {
      row = this.#free.pop() ?? this.#used++;
      if (row >= this.#capacity) this.#grow();
      this.#rows.set(path, row);
    }
    this.#sizes[row] = entry.size;
    this.#ids.set(entry.id, row * ID_BYTES);
    return row;
  }

  #grow(): void {
    this.#capacity *= 2;
    const wider = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(this.#capacity);
      next.set(column);
      return next;
    };
    this.#sizes = wider(this.#sizes);
    this.#fileSizes = wider(this.#fileSizes);
    this.#modified = wider(this.#modified);
    this.#changed = wider(this.#changed);
    this.#inodes = wider(this.#inodes);
    const flags = new Uint8Array(this.#capacity);
    flags.set(this.#flags);
    this.#flags = flags;
    const ids = Buffer.alloc(this.#capacity * ID_BYTES);
    this.#ids.copy(ids);
    this.#ids = ids;
  }
}

/** True when a change right after `lookedAt` could leave the same times behind. */
function isRacy(stats: fs.Stats, lookedAt: number): boolean {
  const latest = Math.max(stats.mtimeMs, stats.ctimeMs);
  const window = stats.mtimeMs % 1000 === 0 && stats.ctimeMs % 1000 === 0 ? WHOLE_SECONDS_MS : TICK_MS;
  return latest > lookedAt - window;
}
