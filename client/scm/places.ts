import { isAbsolute, join, relative, sep } from 'node:path';

/** A folder of the window, and where it lies in the work tree of its fork. */
export interface Place {
  /** As VS Code names it: perhaps through a symbolic link. */
  readonly folder: string;
  /** The same, with every link followed. */
  readonly real: string;
}

/**
 * Which file is which path of a tree. A folder may be opened below the root of the work tree, or through a symbolic link, and
 * several folders may show one work tree; VS Code knows a file only by the name under which it was opened.
 */
export class Places {
  readonly #root: string;
  readonly #folders: readonly { readonly folder: string; readonly inside: string }[];

  /** `root`: of the work tree, with every link followed. */
  constructor(root: string, places: readonly Place[]) {
    this.#root = root;
    this.#folders = places.flatMap(({ folder, real }) => {
      const inside = pathBelow(root, real);
      return inside === undefined ? [] : [{ folder, inside }];
    });
  }

  /** The work tree's root as VS Code names it, if one of the folders is it. */
  get root(): string {
    return this.#folders.find(({ inside }) => inside === '')?.folder ?? this.#root;
  }

  /** Absolute path of a file; undefined when its name is no text, so that VS Code cannot open it. */
  fileOf(path: string): string | undefined {
    if (hasLoneSurrogate(path)) return undefined;
    for (const { folder, inside } of this.#folders) {
      if (inside === '' || path.startsWith(`${inside}/`)) return join(folder, inside === '' ? path : path.slice(inside.length + 1));
    }
    return join(this.#root, path);
  }

  /** Path in the tree; undefined for the root itself and for what lies elsewhere. */
  pathOf(file: string): string | undefined {
    for (const { folder, inside } of this.#folders) {
      const path = pathBelow(folder, file);
      if (path !== undefined && path !== '') return inside === '' ? path : `${inside}/${path}`;
    }
    const path = pathBelow(this.#root, file);
    return path === '' ? undefined : path;
  }
}

/** `/`-separated; empty for the directory itself, undefined outside. */
function pathBelow(directory: string, file: string): string | undefined {
  const path = relative(directory, file);
  if (path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) return undefined;
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

/** As for a byte that is not UTF-8 (protocol/paths.ts). No URI can hold one. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Cs}/u.test(text);
}
