import { readFileSync } from 'node:fs';
import { isMissing } from '../worktree/native-path.ts';
import type { NativePath } from '../worktree/native-path.ts';
import { withRegularFile } from '../worktree/regular-file.ts';

/** What is larger is not searched: the server would do nothing else meanwhile. */
const MAX_BYTES = 1024 * 1024;

/**
 * Whether a file has text that matches; also when it cannot be read, of which git warns. One that is not there has none.
 * @param follow whether git follows a symbolic link there: not in a work tree, which somebody else may have written
 */
export function mentions(file: NativePath, follow: boolean, pattern: RegExp): boolean {
  try {
    return withRegularFile(file, follow, (descriptor, { size }) => size > MAX_BYTES || pattern.test(readFileSync(descriptor, 'latin1'))) ?? true;
  } catch (error) {
    return !isMissing(error);
  }
}
