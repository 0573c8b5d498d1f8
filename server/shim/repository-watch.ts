import * as fs from 'node:fs';
import * as path from 'node:path';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Clock } from '../engine/ports.ts';
import type { Git } from '../git/exec.ts';
import { discoverLayout, requireGit } from '../git/layout.ts';
import { nulFields } from '../git/nul.ts';
import { excludes, readTracked } from '../git/tracked.ts';
import { isUnder, nativePath } from '../worktree/native-path.ts';
import type { IgnoreReason } from '../worktree/ignore/rules.ts';
import { ChangedPaths } from './changed-paths.ts';
import { mentions } from './mentions.ts';
import { NEEDS } from './needs.ts';
import type { Generations, Need } from './needs.ts';
import type { Place } from './place.ts';
import type { Route } from './routes/route.ts';
import { SeenFiles } from './seen-files.ts';
import { openRules } from './unused-rules.ts';
import { WatchedFiles } from './watched-files.ts';
import type { Ground } from './watched-files.ts';
import { WatchedGit } from './watched-git.ts';

/** Local file systems of Linux that tell of every change (statfs(2)): ext, xfs, btrfs, tmpfs, overlayfs, zfs, f2fs. */
const WATCHABLE = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010]);
/** More ignored directories than this are not asked about one by one. */
const MAX_SKIPPED = 500;
const ATTRIBUTES = /(?:^|\/)\.gitattributes$/;
const RULES = /(?:^|\/)\.gitignore$/;

export interface RepositoryWatchOptions {
  readonly place: Place;
  readonly git: Git;
  readonly clock: Clock;
  /** A directory of our own, on a file system that tells of changes. */
  readonly cookieDirectory: string;
  /** Something may have changed. */
  readonly onChange: () => void;
}

/** Knows whether anything that answers depend on has changed in one repository. Never sure without {@link settle}, which asks git where it looks. */
export class RepositoryWatch {
  readonly generations: Record<Need, number> = Object.fromEntries(NEEDS.map((need) => [need, 0])) as Record<Need, number>;
  readonly #options: RepositoryWatchOptions;
  readonly #git: WatchedGit;
  #files: WatchedFiles | undefined;
  /** The generation of the index for which it is known that git tracks nothing where nobody watches. */
  #checkedIndex = -1;
  /** What decided about which directories are left out, and the generation of the configuration for which that was read. */
  #rules: SeenFiles | undefined;
  #checkedConfig = -1;
  /** Files of attributes that are in the index and not in the work tree: git reads them from there. */
  #hasAttributesInIndex = false;
  /** Files of rules in the index that need not be in the work tree. */
  #rulesInIndex: ReadonlySet<BytePath> = new Set();
  readonly #changed = new ChangedPaths();
  #isLost = false;
  #isClosed = false;

  /** @throws the system's error when the repository cannot be watched at all */
  constructor(options: RepositoryWatchOptions) {
    this.#options = options;
    const { place, cookieDirectory } = options;
    this.#isLost = ![place.root, place.gitDir, place.commonDir].every(isWatchable);
    this.#git = new WatchedGit({
      place, cookieDirectory, onLost: () => this.#lost(),
      onChange: (needs) => {
        this.#move(needs);
        if (needs.includes('index') && this.#hasAttributesInIndex) this.#move(['attributes']);
      },
    });
  }

  get watches(): number {
    return this.#git.watches + (this.#files?.watches ?? 0);
  }

  /** Whether the generations say all that an answer of this route depends on. */
  isCertain(route: Pick<Route, 'needs'>): boolean {
    if (this.#isLost || this.#isClosed || !this.#git.isCertain) return false;
    if (!route.needs.includes('files') && !route.needs.includes('attributes')) return true;
    return this.#files?.isCertain === true && this.#checkedIndex === this.generations.index && this.#hasSameRules();
  }

  /** Whether rules were written too recently to be relied on: a moment later they can be. */
  get isUnsettled(): boolean {
    return this.#files !== undefined && this.#rules === undefined;
  }

  /** Paths at or below which files changed since a generation of them; undefined when these are too many, or not known. */
  changedSince(generation: number): readonly BytePath[] | undefined {
    return this.#changed.since(generation);
  }

  /** Whether a file that is not tracked is left out of what git shows. Only while it is certain. */
  isIgnored(path: BytePath, isDirectory: boolean): boolean {
    return this.#files?.isIgnored(path, isDirectory) === true;
  }

  /** The line of an ignore file that decides about a path. Only while it is certain of files. */
  explain(path: BytePath, isDirectory: boolean): IgnoreReason | undefined {
    return this.#files?.explain(path, isDirectory);
  }

  /** Whether a file of attributes in the work tree has text that matches; also when that cannot be known. */
  someAttributes(pattern: RegExp): boolean {
    if (this.#hasAttributesInIndex) return true;
    return [...this.#files?.attributes ?? []].some((file) => mentions(nativePath(this.#options.place.root, file), false, pattern));
  }

  /**
   * Looks at files and directories that are new, where nothing else has to be found out first. @throws PyiError `CANCELLED`
   */
  async explore(signal: AbortSignal): Promise<void> {
    await this.#files?.explore(signal);
  }

  /** True once every change made before the call has moved a generation. */
  async barrier(): Promise<boolean> {
    return this.#git.barrier();
  }

  /**
   * Looks at what is new, so that the watch is certain again where it can be.
   * @throws PyiError `CANCELLED`, or of git
   */
  async settle(signal: AbortSignal): Promise<void> {
    if (this.#isLost || this.#isClosed) return;
    this.#git.look();
    const { index } = this.generations;
    if (this.#files === undefined || this.#files.hasNewRules || !this.#hasSameRules() || (this.#checkedIndex !== index && await this.#tracksSkipped(this.#files, signal))) {
      await this.#openFiles(signal);
    }
    this.#checkedIndex = index;
    await this.#files?.explore(signal);
  }

  /** The settings of the user may name other rules of what is ignored. */
  doubtRules(): void {
    this.#checkedConfig = -1;
  }

  close(): void {
    this.#isClosed = true;
    this.#git.close();
    this.#files?.close();
  }

  async #openFiles(signal: AbortSignal): Promise<void> {
    const { place, clock, cookieDirectory } = this.#options;
    const ground = await this.#survey(signal);
    if (this.#isClosed) return;
    const before = this.#files;
    this.#files = new WatchedFiles({
      root: place.root, clock, cookieDirectory, ground, onLost: () => this.#lost(),
      onChange: (changed, attributes) => {
        this.#move(attributes ? ['files', 'attributes'] : ['files']);
        this.#changed.add(changed, this.generations.files);
      },
    });
    before?.close();
    this.#move(['files', 'attributes']);
    this.#changed.forget(this.generations.files);
  }

  async #survey(signal: AbortSignal): Promise<Ground> {
    const { place, git } = this.#options;
    const { config } = this.generations;
    const layout = requireGit(await discoverLayout(git, place.root));
    const rules = await excludes(git, layout);
    const seen = new SeenFiles([rules.infoExclude, rules.excludesFile].filter((file) => file !== undefined), this.#options.clock);
    const tracked = await readTracked(git, layout);
    signal.throwIfAborted();
    this.#rules = seen.areSettled() ? seen : undefined;
    this.#checkedConfig = config;
    this.#hasAttributesInIndex = [...tracked.paths].some((file) => ATTRIBUTES.test(file) && !fs.existsSync(path.join(place.root, file)));
    this.#rulesInIndex = new Set([...tracked.sparse].filter((file) => RULES.test(file)));
    return { tracked: tracked.paths, hasSubmodules: tracked.submodules.length > 0, ...openRules(place.root, rules, this.#rulesInIndex) };
  }

  /** Whether the index, as it is now, has a file in a directory that is not watched, attributes that are only there, or other rules that may be. */
  async #tracksSkipped({ skipped }: WatchedFiles, signal: AbortSignal): Promise<boolean> {
    if (skipped.size > MAX_SKIPPED) return true;
    const { place, git } = this.#options;
    const directories = Array.from(skipped, (directory) => `:(literal)${textFromBytePath(directory)}`);
    const { stdout } = await git.run(['ls-files', '-t', '-z', '--', ':(glob)**/.gitattributes', ':(glob)**/.gitignore', ...directories], { cwd: place.root, signal });
    const rulesInIndex = new Set<string>();
    for (const field of nulFields(stdout)) {
      // "<tag> <path>"; the tag S: it need not be in the work tree.
      const file = field.slice(2);
      if (skipped.has(file as BytePath) || [...skipped].some((directory) => isUnder(file as BytePath, directory))) return true;
      if (ATTRIBUTES.test(file) && !fs.existsSync(path.join(place.root, file))) return true;
      if (RULES.test(file) && field.startsWith('S')) rulesInIndex.add(file);
    }
    return rulesInIndex.size !== this.#rulesInIndex.size || [...this.#rulesInIndex].some((file) => !rulesInIndex.has(file));
  }

  #hasSameRules(): boolean {
    return this.#checkedConfig === this.generations.config && this.#rules?.areSame() === true;
  }

  #move(needs: readonly Need[]): void {
    for (const need of needs) this.generations[need]++;
    this.#options.onChange();
  }

  #lost(): void {
    this.#isLost = true;
    this.#move(NEEDS);
  }
}

/** A copy that later changes do not reach. */
export function generationsNow(watch: { readonly generations: Generations }): Generations {
  return { ...watch.generations };
}

function isWatchable(directory: string): boolean {
  return WATCHABLE.has(fs.statfsSync(directory).type);
}
