import type { BytePath } from '../../../protocol/paths.ts';
import type { ObjectStore } from '../ports.ts';
import { lookup, pathsFrom } from './read.ts';

/**
 * Finds where new files would stand below a file, or in place of a directory.
 *
 * Ask in path order: directories that one path was checked for are not checked for the next.
 */
export class ClashFinder {
  readonly #store: ObjectStore;
  readonly #root: Uint8Array;
  readonly #isRemoved: (path: BytePath) => boolean;
  readonly #isAdded: (path: BytePath) => boolean;
  #previous = '';

  /** `root` is the tree that is added to; `isRemoved` and `isAdded` tell what the same edits do to other paths. */
  constructor(store: ObjectStore, root: Uint8Array, isRemoved: (path: BytePath) => boolean, isAdded: (path: BytePath) => boolean) {
    this.#store = store;
    this.#root = root;
    this.#isRemoved = isRemoved;
    this.#isAdded = isAdded;
  }

  /** The path at which adding a file at `path` clashes: a file above it, or `path` as a directory. */
  find(path: BytePath): BytePath | undefined {
    const neighbour = this.#firstFrom(path);
    if (neighbour !== undefined && neighbour.startsWith(`${path}/`)) return path;
    // What is above a file of the tree is directories. (Or a file that is added too: then the clash is found at that one.)
    const known = Math.max(sharedDirectory(this.#previous, path), neighbour === undefined ? 0 : sharedDirectory(neighbour, path));
    for (let slash = path.indexOf('/', known); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash) as BytePath;
      if (this.#isAdded(parent)) return parent;
      if (!this.#isRemoved(parent) && lookup(this.#store, this.#root, parent) !== undefined) return parent;
    }
    this.#previous = path;
    return undefined;
  }

  /** The first path at or after `path` as a directory that stays, if it can be told without passing over other directories. */
  #firstFrom(path: BytePath): BytePath | undefined {
    const directory = `${path}/`;
    for (const next of pathsFrom(this.#store, this.#root, directory as BytePath)) {
      if (!this.#isRemoved(next)) return next;
      if (!next.startsWith(directory)) return undefined;
    }
    return undefined;
  }
}

/** Length of the deepest common directory of two paths, its slash included. */
function sharedDirectory(a: string, b: string): number {
  let shared = 0;
  for (let i = 0; i < a.length && a.charCodeAt(i) === b.charCodeAt(i); i++) if (a.charCodeAt(i) === 0x2f) shared = i + 1;
  return shared;
}
