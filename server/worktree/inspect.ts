import type fs from 'node:fs';
import { putContent } from '../engine/content/content.ts';
import type { Clock, ObjectStore } from '../engine/ports.ts';
import { FileMode, entriesEqual, isRegular } from '../engine/tree/entry.ts';
import type { Entry } from '../engine/tree/entry.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { NativePath } from './native-path.ts';
import type { FileReader, ReadOutcome } from './read-file.ts';
import type { StatCache } from './stat-cache.ts';
import type { Submodules } from './submodules.ts';

/** What a look at a path told: is the cached entry another than before. */
export interface Verdict {
  readonly changed: boolean;
  /** Why the path's state could not be read; the cached state is kept. */
  readonly problem?: string;
  /** The path was changing: look again at the next capture. */
  readonly again?: boolean;
}

const SAME: Verdict = { changed: false };
const CHANGED: Verdict = { changed: true };
const SAME_FOR_NOW: Verdict = { changed: false, again: true };
const CHANGED_FOR_NOW: Verdict = { changed: true, again: true };

export interface InspectorOptions {
  readonly cache: StatCache;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly submodules: Submodules;
  /** False where the file system has no executable bit (git's core.fileMode): then the known one stays. */
  readonly executableBit: boolean;
  /** The file with markers that a conflicted entry is written as. */
  readonly conflictText: (entry: Entry) => Uint8Array;
}

/** Brings the stat cache's entry for a path up to date with the disk, reading as little as possible. */
export class Inspector {
  readonly #options: InspectorOptions;

  constructor(options: InspectorOptions) {
    this.#options = options;
  }

  /** `at` reaches the path; `stats` is its lstat, undefined when nothing is there. A promise for large files only. */
  look(path: BytePath, at: NativePath, stats: fs.Stats | undefined, reader: FileReader): Verdict | Promise<Verdict> {
    const { cache, submodules } = this.#options;
    if (stats === undefined) return this.#absent(path);
    if (stats.isDirectory()) return submodules.paths.has(path) ? this.#submodule(path) : this.#absent(path);
    if (stats.isSymbolicLink()) return this.#finish(path, stats, () => reader.link(at, stats));
    if (stats.isFile()) return this.#finish(path, stats, () => reader.file(at));
    return cache.has(path) ? { changed: false, problem: 'it is a FIFO, a socket or a device' } : SAME;
  }

  /** The mode that a regular file or symlink is recorded with. */
  modeOf(path: BytePath, stats: fs.Stats): FileMode {
    if (stats.isSymbolicLink()) return FileMode.symlink;
    if (this.#options.executableBit) return (stats.mode & 0o100) !== 0 ? FileMode.executable : FileMode.file;
    const known = this.#options.cache.entry(path)?.mode;
    return known !== undefined && isRegular(known) ? known : FileMode.file;
  }

  #finish(path: BytePath, stats: fs.Stats, read: () => ReadOutcome | Promise<ReadOutcome>): Verdict | Promise<Verdict> {
    const { cache } = this.#options;
    const mode = this.modeOf(path, stats);
    const lookedAt = this.#options.clock.now();
    if (cache.proves(path, stats)) return this.#proven(path, mode, stats, lookedAt);
    const outcome = read();
    return outcome instanceof Promise
      ? outcome.then((settled) => this.#record(path, mode, settled, lookedAt))
      : this.#record(path, mode, outcome, lookedAt);
  }

  /** The content is known. The executable bit is part of the entry, and of ctime, so it can only have changed with that. */
  #proven(path: BytePath, mode: FileMode, stats: fs.Stats, lookedAt: number): Verdict {
    const known = this.#options.cache.entry(path);
    if (known === undefined || known.mode === mode || known.mode === FileMode.conflict) return SAME;
    this.#options.cache.set(path, { ...known, mode }, stats, lookedAt);
    return CHANGED;
  }

  #record(path: BytePath, mode: FileMode, outcome: ReadOutcome, lookedAt: number): Verdict {
    const { cache } = this.#options;
    if (outcome.kind === 'gone') return this.#absent(path);
    if (outcome.kind === 'replaced') return SAME_FOR_NOW;
    if (outcome.kind === 'unreadable') return { changed: false, problem: `it cannot be read (${outcome.reason})`, again: true };
    const known = cache.entry(path);
    let entry: Entry = { mode, size: outcome.size, id: outcome.id };
    if (known?.mode === FileMode.conflict && isRegular(mode) && this.#isConflictText(known, outcome)) entry = known;
    if (outcome.stable) cache.set(path, entry, outcome.stats, lookedAt);
    else cache.setUnproven(path, entry);
    const changed = !entriesEqual(known, entry);
    if (!outcome.stable) return changed ? CHANGED_FOR_NOW : SAME_FOR_NOW;
    return changed ? CHANGED : SAME;
  }

  #submodule(path: BytePath): Verdict {
    const { cache, store, submodules } = this.#options;
    const commit = submodules.head(path);
    // Not checked out: whatever is recorded stays, as in git.
    if (commit === undefined) return SAME;
    const known = cache.entry(path);
    const content = putContent(store, Buffer.from(commit, 'latin1'));
    const entry: Entry = { mode: FileMode.submodule, ...content };
    if (entriesEqual(known, entry)) return SAME;
    store.commit('memory');
    cache.setUnproven(path, entry);
    return CHANGED;
  }

  #absent(path: BytePath): Verdict {
    return this.#options.cache.delete(path) ? CHANGED : SAME;
  }

  /** A conflict that nobody has touched is still that conflict, not a file full of markers. */
  #isConflictText(known: Entry, read: { readonly id: Buffer }): boolean {
    return putContent(this.#options.store, this.#options.conflictText(known)).id.equals(read.id);
  }
}
