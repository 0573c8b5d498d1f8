import * as fs from 'node:fs';
import * as path from 'node:path';
import { bytesFromBytePath } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Git } from './exec.ts';
import type { GitLayout, Layout } from './layout.ts';
import { nulFields } from './nul.ts';
import { positionFromFiles } from './position.ts';

/** A submodule of the index. */
export interface Submodule {
  readonly path: BytePath;
  /** Commit that the index records. */
  readonly recorded: string;
  /** Commit that is checked out, or null when the submodule is not initialised. */
  readonly checkedOut: string | null;
}

/** What the index knows. */
export interface Tracked {
  /** Every path of the index, submodules included. */
  readonly paths: ReadonlySet<BytePath>;
  readonly submodules: readonly Submodule[];
  /** Paths that need not be in the work tree (skip-worktree: sparse checkout). */
  readonly sparse: ReadonlySet<BytePath>;
}

/** Reads the index, or the one at `indexFile`, in one process. */
export async function readTracked(git: Git, layout: GitLayout, indexFile?: string): Promise<Tracked> {
  const { stdout } = await git.run(['ls-files', '-t', '-s', '-z'], {
    cwd: layout.root, env: indexFile === undefined ? undefined : { GIT_INDEX_FILE: indexFile },
  });
  const paths = new Set<BytePath>();
  const sparse = new Set<BytePath>();
  const recorded = new Map<BytePath, string>();
  for (const field of nulFields(stdout)) {
    // "<tag> <mode> <object id> <stage>\t<path>"; cut by hand, for there may be a million.
    const tab = field.indexOf('\t');
    const file = field.slice(tab + 1) as BytePath;
    paths.add(file);
    if (field.startsWith('S')) sparse.add(file);
    if (field.startsWith('160000', 2)) recorded.set(file, field.slice(9, tab - 2));
  }
  const submodules = await Promise.all([...recorded].map(async ([file, commit]) => (
    { path: file, recorded: commit, checkedOut: await submoduleHead(git, layout, file) })));
  return { paths, submodules, sparse };
}

/** The commit that is checked out in the repository at `file`, or null when there is none. */
export async function submoduleHead(git: Git, layout: GitLayout, file: BytePath): Promise<string | null> {
  const directory = submoduleDirectory(layout, file);
  if (gitDirectoryIn(directory) === undefined) return null;
  const known = submoduleHeadFromFiles(layout, file);
  if (known !== undefined) return known;
  const { stdout } = await git.run(['rev-parse', '-q', '--verify', 'HEAD'], { cwd: directory.toString('utf8'), okCodes: [0, 1, 128] });
  return stdout.toString('utf8').trimEnd() || null;
}

/** As {@link submoduleHead}, from the files alone; undefined where these do not say. */
export function submoduleHeadFromFiles(layout: GitLayout, file: BytePath): string | undefined {
  const gitDir = gitDirectoryIn(submoduleDirectory(layout, file));
  return gitDir === undefined ? undefined : positionFromFiles(gitDir, gitDir)?.head ?? undefined;
}

function submoduleDirectory(layout: GitLayout, file: BytePath): Buffer {
  return Buffer.concat([Buffer.from(`${layout.root}/`), bytesFromBytePath(file)]);
}

function gitDirectoryIn(directory: Buffer): string | undefined {
  return gitDirectoryAt(directory.toString('utf8'), Buffer.concat([directory, Buffer.from('/.git')]));
}

/** What `.git` is or points to (gitrepository-layout(5)). */
function gitDirectoryAt(directory: string, dotGit: Buffer): string | undefined {
  const stat = fs.lstatSync(dotGit, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) return dotGit.toString('utf8');
  if (stat?.isFile() !== true) return undefined;
  const target = /^gitdir: ([^\n]+)\n?$/.exec(fs.readFileSync(dotGit, 'utf8'))?.[1];
  return target === undefined ? undefined : path.resolve(directory, target);
}

/** Where the rules are that tell what git ignores, beside the `.gitignore` files. */
export interface Excludes {
  readonly infoExclude?: string;
  readonly excludesFile?: string;
  readonly ignoreCase: boolean;
}

/** Reads `core.excludesFile` and `core.ignoreCase` (gitignore(5)); the files need not exist. */
export async function excludes(git: Git, layout: Layout): Promise<Excludes> {
  const options = { cwd: layout.root, okCodes: [0, 1] };
  const [configured, ignoreCase] = await Promise.all([
    git.run(['config', '-z', '--type=path', '--get', 'core.excludesFile'], options),
    git.run(['config', '--type=bool', '--get', 'core.ignoreCase'], options),
  ]);
  const excludesFile = configured.code === 0
    ? configured.stdout.toString('utf8').slice(0, -1)
    : defaultExcludesFile(git);
  return {
    ...(layout.kind === 'git' ? { infoExclude: path.join(layout.commonDir, 'info', 'exclude') } : {}),
    ...(excludesFile === undefined || excludesFile === '' ? {} : { excludesFile: path.resolve(layout.root, excludesFile) }),
    ignoreCase: ignoreCase.stdout.toString('utf8').trim() === 'true',
  };
}

function defaultExcludesFile(git: Git): string | undefined {
  const config = git.variable('XDG_CONFIG_HOME');
  if (config !== undefined && config !== '') return path.join(config, 'git', 'ignore');
  const home = git.variable('HOME');
  return home === undefined || home === '' ? undefined : path.join(home, '.config', 'git', 'ignore');
}

/** How a path differs between HEAD, the index and the work tree. */
export interface DirtyPath {
  readonly path: BytePath;
  /** The index differs from HEAD. */
  readonly staged: boolean;
  /** The work tree differs from the index. */
  readonly modified: boolean;
  /** In the work tree, but neither in HEAD nor in the index. Ignored files count. */
  readonly untracked: boolean;
}

/**
 * Which of `paths` hold something of the user's that HEAD does not. Compares content, not just times,
 * and writes nothing. A path that the user marked assume-unchanged counts as clean, as git has it.
 *
 * One `git status` of the whole tree: in git up to now it does not read paths from its input, and a
 * pathspec would take a file's name for a directory's.
 */
export async function dirtyPaths(git: Git, layout: GitLayout, paths: Iterable<BytePath>): Promise<DirtyPath[]> {
  const asked = new Set(paths);
  if (asked.size === 0) return [];
  const [status, index] = await Promise.all([
    git.run(['-c', 'core.fsmonitor=false', 'status', '--porcelain=v2', '-z', '--untracked-files=no', '--no-renames', '--ignore-submodules=none'],
      { cwd: layout.root }),
    git.run(['ls-files', '-z'], { cwd: layout.root }),
  ]);
  const dirty: DirtyPath[] = [];
  const known = new Set(nulFields(index.stdout));
  for (const field of nulFields(status.stdout)) {
    const entry = statusEntry(field);
    if (entry === undefined || !asked.has(entry.path)) continue;
    known.add(entry.path);
    dirty.push(entry);
  }
  for (const file of asked) {
    if (!known.has(file) && fileExists(layout, file)) dirty.push({ path: file, staged: false, modified: false, untracked: true });
  }
  return dirty.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A changed (`1`) or unmerged (`u`) entry of porcelain v2: 8 or 10 fields, then the path. */
function statusEntry(field: string): DirtyPath | undefined {
  const match = /^(?:1 (..) (?:\S+ ){6}|u (..) (?:\S+ ){8})([^]*)$/.exec(field);
  if (match === null) return undefined;
  const states = match[1] ?? 'UU';
  return { path: match[3] as BytePath, staged: states[0] !== '.', modified: states[1] !== '.', untracked: false };
}

/** A directory is no content of its own; what is in it has paths of its own. */
function fileExists(layout: GitLayout, file: BytePath): boolean {
  const target = Buffer.concat([Buffer.from(`${layout.root}/`), bytesFromBytePath(file)]);
  try {
    return fs.lstatSync(target, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    // ENOTDIR: something above it is a file.
    return false;
  }
}
