import fs from 'node:fs';
import { PyiError } from '../../protocol/errors.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { parentOf, textFromBytePath } from '../../protocol/paths.ts';
import type { Clock, ObjectStore } from '../engine/ports.ts';
import type { Entry } from '../engine/tree/entry.ts';
import { applySteps } from './apply.ts';
import type { Applied } from './apply.ts';
import { Capturer } from './capture.ts';
import type { Capture, DirtyPaths, WorkOptions } from './capture.ts';
import { ignoresCase } from './features.ts';
import { HardLinks } from './hard-links.ts';
import type { IgnoreRules } from './ignore/rules.ts';
import { Inspector } from './inspect.ts';
import { planMaterialize } from './materialize.ts';
import type { MaterializePlan, PlanOptions } from './materialize.ts';
import { isMissing, nameOf } from './native-path.ts';
import { PathTree } from './path-tree.ts';
import { FileReader, READ_BUFFER_BYTES } from './read-file.ts';
import { rescanOnly } from './rescan-only.ts';
import { DirectoryWalk, isTemporaryName, lstatOrUndefined, vanishedRoot } from './safe-path.ts';
import { Slicer } from './slicer.ts';
import type { StatCache } from './stat-cache.ts';
import { loadStatCache, saveStatCache } from './stat-cache-file.ts';
import { StoreBatch } from './store-batch.ts';
import type { Territory } from './survey.ts';
import { verifyPlan } from './verify-plan.ts';
import { refuseConflict } from './write-entry.ts';
import { openChangeSource } from './watch.ts';
import type { ChangeSource, ChangeSourceOptions } from './watch.ts';

/** A capture that found this many edits is worth saving the stat cache for at once. */
const SAVE_AFTER_EDITS = 1_000;

export interface WorkingDirectoryOptions {
  /** Absolute path. */
  readonly root: string;
  readonly store: ObjectStore;
  readonly ignore: Pick<IgnoreRules, 'isIgnored' | 'invalidate'>;
  /** Wall clock for comparison with file times; microseconds for slices. */
  readonly clock: Clock;
  /** Existing directory of the store for cookie files. */
  readonly cookieDirectory: string;
  readonly statCacheFile: string;
  /** Paths that are neither captured nor written: our own store, forks' directories, carried files. */
  readonly leaveAlone: (path: BytePath) => boolean;
  /** The ignore rules of a tree, for what a plan may remove. Default: nothing is ignored. */
  readonly ignoreIn?: (root: Buffer) => Pick<IgnoreRules, 'isIgnored'>;
  readonly submodules: ReadonlySet<BytePath>;
  /** Object id (hex) of the commit checked out in a submodule. Without it submodules keep their recorded commit. */
  readonly submoduleHead?: (path: BytePath) => string | undefined;
  /** Captured though ignored, such as what Git tracks. */
  readonly tracked: ReadonlySet<BytePath>;
  /** Told, in words for the user, that the directory is watched less well than it could be. */
  readonly onProblem: (problem: string) => void;
  /** Told when a file may have changed since the last capture began: once until the next one begins. */
  readonly onEdit?: () => void;
  /** False where files have no executable bit (git's core.fileMode). Default: not on Windows. */
  readonly executableBit?: boolean;
  /** How a conflicted entry is written as a file. Default: refused. */
  readonly conflictText?: (entry: Entry) => Uint8Array;
  /** Where changes come from; the platform's watcher by default. */
  readonly changeSource?: (options: ChangeSourceOptions) => ChangeSource;
}

/**
 * A real directory that is compared with trees and made equal to them.
 *
 * Calls are served one after another. An error leaves everything as it was: what was dirty stays dirty.
 */
export class WorkingDirectory {
  readonly #options: WorkingDirectoryOptions;
  readonly #identity: { readonly dev: number; readonly ino: number };
  readonly #cache: StatCache;
  readonly #inspector: Inspector;
  readonly #territory: Territory;
  readonly #capturer: Capturer;
  readonly #buffer = Buffer.allocUnsafe(READ_BUFFER_BYTES);
  readonly #ignoreCase: boolean;
  #source: ChangeSource = rescanOnly;
  #dirty: DirtyPaths = { everything: true, paths: new Set() };
  #isEdited = false;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(options: WorkingDirectoryOptions, root: fs.Stats, cache: StatCache) {
    this.#options = options;
    this.#identity = { dev: root.dev, ino: root.ino };
    this.#cache = cache;
    this.#ignoreCase = ignoresCase(options.root);
    const { store, clock } = options;
    const submodules = { paths: options.submodules, head: options.submoduleHead ?? (() => undefined) };
    const tracked = new PathTree<true>();
    for (const path of options.tracked) tracked.set(path, true);
    this.#territory = {
      root: options.root, cache, clock, submodules, tracked,
      ignore: options.ignore,
      leaveAlone: options.leaveAlone,
      links: new HardLinks(cache),
      nested: new Set(),
      source: () => this.#source,
      watchingRefused: () => this.#stopWatching('The system has no watches left for this directory (fs.inotify.max_user_watches)'),
    };
    this.#inspector = new Inspector({
      cache, store, clock, submodules,
      executableBit: options.executableBit ?? process.platform !== 'win32',
      conflictText: options.conflictText ?? refuseConflict,
    });
    this.#capturer = new Capturer(this.#territory, store, this.#inspector, this.#buffer);
  }

  /** Opens a directory; reads nothing of it before the first capture. @throws PyiError `NOT_FOUND` */
  static async open(options: WorkingDirectoryOptions): Promise<WorkingDirectory> {
    const root = realRoot(options.root);
    const stats = fs.statSync(root);
    if (!stats.isDirectory()) throw vanishedRoot(root);
    const cache = await loadStatCache(options.statCacheFile, new Slicer(options.clock));
    const directory = new WorkingDirectory({ ...options, root }, stats, cache);
    directory.#startWatching();
    return directory;
  }

  /**
   * What makes `base` equal to the directory as it was at the call or later. `base` is the tree that the
   * directory last matched (of the last accepted capture, or applied); any other is compared with it first.
   * @throws PyiError `NOT_FOUND` when the directory vanished, `CANCELLED`, `NO_SPACE`, `QUOTA_EXCEEDED`
   */
  capture(base: Buffer, options: WorkOptions = {}): Promise<Capture> {
    return this.#inTurn(async () => {
      this.#checkRoot();
      if (!this.#dirty.everything && this.#source !== rescanOnly && !await this.#source.barrier()) {
        this.#lost('changes are reported late');
      }
      const dirty = this.#dirty;
      const again = new Set<BytePath>();
      this.#dirty = { everything: this.#source === rescanOnly, paths: again };
      this.#isEdited = false;
      try {
        const capture = await this.#capturer.capture(Buffer.from(base), dirty, again, options);
        // A root that went meanwhile looks like a tree without files.
        this.#checkRoot();
        if (capture.edits.length >= SAVE_AFTER_EDITS) void this.#inTurn(() => this.#save());
        return capture;
      } catch (error) {
        this.#dirty.everything ||= dirty.everything;
        for (const path of dirty.paths) this.#dirty.paths.add(path);
        throw error;
      }
    });
  }

  /**
   * Refuses a path at which a capture takes no file.
   * @throws PyiError `INVALID_PATH` when it is ignored and not tracked, left alone, or of another repository
   */
  checkCaptured(path: BytePath): void {
    const { cache, tracked, ignore, leaveAlone, nested } = this.#territory;
    const refuse = (reason: string): never => {
      throw new PyiError('INVALID_PATH', `${JSON.stringify(textFromBytePath(path))} ${reason}`, 'No checkpoint has such a file. Leave it out.');
    };
    if (leaveAlone(path) || isTemporaryName(nameOf(path))) refuse('is not part of the work tree');
    for (let directory = parentOf(path); directory !== ''; directory = parentOf(directory)) if (nested.has(directory)) refuse('belongs to another repository');
    if (!cache.has(path) && !tracked.has(path) && ignore.isIgnored(path, false)) refuse('is ignored and not tracked');
  }

  /** How many of the system's watches it holds. */
  get watches(): number {
    return this.#source.watches;
  }

  /** Makes the next capture look at every path: ignore rules outside the tree changed, or something is in doubt. */
  rescan(): void {
    this.#dirty.everything = true;
  }

  /**
   * What has to be written and removed to get from tree `from` to tree `to`. Touches nothing. A file that `to` lacks but
   * ignores stays: going back to a time without a `.gitignore` made it ours, it was the user's before.
   * @throws PyiError `INVALID_PATH`
   */
  plan(from: Buffer, to: Buffer, options: PlanOptions = {}): MaterializePlan {
    const { store, leaveAlone, ignoreIn, tracked } = this.#options;
    let after: Pick<IgnoreRules, 'isIgnored'> | undefined;
    return planMaterialize(store, from, to, {
      ...options, leaveAlone, ignoreCase: this.#ignoreCase,
      ignoredAfter: (path) => !tracked.has(path) && (after ??= ignoreIn?.(to))?.isIgnored(path, false) === true,
    });
  }

  /**
   * Carries a plan out. A plan that was interrupted can be applied again.
   * @throws PyiError `CONFLICT` (a path is not what the plan starts from, or a file is in the way), `NO_SPACE`,
   *   `INVALID_PATH` (cannot be written), `NOT_FOUND`, `CANCELLED`: nothing was changed, unless the hint says how much
   */
  apply(plan: MaterializePlan, options: WorkOptions = {}): Promise<Applied> {
    return this.#inTurn(async () => {
      this.#checkRoot();
      const { store, clock, conflictText = refuseConflict } = this.#options;
      const batch = new StoreBatch(store);
      const slicer = new Slicer(clock, options.signal, () => batch.seal());
      const walk = new DirectoryWalk(this.#options.root);
      const onChanged = (path: BytePath): void => this.#capturer.changedByUs(path);
      try {
        const reader = new FileReader(store, batch, slicer, this.#buffer);
        for (const path of plan.spared) this.#cache.delete(path);
        const steps = await verifyPlan(plan, { cache: this.#cache, inspector: this.#inspector, reader, walk, slicer, onChanged });
        return await applySteps(plan, steps, {
          source: { store, conflictText }, walk, slicer, cache: this.#cache, now: () => clock.now(), onChanged,
        }, options);
      } finally {
        batch.seal();
        walk.close();
      }
    });
  }

  /** Stops watching and saves the stat cache. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#inTurn(async () => {
      this.#source.close();
      this.#source = rescanOnly;
      await this.#save();
    });
    this.#closed = true;
  }

  #startWatching(): void {
    const { root, cookieDirectory, changeSource = openChangeSource } = this.#options;
    try {
      this.#source = changeSource({ root, cookieDirectory, sink: {
        changed: (path) => {
          if (isTemporaryName(nameOf(path))) return;
          this.#dirty.paths.add(path);
          this.#edited(path);
        },
        lost: (reason) => this.#lost(reason),
      } });
    } catch (error) {
      this.#stopWatching(`The directory cannot be watched (${error instanceof Error ? error.message : String(error)})`);
    }
  }

  /** Gives the watches back and goes on without. */
  #stopWatching(reason: string): void {
    if (this.#source !== rescanOnly) this.#source.close();
    this.#source = rescanOnly;
    this.#dirty.everything = true;
    this.#options.onProblem(`${reason}: ${this.#options.root} is searched for changes at every checkpoint, which takes longer.`);
  }

  /** What lies in `.git` is not captured: where the watch is recursive, our own store in there would never come to rest. */
  #edited(path: BytePath): void {
    if (this.#isEdited || path.split('/').includes('.git') || this.#options.leaveAlone(path)) return;
    this.#isEdited = true;
    this.#options.onEdit?.();
  }

  #lost(reason: string): void {
    if (this.#dirty.everything) return;
    this.#dirty.everything = true;
    this.#options.onProblem(`Changes in ${this.#options.root} may have been missed (${reason}): all of it is looked at next time.`);
  }

  #checkRoot(): void {
    const { root } = this.#options;
    const stats = lstatOrUndefined(root);
    if (stats?.isDirectory() !== true || stats.ino !== this.#identity.ino || stats.dev !== this.#identity.dev) throw vanishedRoot(root);
  }

  async #save(): Promise<void> {
    try {
      await saveStatCache(this.#options.statCacheFile, this.#cache, new Slicer(this.#options.clock));
    } catch (error) {
      this.#options.onProblem(`The stat cache of ${this.#options.root} could not be saved (${error instanceof Error ? error.message : String(error)}): its files are read again after a restart.`);
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new PyiError('INTERNAL', `The working directory ${this.#options.root} was closed`, 'Open it again.'));
    }
    const result = this.#last.then(work, work);
    this.#last = result;
    return result;
  }
}

function realRoot(root: string): string {
  try {
    return fs.realpathSync.native(root);
  } catch (error) {
    if (isMissing(error)) throw vanishedRoot(root);
    throw error;
  }
}
