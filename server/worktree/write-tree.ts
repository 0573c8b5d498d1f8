import fs from 'node:fs';
import path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import { parentOf, textFromBytePath } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Clock, ObjectStore } from '../engine/ports.ts';
import { FileMode } from '../engine/tree/entry.ts';
import type { Entry } from '../engine/tree/entry.ts';
import { entries, summary } from '../engine/tree/read.ts';
import type { WorkOptions } from './capture.ts';
import { Cloner, ignoresCase } from './features.ts';
import { refuseTwins } from './materialize.ts';
import { nameOf, nativePath, systemErrorCode } from './native-path.ts';
import type { NativePath } from './native-path.ts';
import { DirectoryWalk, checkWritable, lstatOrUndefined } from './safe-path.ts';
import { Slicer } from './slicer.ts';
import { StatCache } from './stat-cache.ts';
import { loadStatCache, saveStatCache } from './stat-cache-file.ts';
import { refuseConflict, writeEntry, writeError } from './write-entry.ts';
import type { EntrySource } from './write-entry.ts';

export interface WriteTreeOptions extends WorkOptions {
  /** Wall clock and microseconds; the system's by default. */
  readonly clock?: Clock | undefined;
  /** Leaves paths out. */
  readonly include?: ((path: BytePath) => boolean) | undefined;
  /** A directory whose files may be cloned where its stat cache shows that they have the wanted content. */
  readonly cloneFrom?: { readonly directory: string; readonly statCacheFile: string } | undefined;
  /** Where to leave a stat cache of the new directory, so that its first capture reads nothing. */
  readonly statCacheFile?: string | undefined;
  /** How a conflicted entry is written as a file. Default: refused. */
  readonly conflictText?: ((entry: Entry) => Uint8Array) | undefined;
}

export interface WrittenTree {
  readonly files: number;
  /** Content of all files. */
  readonly bytes: number;
  /** Files that share their blocks with the source directory. */
  readonly cloned: number;
}

const SYSTEM_CLOCK: Clock = { now: () => Date.now(), micros: () => performance.now() * 1000 };

/**
 * Writes a tree into the directory `out`, which is made, or holds at most things that the tree does not
 * have (such as the `.git` of a new worktree). On an error what was written is removed.
 * @throws PyiError `CONFLICT` (a path exists), `INVALID_PATH`, `NO_SPACE`, `CANCELLED`, `CORRUPT_OBJECT`
 */
export async function writeTree(store: ObjectStore, root: Buffer, out: string, options: WriteTreeOptions = {}): Promise<WrittenTree> {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const slicer = new Slicer(clock, options.signal);
  const existed = lstatOrUndefined(out) !== undefined;
  if (!existed) makeOut(out);
  const before = new Set(fs.readdirSync(out, 'latin1'));
  const source = options.cloneFrom === undefined ? undefined
    : new CloneSource(options.cloneFrom.directory, await loadStatCache(options.cloneFrom.statCacheFile, slicer));
  const writer = new TreeWriter({ store, conflictText: options.conflictText ?? refuseConflict }, out, source);
  try {
    const total = summary(store, root).files;
    for (const { path: file, entry } of entries(store, root)) {
      if (options.include?.(file) === false) continue;
      writer.write(file, entry);
      if (slicer.due()) {
        options.progress?.({ what: 'write', done: writer.written.files, total });
        await slicer.pause();
      }
    }
    if (options.statCacheFile !== undefined) await saveStatCache(options.statCacheFile, await writer.statCache(clock, slicer), slicer);
    return writer.written;
  } catch (error) {
    for (const name of fs.readdirSync(out, 'latin1')) {
      if (!before.has(name)) fs.rmSync(nativePath(out, name), { recursive: true, force: true });
    }
    if (!existed) fs.rmdirSync(out);
    throw error;
  } finally {
    writer.close();
  }
}

class TreeWriter {
  readonly written = { files: 0, bytes: 0, cloned: 0 };
  readonly #source: EntrySource;
  readonly #clone: CloneSource | undefined;
  readonly #walk: DirectoryWalk;
  /** For a file system that ignores case. */
  readonly #folded: Map<string, BytePath> | undefined;
  readonly #done: { path: BytePath; entry: Entry }[] = [];

  constructor(source: EntrySource, out: string, clone: CloneSource | undefined) {
    this.#source = source;
    this.#clone = clone;
    this.#walk = new DirectoryWalk(out);
    this.#folded = ignoresCase(out) ? new Map() : undefined;
  }

  write(file: BytePath, entry: Entry): void {
    checkWritable(file, () => false);
    if (this.#folded !== undefined) refuseTwins(this.#folded, file);
    try {
      const at = nativePath(this.#walk.make(parentOf(file)), nameOf(file));
      if (this.#clone?.clone(file, entry, at) === true) this.written.cloned++;
      else writeEntry(this.#source, at, entry);
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') {
        throw new PyiError('CONFLICT', `${JSON.stringify(textFromBytePath(file))} exists in the directory that is to be written`,
          'Give an empty directory, or move the file away.', { cause: error });
      }
      throw writeError(error, file, 'What had been written was removed again.');
    }
    this.written.files++;
    this.written.bytes += entry.size;
    this.#done.push({ path: file, entry });
  }

  /** The lstat of everything written, taken late: only files of the last moments then count as just changed. */
  async statCache(clock: Clock, slicer: Slicer): Promise<StatCache> {
    const cache = new StatCache();
    for (const { path: file, entry } of this.#done) {
      const stats = this.#walk.lstat(file);
      if (stats === undefined || entry.mode === FileMode.submodule) cache.setUnproven(file, entry);
      else cache.set(file, entry, stats, clock.now());
      if (slicer.due()) await slicer.pause();
    }
    return cache;
  }

  close(): void {
    this.#walk.close();
    this.#clone?.close();
  }
}

/** A directory whose unchanged files are cloned instead of written. */
class CloneSource {
  readonly #cache: StatCache;
  readonly #walk: DirectoryWalk;
  readonly #cloner = new Cloner();

  constructor(directory: string, cache: StatCache) {
    this.#cache = cache;
    this.#walk = new DirectoryWalk(directory);
  }

  /** True when `to` is a clone now. The source is looked at before and after, because somebody may be writing to it. */
  clone(file: BytePath, entry: Entry, to: NativePath): boolean {
    if (!this.#cloner.works || (entry.mode !== FileMode.file && entry.mode !== FileMode.executable)) return false;
    if (!this.#cache.holds(file, entry)) return false;
    const reach = this.#walk.enter(parentOf(file));
    if (reach === undefined) return false;
    const from = nativePath(reach, nameOf(file));
    if (!this.#isProven(file, from) || !this.#cloner.clone(from, to)) return false;
    if (this.#isProven(file, from)) return true;
    fs.rmSync(to);
    return false;
  }

  close(): void {
    this.#walk.close();
  }

  #isProven(file: BytePath, at: NativePath): boolean {
    const stats = lstatOrUndefined(at);
    return stats?.isFile() === true && this.#cache.proves(file, stats);
  }
}

/** Makes the directory to write to, and those above it. @throws PyiError `INVALID_PATH`, `NO_SPACE` */
export function makeOut(out: string): void {
  try {
    fs.mkdirSync(out, { recursive: true });
  } catch (error) {
    throw writeError(error, path.basename(out) as BytePath, 'Nothing was written.');
  }
}
