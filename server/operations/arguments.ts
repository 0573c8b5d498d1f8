import type { BytePath } from '../../protocol/paths.ts';
import { bytePathFromText, checkPath, textFromBytePath } from '../../protocol/paths.ts';

/** A path that a caller gave, checked. A trailing slash is forgiven. @throws PyiError `INVALID_PATH` */
export function treePath(text: string): BytePath {
  return checkPath(bytePathFromText(text.length > 1 ? text.replace(/\/+$/, '') : text));
}

/** A directory that a caller gave: `''` and `.` are the root. @throws PyiError `INVALID_PATH` */
export function treeDirectory(text: string): BytePath {
  return text === '' || text === '.' || text === './' ? '' as BytePath : treePath(text);
}

/** Paths as callers read them. */
export function texts(paths: Iterable<BytePath>): string[] {
  return Array.from(paths, textFromBytePath);
}
