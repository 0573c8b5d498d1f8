/** How changes below a directory become known. */
import type { BytePath } from '../../protocol/paths.ts';
import { LinuxChanges } from './watch-linux.ts';
import { RecursiveChanges } from './watch-recursive.ts';

/** Receives what a {@link ChangeSource} sees. */
export interface ChangeSink {
  /** Something happened at `path`: look at it. `''` is the root itself. */
  changed(path: BytePath): void;
  /** Events may have been missed: look at everything. */
  lost(reason: string): void;
}

/**
 * Watches directories. A directory counts as watched until it is unwatched, or until the source saw that
 * its name now stands for another directory: then its content has to be read again after a new `watch`.
 */
export interface ChangeSource {
  /** How many of the system's watches it holds. */
  readonly watches: number;
  /**
   * Watches one directory (not what is below it).
   * `refused`: the system's budget is used up; the source is then of no more use.
   */
  watch(directory: BytePath): 'new' | 'already' | 'refused' | 'missing';
  isWatching(directory: BytePath): boolean;
  /** Stops watching the directory and everything below it. */
  unwatch(directory: BytePath): void;
  /** Resolves true once every change made before the call has been reported; false when that cannot be known. */
  barrier(): Promise<boolean>;
  close(): void;
}

export interface ChangeSourceOptions {
  readonly root: string;
  /** Directory of our own where cookie files may be made. */
  readonly cookieDirectory: string;
  readonly sink: ChangeSink;
}

/** The source for this platform. Throws the system's error when not even the first watch can be had. */
export function openChangeSource(options: ChangeSourceOptions): ChangeSource {
  return process.platform === 'linux' ? new LinuxChanges(options) : new RecursiveChanges(options);
}
