import * as fs from 'node:fs';
import { bytePathFromBytes, isDotGit } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Clock } from '../engine/ports.ts';
import type { IgnoreReason, IgnoreRules } from '../worktree/ignore/rules.ts';
import { childOf, nameOf, nativePath } from '../worktree/native-path.ts';
import { PathTree } from '../worktree/path-tree.ts';
import { Slicer } from '../worktree/slicer.ts';
import { openChangeSource } from '../worktree/watch.ts';
import type { ChangeSource } from '../worktree/watch.ts';
import type { UnusedRules } from './unused-rules.ts';

/** What git says of a work tree, as far as it decides where git looks. */
export interface Ground {
  readonly tracked: ReadonlySet<BytePath>;
  readonly hasSubmodules: boolean;
  readonly ignore: IgnoreRules;
  readonly unusedRules: UnusedRules;
}

export interface WatchedFilesOptions {
  readonly root: string;
  readonly cookieDirectory: string;
  readonly clock: Clock;
  readonly ground: Ground;
  /** Something changed at a path, or below it; `attributes`: files that say how files are treated may be among it. */
  readonly onChange: (path: BytePath, attributes: boolean) => void;
  /** It can no longer be known what changed. */
  readonly onLost: () => void;
}

/**
 * The files of a work tree where git looks for changes: all but what is below ignored directories without tracked files. Directories
 * that appear are watched when {@link explore} has found them; until then nothing can be said of the work tree.
 */
export class WatchedFiles {
  readonly #options: WatchedFilesOptions;
  readonly #source: ChangeSource;
  readonly #tracked = new PathTree<true>();
  /** With a number that another change at the same path makes another one. */
  readonly #unexplored = new Map<BytePath, number>([['' as BytePath, 0]]);
  #changes = 0;
  #exploring: Promise<void> = Promise.resolve();
  /** Ignored directories that git does not look into. */
  readonly #skipped = new Set<BytePath>();
  /** Files with a second name, through which a change may come unseen. */
  readonly #linked = new Set<BytePath>();
  /** Other repositories, into which git looks in its own way. */
  readonly #nested = new Set<BytePath>();
  readonly #attributes = new Set<BytePath>();
  #device = 0;
  #hasNewRules = false;
  #isRefused = false;

  /** @throws the system's error when not even the first watch can be had */
  constructor(options: WatchedFilesOptions) {
    this.#options = options;
    for (const file of options.ground.tracked) this.#tracked.set(file, true);
    this.#device = fs.statSync(options.root).dev;
    this.#source = openChangeSource({
      root: options.root, cookieDirectory: options.cookieDirectory,
      sink: { changed: (path) => this.#changed(path), lost: options.onLost },
    });
  }

  get watches(): number {
    return this.#source.watches;
  }

  /** Whether all is watched in which git looks, and nothing there can change without an event. */
  get isCertain(): boolean {
    const { hasSubmodules, unusedRules } = this.#options.ground;
    return this.#unexplored.size === 0 && !this.#hasNewRules && !this.#isRefused && this.#linked.size === 0 && this.#nested.size === 0 && !hasSubmodules && !unusedRules.areAny;
  }

  /** Whether the rules changed by which directories are left out: then it must be opened anew. */
  get hasNewRules(): boolean {
    return this.#hasNewRules;
  }

  /** Ignored directories that are not watched: what git tracks must not be in them. */
  get skipped(): ReadonlySet<BytePath> {
    return this.#skipped;
  }

  /** The `.gitattributes` that are or were there. */
  get attributes(): Iterable<BytePath> {
    return this.#attributes;
  }

  isIgnored(path: BytePath, isDirectory: boolean): boolean {
    return this.#options.ground.ignore.isIgnored(path, isDirectory);
  }

  /** The line of an ignore file that decides about a path. */
  explain(path: BytePath, isDirectory: boolean): IgnoreReason | undefined {
    return this.#options.ground.ignore.explain(path, isDirectory);
  }

  /** Watches what has appeared since. @throws PyiError `CANCELLED` */
  async explore(signal: AbortSignal): Promise<void> {
    // One at a time: each drops the watches below a directory before it sets them anew.
    const mine = this.#exploring.then(async () => this.#explore(signal));
    this.#exploring = mine.catch(() => undefined);
    await mine;
  }

  async #explore(signal: AbortSignal): Promise<void> {
    this.#options.ground.unusedRules.recheck();
    const slicer = new Slicer(this.#options.clock, signal);
    for (const [path, change] of this.#unexplored) {
      await this.#look(path, slicer);
      // A work tree that was moved away is watched by nobody, also when it is there again.
      if (!this.#source.isWatching('' as BytePath)) return;
      // Only now: one that is cancelled, or changed meanwhile, is looked at again.
      if (this.#unexplored.get(path) === change) this.#unexplored.delete(path);
    }
  }

  close(): void {
    this.#source.close();
  }

  #changed(path: BytePath): void {
    const name = nameOf(path);
    if (name === '.gitignore') this.#hasNewRules = true;
    if (name === '.gitattributes') this.#attributes.add(path);
    // What was read in a directory of that name may be of another one.
    this.#options.ground.ignore.invalidate(path);
    this.#unexplored.set(path, ++this.#changes);
    this.#options.onChange(path, name === '.gitattributes' || path === '');
  }

  async #look(path: BytePath, slicer: Slicer): Promise<void> {
    this.#linked.delete(path);
    // With a `.git` a directory becomes another repository; without, an ordinary one.
    if (isDotGit(nameOf(path)) && path.includes('/')) this.#hasNewRules = true;
    const stat = this.#stat(path);
    if (stat?.isDirectory() !== true) {
      this.#source.unwatch(path);
      this.#skipped.delete(path);
      this.#nested.delete(path);
      if (stat !== undefined && stat.isFile() && stat.nlink > 1) this.#linked.add(path);
      return;
    }
    const pending = [path];
    for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
      if (slicer.due()) await slicer.pause();
      this.#walk(directory, pending);
    }
  }

  #walk(directory: BytePath, pending: BytePath[]): void {
    if (directory !== '' && this.#isOutside(directory)) return;
    if (this.#source.isWatching(directory)) this.#source.unwatch(directory);
    if (this.#source.watch(directory) === 'refused') this.#isRefused = true;
    if (this.#isRefused) return;
    for (const entry of this.#list(directory)) {
      const path = childOf(directory, bytePathFromBytes(entry.name));
      const name = nameOf(path);
      if (isDotGit(name)) {
        if (directory !== '') this.#nested.add(directory);
      } else if (entry.isDirectory()) {
        pending.push(path);
      } else if (entry.isFile() && (this.#stat(path)?.nlink ?? 1) > 1) {
        this.#linked.add(path);
      }
      if (name === '.gitattributes') {
        this.#attributes.add(path);
        this.#options.onChange(path, true);
      }
    }
  }

  /** Whether git does not look into a directory, or does so where nobody can watch. */
  #isOutside(directory: BytePath): boolean {
    const { ignore } = this.#options.ground;
    if (isDotGit(nameOf(directory))) return true;
    if (ignore.isIgnored(directory, true) && !this.#tracked.hasUnder(directory)) {
      this.#skipped.add(directory);
      return true;
    }
    const stat = this.#stat(directory);
    if (stat !== undefined && stat.dev !== this.#device) this.#isRefused = true;
    return false;
  }

  #stat(path: BytePath): fs.Stats | undefined {
    try {
      return fs.lstatSync(nativePath(this.#options.root, path), { throwIfNoEntry: false });
    } catch {
      return undefined;
    }
  }

  #list(directory: BytePath): fs.Dirent<Buffer>[] {
    try {
      return fs.readdirSync(nativePath(this.#options.root, directory), { withFileTypes: true, encoding: 'buffer' }) as unknown as fs.Dirent<Buffer>[];
    } catch {
      return [];
    }
  }
}
