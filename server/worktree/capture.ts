import fs from 'node:fs';
import { PyiError } from '../../protocol/errors.ts';
import { parentOf } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { ProgressUpdate } from '../../protocol/registry.ts';
import type { ObjectStore } from '../engine/ports.ts';
import { diff } from '../engine/tree/diff.ts';
import { entriesEqual } from '../engine/tree/entry.ts';
import type { Edit } from '../engine/tree/entry.ts';
import { entries, lookup } from '../engine/tree/read.ts';
import type { Inspector, Verdict } from './inspect.ts';
import { nameOf, nativePath, systemErrorCode } from './native-path.ts';
import { FileReader } from './read-file.ts';
import { DirectoryWalk } from './safe-path.ts';
import { Slicer } from './slicer.ts';
import { StoreBatch } from './store-batch.ts';
import { Survey } from './survey.ts';
import type { PathProblem, Territory } from './survey.ts';

/** As `CallContext`, but optional. */
export interface WorkOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((update: ProgressUpdate) => void) | undefined;
}

/** What a capture found. */
export interface Capture {
  /** What makes the base equal to the directory. Content is in the store already. */
  readonly edits: readonly Edit[];
  /** Paths that could not be read; the base's state of them stands. */
  readonly problems: readonly PathProblem[];
  /**
   * Says whether the edits were recorded. Not recorded, they are reported again by the next capture.
   * `root`, the tree after the edits, is optional and spares the next capture finding them in its base.
   */
  settle(accepted: boolean, root?: Buffer): void;
}

/** Paths to look at. */
export interface DirtyPaths {
  everything: boolean;
  readonly paths: Set<BytePath>;
}

/**
 * Compares the directory with a tree.
 *
 * The stat cache holds what the directory was last seen to contain. `#base` is the tree of the last
 * capture, and for every path outside `#unconfirmed` (and outside the dirty ones) the cache and that tree
 * agree. So a capture looks at dirty paths, and then compares only unconfirmed paths with its base.
 */
export class Capturer {
  readonly #territory: Territory;
  readonly #store: ObjectStore;
  readonly #inspector: Inspector;
  readonly #buffer: Buffer;
  readonly #unconfirmed = new Set<BytePath>();
  #base: Buffer | undefined;

  constructor(territory: Territory, store: ObjectStore, inspector: Inspector, buffer: Buffer) {
    this.#territory = territory;
    this.#store = store;
    this.#inspector = inspector;
    this.#buffer = buffer;
  }

  /** The cached entry of a path was changed by somebody other than a capture. */
  changedByUs(path: BytePath): void {
    this.#unconfirmed.add(path);
  }

  /**
   * Looks at the dirty paths (`dirty.everything` is set if that turns out to be necessary). What has to be
   * looked at again next time is added to `again`.
   * @throws PyiError `NOT_FOUND`, `CANCELLED`, and what committing to the store throws
   */
  async capture(base: Buffer, dirty: DirtyPaths, again: Set<BytePath>, options: WorkOptions): Promise<Capture> {
    const batch = new StoreBatch(this.#store);
    const slicer = new Slicer(this.#territory.clock, options.signal, () => batch.seal());
    const walk = new DirectoryWalk(this.#territory.root);
    try {
      if (await this.#follow(base, slicer)) dirty.everything = true;
      const survey = new Survey(this.#territory, walk, slicer, {
        signal: options.signal,
        found: (files) => options.progress?.({ what: 'scan', done: files, total: undefined }),
      });
      if (dirty.everything) {
        this.#territory.ignore.invalidate('' as BytePath);
        await survey.everything();
        for (const path of survey.leftovers) removeLeftover(walk, path);
      } else {
        await survey.changed(dirty.paths);
      }
      for (const path of this.#territory.submodules.paths) survey.look.add(path);
      const work: Work = { walk, slicer, problems: survey.problems, again, options, reader: new FileReader(this.#store, batch, slicer, this.#buffer) };
      await this.#lookAt(survey.look, work);
      await this.#rereadLost(base, work);
      const edits = await this.#compare(base, slicer);
      batch.seal();
      return { edits, problems: work.problems, settle: (accepted, root) => this.#settle(edits, accepted ? root : undefined) };
    } finally {
      walk.close();
    }
  }

  /**
   * Makes `base` the tree to compare with, and everything in which it is not what the cache holds
   * unconfirmed. True when the cache may lack paths of it, so that all has to be looked at.
   */
  async #follow(base: Buffer, slicer: Slicer): Promise<boolean> {
    if (this.#base?.equals(base) === true) return false;
    const { cache } = this.#territory;
    if (this.#base !== undefined) {
      try {
        for (const change of diff(this.#store, this.#base, base)) {
          if (!entriesEqual(cache.entry(change.path), change.after)) this.#unconfirmed.add(change.path);
          if (slicer.due()) await slicer.pause();
        }
        this.#base = base;
        return false;
      } catch (error) {
        // The earlier base may have been collected; then all is compared.
        if (!PyiError.is(error, 'NOT_FOUND')) throw error;
      }
    }
    const extra = new Set(cache.paths('' as BytePath));
    for (const { path, entry } of entries(this.#store, base)) {
      extra.delete(path);
      if (!cache.has(path)) cache.setUnproven(path, entry);
      else if (!cache.holds(path, entry)) this.#unconfirmed.add(path);
      if (slicer.due()) await slicer.pause();
    }
    for (const path of extra) this.#unconfirmed.add(path);
    this.#base = base;
    return true;
  }

  async #lookAt(paths: ReadonlySet<BytePath>, work: Work): Promise<void> {
    let done = 0;
    for (const path of paths) {
      const verdict = this.#look(path, work);
      const { changed, problem, again } = verdict instanceof Promise ? await verdict : verdict;
      if (changed) this.#unconfirmed.add(path);
      if (again === true) work.again.add(path);
      if (problem !== undefined) work.problems.push({ path, message: problem });
      done++;
      if (work.slicer.due()) {
        work.options.progress?.({ what: 'read', done, total: paths.size });
        await work.slicer.pause();
      }
    }
    if (done > 0) work.options.progress?.({ what: 'read', done, total: paths.size });
  }

  #look(path: BytePath, work: Work): Verdict | Promise<Verdict> {
    try {
      const reach = work.walk.enter(parentOf(path));
      const stats = reach === undefined ? undefined : work.walk.lstat(path);
      return this.#inspector.look(path, reach === undefined ? '' : nativePath(reach, nameOf(path)), stats, work.reader);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === undefined || PyiError.is(error)) throw error;
      return { changed: false, problem: `it cannot be read (${code})`, again: true };
    }
  }

  /** Content that the cache vouches for, but that the store lost (a crash before it was written), is read again. */
  async #rereadLost(base: Buffer, work: Work): Promise<void> {
    const lost = new Set<BytePath>();
    for (const path of this.#unconfirmed) {
      const entry = this.#territory.cache.entry(path);
      if (entry === undefined || this.#store.typeOf(entry.id) !== undefined) continue;
      if (entriesEqual(lookup(this.#store, base, path), entry)) continue;
      this.#territory.cache.doubt(path);
      lost.add(path);
    }
    await this.#lookAt(lost, work);
  }

  async #compare(base: Buffer, slicer: Slicer): Promise<Edit[]> {
    const edits: Edit[] = [];
    for (const path of this.#unconfirmed) {
      const entry = this.#territory.cache.entry(path);
      if (entriesEqual(lookup(this.#store, base, path), entry)) this.#unconfirmed.delete(path);
      else edits.push({ path, entry: entry ?? null });
      if (slicer.due()) await slicer.pause();
    }
    return edits;
  }

  #settle(edits: readonly Edit[], root: Buffer | undefined): void {
    if (root === undefined) return;
    this.#base = root;
    for (const { path, entry } of edits) {
      if (entriesEqual(this.#territory.cache.entry(path), entry)) this.#unconfirmed.delete(path);
    }
  }
}

/** A file that an interrupted apply was writing. */
function removeLeftover(walk: DirectoryWalk, path: BytePath): void {
  const reach = walk.enter(parentOf(path));
  if (reach !== undefined) fs.rmSync(nativePath(reach, nameOf(path)), { force: true });
}

interface Work {
  readonly walk: DirectoryWalk;
  readonly slicer: Slicer;
  readonly reader: FileReader;
  readonly problems: PathProblem[];
  readonly again: Set<BytePath>;
  readonly options: WorkOptions;
}
