import { lstatSync } from 'node:fs';
import type { BytePath } from '../../protocol/paths.ts';
import type { Excludes } from '../git/tracked.ts';
import { readIgnoreFileFromDisk } from '../worktree/ignore/read-file.ts';
import { IgnoreRules } from '../worktree/ignore/rules.ts';
import { nativePath } from '../worktree/native-path.ts';
import type { NativePath } from '../worktree/native-path.ts';

/**
 * Files of rules that ours do not use as git does: a symbolic link, of which git warns, one that cannot be read or is larger than we
 * read, and one that git reads from the index. While there are any, only git can say what is ignored, and what it has to say of that.
 */
export class UnusedRules {
  readonly #files = new Map<string, NativePath>();

  get areAny(): boolean {
    return this.#files.size > 0;
  }

  add(file: NativePath): void {
    this.#files.set(file.toString('latin1'), file);
  }

  /** Forgets those of directories that are gone. Where only the file changes, all rules are read anew. */
  recheck(): void {
    for (const [name, file] of this.#files) if (isGone(file.slice(0, file.lastIndexOf('/')))) this.#files.delete(name);
  }
}

/**
 * The rules of a work tree, and what of them is not used, as far as they were read.
 * @param inIndex the `.gitignore` that need not be in the work tree (skip-worktree): where they are not, git reads them from the index
 */
export function openRules(root: string, excludes: Excludes, inIndex: ReadonlySet<BytePath>): { readonly ignore: IgnoreRules; readonly unusedRules: UnusedRules } {
  const unusedRules = new UnusedRules();
  const onProblem = (file: NativePath): void => { unusedRules.add(file); };
  const readIgnoreFile = (path: BytePath): Buffer | undefined => {
    const file = nativePath(root, path);
    const content = readIgnoreFileFromDisk(file, false, onProblem);
    if (content === undefined && inIndex.has(path)) unusedRules.add(file);
    return content;
  };
  return { ignore: IgnoreRules.open({ root, ...excludes, readIgnoreFile, onProblem }), unusedRules };
}

function isGone(directory: NativePath): boolean {
  try {
    return lstatSync(directory, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
