import { rmSync } from 'node:fs';
import * as path from 'node:path';
import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { StoreConfig } from '../../protocol/config.ts';
import type { CallContext } from '../../protocol/registry.ts';
import { readContent } from '../engine/content/content.ts';
import { conflictText } from '../engine/merge.ts';
import type { Clock, ObjectStore } from '../engine/ports.ts';
import { isRegular } from '../engine/tree/entry.ts';
import { lookup } from '../engine/tree/read.ts';
import type { Git } from '../git/exec.ts';
import type { Layout } from '../git/layout.ts';
import { discoverLayout } from '../git/layout.ts';
import { excludes, readTracked, submoduleHeadFromFiles } from '../git/tracked.ts';
import type { Tracked } from '../git/tracked.ts';
import type { Log } from '../log.ts';
import { carryIgnored, carryRules } from '../worktree/carry.ts';
import { IgnoreRules } from '../worktree/ignore/rules.ts';
import { watchAllowance } from '../worktree/watch-allowance.ts';
import { WorkingDirectory } from '../worktree/working-directory.ts';
import { writeTree } from '../worktree/write-tree.ts';
import { readNote, storeFolder, writeNote } from './notes.ts';

/** Folder of the store with a folder of cookie files for each directory that is open. */
const COOKIES = 'cookies';

export interface DirectoriesOptions {
  readonly git: Git;
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** Directory of the store: stat caches, lists of carried files and cookies live there. */
  readonly storeDirectory: string;
  readonly log: Log;
  readonly warn: (warning: string) => void;
  /** Files in the directory of a fork changed since they were last looked at. */
  readonly onEdit: (fork: HexId) => void;
  /** Watches of the system that all directories together should hold; default: {@link watchAllowance}. */
  readonly allowance?: number | undefined;
}

export interface CreateRequest {
  readonly root: Buffer;
  /** The fork that the new one was made from, when it has a directory: ignored files are carried over from there. */
  readonly source: { readonly fork: HexId; readonly dir: string } | null;
  readonly carry: StoreConfig['carry'];
  readonly context: CallContext;
}

interface Territory {
  readonly layout: Layout;
  readonly ignore: IgnoreRules;
  /** Rules with the `.gitignore` files of another state of the directory. */
  readonly ignoreIn: (readIgnoreFile: (file: BytePath) => Buffer | undefined) => IgnoreRules;
  readonly tracked: Tracked | undefined;
  readonly leaveAlone: (file: BytePath) => boolean;
}

/** The directories of forks: made once, opened when used, watched while open. */
export class Directories {
  readonly #options: DirectoriesOptions;
  readonly #open = new Map<HexId, Promise<WorkingDirectory>>();
  /** The directories that have been opened, the one used last at the end. */
  readonly #inUse = new Map<HexId, WorkingDirectory>();
  readonly #allowance: number;
  readonly #layouts = new Map<string, Promise<Layout>>();

  constructor(options: DirectoriesOptions) {
    this.#options = options;
    this.#allowance = options.allowance ?? watchAllowance();
  }

  /** Git's layout of a directory, asked once. */
  layoutOf(dir: string): Promise<Layout> {
    let layout = this.#layouts.get(dir);
    if (layout === undefined) {
      layout = discoverLayout(this.#options.git, dir);
      this.#layouts.set(dir, layout);
      layout.catch(() => this.#layouts.delete(dir));
    }
    return layout;
  }

  /** Opens a fork's directory, or returns the one that is open. @throws PyiError `NOT_FOUND` */
  open(fork: HexId, dir: string): Promise<WorkingDirectory> {
    let opened = this.#open.get(fork);
    if (opened === undefined) {
      opened = this.#openDirectory(fork, dir);
      this.#open.set(fork, opened);
      opened.then((directory) => { this.#inUse.set(fork, directory); }, () => this.#open.delete(fork));
    }
    const known = this.#inUse.get(fork);
    if (known !== undefined) {
      this.#inUse.delete(fork);
      this.#inUse.set(fork, known);
    }
    return opened;
  }

  /** The fork whose directory was not used for longest, while all together hold more watches than they should. Never the one used last. */
  surplus(): HexId | undefined {
    if (this.#inUse.size < 2) return undefined;
    let watches = 0;
    for (const directory of this.#inUse.values()) watches += directory.watches;
    return watches <= this.#allowance ? undefined : this.#inUse.keys().next().value;
  }

  /** Writes a fork's files into a new directory and carries ignored files over. @throws PyiError see `writeTree` */
  async create(fork: HexId, dir: string, request: CreateRequest): Promise<void> {
    const { store, clock } = this.#options;
    const { root, source, context } = request;
    await writeTree(store, root, dir, {
      clock, signal: context.signal, progress: context.progress, statCacheFile: this.#statCacheFile(fork),
      conflictText: (entry) => conflictText(store, entry),
      ...(source === null ? {} : { cloneFrom: { directory: source.dir, statCacheFile: this.#statCacheFile(source.fork) } }),
    });
    if (source === null || request.carry === 'none') return;
    const { ignore, tracked, leaveAlone } = await this.#territory(source.fork, source.dir);
    const { carried, left } = await carryIgnored({
      source: source.dir, target: dir, ignore, tracked: tracked?.paths ?? new Set(), leaveAlone, clock,
      rules: carryRules(request.carry), signal: context.signal,
    });
    writeNote(this.#carriedFile(fork), carried.map((item) => item.path));
    if (left.length > 0) this.#options.log.info('Ignored files that were not carried over', { dir, left: left.slice(0, 20) });
  }

  /** Stops watching a fork's directory. */
  async close(fork: HexId): Promise<void> {
    const opened = this.#open.get(fork);
    this.#open.delete(fork);
    await (await opened?.catch(() => undefined))?.close();
    this.#inUse.delete(fork);
    rmSync(this.#cookieFolder(fork), { recursive: true, force: true });
  }

  /** Stops watching it and forgets what was noted about it. */
  async forget(fork: HexId): Promise<void> {
    await this.close(fork);
    for (const file of [this.#statCacheFile(fork), this.#carriedFile(fork)]) rmSync(file, { force: true });
  }

  async closeAll(): Promise<void> {
    const ended = await Promise.allSettled(Array.from(this.#open.keys(), (fork) => this.close(fork)));
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #openDirectory(fork: HexId, dir: string): Promise<WorkingDirectory> {
    const { store, clock, storeDirectory, log, warn, onEdit } = this.#options;
    const { ignore, ignoreIn, tracked, leaveAlone, layout } = await this.#territory(fork, dir);
    // One for each directory: in a common folder, every cookie would wake all directories that are open.
    rmSync(this.#cookieFolder(fork), { recursive: true, force: true }); // what a server that was killed left
    const cookieDirectory = storeFolder(storeFolder(storeDirectory, COOKIES), fork);
    return WorkingDirectory.open({
      root: dir, store, clock, ignore, cookieDirectory, leaveAlone, statCacheFile: this.#statCacheFile(fork),
      tracked: tracked?.paths ?? new Set(),
      submodules: new Set(tracked?.submodules.map((submodule) => submodule.path)),
      ...(layout.kind === 'git' ? { submoduleHead: (file: BytePath) => submoduleHeadFromFiles(layout, file) } : {}),
      conflictText: (entry) => conflictText(store, entry),
      ignoreIn: (root) => ignoreIn((file) => {
        const entry = lookup(store, root, file);
        return entry !== undefined && isRegular(entry.mode) ? readContent(store, entry.id) : undefined;
      }),
      onProblem: (problem) => {
        log.warn(problem, { dir });
        warn(problem);
      },
      onEdit: () => onEdit(fork),
    });
  }

  /** What of a directory is PYI's business: all but what git ignores, our own files, and what was only carried in. */
  async #territory(fork: HexId, dir: string): Promise<Territory> {
    const { git, storeDirectory, log } = this.#options;
    const layout = await this.layoutOf(dir);
    const [rules, tracked] = await Promise.all([excludes(git, layout), layout.kind === 'git' ? readTracked(git, layout) : undefined]);
    const apart = new Set(this.#carried(fork));
    if (layout.kind === 'plain') apart.add(path.relative(dir, storeDirectory) as BytePath);
    return {
      layout, tracked,
      ignore: IgnoreRules.open({ root: dir, ...rules, onProblem: (file, problem) => { log.warn(`An ignore file is not used: ${problem}`, { file: file.toString() }); } }),
      ignoreIn: (readIgnoreFile) => IgnoreRules.open({ root: dir, ...rules, readIgnoreFile }),
      leaveAlone: apart.size === 0 ? () => false : (file) => isAtOrBelow(apart, file),
    };
  }

  #cookieFolder(fork: HexId): string {
    return path.join(this.#options.storeDirectory, COOKIES, fork);
  }

  #statCacheFile(fork: HexId): string {
    return path.join(this.#notes(), `${fork}.stat`);
  }

  #carriedFile(fork: HexId): string {
    return path.join(this.#notes(), `${fork}.carried.json`);
  }

  #carried(fork: HexId): BytePath[] {
    return (readNote(this.#carriedFile(fork)) ?? []) as BytePath[];
  }

  /** Where the store keeps what it knows about directories. */
  #notes(): string {
    return storeFolder(this.#options.storeDirectory, 'worktrees');
  }
}

function isAtOrBelow(apart: ReadonlySet<BytePath>, file: BytePath): boolean {
  for (let at: string = file; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) if (apart.has(at as BytePath)) return true;
  return false;
}
