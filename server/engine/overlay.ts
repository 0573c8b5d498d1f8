import { PyiError } from '../../protocol/errors.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { ObjectStore } from './ports.ts';
import type { Edit, Entry } from './tree/entry.ts';
import { entries, lookup } from './tree/read.ts';

/** Files written (entry) or removed (null) on top of a tree, not yet in it. */
export type Pending = ReadonlyMap<BytePath, Entry | null>;

/** What was written on top of a tree, as edits. */
export function pendingEdits(pending: Pending): Edit[] {
  return Array.from(pending, ([path, entry]) => ({ path, entry }));
}

/** The entry at `path`, what is pending first. */
export function lookupThrough(store: ObjectStore, root: Buffer, pending: Pending, path: BytePath): Entry | undefined {
  const written = pending.get(path);
  return written === undefined ? lookup(store, root, path) : written ?? undefined;
}

/**
 * A file may not stand where a directory is, nor below a file: a later checkpoint would have to refuse it.
 * Costs a look-up for each directory of a path that is new, nothing for one that is there.
 * @throws PyiError `INVALID_PATH`
 */
export function checkNoClash(store: ObjectStore, root: Buffer, pending: Pending, path: BytePath): void {
  if (lookupThrough(store, root, pending, path) !== undefined) return;
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const parent = path.slice(0, slash) as BytePath;
    if (lookupThrough(store, root, pending, parent) !== undefined) throw clash(path, parent, 'a file');
  }
  if (hasFilesBelow(store, root, pending, path)) throw clash(path, path, 'a directory');
}

function hasFilesBelow(store: ObjectStore, root: Buffer, pending: Pending, directory: BytePath): boolean {
  const prefix = `${directory}/`;
  for (const [path, entry] of pending) if (entry !== null && path.startsWith(prefix)) return true;
  for (const { path } of entries(store, root, { prefix: directory })) {
    if (path.startsWith(prefix) && pending.get(path) !== null) return true;
  }
  return false;
}

function clash(path: BytePath, at: BytePath, what: string): PyiError {
  return new PyiError('INVALID_PATH', `Cannot write ${JSON.stringify(textFromBytePath(path))}: ${JSON.stringify(textFromBytePath(at))} is ${what}`,
    'Remove what is in the way first.');
}
