import { lstatSync, opendirSync } from 'node:fs';
import type { Dir, Dirent } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PyiError } from '../../protocol/errors.ts';
import { MAX_PATH_BYTES, isDotGit } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { IgnoreRules } from './ignore/rules.ts';
import { childOf, isMissing, nameOf, nativePath, systemErrorCode } from './native-path.ts';

/** What to scan, and what to leave out. */
export interface ScanOptions {
  /** Absolute path of the directory that paths are relative to. */
  readonly root: string;
  readonly ignore: Pick<IgnoreRules, 'isIgnored'>;
  /** Paths that are reported although ignored, and entered for although in a nested repository. */
  readonly tracked: { has(path: BytePath): boolean; hasUnder(directory: BytePath): boolean };
  /** Directories that are links to a commit of another repository. */
  readonly submodules: ReadonlySet<BytePath>;
  /** Paths that are neither reported nor entered: our own store, forks' directories. */
  readonly leaveAlone: (path: BytePath) => boolean;
  readonly signal?: AbortSignal | undefined;
  /** Directory to start at; default the root. Nothing is reported when a scan of the root would not get there. */
  readonly from?: BytePath | undefined;
  /** Told after each batch what was found so far. */
  readonly progress?: ((found: { readonly files: number; readonly directories: number }) => void) | undefined;
}

/**
 * One thing found. `directory` stands for one that was read, and comes before what is in it; the root is `''`.
 *
 * `skipped` says with `reason` what cannot be captured: `nested repository`, `reserved name`, `path too long`,
 * `fifo`, `socket`, `device`, `unknown type`, or the system's code for a directory that could not be read
 * (to its end), such as `EACCES`. Of what is under a skipped directory nothing is known; it is not gone.
 */
export interface ScanItem {
  readonly kind: 'file' | 'symlink' | 'submodule' | 'directory' | 'skipped';
  readonly path: BytePath;
  readonly reason?: string;
}

/** Longest time between two turns of the event loop, milliseconds, but for a single system call. */
const SLICE_MILLIS = 4;
/** Entries between two looks at the clock. */
const ENTRIES_PER_CHECK = 32;
/** Names that one system call fetches. */
const DIRECTORY_BUFFER = 256;

/**
 * Walks a directory and yields, in batches and no particular order, what a capture has to look at: regular files and
 * symbolic links that are not ignored or are tracked, and every directory on the way. Names are kept as bytes.
 *
 * `.git` and whatever `leaveAlone` names are passed over in silence. Links are not followed, mount points are.
 * As in Git, a directory with a `.git` in it is another repository's, unless this one tracks files under it.
 * @throws PyiError `CANCELLED`; `NOT_FOUND` or `INTERNAL` when the root cannot be read
 */
export async function* scan(options: ScanOptions): AsyncGenerator<ScanItem[]> {
  const walk = new Walk(options);
  try {
    const first: ScanItem[] = [];
    walk.start(first);
    if (first.length > 0) yield first;
    for (let more = true; more;) {
      if (options.signal?.aborted === true) {
        throw new PyiError('CANCELLED', `The scan of ${options.root} was cancelled`, 'Nothing was changed. Start it again when needed.');
      }
      const batch: ScanItem[] = [];
      more = walk.slice(batch, performance.now() + SLICE_MILLIS);
      options.progress?.(walk.found);
      if (batch.length > 0) yield batch;
      if (more) await nextTurn();
    }
  } finally {
    walk.close();
  }
}

/** A file type as the walk tells them apart: what can be captured, or the reason why it cannot. */
type FileType = 'file' | 'symlink' | 'directory' | 'fifo' | 'socket' | 'device' | 'unknown type';

class Walk {
  readonly found = { files: 0, directories: 0 };
  private readonly options: ScanOptions;
  /** Directories to read. */
  private readonly pending: BytePath[] = [];
  private reading: { readonly path: BytePath; readonly handle: Dir } | undefined;

  constructor(options: ScanOptions) {
    this.options = options;
  }

  /** Goes to where the scan starts, checking on the way what a scan of the root would. */
  start(batch: ScanItem[]): void {
    const from = this.options.from ?? '';
    if (from === '') {
      this.pending.push('' as BytePath);
      return;
    }
    for (let end = 0; end < from.length;) {
      const slash = from.indexOf('/', end + 1);
      end = slash < 0 ? from.length : slash;
      const path = from.slice(0, end) as BytePath;
      try {
        if (!lstatSync(nativePath(this.options.root, path)).isDirectory()) return;
      } catch (error) {
        if (!isMissing(error)) batch.push({ kind: 'skipped', path: from, reason: codeOf(error) });
        return;
      }
      const item = this.examine(path, nameOf(path), 'directory');
      if (item === undefined || (item.kind !== 'directory' && path !== from)) return;
      if (path === from) this.take(item, batch);
    }
  }

  /** Adds to `batch` what it finds until `deadline`. False when there is no more. */
  slice(batch: ScanItem[], deadline: number): boolean {
    for (;;) {
      if (this.reading === undefined) {
        const path = this.pending.pop();
        if (path === undefined) return false;
        this.open(path, batch);
      } else {
        this.readSome(this.reading, batch);
      }
      if (performance.now() >= deadline) return true;
    }
  }

  close(): void {
    this.reading?.handle.closeSync();
    this.reading = undefined;
  }

  private open(path: BytePath, batch: ScanItem[]): void {
    try {
      const handle = opendirSync(nativePath(this.options.root, path), { encoding: 'latin1', bufferSize: DIRECTORY_BUFFER });
      this.reading = { path, handle };
    } catch (error) {
      if (path === '') throw rootError(this.options.root, error);
      // Gone or replaced since its parent was read: whoever watches hears of that.
      if (!isMissing(error)) batch.push({ kind: 'skipped', path, reason: codeOf(error) });
      return;
    }
    this.found.directories++;
    batch.push({ kind: 'directory', path });
  }

  private readSome({ path: directory, handle }: { path: BytePath; handle: Dir }, batch: ScanItem[]): void {
    for (let i = 0; i < ENTRIES_PER_CHECK; i++) {
      let entry: Dirent | null;
      try {
        entry = handle.readSync();
      } catch (error) {
        batch.push({ kind: 'skipped', path: directory, reason: codeOf(error) });
        entry = null;
      }
      if (entry === null) {
        this.close();
        return;
      }
      const item = this.examine(childOf(directory, entry.name), entry.name, typeOf(entry));
      if (item !== undefined) this.take(item, batch);
    }
  }

  private take(item: ScanItem, batch: ScanItem[]): void {
    if (item.kind === 'directory') {
      this.pending.push(item.path); // Reported once it can be read.
    } else {
      if (item.kind !== 'skipped') this.found.files++;
      batch.push(item);
    }
  }

  /** What to make of an entry. Undefined: pass it over. */
  private examine(path: BytePath, name: string, type: FileType): ScanItem | undefined {
    const { ignore, leaveAlone, submodules, tracked } = this.options;
    if (name === '.git' || leaveAlone(path)) return undefined;
    const isDirectory = type === 'directory';
    if (isDirectory && submodules.has(path)) return { kind: 'submodule', path };
    if (ignore.isIgnored(path, isDirectory) && !(isDirectory ? tracked.hasUnder(path) : tracked.has(path))) return undefined;
    if (mayBeDotGit(name) && isDotGit(name)) return { kind: 'skipped', path, reason: 'reserved name' };
    if (path.length > MAX_PATH_BYTES) return { kind: 'skipped', path, reason: 'path too long' };
    if (isDirectory) return this.isNestedRepository(path) ? { kind: 'skipped', path, reason: 'nested repository' } : { kind: 'directory', path };
    if (type === 'file' || type === 'symlink') return { kind: type, path };
    return { kind: 'skipped', path, reason: type };
  }

  /** Where this repository tracks files in such a directory, Git goes on with it, and so must we: they are not deleted. */
  private isNestedRepository(path: BytePath): boolean {
    const { root, tracked } = this.options;
    try {
      if (lstatSync(nativePath(root, childOf(path, '.git')), { throwIfNoEntry: false }) === undefined) return false;
    } catch {
      return false; // It cannot be looked into; opening it will say why.
    }
    return !tracked.hasUnder(path);
  }
}

/** Cheap test that spares nearly all names the full one: a disguise begins like `.git` or `git~1`, or with an ignorable. */
function mayBeDotGit(name: string): boolean {
  const first = name.charCodeAt(0);
  return first === 0x2e || first === 0x67 || first === 0x47 || first >= 0xe2;
}

function typeOf(entry: Dirent): FileType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'symlink';
  if (entry.isFIFO()) return 'fifo';
  if (entry.isSocket()) return 'socket';
  return entry.isBlockDevice() || entry.isCharacterDevice() ? 'device' : 'unknown type';
}

function codeOf(error: unknown): string {
  return systemErrorCode(error) ?? String(error);
}

function rootError(root: string, cause: unknown): PyiError {
  return isMissing(cause)
    ? new PyiError('NOT_FOUND', `${root} is not a directory (${codeOf(cause)})`, 'Check the path.', { cause })
    : new PyiError('INTERNAL', `${root} could not be read (${codeOf(cause)})`, 'Check its permissions and the file system.', { cause });
}
