import type { Root } from '../roots/roots.ts';
import { Places } from './places.ts';

/** A fork whose directory this window shows, in one folder or in several. */
export interface WorkTree {
  /** The same as long as it is the same fork of the same store. */
  readonly key: string;
  /** Folder of the window that stands for it: what operations take for `repository`. */
  readonly folder: string;
  readonly folders: readonly string[];
  /** Root of the work tree, with every link followed. */
  readonly root: string;
  readonly places: Places;
  readonly fork: string;
  /** Name of the fork. Agents choose it. */
  readonly name: string;
  /** Only Git is at work here, by the user's wish: nothing is recorded without being asked for. */
  readonly isQuiet: boolean;
}

/**
 * The work trees of folders, in the order of the window. Folders without a store, or that are no fork's directory, have none. A store that
 * has a problem keeps them: what somebody has written into an input box is not to go with it.
 */
export function workTrees(roots: readonly Root[], realPath: (folder: string) => string): WorkTree[] {
  const groups = new Map<string, Root[]>();
  for (const root of roots) {
    const { store, place } = root;
    if (store.kind === 'none' || place === undefined || place.fork === null) continue;
    const key = workTreeKey(place.store, place.fork);
    groups.set(key, [...groups.get(key) ?? [], root]);
  }
  return [...groups].flatMap(([key, members]) => {
    const [first] = members;
    if (first?.place === undefined || first.place.fork === null) return [];
    const { root, fork, name, phase } = first.place;
    const folders = members.map(({ folder }) => folder);
    return [{
      key, folder: first.folder, folders, root, fork, name: name ?? '', isQuiet: phase === 'compatible',
      places: new Places(root, folders.map((folder) => ({ folder, real: realPath(folder) }))),
    }];
  });
}

/** What tells a work tree from others, in all windows and for as long as its store is there. */
export function workTreeKey(store: string, fork: string): string {
  return `${store}\0${fork}`;
}

/** The work tree that a file lies in, the innermost first, and its path in there. */
export function locate(trees: Iterable<WorkTree>, file: string): { readonly tree: WorkTree; readonly path: string } | undefined {
  let found: { tree: WorkTree; path: string } | undefined;
  for (const tree of trees) {
    const path = tree.places.pathOf(file);
    if (path !== undefined && (found === undefined || path.length < found.path.length)) found = { tree, path };
  }
  return found;
}

/** Brings what is kept for each work tree in line with the work trees that there are. */
export function reconcile<T extends { readonly tree: WorkTree; update(tree: WorkTree): void; dispose(): void }>(kept: Map<string, T>, trees: readonly WorkTree[], make: (tree: WorkTree) => T): void {
  const keys = new Set(trees.map(({ key }) => key));
  for (const [key, one] of kept) {
    if (keys.has(key)) continue;
    kept.delete(key);
    one.dispose();
  }
  for (const tree of trees) {
    const one = kept.get(tree.key);
    if (one === undefined) kept.set(tree.key, make(tree));
    else if (!isSame(one.tree, tree)) one.update(tree);
  }
}

function isSame(one: WorkTree, other: WorkTree): boolean {
  const facts = ({ key, folders, root, name, isQuiet }: WorkTree): string => JSON.stringify([key, folders, root, name, isQuiet]);
  return facts(one) === facts(other);
}
