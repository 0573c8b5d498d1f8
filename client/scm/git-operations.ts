import { lstatSync, readFileSync, watch } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { After } from '../../server/transport/timers.ts';

/** Git takes these before it changes anything. */
const LOCKS = ['index.lock', 'HEAD.lock'];
/** What Git writes when it changes the work tree or where HEAD is. FETCH_HEAD is not among them: a fetch changes neither. */
const SIGNS = /^(?:index|HEAD|(?!FETCH)[A-Z_]+_HEAD|AUTO_MERGE|rebase-merge|rebase-apply|sequencer)$/;
/** A command locks and unlocks several times, with short pauses between; two commands are further apart when a person gives them. */
const SETTLE_MILLIS = 200;

export interface GitOperationsOptions {
  /** Git begins to change something. */
  readonly onBefore: () => void;
  /** It has been quiet for a while, and holds no lock. */
  readonly onAfter: () => void;
  readonly isLocked: () => boolean;
  readonly after: After;
}

/** Tells from the names that change in a git directory when an operation of Git begins and ends. */
export class GitOperations {
  readonly #options: GitOperationsOptions;
  #underway = false;
  #cancelTimer: () => void = () => undefined;

  constructor(options: GitOperationsOptions) {
    this.#options = options;
  }

  /** An entry of the git directory appeared, changed or went. */
  saw(name: string): void {
    const isLock = LOCKS.includes(name);
    if (!isLock && !SIGNS.test(name)) return;
    if (!this.#underway) {
      this.#underway = true;
      // Without a lock it is over already.
      if (isLock) this.#options.onBefore();
    }
    this.#cancelTimer();
    this.#cancelTimer = this.#options.after(SETTLE_MILLIS, () => this.#settle());
  }

  dispose(): void {
    this.#cancelTimer();
  }

  /** While a lock is held nothing needs to be asked again: its end is an event. */
  #settle(): void {
    if (this.#options.isLocked()) return;
    this.#underway = false;
    this.#options.onAfter();
  }
}

/** The git directory of a work tree: `.git`, or what that file names in a linked work tree or a submodule. */
export function gitDirectoryOf(root: string): string | undefined {
  const entry = join(root, '.git');
  try {
    if (!lstatSync(entry).isFile()) return entry;
    const named = /^gitdir: ([^\n]+)/.exec(readFileSync(entry, 'utf8'))?.[1];
    return named === undefined ? undefined : resolve(dirname(entry), named);
  } catch {
    return undefined; // there is none, or it cannot be read: no Git works here either
  }
}

/**
 * Watches a git directory and calls back around each operation. Returns a function that stops.
 *
 * Why not VS Code's watcher: it tells of what happened 75 ms later and leaves out what came and went in between. A lock of Git's
 * mostly lives shorter. This one tells at once, for one directory, without what is below.
 */
export function watchGitDirectory(directory: string, options: Omit<GitOperationsOptions, 'isLocked'>): () => void {
  const operations = new GitOperations({ ...options, isLocked: () => LOCKS.some((name) => lstatSync(join(directory, name), { throwIfNoEntry: false }) !== undefined) });
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => {
      if (name !== null) operations.saw(name);
    });
    // It vanished: Git does no more there.
    watcher.on('error', () => watcher.close());
    return () => {
      watcher.close();
      operations.dispose();
    };
  } catch {
    return () => operations.dispose(); // watches run out, or the directory is gone: checkpoints around Git are a courtesy
  }
}
