import { PyiError } from '../../protocol/errors.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { GitPosition } from '../../protocol/values.ts';
import { GitError, printable } from './exec.ts';
import type { Git } from './exec.ts';
import { IndexTransaction } from './index-transaction.ts';
import type { TransactionOptions } from './index-transaction.ts';
import type { GitLayout } from './layout.ts';
import { swapTip } from './move-tip.ts';
import { nulTerminated } from './nul.ts';
import { expectPosition, headPosition, refuseWhenUnfinished } from './position.ts';
import { readTracked } from './tracked.ts';
import { applyToIndex, EMPTY_TREE, treeDelta } from './tree-delta.ts';

export interface CommitRequest extends TransactionOptions {
  /** Paths to commit as the work tree has them. */
  readonly written: readonly BytePath[];
  /** Paths to commit as deleted. */
  readonly removed: readonly BytePath[];
  readonly message: string;
  /** Trailers for the end of the message, in order; empty values are left out. */
  readonly trailers: Readonly<Record<string, string>>;
  /** Where HEAD has to be: the new commit's parent and its branch. */
  readonly expected: GitPosition;
}

export interface CommitResult {
  /** The new commit, or null when the paths are as HEAD has them already. */
  readonly commit: string | null;
  /** What the commit changed: the paths asked for, and what a hook added. */
  readonly paths: readonly BytePath[];
}

/**
 * Makes an ordinary commit of some paths of the work tree, with hooks and signing as `git commit` has
 * them, and moves the user's index entries of these paths along. What else is staged stays staged.
 *
 * How far this is a compare-and-swap: HEAD is checked under the user's index lock, which keeps out every
 * git command that moves HEAD together with the index; `git commit` itself updates the branch against
 * the value that it started from. Between the two only plumbing (`git update-ref`, `git reset --soft`)
 * can slip in; a commit on the wrong parent is found afterwards and taken back.
 *
 * @throws PyiError `BRANCH_STALE` (HEAD is elsewhere), `BUSY` (a merge or rebase waits, the index is
 *   locked), `CONFLICT` (a hook or gpg refused; the message has its words), `INVALID_ARGUMENT` (no
 *   message, nobody to be the author), `CANCELLED`, `NO_SPACE`
 */
export async function commitPaths(git: Git, layout: GitLayout, request: CommitRequest): Promise<CommitResult> {
  if (request.message.trim() === '') {
    throw new PyiError('INVALID_ARGUMENT', 'A commit needs a message', 'Give one with -m.');
  }
  refuseWhenUnfinished(layout);
  await expectPosition(git, layout, request.expected);
  const index = await IndexTransaction.begin(layout, request);
  try {
    // Again, now that nobody else can start anything.
    refuseWhenUnfinished(layout);
    await expectPosition(git, layout, request.expected);
    const staged = index.copy('commit');
    await stage(git, layout, staged, request);
    if (!await differs(git, layout, staged, request.expected.head)) return { commit: null, paths: [] };
    const made = await makeCommit(git, layout, index, staged, request);
    return { commit: made.commit, paths: await moveIndex(git, layout, index, made.tip, request) };
  } finally {
    index.close();
  }
}

/**
 * Ends a commit that a server which is gone left half done: its git and the hooks of it, its lock on the index. Afterwards HEAD
 * tells whether there is a commit.
 * @throws PyiError `BUSY` when somebody else holds the index
 */
export async function endInterruptedCommit(layout: GitLayout): Promise<void> {
  (await IndexTransaction.begin(layout)).close();
}

/**
 * Moves the index along with a commit that was made and whose server died before it came to that. Entries that are no longer as
 * `from` has them stay.
 * @throws PyiError `BUSY`, `NO_SPACE`
 */
export async function completeIndex(git: Git, layout: GitLayout, from: string | null): Promise<void> {
  const index = await IndexTransaction.begin(layout);
  try {
    const { head } = await headPosition(git, layout);
    const moved = index.copy('user');
    await applyToIndex(git, layout, moved, await treeDelta(git, layout, from, head), new Set());
    index.publish(moved);
  } finally {
    index.close();
  }
}

/** Fills the index at `indexFile` with HEAD, and the paths of the request on top. */
async function stage(git: Git, layout: GitLayout, indexFile: string, request: CommitRequest): Promise<void> {
  const run = (args: string[], paths: readonly BytePath[] = []): Promise<unknown> => git.run(args, {
    cwd: layout.root, env: { GIT_INDEX_FILE: indexFile }, input: nulTerminated(paths), signal: request.signal,
  });
  // --reset keeps the file times of entries that equal HEAD's, so that the commit need not hash the whole
  // tree. A shared index (core.splitIndex) is of use to the user's own index only.
  await run(['-c', 'core.splitIndex=false', 'read-tree', ...(request.expected.head === null ? ['--empty'] : ['--reset', request.expected.head])]);
  const { sparse } = await readTracked(git, layout, indexFile);
  const materialised = request.written.filter((path) => sparse.has(path));
  if (materialised.length > 0) await run(['update-index', '-z', '--no-skip-worktree', '--stdin'], materialised);
  // update-index rather than `git add`: it takes exact paths, where a pathspec `a` would also add whatever
  // lies in a directory `a`, ignored files included. Removals first, so that `a` can become `a/b`.
  if (request.removed.length > 0) await run(['update-index', '-z', '--force-remove', '--stdin'], request.removed);
  if (request.written.length > 0) await run(['update-index', '-z', '--add', '--replace', '--stdin'], request.written);
}

async function differs(git: Git, layout: GitLayout, indexFile: string, head: string | null): Promise<boolean> {
  const { code } = await git.run(['diff-index', '--cached', '--quiet', head ?? EMPTY_TREE[layout.objectFormat]], {
    cwd: layout.root, env: { GIT_INDEX_FILE: indexFile }, okCodes: [0, 1],
  });
  return code === 1;
}

interface Made {
  readonly commit: string;
  /** Where HEAD is now: the commit, or what a hook put on top of it. */
  readonly tip: string;
}

async function makeCommit(git: Git, layout: GitLayout, index: IndexTransaction, indexFile: string, request: CommitRequest): Promise<Made> {
  const message = index.put('message', await withTrailers(git, layout, request));
  let failure: unknown;
  try {
    await git.run(['commit', '-q', '--cleanup=whitespace', '-F', message], {
      cwd: layout.root, env: { GIT_INDEX_FILE: indexFile }, signal: request.signal, asUser: true,
    });
  } catch (error) {
    failure = error;
  }
  // A failure or a cancellation can come after the branch has moved; then the commit stands.
  const made = await findCommit(git, layout, indexFile, request);
  if (made !== undefined) return made;
  throw failure instanceof GitError ? refusal(failure) : failure ?? new PyiError('INTERNAL', 'git commit made no commit', 'Look at "git log" and "git status".');
}

async function withTrailers(git: Git, layout: GitLayout, request: CommitRequest): Promise<Buffer> {
  const trailers = Object.entries(request.trailers)
    .map(([key, value]) => [key, value.replace(/[\s\0]+/g, ' ').trim()] as const)
    .filter(([, value]) => value !== '')
    .flatMap(([key, value]) => ['--trailer', `${key}: ${value}`]);
  const input = Buffer.from(`${request.message.replaceAll('\0', '').trimEnd()}\n`);
  if (trailers.length === 0) return input;
  const rules = ['--no-divider', '--where', 'end', '--if-exists', 'addIfDifferent', '--if-missing', 'add'];
  // interpret-trailers would put the trailers above lines that look like comments; here "#12" is text.
  const { stdout } = await git.run(['-c', 'trailer.separators=:', '-c', 'core.commentChar=\u0001', 'interpret-trailers', ...rules, ...trailers], { cwd: layout.root, input });
  return stdout;
}

/** How many commits a post-commit hook may have put on top of ours. */
const COMMITS_OF_HOOKS = 8;

/** Finds the commit that `git commit` made, or undefined when it made none. @throws PyiError `BRANCH_STALE` */
async function findCommit(git: Git, layout: GitLayout, indexFile: string, request: CommitRequest): Promise<Made | undefined> {
  const tip = (await headPosition(git, layout)).head;
  if (tip === null || tip === request.expected.head) return undefined;
  const { stdout } = await git.run(['rev-list', '--first-parent', '--parents', `--max-count=${COMMITS_OF_HOOKS}`, tip], { cwd: layout.root });
  const history = stdout.toString('latin1').trimEnd().split('\n').map((line) => line.split(' '));
  const child = history.find(([, parent]) => (parent ?? null) === request.expected.head)?.[0];
  if (child === tip) return { commit: tip, tip };

  // Not the plain case: either a hook committed on top of ours, or HEAD had moved before ours.
  const env = { GIT_INDEX_FILE: indexFile };
  const ours = (await git.run(['write-tree'], { cwd: layout.root, env })).stdout.toString('latin1').trimEnd();
  const treeOf = async (commit: string): Promise<string> => (
    (await git.run(['rev-parse', `${commit}^{tree}`], { cwd: layout.root })).stdout.toString('latin1').trimEnd());
  if (child !== undefined && await treeOf(child) === ours) return { commit: child, tip };
  const before = history[0]?.[1];
  if (before !== undefined && await treeOf(tip) === ours) {
    await swapTip(git, layout, tip, before, 'pyi: take back a commit on a moved base');
  }
  throw new PyiError('BRANCH_STALE', 'HEAD moved while the commit was made', 'Rebase the fork onto the new base ("pyi integrate") and try again.');
}

/** Moves the user's index along. Takes the commit back when that fails, so that an error means no change. */
async function moveIndex(git: Git, layout: GitLayout, index: IndexTransaction, tip: string, request: CommitRequest): Promise<BytePath[]> {
  const { head } = request.expected;
  try {
    const changes = await treeDelta(git, layout, head, tip);
    const moved = index.copy('user');
    await applyToIndex(git, layout, moved, changes, new Set([...request.written, ...request.removed]));
    index.publish(moved);
    return changes.map((change) => change.path);
  } catch (error) {
    await swapTip(git, layout, tip, head, 'pyi: take back a commit');
    throw error;
  }
}

const NOTHING_COMMITTED = 'Nothing was committed.';

/** What a failed `git commit` means to the person who asked for it. */
function refusal(error: GitError): PyiError {
  if (error.code !== 'INTERNAL') return error;
  const words = printable(error.stderr).trim();
  if (error.exitCode === 1) {
    return new PyiError('CONFLICT', `The commit was refused${words === '' ? ' by a hook' : `:\n${words}`}`,
      `${NOTHING_COMMITTED} Satisfy the hook in the fork and collapse again.`, { cause: error });
  }
  if (/tell me who you are|empty ident name|auto-detect email address|user\.useConfigOnly/i.test(words)) {
    return new PyiError('INVALID_ARGUMENT', `git does not know who the author is:\n${words}`,
      `${NOTHING_COMMITTED} Run: git config --global user.name "Your Name"; git config --global user.email you@example.com`, { cause: error });
  }
  return new PyiError('CONFLICT', `git commit failed:\n${words}`,
    `${NOTHING_COMMITTED} Make "git commit" work by hand (a signing key, a hook), then collapse again.`, { cause: error });
}
