import * as fs from 'node:fs';
import * as path from 'node:path';
import type { BytePath } from '../../protocol/paths.ts';
import { openChangeSource } from '../worktree/watch.ts';
import type { ChangeSource } from '../worktree/watch.ts';
import type { Need } from './needs.ts';
import type { Place } from './place.ts';

/** Files of git that are made beside the real ones and renamed, or that hold nothing that a command prints. */
const PASSING = /\.lock$|^(?:tmp_|incoming-|\.tmp-|fsmonitor|gc\.pid|COMMIT_EDITMSG$|TAG_EDITMSG$|SQUASH_MSG$)/;
/** Directories of the git directory in which everything counts, to the bottom. */
const WHOLE = ['refs', 'logs', 'info', 'worktrees', 'reftable', 'objects'];
/** Directories that only say what is under way. */
const UNDER_WAY = ['rebase-merge', 'rebase-apply', 'sequencer'];

export interface WatchedGitOptions {
  readonly place: Place;
  readonly cookieDirectory: string;
  readonly onChange: (needs: readonly Need[]) => void;
  readonly onLost: () => void;
}

/** Watches a git directory, and says which of the things that answers depend on have changed. */
export class WatchedGit {
  readonly #options: WatchedGitOptions;
  readonly #source: ChangeSource;
  /** Where this work tree's own files are below the common directory, with a slash at the end; empty for the main work tree. */
  readonly #own: string;
  #isRefused = false;

  /** @throws the system's error when not even the first watch can be had */
  constructor(options: WatchedGitOptions) {
    this.#options = options;
    const { commonDir, gitDir } = options.place;
    this.#own = gitDir === commonDir ? '' : `${path.relative(commonDir, gitDir)}/`;
    this.#isRefused = this.#own.startsWith('..') || fs.existsSync(path.join(commonDir, 'objects', 'info', 'alternates'));
    this.#source = openChangeSource({
      root: commonDir, cookieDirectory: options.cookieDirectory,
      sink: { changed: (changed) => this.#changed(changed), lost: options.onLost },
    });
    this.#watch('' as BytePath, 0);
    for (const directory of [...WHOLE, ...UNDER_WAY]) this.#watch(directory as BytePath);
  }

  get watches(): number {
    return this.#source.watches;
  }

  /** Whether nothing in it can change without an event. */
  get isCertain(): boolean {
    return !this.#isRefused;
  }

  /** True once every change made before the call has been told, here and in all else that this process watches: the system has one queue. */
  async barrier(): Promise<boolean> {
    return this.#source.barrier();
  }

  close(): void {
    this.#source.close();
  }

  #changed(changed: BytePath): void {
    const needs = this.#needsOf(changed);
    if (needs.length === 0) return;
    // Watched before anybody asks again: what is made in it from now on has an event of its own.
    if (changed !== '' && (WHOLE.some((name) => isAtOrBelow(changed, name)) || UNDER_WAY.includes(changed))) this.#watch(changed);
    this.#options.onChange(needs);
  }

  #needsOf(changed: string): readonly Need[] {
    const own = changed.startsWith(this.#own) ? changed.slice(this.#own.length) : undefined;
    const name = changed.slice(changed.lastIndexOf('/') + 1);
    if (PASSING.test(name) || isAtOrBelow(changed, 'pyi')) return [];
    if (isAtOrBelow(changed, 'objects')) return this.#objectNeeds(changed);
    if (own === 'index' || name.startsWith('sharedindex.')) return ['index'];
    if (isAtOrBelow(changed, 'refs') || (own !== undefined && isAtOrBelow(own, 'refs')) || changed === 'packed-refs' || isAtOrBelow(changed, 'reftable')) return ['refs'];
    if (isAtOrBelow(changed, 'logs') || (own !== undefined && isAtOrBelow(own, 'logs'))) return ['logs'];
    if (changed === 'config' || own === 'config.worktree' || isAtOrBelow(changed, 'info') || (own !== undefined && isAtOrBelow(own, 'info'))) return ['config', 'refs', 'attributes', 'files'];
    if (own?.endsWith('HEAD') === true && !own.includes('/')) return ['refs', 'state'];
    if (changed === 'shallow') return ['refs', 'lost', 'added', 'state'];
    return ['state'];
  }

  /** An object that is there was added; one that is not, or a change of one that was, may be a loss. */
  #objectNeeds(changed: string): readonly Need[] {
    if (changed === 'objects/info/alternates') this.#isRefused = true;
    const isNew = fs.existsSync(path.join(this.#options.place.commonDir, changed));
    return isNew ? ['added'] : ['added', 'lost'];
  }

  #watch(directory: BytePath, depth = Infinity): void {
    if (!this.#isDirectory(directory)) return;
    const result = this.#source.watch(directory);
    if (result === 'refused') this.#isRefused = true;
    if (result === 'refused' || result === 'missing' || depth === 0) return;
    for (const entry of this.#list(directory)) {
      if (entry.isDirectory()) this.#watch(`${directory}/${entry.name}` as BytePath);
      // What a link leads to is watched by nobody.
      else if (entry.isSymbolicLink()) this.#isRefused = true;
    }
  }

  #isDirectory(name: string): boolean {
    try {
      return fs.lstatSync(path.join(this.#options.place.commonDir, name), { throwIfNoEntry: false })?.isDirectory() === true;
    } catch {
      return false;
    }
  }

  #list(directory: string): fs.Dirent[] {
    try {
      return fs.readdirSync(path.join(this.#options.place.commonDir, directory), { withFileTypes: true });
    } catch {
      return [];
    }
  }
}

function isAtOrBelow(changed: string, directory: string): boolean {
  return changed.startsWith(directory) && (changed.length === directory.length || changed[directory.length] === '/');
}
