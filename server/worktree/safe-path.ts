/**
 * Reaching files below a root without leaving it.
 *
 * A path is checked name by name (`checkPath`), and no directory on the way may be a symlink, because
 * whoever can write into the tree could otherwise point us anywhere between a check and the write
 * (attack: a parent swapped for a symlink). On Linux every directory is opened from its parent with
 * O_NOFOLLOW and used through `/proc/self/fd`, which leaves no such moment; elsewhere each name is
 * checked by lstat, which narrows it.
 */
import fs from 'node:fs';
import { PyiError } from '../../protocol/errors.ts';
import { checkPath, textFromBytePath } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { isMissing, nativePath, systemErrorCode } from './native-path.ts';
import type { NativePath } from './native-path.ts';

/** Linux' O_PATH, which Node does not name: a handle to pass through, needs no read permission. */
const O_PATH = 0o10000000;
const OPEN_DIRECTORY = O_PATH | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;
const HANDLES = '/proc/self/fd';

interface Level {
  readonly path: BytePath;
  /** Descriptor on Linux; -1 where directories are only checked. */
  readonly handle: number;
  readonly reach: NativePath;
}

/** The directory names that lead to one place, opened or checked once and kept while paths stay near. */
export class DirectoryWalk {
  readonly #root: string;
  readonly #handles: boolean;
  readonly #levels: Level[] = [];

  /** @throws PyiError `NOT_FOUND` when the root is not a directory. */
  constructor(root: string, options: { handles?: boolean } = {}) {
    this.#root = root;
    this.#handles = options.handles ?? (process.platform === 'linux' && fs.existsSync(HANDLES));
    let handle = -1;
    try {
      if (this.#handles) handle = fs.openSync(root, O_PATH | fs.constants.O_DIRECTORY);
      else if (!fs.statSync(root).isDirectory()) throw vanishedRoot(root);
    } catch (error) {
      if (isMissing(error)) throw vanishedRoot(root);
      throw error;
    }
    this.#levels.push({ path: '' as BytePath, handle, reach: handle < 0 ? root : `${HANDLES}/${handle}` });
  }

  /**
   * What to put before a name to reach it in `directory`, valid until the next call; undefined when
   * `directory` is missing or something on the way is not a real directory.
   */
  enter(directory: BytePath): NativePath | undefined {
    return this.#reach(directory, false);
  }

  /**
   * As `enter`, making the directories that are missing.
   * @throws PyiError `CONFLICT` when something that is not a directory is on the way.
   */
  make(directory: BytePath): NativePath {
    const reach = this.#reach(directory, true);
    if (reach !== undefined) return reach;
    throw new PyiError('CONFLICT', `${JSON.stringify(textFromBytePath(directory))} is needed as a directory, and something else is there`,
      'Move what is in the way (a file or a symlink) elsewhere and try again.');
  }

  /** The longest part of `directory` that is a real directory. */
  deepest(directory: BytePath): BytePath {
    if (this.enter(directory) !== undefined) return directory;
    return (this.#levels.at(-1)?.path ?? '') as BytePath;
  }

  /** Lstat of a path, or undefined when nothing is there. Other errors pass through. */
  lstat(path: BytePath): fs.Stats | undefined {
    const slash = path.lastIndexOf('/');
    const reach = this.enter(path.slice(0, Math.max(slash, 0)) as BytePath);
    return reach === undefined ? undefined : lstatOrUndefined(nativePath(reach, path.slice(slash + 1)));
  }

  /** Lets go of handles below `directory`, which is about to be removed or replaced. */
  leave(directory: BytePath): void {
    while (this.#levels.length > 1 && !isPrefix(this.#levels.at(-1)?.path ?? '', directory)) this.#pop();
    if (this.#levels.length > 1 && this.#levels.at(-1)?.path === directory) this.#pop();
  }

  close(): void {
    while (this.#levels.length > 0) this.#pop();
  }

  #reach(directory: BytePath, create: boolean): NativePath | undefined {
    while (!isPrefix(this.#levels.at(-1)?.path ?? '', directory)) this.#pop();
    let top = this.#levels.at(-1);
    while (top !== undefined && top.path.length < directory.length) {
      const start = top.path === '' ? 0 : top.path.length + 1;
      const slash = directory.indexOf('/', start);
      const path = (slash < 0 ? directory : directory.slice(0, slash)) as BytePath;
      const next = this.#open(top, path, path.slice(start), create);
      if (next === undefined) return undefined;
      this.#levels.push(next);
      top = next;
    }
    return top?.reach;
  }

  #open(parent: Level, path: BytePath, name: string, create: boolean): Level | undefined {
    const at = nativePath(parent.reach, name);
    for (let attempt = 0; ; attempt++) {
      try {
        if (this.#handles) {
          const handle = fs.openSync(at, OPEN_DIRECTORY);
          return { path, handle, reach: `${HANDLES}/${handle}` };
        }
        if (fs.lstatSync(at).isDirectory()) return { path, handle: -1, reach: nativePath(this.#root, path) };
        return undefined;
      } catch (error) {
        const code = systemErrorCode(error);
        if (code === 'ENOTDIR' || code === 'ELOOP' || (code === 'ENOENT' && (!create || attempt > 0))) return undefined;
        if (code !== 'ENOENT') throw error;
        makeDirectory(at);
      }
    }
  }

  #pop(): void {
    const level = this.#levels.pop();
    if (level !== undefined && level.handle >= 0) fs.closeSync(level.handle);
  }
}

function makeDirectory(at: NativePath): void {
  try {
    fs.mkdirSync(at);
  } catch (error) {
    // Somebody else made it first: opening it says whether it is one.
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}

function isPrefix(directory: string, path: string): boolean {
  return directory === '' || directory === path || (path.startsWith(directory) && path.charCodeAt(directory.length) === 0x2f);
}

/** Lstat that answers "nothing there" without the cost of an exception. */
export function lstatOrUndefined(path: NativePath): fs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The error for a root that is no longer there. Never to be taken for "every file was deleted". */
export function vanishedRoot(root: string): PyiError {
  return new PyiError('NOT_FOUND', `The directory ${JSON.stringify(root)} is gone or has been replaced`,
    'Nothing was recorded. Put the directory back (or mount it), or write the state out elsewhere with "pyi materialize".');
}

/** Names of files that we are writing and that take their place by a rename. Never captured. */
const TEMPORARY = /^\.pyi-[0-9a-f]{16}\.tmp$/;

/** True for the name of a file that a write of ours left or is about to rename. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith('.pyi-') && TEMPORARY.test(name);
}

/**
 * Refuses paths that we may never write, whatever a tree says.
 * @throws PyiError `INVALID_PATH`
 */
export function checkWritable(path: BytePath, leaveAlone: (path: BytePath) => boolean): void {
  checkPath(path);
  if (!leaveAlone(path)) return;
  throw new PyiError('INVALID_PATH', `${JSON.stringify(textFromBytePath(path))} belongs to PYI or to another directory of it`,
    'It is never captured or written. Leave it out with --paths.');
}
