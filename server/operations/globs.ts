import type { BytePath } from '../../protocol/paths.ts';
import { bytePathFromText } from '../../protocol/paths.ts';
import { Wildmatch } from '../worktree/ignore/wildmatch.ts';

/** Which files a caller chose, by globs as in `.gitignore` with slashes respected; `**` crosses directories. No include means everything. */
export function chosenBy(include: readonly string[] = [], exclude: readonly string[] = []): (path: BytePath) => boolean {
  const wanted = include.map((glob) => Wildmatch.compile(bytePathFromText(glob), false));
  const unwanted = exclude.map((glob) => Wildmatch.compile(bytePathFromText(glob), false));
  return (path) => (wanted.length === 0 || wanted.some((glob) => glob?.matches(path) === true)) && !unwanted.some((glob) => glob?.matches(path) === true);
}
