import { lstatSync, statSync } from 'node:fs';
import type { Clock } from '../engine/ports.ts';

/** A file that was written this recently may change again without its times showing it: clocks of file systems tick every few milliseconds. */
const UNSETTLED_MILLIS = 50;

/**
 * Files that nobody watches, as they were seen: what they are is compared before an answer that depends on them is given.
 * A file that is not there is one, too.
 */
export class SeenFiles {
  readonly #seen = new Map<string, string>();
  readonly #clock: Pick<Clock, 'now'>;

  constructor(files: Iterable<string>, clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    for (const file of files) this.#seen.set(file, identityOf(file));
  }

  /** Whether all are what they were. */
  areSame(): boolean {
    for (const [file, identity] of this.#seen) if (identityOf(file) !== identity) return false;
    return true;
  }

  /** Whether a change from now on shows: none was written just now. */
  areSettled(): boolean {
    const now = this.#clock.now();
    for (const file of this.#seen.keys()) {
      const stat = statSync(file, { throwIfNoEntry: false });
      if (stat?.isDirectory() === false && Math.abs(now - Math.max(stat.mtimeMs, stat.ctimeMs)) < UNSETTLED_MILLIS) return false;
    }
    return true;
  }
}

function identityOf(file: string): string {
  try {
    const itself = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (itself === undefined) return 'missing';
    const stat = itself.isSymbolicLink() ? statSync(file, { bigint: true, throwIfNoEntry: false }) : itself;
    // What is named may be of interest for being there alone.
    const link = stat === itself ? '' : `${itself.ino}:${itself.ctimeNs}>`;
    if (stat === undefined) return `${link}nothing`;
    // What is in a directory is another matter.
    return stat.isDirectory() ? `${link}${stat.dev}:${stat.ino}:${stat.mode}:${stat.uid}` : `${link}${stat.dev}:${stat.ino}:${stat.mode}:${stat.uid}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
  } catch (error) {
    return `error: ${String((error as NodeJS.ErrnoException).code)}`;
  }
}
