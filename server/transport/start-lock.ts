import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import type { Clock } from '../engine/ports.ts';
import { isErrno } from './address.ts';

/** A start takes well under a second; a lock as old as this belongs to a process id that was given away again. */
const MAX_AGE_MILLIS = 30_000;

export interface StartLockOptions {
  readonly file: string;
  readonly pid: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Mutual exclusion of servers while they start. Node has no `flock`, so it is a file made with
 * `O_EXCL` that names its owner; one whose owner is gone is broken.
 */
export class StartLock {
  readonly #file: string;
  readonly #secret: string;

  private constructor(file: string, secret: string) {
    this.#file = file;
    this.#secret = secret;
  }

  /** The lock, or undefined while another start holds it. */
  static tryTake(options: StartLockOptions): StartLock | undefined {
    const secret = `${options.pid} ${randomBytes(16).toString('hex')}`;
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const file = openSync(options.file, 'wx', 0o600);
        writeSync(file, secret);
        closeSync(file);
        return new StartLock(options.file, secret);
      } catch (error) {
        if (!isErrno(error, 'EEXIST')) throw error;
      }
      if (!breakStale(options)) return undefined;
    }
    return undefined;
  }

  /** True while nobody took it away. Asked right before anything is removed in its name. */
  held(): boolean {
    return readOwner(this.#file) === this.#secret;
  }

  release(): void {
    if (this.held()) rmSync(this.#file, { force: true });
  }
}

/**
 * Removes the lock if its owner is gone. Moved aside first and looked at again: if another breaker was
 * faster, what was moved is a fresh lock, and goes back.
 */
function breakStale({ file, pid, clock, isAlive }: StartLockOptions): boolean {
  const seen = readOwner(file);
  const stat = statSync(file, { throwIfNoEntry: false });
  if (seen === undefined || stat === undefined) return true;
  const owner = Number.parseInt(seen, 10);
  const age = clock.now() - stat.mtimeMs;
  // An empty file is an owner between its open and its write; only age says that it died there.
  const gone = Number.isNaN(owner) ? age > MAX_AGE_MILLIS : !isAlive(owner) || age > MAX_AGE_MILLIS;
  if (!gone) return false;
  const aside = `${file}.${pid}`;
  try {
    renameSync(file, aside);
    if (readOwner(aside) !== seen) linkSync(aside, file);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EEXIST')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return true;
}

function readOwner(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** True when a process with this id exists, whoever owns it. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}
