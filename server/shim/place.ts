import { accessSync, constants, lstatSync, readFileSync, realpathSync } from 'node:fs';
import type { Stats } from 'node:fs';
import * as path from 'node:path';
import { withRegularFile } from '../worktree/regular-file.ts';

/** The repository that git finds from a directory. All paths are absolute and have no links. */
export interface Place {
  /** Top of the work tree. */
  readonly root: string;
  /** Where HEAD and the index are. */
  readonly gitDir: string;
  /** Where objects, refs and the configuration are. */
  readonly commonDir: string;
  /** Stands for this repository as long as it is the same one: a new one at the same path has another. */
  readonly identity: string;
}

/** Of a branch, or of a commit. */
const HEAD = /^(?:ref:[ \t-\r]*refs\/|[0-9a-fA-F]{40})/;

/** What the search needs to know. */
export interface Searcher {
  /** Numeric id of the user; undefined where there is none. */
  readonly uid: number | undefined;
}

/**
 * Finds the repository from `directory` upwards as git does (`setup_git_directory_gently`). Undefined when there is none, when it is
 * one that git handles in a special way (bare, on another file system, behind a link), or one whose owner git would mistrust.
 */
export function locate(directory: string, { uid }: Searcher): Place | undefined {
  const start = lstat(directory);
  if (start?.isDirectory() !== true || directory.split('/').includes('.git')) return undefined;
  for (let at = directory; ; at = path.dirname(at)) {
    const dotGit = path.join(at, '.git');
    const found = lstat(dotGit);
    if (found !== undefined) {
      const root = lstat(at);
      if (root === undefined || root.dev !== start.dev || !isTrusted(root, uid) || !isTrusted(found, uid)) return undefined;
      return placeOf(at, dotGit, found, root, uid);
    }
    // A bare repository would be found before anything above it.
    if (isGitDirectory(at) || at === path.dirname(at)) return undefined;
  }
}

function placeOf(root: string, dotGit: string, found: Stats, rootStat: Stats, uid: number | undefined): Place | undefined {
  const gitDir = found.isDirectory() ? dotGit : found.isFile() ? pointedTo(root, dotGit) : undefined;
  const stat = gitDir === undefined ? undefined : lstat(gitDir);
  if (gitDir === undefined || stat?.isDirectory() !== true || !isTrusted(stat, uid)) return undefined;
  const commonDir = commonDirectory(gitDir);
  const common = commonDir === undefined ? undefined : lstat(commonDir);
  if (commonDir === undefined || common?.isDirectory() !== true || !isTrusted(common, uid) || !isWhole(gitDir, commonDir)) return undefined;
  const identity = [root, rootStat.ino, gitDir, stat.ino, stat.birthtimeMs, common.ino, common.birthtimeMs].join('\0');
  return { root, gitDir, commonDir, identity };
}

/** Whether git takes it for a repository (`is_git_directory`): otherwise it looks further up. A HEAD that is a link is left to git. */
function isWhole(gitDir: string, commonDir: string): boolean {
  try {
    const head = withRegularFile(path.join(gitDir, 'HEAD'), false, (descriptor) => readFileSync(descriptor, 'latin1'));
    for (const name of ['objects', 'refs']) accessSync(path.join(commonDir, name), constants.X_OK);
    return head !== undefined && HEAD.test(head);
  } catch {
    return false;
  }
}

/** What a `.git` file names (gitrepository-layout(5)). */
function pointedTo(root: string, dotGit: string): string | undefined {
  const target = /^gitdir: ([^\n]+)\n?$/.exec(read(dotGit) ?? '')?.[1];
  return target === undefined ? undefined : real(path.resolve(root, target));
}

function commonDirectory(gitDir: string): string | undefined {
  const named = read(path.join(gitDir, 'commondir'));
  return named === undefined ? gitDir : real(path.resolve(gitDir, named.replace(/\n$/, '')));
}

function isGitDirectory(directory: string): boolean {
  return lstat(path.join(directory, 'HEAD')) !== undefined && lstat(path.join(directory, 'objects')) !== undefined && lstat(path.join(directory, 'refs')) !== undefined;
}

function isTrusted(stat: Stats, uid: number | undefined): boolean {
  return uid === undefined || stat.uid === uid;
}

function lstat(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function real(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
