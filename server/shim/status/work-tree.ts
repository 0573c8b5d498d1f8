import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import type { Stats } from 'node:fs';
import { bytePathFromBytes, isDotGit } from '../../../protocol/paths.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { childOf, nativePath } from '../../worktree/native-path.ts';
import { withRegularFile } from '../../worktree/regular-file.ts';
import { Unclear } from '../unclear.ts';
import type { IndexEntry } from './index-file.ts';

/**
 * So much is read for one answer: 20 to 40 ms, in which the server does nothing else for anybody, and whoever asks runs git after 50. What is
 * more is git's to read.
 */
export const MAX_READ_BYTES = 16 * 1024 * 1024;
/** Files and directories that are looked at for one answer. */
const MAX_LOOKS = 2_000;
const LINK = 0o120000;
const FILE = 0o100644;
const EXECUTABLE = 0o100755;
const CARRIAGE_RETURN = 0x0d;

/** How a tracked file is, against the index: unchanged, modified, of another type, deleted. */
export interface WorkTreeState {
  readonly letter: ' ' | 'M' | 'T' | 'D';
  /** 0: it is not there. */
  readonly mode: number;
}

/** The work tree as `git status` sees it (read-cache.c, diff-lib.c), file by file, while one answer is made. */
export class WorkTree {
  readonly #root: string;
  readonly #mayRefresh: boolean;
  readonly #directories = new Map<BytePath, boolean>();
  #looks = 0;
  #readBytes = 0;

  /** `mayRefresh`: git would write the index for a file that was touched only; that is left to it. */
  constructor(root: string, mayRefresh: boolean) {
    this.#root = root;
    this.#mayRefresh = mayRefresh;
  }

  /** What is there; undefined when nothing is. @throws Unclear also for what is behind a link */
  stat(path: BytePath): Stats | undefined {
    if (++this.#looks > MAX_LOOKS) throw new Unclear();
    const slash = path.lastIndexOf('/');
    return slash < 0 || this.#isDirectory(path.slice(0, slash) as BytePath) ? lstat(nativePath(this.#root, path)) : undefined;
  }

  /** The paths in a directory. @throws Unclear when it cannot be read, or is another repository */
  list(directory: BytePath): BytePath[] {
    const names = this.#names(directory).map(bytePathFromBytes);
    if (names.some(isDotGit)) throw new Unclear();
    return names.map((name) => childOf(directory, name));
  }

  #names(directory: BytePath): Buffer[] {
    try {
      return fs.readdirSync(nativePath(this.#root, directory), { encoding: 'buffer' });
    } catch {
      throw new Unclear();
    }
  }

  /** @throws Unclear */
  stateOf(entry: IndexEntry): WorkTreeState {
    if (entry.isSpecial || ![LINK, FILE, EXECUTABLE].includes(entry.mode)) throw new Unclear();
    const stat = this.stat(entry.path);
    if (stat === undefined || stat.isDirectory()) return { letter: 'D', mode: 0 };
    if (!stat.isFile() && !stat.isSymbolicLink()) throw new Unclear();
    const mode = stat.isSymbolicLink() ? LINK : (stat.mode & 0o100) === 0 ? FILE : EXECUTABLE;
    if ((mode === LINK) !== (entry.mode === LINK)) return { letter: 'T', mode };
    // git compares contents only where the size is that of the index (ie_modified).
    if (mode !== entry.mode || (entry.size !== 0 && stat.size % 2 ** 32 !== entry.size)) return { letter: 'M', mode };
    if (this.#hash(entry.path, stat) !== entry.oid) return { letter: 'M', mode };
    if (this.#mayRefresh) throw new Unclear();
    return { letter: ' ', mode };
  }

  /** Id that git gives the content; line endings may be converted on the way, so there must be none to convert. */
  #hash(path: BytePath, stat: Stats): string {
    const file = nativePath(this.#root, path);
    try {
      const content = stat.isSymbolicLink() ? fs.readlinkSync(file, { encoding: 'buffer' }) : withRegularFile(file, false, (descriptor, { size }) => this.#read(descriptor, size));
      if (content === undefined || (stat.isFile() && content.includes(CARRIAGE_RETURN))) throw new Unclear();
      return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    } catch {
      throw new Unclear();
    }
  }

  /** Content of a file. @throws Unclear when it is too much, or grows or shrinks meanwhile */
  #read(descriptor: number, size: number): Buffer {
    this.#readBytes += size;
    if (this.#readBytes > MAX_READ_BYTES) throw new Unclear();
    // One byte more: what is longer by now shows.
    const content = Buffer.allocUnsafe(size + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= size; length += read) read = fs.readSync(descriptor, content, length, size + 1 - length, null);
    if (length !== size) throw new Unclear();
    return content.subarray(0, size);
  }

  /** Whether it is a directory, and so is everything above it. */
  #isDirectory(path: BytePath): boolean {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const stat = this.stat(path);
    // git follows a link there, and complains where it leads nowhere.
    if (stat?.isSymbolicLink() === true) throw new Unclear();
    const is = stat?.isDirectory() === true;
    this.#directories.set(path, is);
    return is;
  }
}

function lstat(file: string | Buffer): Stats | undefined {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    // As when a file is where a directory was.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw new Unclear();
  }
}
