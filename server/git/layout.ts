import * as fs from 'node:fs';
import * as path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import { GitError } from './exec.ts';
import type { Git } from './exec.ts';

/** Name of the store's folder inside the common git directory. */
const STORE_NAME = 'pyi';
/** Name of the store's folder where there is no Git. */
const PLAIN_STORE_NAME = '.pyi';

export type ObjectFormat = 'sha1' | 'sha256';

/** Where a repository with Git keeps what. All paths are absolute. */
export interface GitLayout {
  readonly kind: 'git';
  /** Top of the work tree. */
  readonly root: string;
  /** Git directory of this work tree: HEAD and the index. */
  readonly gitDir: string;
  /** What all linked work trees share: objects, branches, the store. */
  readonly commonDir: string;
  readonly storeDirectory: string;
  readonly objectFormat: ObjectFormat;
  readonly isLinkedWorktree: boolean;
}

/** A folder with no Git. */
export interface PlainLayout {
  readonly kind: 'plain';
  readonly root: string;
  readonly gitDir: null;
  readonly commonDir: null;
  readonly storeDirectory: string;
  readonly objectFormat: null;
  readonly isLinkedWorktree: false;
}

export type Layout = GitLayout | PlainLayout;

/**
 * Finds out what `directory` is part of: a Git work tree, else a folder that has a store, else a
 * folder that could have one.
 * @throws PyiError `NOT_FOUND` (no such directory; a repository but no git), `INVALID_ARGUMENT` (a
 *   bare repository, or a place inside the git directory), `UNAUTHORIZED` (git distrusts its owner)
 */
export async function discoverLayout(git: Git, directory: string): Promise<Layout> {
  const real = realDirectory(directory);
  try {
    return await gitLayout(git, real);
  } catch (error) {
    if (saysNoRepository(error)) return plainLayout(real);
    // Without git installed, folders without Git still work.
    if (PyiError.is(error, 'NOT_FOUND') && above(real, '.git') === undefined) return plainLayout(real);
    throw error;
  }
}

/** The layout, when it has Git. @throws PyiError `INVALID_ARGUMENT` */
export function requireGit(layout: Layout): GitLayout {
  if (layout.kind === 'git') return layout;
  throw new PyiError('INVALID_ARGUMENT', `There is no Git repository at ${layout.root}`,
    'Run "git init" there, or keep to the verbs that need no Git.');
}

async function gitLayout(git: Git, cwd: string): Promise<GitLayout> {
  const asked = ['--is-bare-repository', '--is-inside-work-tree', '--show-object-format', '--absolute-git-dir', '--git-common-dir'];
  // The last question fails where there is no work tree; what was answered before it is printed all the same.
  const result = await git.run(['rev-parse', ...asked, '--show-toplevel'], { cwd, okCodes: [0, 128] });
  const lines = result.stdout.toString('utf8').split('\n').slice(0, -1);
  if (lines.length < asked.length) throw new GitError(['rev-parse'], result.code, result.stderr);
  const [isBare, isInside, objectFormat] = lines;
  if (isBare === 'true') {
    throw new PyiError('INVALID_ARGUMENT', `${cwd} is in a bare repository, which has no work tree`,
      'Make one with "git worktree add" and work there.');
  }
  if (isInside !== 'true') {
    throw new PyiError('INVALID_ARGUMENT', `${cwd} is inside a Git directory`, 'Go to the work tree that belongs to it.');
  }
  const paths = lines.length === asked.length + 1
    ? lines.slice(3)
    : await Promise.all(['--absolute-git-dir', '--git-common-dir', '--show-toplevel'].map((question) => answer(git, cwd, question)));
  // git resolves links in some of its answers only; a `.git` that is a link must not look like two directories.
  const [gitDir = '', commonDir = '', root = ''] = paths.map((answered) => fs.realpathSync(path.resolve(cwd, answered)));
  return {
    kind: 'git', root, gitDir, commonDir,
    storeDirectory: path.join(commonDir, STORE_NAME),
    objectFormat: objectFormat === 'sha256' ? 'sha256' : 'sha1',
    // A submodule has a git directory of its own as well, but shares it with nobody.
    isLinkedWorktree: gitDir !== commonDir,
  };
}

/** One answer of rev-parse, for the rare directory whose name has a newline. */
async function answer(git: Git, cwd: string, question: string): Promise<string> {
  const { stdout } = await git.run(['rev-parse', question], { cwd });
  return stdout.toString('utf8').slice(0, -1);
}

/** A `.git` that points nowhere, or one of another user, is a repository with a fault, not a plain folder. */
function saysNoRepository(error: unknown): boolean {
  return error instanceof GitError && /^fatal: not a git repository \(or any/m.test(error.stderr);
}

function plainLayout(directory: string): PlainLayout {
  const root = above(directory, PLAIN_STORE_NAME) ?? directory;
  return {
    kind: 'plain', root, gitDir: null, commonDir: null,
    storeDirectory: path.join(root, PLAIN_STORE_NAME), objectFormat: null, isLinkedWorktree: false,
  };
}

/** The nearest directory, from `directory` upwards, that holds `name`. */
function above(directory: string, name: string): string | undefined {
  for (let at = directory; ; at = path.dirname(at)) {
    if (fs.existsSync(path.join(at, name))) return at;
    if (at === path.dirname(at)) return undefined;
  }
}

function realDirectory(directory: string): string {
  try {
    const real = fs.realpathSync(directory);
    if (fs.statSync(real).isDirectory()) return real;
  } catch (error) {
    throw new PyiError('NOT_FOUND', `The directory does not exist: ${directory}`, 'Check the path. If it was the directory of a fork, "pyi doctor --repair" lets the fork go on without it.', { cause: error });
  }
  throw new PyiError('NOT_FOUND', `Not a directory: ${directory}`, 'Give the directory that holds the file.');
}
