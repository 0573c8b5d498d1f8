import { lstatSync, readFileSync } from 'node:fs';
import { isMissing, systemErrorCode } from '../native-path.ts';
import type { NativePath } from '../native-path.ts';
import { withRegularFile } from '../regular-file.ts';

/**
 * Largest ignore file that is read. Git reads up to 100 MiB; here that would stop the server for seconds,
 * and every path would be compared with millions of patterns.
 */
export const MAX_IGNORE_FILE_BYTES = 1024 * 1024;

/** Why an ignore file that exists is not used. */
export type IgnoreFileProblem = (file: NativePath, problem: string) => void;

/**
 * Content of an ignore file; undefined when there is none or it cannot be used.
 *
 * Inside the work tree a symbolic link is not followed (`follow` false): a tree that somebody else wrote must not
 * make us read files elsewhere (git ≥ 2.32). What is no regular file is never read, so a FIFO cannot block.
 */
export function readIgnoreFileFromDisk(file: NativePath, follow: boolean, onProblem: IgnoreFileProblem): Buffer | undefined {
  try {
    // Most directories have none, and this costs a tenth of a failing open, whose error has to be made first.
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
    return withRegularFile(file, follow, (descriptor, { size }) => {
      if (size <= MAX_IGNORE_FILE_BYTES) return readFileSync(descriptor);
      onProblem(file, `larger than ${MAX_IGNORE_FILE_BYTES} bytes`);
      return undefined;
    });
  } catch (error) {
    if (!isMissing(error)) onProblem(file, systemErrorCode(error) ?? String(error));
    return undefined;
  }
}
