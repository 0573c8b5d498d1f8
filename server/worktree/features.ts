/** What a file system can do, found out by trying. */
import fs from 'node:fs';
import path from 'node:path';
import { systemErrorCode } from './native-path.ts';
import type { NativePath } from './native-path.ts';

/** True when names that differ only by case are one file there. */
export function ignoresCase(directory: string): boolean {
  const name = path.basename(directory);
  const swapped = name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase();
  if (swapped === name) return process.platform === 'win32' || process.platform === 'darwin';
  const other = fs.lstatSync(path.join(path.dirname(directory), swapped), { throwIfNoEntry: false });
  return other !== undefined && other.ino === fs.lstatSync(directory).ino;
}

/** What a file system answers when it cannot share blocks between two files. */
const CANNOT_CLONE = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY']);

/**
 * Copies files by sharing their blocks (`FICLONE`: Btrfs, XFS, bcachefs, APFS; within one file system).
 * The first refusal is remembered, so that a file system is asked once.
 */
export class Cloner {
  #refused = false;

  /** False once the file system has said that it cannot. */
  get works(): boolean {
    return !this.#refused;
  }

  /** Makes `to`, which must not exist, a clone of the regular file `from`. False when this cannot be done here. */
  clone(from: NativePath, to: NativePath): boolean {
    if (this.#refused) return false;
    try {
      fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE_FORCE);
      return true;
    } catch (error) {
      if (!CANNOT_CLONE.has(systemErrorCode(error) ?? '')) throw error;
      this.#refused = true;
      return false;
    }
  }
}
