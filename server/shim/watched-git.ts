import * as fs from 'node:fs';
import * as path from 'node:path';
import type { BytePath } from '../../protocol/paths.ts';
import { openChangeSource } from '../worktree/watch.ts';
import type { ChangeSource } from '../worktree/watch.ts';
import { NEEDS } from './needs.ts';
import type { Need } from './needs.ts';
import type { Place } from './place.ts';

const TOP = '' as BytePath;
/** Files that are made beside the real ones and renamed. No ref may have such a name (git-check-ref-format(1)). */
const LOCK = /\.lock$/;
/** The same among objects, and where received ones wait. */
const UNFINISHED_OBJECT = /^(?:tmp_|incoming-|\.tmp-)/;
/** Files at the top of the git directory that hold nothing that a command prints. */
const SILENT = ['gc.pid', 'gc.log', 'COMMIT_EDITMSG', 'TAG_EDITMSG', 'description'];
/** What at the top may be a link: nothing that is answered looks there. */
const MAY_BE_LINKS = ['hooks', 'lfs', 'modules', 'annex', 'pyi', ...SILENT];
/** Directories of the git directory in which everything counts, to the bottom. */
const WHOLE = ['refs', 'logs', 'info', 'worktrees', 'reftable', 'objects', 'remotes', 'branches'];
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
  /** Objects and packs that were seen: what happens to one of them later may be its loss. */
  readonly #objects = new Set<string>();
  #isRefused = false;

  /** @throws the system's error when not even the first watch can be had */
  constructor(options: WatchedGitOptions) {
    this.#options = options;
    const { commonDir, gitDir } = options.place;
    this.#own = gitDir === commonDir ? '' : `${path.relative(commonDir, gitDir)}/`;
    this.#isRefused = this.#own.startsWith('..');
    this.#source = openChangeSource({
      root: commonDir, cookieDirectory: options.cookieDirectory,
      sink: { changed: (changed) => this.#changed(changed), lost: options.onLost },
    });
    this.#watchAll();
    this.look();
  }

  get watches(): number {
    return this.#source.watches;
  }

  /** Whether nothing in it can change without an event. */
  get isCertain(): boolean {
    return !this.#isRefused && this.#source.isWatching(TOP);
  }

  /** Looks for what would make it uncertain, and for a git directory that was moved away and is there again. */
  look(): void {
    if (!this.#source.isWatching(TOP)) {
      this.#watchAll();
      if (this.#source.isWatching(TOP)) this.#options.onChange(NEEDS);
    }
    if (fs.existsSync(path.join(this.#options.place.commonDir, 'objects', 'info', 'alternates'))) this.#isRefused = true;
  }

  /** True once every change made before the call has been told, here and in all else that this process watches: the system has one queue. */
  async barrier(): Promise<boolean> {
    return this.#source.barrier();
  }

  close(): void {
    this.#source.close();
  }

  #changed(changed: BytePath): void {
    // The git directory itself was moved or removed: what happens to it until it is watched again is told by nobody.
    if (changed === TOP && !this.#source.isWatching(TOP)) this.#options.onChange(NEEDS);
    const needs = this.#needsOf(changed);
    if (needs.length === 0) return;
    // Watched before anybody asks again: what is made in it from now on has an event of its own.
    if (changed !== TOP && (WHOLE.some((name) => isAtOrBelow(changed, name)) || UNDER_WAY.includes(changed))) this.#watch(changed);
    else if (this.#stat(changed)?.isSymbolicLink() === true) this.#isRefused ||= !MAY_BE_LINKS.includes(changed);
    this.#options.onChange(needs);
  }

  #needsOf(changed: string): readonly Need[] {
    const own = changed.startsWith(this.#own) ? changed.slice(this.#own.length) : undefined;
    const name = changed.slice(changed.lastIndexOf('/') + 1);
    if (LOCK.test(name) || isAtOrBelow(changed, 'pyi') || SILENT.includes(own ?? changed)) return [];
    if (isAtOrBelow(changed, 'objects')) return UNFINISHED_OBJECT.test(name) ? [] : this.#objectNeeds(changed);
    if (own === 'index' || (own?.startsWith('sharedindex.') === true)) return ['index'];
    if (isAtOrBelow(changed, 'refs') || (own !== undefined && isAtOrBelow(own, 'refs')) || changed === 'packed-refs' || isAtOrBelow(changed, 'reftable')) return ['refs'];
    if (isAtOrBelow(changed, 'logs') || (own !== undefined && isAtOrBelow(own, 'logs'))) return ['logs'];
    if (changed === 'config' || own === 'config.worktree' || isAtOrBelow(changed, 'info') || (own !== undefined && isAtOrBelow(own, 'info'))) return ['config', 'refs', 'attributes', 'files'];
    if (changed === 'shallow') return ['refs', 'lost', 'added', 'state'];
    if (isAtOrBelow(changed, 'remotes') || isAtOrBelow(changed, 'branches')) return ['config', 'state'];
    // The index and the message of another work tree; or any file at the top, which a command may be asked for by its name as for a ref.
    return changed.startsWith('worktrees/') && /^(?:index|COMMIT_EDITMSG)$/.test(name) ? ['state'] : ['refs', 'state'];
  }

  /** An object that was not seen before and is there was added; anything else may be a loss. */
  #objectNeeds(changed: string): readonly Need[] {
    this.look();
    const isAdded = !this.#objects.has(changed) && this.#stat(changed) !== undefined;
    if (isAdded) this.#objects.add(changed);
    else this.#objects.delete(changed);
    return isAdded ? ['added'] : ['added', 'lost'];
  }

  #watchAll(): void {
    for (const directory of [TOP, ...WHOLE, ...UNDER_WAY]) this.#watch(directory as BytePath);
  }

  /** Watches a directory, and what is below unless it is the top. What a link leads to is watched by nobody. */
  #watch(directory: BytePath): void {
    const stat = this.#stat(directory);
    if (stat?.isSymbolicLink() === true) this.#isRefused = true;
    if (stat?.isDirectory() !== true) return;
    const result = this.#source.watch(directory);
    if (result === 'refused') this.#isRefused = true;
    if (result === 'refused' || result === 'missing') return;
    for (const entry of this.#list(directory)) {
      const file = (directory === '' ? entry.name : `${directory}/${entry.name}`) as BytePath;
      if (entry.isSymbolicLink()) this.#isRefused ||= !MAY_BE_LINKS.includes(file);
      else if (!entry.isDirectory()) this.#noteObject(file);
      else if (directory !== TOP) this.#watch(file);
    }
  }

  #noteObject(file: string): void {
    if (isAtOrBelow(file, 'objects')) this.#objects.add(file);
  }

  #stat(name: string): fs.Stats | undefined {
    try {
      return fs.lstatSync(path.join(this.#options.place.commonDir, name), { throwIfNoEntry: false });
    } catch {
      return undefined;
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
