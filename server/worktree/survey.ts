import fs from 'node:fs';
import { isDotGit, parentOf } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Clock } from '../engine/ports.ts';
import type { HardLinks } from './hard-links.ts';
import type { IgnoreRules } from './ignore/rules.ts';
import { childOf, nameOf, nativePath, systemErrorCode } from './native-path.ts';
import { isTemporaryName } from './safe-path.ts';
import type { DirectoryWalk } from './safe-path.ts';
import { scan } from './scan.ts';
import type { ScanItem } from './scan.ts';
import type { Slicer } from './slicer.ts';
import type { StatCache } from './stat-cache.ts';
import type { Submodules } from './submodules.ts';
import type { ChangeSource } from './watch.ts';

/** A path whose present state could not be captured; what is recorded of it was kept. */
export interface PathProblem {
  readonly path: BytePath;
  readonly message: string;
}

/** What the survey needs to know of the directory. */
export interface Territory {
  readonly root: string;
  readonly cache: StatCache;
  readonly clock: Clock;
  readonly ignore: Pick<IgnoreRules, 'isIgnored' | 'invalidate'>;
  readonly submodules: Submodules;
  /** Captured although ignored. */
  readonly tracked: { has(path: BytePath): boolean; hasUnder(directory: BytePath): boolean };
  readonly leaveAlone: (path: BytePath) => boolean;
  readonly links: HardLinks;
  /** Directories that were left alone as other repositories. Not watched, so their `.git` is looked for each time. */
  readonly nested: Set<BytePath>;
  /** The source in use; rescans alone once watching was refused. */
  source(): ChangeSource;
  watchingRefused(): void;
}

/** A directory that changed within this time before it was listed may be listed incompletely. */
const LISTING_DOUBT_MS = 20;

/** Reason of a `skipped` item. */
const NESTED = 'nested repository';
/** What `skipped` items are worth telling; fifos and the like are left out as git leaves them out. */
const SILENT_REASONS = new Set(['fifo', 'socket', 'device', 'unknown type']);

/**
 * Turns "something happened here" into the list of paths to look at: directories that are new are
 * watched and listed, what was below a directory that went is listed as gone, and ignored paths drop out.
 */
export class Survey {
  /** The paths to look at. */
  readonly look = new Set<BytePath>();
  readonly problems: PathProblem[] = [];
  /** Temporary files of ours that were found. */
  readonly leftovers: BytePath[] = [];
  readonly #territory: Territory;
  readonly #walk: DirectoryWalk;
  readonly #slicer: Slicer;
  readonly #signal: AbortSignal | undefined;
  readonly #found: ((files: number) => void) | undefined;
  readonly #queue: BytePath[] = [];
  readonly #queued = new Set<BytePath>();
  readonly #listed = new Set<BytePath>();

  constructor(territory: Territory, walk: DirectoryWalk, slicer: Slicer, options: { signal?: AbortSignal | undefined; found?: ((files: number) => void) | undefined } = {}) {
    this.#territory = territory;
    this.#walk = walk;
    this.#slicer = slicer;
    this.#signal = options.signal;
    this.#found = options.found;
  }

  /** Looks at everything. */
  async everything(): Promise<void> {
    await this.#list('' as BytePath);
    await this.#drain();
  }

  /** Looks at what changed, given by path in any order. */
  async changed(paths: Iterable<BytePath>): Promise<void> {
    // Parents before children: what is below a directory that went needs no look of its own.
    for (const path of [...paths].sort()) {
      this.#enqueue(path);
      // Before any listing, which would go by the old rules.
      if (nameOf(path) === '.gitignore') this.#territory.ignore.invalidate(path);
    }
    for (const path of this.#territory.nested) {
      if (this.#walk.lstat(childOf(path, '.git')) !== undefined) continue;
      this.#territory.nested.delete(path);
      this.#enqueue(path);
    }
    await this.#drain();
  }

  #enqueue(path: BytePath): void {
    if (this.#queued.has(path)) return;
    this.#queued.add(path);
    this.#queue.push(path);
  }

  async #drain(): Promise<void> {
    // Grows while it is worked off.
    for (const path of this.#queue) {
      await this.#examine(path);
      if (this.#slicer.due()) await this.#slicer.pause();
    }
    this.#queue.length = 0;
  }

  async #examine(path: BytePath): Promise<void> {
    const { cache, leaveAlone, submodules } = this.#territory;
    if (path === '') {
      // The root was moved or replaced, or a child has its name: its watch is gone.
      if (!this.#territory.source().isWatching(path)) await this.#list(path);
      return;
    }
    if (leaveAlone(path)) return;
    const repository = repositoryAround(path);
    if (repository !== undefined) {
      // A `.git` came or went: the directory around it may have become, or ceased to be, another repository.
      if (repository === '') return;
      this.#territory.source().unwatch(repository);
      await this.#list(repository);
      return;
    }
    const name = nameOf(path);
    if (isTemporaryName(name)) return;
    if (name === '.gitignore') await this.#list(parentOf(path));
    const stats = this.#lstat(path);
    if (stats === 'blocked') return;
    if (stats?.isDirectory() === true) {
      if (cache.has(path) || submodules.paths.has(path)) this.look.add(path);
      if (!submodules.paths.has(path) && !this.#territory.source().isWatching(path)) await this.#list(path);
      return;
    }
    this.#territory.source().unwatch(path);
    for (const below of cache.paths(path)) this.look.add(below);
    if (stats === undefined || !this.#isWanted(path, stats)) return;
    this.look.add(path);
    if (stats.nlink > 1) for (const twin of this.#territory.links.twins(path, stats)) this.look.add(twin);
  }

  /** The lstat of a path; `blocked` when something on the way is no directory (any more), which is then looked at. */
  #lstat(path: BytePath): fs.Stats | 'blocked' | undefined {
    try {
      const parent = parentOf(path);
      if (this.#walk.enter(parent) === undefined) {
        const reached = this.#walk.deepest(parent);
        const end = path.indexOf('/', reached === '' ? 0 : reached.length + 1);
        this.#enqueue(path.slice(0, end) as BytePath);
        return 'blocked';
      }
      return this.#walk.lstat(path);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === undefined) throw error;
      // Whatever is known below stays; the look at each path will say why.
      for (const below of this.#territory.cache.paths(path)) this.look.add(below);
      return 'blocked';
    }
  }

  #isWanted(path: BytePath, stats: fs.Stats): boolean {
    const { cache, ignore, tracked } = this.#territory;
    if (cache.has(path) || tracked.has(path)) return true;
    return (stats.isFile() || stats.isSymbolicLink()) && !ignore.isIgnored(path, false);
  }

  /** Lists a directory and all below it, watching each. */
  async #list(directory: BytePath): Promise<void> {
    if (this.#listed.has(directory)) return;
    const territory = this.#territory;
    const { cache, clock, tracked } = territory;
    if (!territory.source().isWatching(directory)) {
      // Watches below belong to directories that moved away from these names.
      territory.source().unwatch(directory);
      territory.ignore.invalidate(directory);
    }
    const started = clock.now();
    const watched: BytePath[] = [];
    const batches = scan({
      root: territory.root,
      ignore: territory.ignore,
      tracked: {
        has: (path) => cache.has(path) || tracked.has(path),
        hasUnder: (path) => cache.hasUnder(path) || tracked.hasUnder(path),
      },
      submodules: territory.submodules.paths,
      leaveAlone: territory.leaveAlone,
      signal: this.#signal,
      from: directory,
    });
    for await (const items of batches) {
      for (const item of items) {
        this.#take(item, watched);
        if (this.#slicer.due()) await this.#slicer.pause();
      }
      this.#found?.(this.look.size);
    }
    // What is recorded and was not found: gone, or ignored by now, which does not end its capture.
    for (const path of cache.paths(directory)) {
      this.look.add(path);
      if (this.#slicer.due()) await this.#slicer.pause();
    }
    for (const path of watched) this.#relist(path, started);
  }

  #take(item: ScanItem, watched: BytePath[]): void {
    const { path } = item;
    if (item.kind === 'directory') {
      this.#listed.add(path);
      const answer = this.#territory.source().watch(path);
      if (answer === 'new') watched.push(path);
      if (answer === 'refused') this.#territory.watchingRefused();
    } else if (item.kind !== 'skipped') {
      if (isTemporaryName(nameOf(path))) this.leftovers.push(path);
      else this.look.add(path);
    } else if (item.reason === NESTED) {
      this.#territory.nested.add(path);
    } else if (!SILENT_REASONS.has(item.reason ?? '')) {
      this.problems.push({ path, message: item.reason ?? 'skipped' });
    }
  }

  /** A directory that may have changed between its listing and its watch is compared with the listing once more. */
  #relist(directory: BytePath, started: number): void {
    try {
      const stats = this.#walk.lstat(directory === '' ? '.' as BytePath : directory);
      if (stats === undefined || Math.max(stats.mtimeMs, stats.ctimeMs) < started - LISTING_DOUBT_MS) return;
      const reach = this.#walk.enter(directory);
      if (reach === undefined) return;
      for (const name of fs.readdirSync(nativePath(reach, ''), 'latin1')) {
        const path = childOf(directory, name);
        if (!this.look.has(path) && !this.#listed.has(path)) this.#enqueue(path);
      }
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
    }
  }
}

/** For a path through a `.git` (or a disguise of it): the directory that has it. */
function repositoryAround(path: BytePath): BytePath | undefined {
  let start = 0;
  while (start < path.length) {
    const slash = path.indexOf('/', start);
    const end = slash < 0 ? path.length : slash;
    if (isDotGit(path.slice(start, end))) return path.slice(0, Math.max(start - 1, 0)) as BytePath;
    start = end + 1;
  }
  return undefined;
}
