import * as fs from 'node:fs';
import * as path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Git } from './exec.ts';
import type { GitLayout } from './layout.ts';
import { nulTerminated } from './nul.ts';

export interface AddWorktreeRequest {
  /** Absolute path; must not exist, or be empty. */
  readonly directory: string;
  /** Commit that its detached HEAD names, or null in a repository without one. */
  readonly commit: string | null;
  /** Paths that need not be there (sparse checkout), as the user's own work tree has them. */
  readonly sparse?: ReadonlySet<BytePath>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Registers a linked work tree and gives it the commit's index, but writes no files: the caller does.
 * After that plain git works inside, and is clean where files equal the commit.
 *
 * The index knows no file times yet; the first `git status` reads the files once and notes them. Doing that here would
 * cost as much as writing them, for nothing: git takes files written within the same second for racily clean.
 *
 * @returns whether it is registered: git before 2.42 cannot link a work tree without a commit, and then
 *   only the directory's owner knows of it
 * @throws PyiError `NAME_EXISTS` (the directory is not empty), `NOT_FOUND` (no such commit), `CANCELLED`
 */
export async function addWorktree(git: Git, layout: GitLayout, request: AddWorktreeRequest): Promise<{ registered: boolean }> {
  const { directory, commit, signal } = request;
  if (commit === null) return { registered: false };
  if (fs.existsSync(directory) && fs.readdirSync(directory).length > 0) {
    throw new PyiError('NAME_EXISTS', `The directory is not empty: ${directory}`, 'Give another with --dir, or remove it.');
  }
  await git.run(['worktree', 'add', '-q', '--detach', '--no-checkout', '--', directory, commit], { cwd: layout.root, signal });
  try {
    await git.run(['read-tree', commit], { cwd: directory, signal });
    if (request.sparse !== undefined && request.sparse.size > 0) {
      await git.run(['update-index', '-z', '--skip-worktree', '--stdin'], { cwd: directory, input: nulTerminated(request.sparse), signal });
    }
  } catch (error) {
    await removeWorktree(git, layout, { directory, deleteFiles: true });
    throw error;
  }
  return { registered: true };
}

export interface RemoveWorktreeRequest {
  readonly directory: string;
  /** Remove the directory with all that is in it, untracked and ignored files too; else only Git forgets it. */
  readonly deleteFiles: boolean;
}

/** Suffix of a directory that stands aside while git forgets it. */
const ASIDE = '.pyi-aside';

/**
 * Takes a linked work tree off `git worktree list`, also one whose directory is gone.
 * @returns false when git did not know it; nothing is removed then
 * @throws PyiError `INVALID_ARGUMENT` for the main work tree
 */
export async function removeWorktree(git: Git, layout: GitLayout, request: RemoveWorktreeRequest): Promise<{ removed: boolean }> {
  const { directory, deleteFiles } = request;
  const known = await listWorktrees(git, layout);
  const at = known.findIndex((worktree) => samePath(worktree.directory, directory));
  if (at < 0) return { removed: false };
  if (at === 0) {
    throw new PyiError('INVALID_ARGUMENT', `${directory} is the main work tree of its repository`, 'Only a linked work tree can be removed.');
  }
  const remove = async (): Promise<void> => {
    // Twice --force: also when it is locked.
    await git.run(['worktree', 'remove', '--force', '--force', '--', directory], { cwd: layout.commonDir });
  };
  if (deleteFiles || !fs.existsSync(directory)) {
    await remove();
    return { removed: true };
  }
  // git has no way to forget a work tree and leave its files, but it does forget one that is not there.
  const aside = directory + ASIDE;
  fs.renameSync(directory, aside);
  try {
    await remove();
    fs.rmSync(path.join(aside, '.git'), { force: true });
  } finally {
    fs.renameSync(aside, directory);
  }
  return { removed: true };
}

/** A work tree as `git worktree list` has it. */
export interface Worktree {
  readonly directory: string;
  /** Null in a repository without a commit, or a bare one. */
  readonly head: string | null;
  /** Full ref name, null when detached. */
  readonly branch: string | null;
  /** The directory is gone, so `git worktree prune` would forget it. */
  readonly prunable: boolean;
}

/** All work trees of the repository, the main one first. */
export async function listWorktrees(git: Git, layout: GitLayout): Promise<Worktree[]> {
  const command = ['worktree', 'list', '--porcelain'];
  // The main work tree may be gone while a linked one asks.
  const cwd = layout.commonDir;
  let { code, stdout } = await git.run([...command, '-z'], { cwd, okCodes: [0, 129] });
  let separator = '\0';
  if (code === 129) {
    // git before 2.36 has no -z.
    ({ code, stdout } = await git.run(command, { cwd }));
    separator = '\n';
  }
  return stdout.toString('utf8').split(separator + separator).filter((block) => block !== '').map((block) => {
    const attributes = new Map(block.split(separator).map((line) => {
      const space = line.indexOf(' ');
      return space < 0 ? [line, ''] as const : [line.slice(0, space), line.slice(space + 1)] as const;
    }));
    const head = attributes.get('HEAD');
    return {
      directory: attributes.get('worktree') ?? '',
      head: head === undefined || /^0+$/.test(head) ? null : head,
      branch: attributes.get('branch') ?? null,
      prunable: attributes.has('prunable'),
    };
  });
}

/** Compares as git does, which records the real path of what existed when it was added. */
function samePath(recorded: string, given: string): boolean {
  return recorded === given || realOrGiven(recorded) === realOrGiven(given);
}

/** The real path of what exists, and of the nearest directory above what does not. */
export function realOrGiven(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    const parent = path.dirname(file);
    return parent === file ? file : path.join(realOrGiven(parent), path.basename(file));
  }
}
