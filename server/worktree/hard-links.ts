import type fs from 'node:fs';
import type { BytePath } from '../../protocol/paths.ts';
import type { StatCache } from './stat-cache.ts';

/**
 * The other names of a file. A write through one name changes what all of them hold, but the kernel
 * reports it for the directory of the name that was used only. A write through a name outside the
 * directory is not reported at all; a rescan finds it.
 */
export class HardLinks {
  readonly #cache: StatCache;
  readonly #known = new Map<number, Set<BytePath>>();

  constructor(cache: StatCache) {
    this.#cache = cache;
  }

  /** Paths that are, or were, links to the same file as `path`, which has `stats`; itself among them. */
  twins(path: BytePath, stats: fs.Stats): ReadonlySet<BytePath> {
    let names = this.#known.get(stats.ino);
    if (names === undefined || names.size < stats.nlink) {
      names = new Set(this.#cache.pathsWithInode(stats.ino));
      if (names.size > 0) this.#known.set(stats.ino, names);
    }
    return names.add(path);
  }
}
