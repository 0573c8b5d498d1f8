import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PyiError } from '../../protocol/errors.ts';
import { systemCode } from '../store/disk.ts';
import { gitDirectoryError } from './git-directory-error.ts';
import { endOrphans } from './orphans.ts';
import type { GitLayout } from './layout.ts';

/** Prefix of the folders, in the git directory, that hold indexes on their way. */
const TEMPORARY_PREFIX = 'pyi-index-';
/** First word of a lock file that is ours; git itself never reads what is in one. */
const LOCK_MARK = 'pyi';

export interface TransactionOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for somebody else's lock, in milliseconds. */
  readonly lockTimeoutMillis?: number | undefined;
}

const DEFAULT_LOCK_TIMEOUT_MILLIS = 1_500;
const FIRST_RETRY_MILLIS = 5;
const LONGEST_RETRY_MILLIS = 100;

/**
 * Holds the user's `index.lock`, as `git commit -- paths` does while it runs hooks.
 *
 * While it is held, no `git add`, `commit`, `checkout`, `reset`, `merge` or `rebase` runs in this work
 * tree: the index cannot change under us, and HEAD only by plumbing. The new index is written by git
 * into a temporary folder and renamed over the old one, so a reader sees one or the other.
 */
export class IndexTransaction {
  readonly #index: string;
  readonly #lock: string;
  readonly #directory: string;

  private constructor(index: string, lock: string, directory: string) {
    this.#index = index;
    this.#lock = lock;
    this.#directory = directory;
  }

  /**
   * Takes the lock. Our own lock of a process that was killed is taken over.
   * @throws PyiError `BUSY` when somebody holds it for longer than the timeout, `CANCELLED`, `NO_SPACE`,
   *   `UNAUTHORIZED` when the git directory cannot be written
   */
  static async begin(layout: GitLayout, options: TransactionOptions = {}): Promise<IndexTransaction> {
    const index = resolveLink(path.join(layout.gitDir, 'index'));
    const lock = `${index}.lock`;
    await takeLock(lock, options);
    try {
      const parent = path.dirname(index);
      // Only the holder of the lock makes such folders, so what is there was left by a process that died.
      for (const name of fs.readdirSync(parent)) {
        if (!name.startsWith(TEMPORARY_PREFIX)) continue;
        await endOrphans(path.join(parent, name));
        fs.rmSync(path.join(parent, name), { recursive: true, force: true });
      }
      return new IndexTransaction(index, lock, fs.mkdtempSync(path.join(parent, TEMPORARY_PREFIX)));
    } catch (error) {
      fs.rmSync(lock, { force: true });
      throw PyiError.is(error) ? error : gitDirectoryError(error, layout.gitDir);
    }
  }

  /** Puts a file for git beside the indexes. Naming it to git marks the process as of this transaction, so that it can be found should we die. */
  put(name: string, content: Uint8Array): string {
    const target = path.join(this.#directory, name);
    try {
      fs.writeFileSync(target, content);
    } catch (error) {
      throw gitDirectoryError(error, this.#directory);
    }
    return target;
  }

  /** A copy of the user's index under `name`, for git to work on; a path where there is none yet. */
  copy(name: string): string {
    const target = path.join(this.#directory, name);
    try {
      fs.copyFileSync(this.#index, target, fs.constants.COPYFILE_FICLONE);
      // Git takes an entry for racily clean when it is not older than the index file. A copy is younger
      // than the original; give it an age at which no entry looks safer than it did there.
      const seconds = Math.floor(fs.statSync(this.#index).mtimeMs / 1000);
      fs.utimesSync(target, seconds, seconds);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw gitDirectoryError(error, this.#directory);
    }
    return target;
  }

  /** Makes the index that git wrote at `file` the user's index. Without such a file there is nothing to change. */
  publish(file: string): void {
    if (!fs.existsSync(file)) return;
    try {
      fs.renameSync(file, this.#index);
    } catch (error) {
      throw gitDirectoryError(error, this.#index);
    }
  }

  /** Gives the lock back and removes what is left. */
  close(): void {
    fs.rmSync(this.#directory, { recursive: true, force: true });
    fs.rmSync(this.#lock, { force: true });
  }
}

async function takeLock(lock: string, options: TransactionOptions): Promise<void> {
  let left = options.lockTimeoutMillis ?? DEFAULT_LOCK_TIMEOUT_MILLIS;
  for (let pause = FIRST_RETRY_MILLIS; ; pause = Math.min(pause * 2, LONGEST_RETRY_MILLIS)) {
    if (options.signal?.aborted === true) throw waitCancelled();
    if (tryLock(lock)) return;
    if (left <= 0) {
      throw new PyiError('BUSY', `Another git process holds ${lock}`,
        'Try again when it has finished. If none is running, a crashed one left the file behind: remove it.');
    }
    try {
      await delay(Math.min(pause, left), undefined, { signal: options.signal });
    } catch (error) {
      throw waitCancelled(error);
    }
    left -= pause;
  }
}

function tryLock(lock: string): boolean {
  try {
    createLock(lock);
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw gitDirectoryError(error, lock);
  }
  if (!isLeftBehind(lock)) return false;
  fs.rmSync(lock, { force: true });
  return tryLock(lock);
}

/** Leaves no lock behind when the disk has room for the name only. */
function createLock(lock: string): void {
  const file = fs.openSync(lock, 'wx');
  try {
    fs.writeSync(file, `${LOCK_MARK} ${os.hostname()} ${process.pid}\n`);
  } catch (error) {
    fs.rmSync(lock, { force: true });
    throw error;
  } finally {
    fs.closeSync(file);
  }
}

/** True for a lock file of ours whose process, on this machine, is gone. */
function isLeftBehind(lock: string): boolean {
  let owner: RegExpExecArray | null;
  try {
    owner = new RegExp(`^${LOCK_MARK} (\\S+) (\\d+)\\n$`).exec(fs.readFileSync(lock, 'latin1'));
  } catch {
    return false;
  }
  if (owner === null || owner[1] !== os.hostname()) return false;
  try {
    process.kill(Number(owner[2]), 0);
    return false;
  } catch (error) {
    return systemCode(error) === 'ESRCH';
  }
}

function resolveLink(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

function waitCancelled(cause?: unknown): PyiError {
  return new PyiError('CANCELLED', 'Cancelled while waiting for the index', 'Nothing was changed; run it again when you want to.', { cause });
}
