import { copyFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import * as path from 'node:path';
import type { Place } from './place.ts';

/**
 * A copy of the index for a run of git that may refresh it. What git would have written there, it writes into the copy; then the
 * answer is not kept, so that the caller's own git gets to write it.
 */
export class IndexCopy {
  /** Repositories make answers at the same time, each with a copy of its own. */
  static #made = 0;
  readonly file: string;
  readonly #identity: string;

  private constructor(file: string) {
    this.file = file;
    this.#identity = identityOf(file);
  }

  /** Undefined when there is no index. `directory` is one of our own. */
  static of(place: Place, directory: string): IndexCopy | undefined {
    const index = path.join(place.gitDir, 'index');
    const stat = statSync(index, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    const copy = path.join(directory, `index-${this.#made++}`);
    copyFileSync(index, copy);
    // git compares the files' times with this one's (racy-git): one that is later would make it look at fewer files. A number of
    // seconds is exact to a quarter of a microsecond, so one microsecond earlier is not later.
    const seconds = Number(stat.mtimeNs / 1000n - 1n) / 1e6;
    utimesSync(copy, seconds, seconds);
    return new IndexCopy(copy);
  }

  /** Whether git wrote into it. */
  get wasWritten(): boolean {
    return identityOf(this.file) !== this.#identity;
  }

  remove(): void {
    for (const file of [this.file, `${this.file}.lock`]) rmSync(file, { force: true });
  }
}

function identityOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}
