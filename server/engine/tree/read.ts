import type { BytePath } from '../../../protocol/paths.ts';
import { MAX_PATH_BYTES } from '../../../protocol/paths.ts';
import type { ObjectStore } from '../ports.ts';
import { Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';
import {
  VALUE_F64, VALUE_U32, countOf, emptyView, entryAt, levelOf, openNode, search, valueAt,
} from './node.ts';

// Used within one call only, and calls do not nest: the engine is synchronous.
const view = emptyView();
const key = Buffer.alloc(MAX_PATH_BYTES);

/** What the tree has at a path, if anything. @throws PyiError `NOT_FOUND` (no such tree), `CORRUPT_OBJECT` */
export function lookup(store: ObjectStore, root: Uint8Array, path: BytePath): Entry | undefined {
  if (path.length > key.length) return undefined;
  const length = key.write(path, 0, 'latin1');
  let id = root;
  let offset = 0;
  for (;;) {
    openNode(store, id, offset, view);
    const found = search(view, key, 0, length);
    if (levelOf(view) === 0) return found < 0 ? undefined : entryAt(view, found);
    const index = found < 0 ? ~found : found;
    if (index === countOf(view)) return undefined;
    id = view.bytes;
    offset = valueAt(view, index);
  }
}

/** Number of files in a tree and the bytes of their content, without a walk: nodes hold the totals. */
export function summary(store: ObjectStore, root: Uint8Array): { files: number; bytes: number } {
  openNode(store, root, 0, view);
  const count = countOf(view);
  const isLeaf = levelOf(view) === 0;
  let files = isLeaf ? count : 0;
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const at = valueAt(view, i);
    if (!isLeaf) files += view.bytes.readUInt32LE(at + VALUE_U32);
    bytes += view.bytes.readDoubleLE(at + VALUE_F64);
  }
  return { files, bytes };
}

/** A path and what the tree has there. */
export interface PathEntry {
  readonly path: BytePath;
  readonly entry: Entry;
}

/** Where {@link entries} starts and ends. */
export interface Range {
  /** A directory, for what is below it, or a file, for itself. */
  readonly prefix?: BytePath;
  /** Only paths above this one. */
  readonly after?: BytePath;
}

/** Entries in path order (byte order of whole paths). Lazy; the tree may not be collected meanwhile. */
export function* entries(store: ObjectStore, root: Uint8Array, range: Range = {}): Generator<PathEntry> {
  const { prefix, after } = range;
  if (prefix !== undefined && prefix.length > 0) {
    const file = lookup(store, root, prefix);
    if (file !== undefined && !(after !== undefined && prefix <= after)) yield { path: prefix, entry: file };
  }
  const below = directoryPrefix(prefix ?? '');
  // `after` with a NUL is the smallest path above `after`.
  const start = after !== undefined && after >= below ? `${after}\0` : below;
  const cursor = new Cursor(store, root);
  for (let more = cursor.seek(start as BytePath); more; more = cursor.toEntry()) {
    const path = cursor.path();
    if (!path.startsWith(below)) return;
    yield { path, entry: cursor.entry() };
    cursor.advance();
  }
}

/** Paths from `start` on, in order; cheaper than {@link entries} where only they matter. */
export function* pathsFrom(store: ObjectStore, root: Uint8Array, start: BytePath): Generator<BytePath> {
  const cursor = new Cursor(store, root);
  for (let more = cursor.seek(start); more; more = cursor.toEntry()) {
    yield cursor.path();
    cursor.advance();
  }
}

/** One name in a directory. */
export interface DirectoryItem {
  /** One name, without "/". */
  readonly name: BytePath;
  readonly path: BytePath;
  /** Null for a directory. */
  readonly entry: Entry | null;
}

/**
 * What a directory holds, by name; nothing when there is no such directory (empty ones are not recorded).
 * Jumps over what is below subdirectories, so the cost is that of the names listed. `''` is the root.
 */
export function listDirectory(store: ObjectStore, root: Uint8Array, directory: BytePath): DirectoryItem[] {
  const prefix = directoryPrefix(directory);
  const items: DirectoryItem[] = [];
  const cursor = new Cursor(store, root);
  let more = cursor.seek(prefix as BytePath);
  while (more) {
    const path = cursor.path();
    if (!path.startsWith(prefix)) break;
    const slash = path.indexOf('/', prefix.length);
    if (slash < 0) {
      items.push({ name: path.slice(prefix.length) as BytePath, path, entry: cursor.entry() });
      cursor.advance();
      more = cursor.toEntry();
    } else {
      items.push({ name: path.slice(prefix.length, slash) as BytePath, path: path.slice(0, slash) as BytePath, entry: null });
      // "0" follows "/" in byte order: the first path that is not below the directory.
      more = cursor.seek(`${path.slice(0, slash)}0` as BytePath);
    }
  }
  // In path order a directory stands as if its name ended in "/": "a-b" before "a/…".
  return items.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function directoryPrefix(directory: string): string {
  return directory.length === 0 ? '' : `${directory}/`;
}
