import { readFileSync } from 'node:fs';
import { isMissing } from '../worktree/native-path.ts';
import type { NativePath } from '../worktree/native-path.ts';

/** Whether a file has text that matches; also when it cannot be read. One that is not there has none. */
export function mentions(file: NativePath, pattern: RegExp): boolean {
  try {
    return pattern.test(readFileSync(file, 'latin1'));
  } catch (error) {
    return !isMissing(error);
  }
}
