import { PyiError } from '../../protocol/errors.ts';
import type { GitPosition } from '../../protocol/values.ts';
import type { Git } from './exec.ts';
import { IndexTransaction } from './index-transaction.ts';
import type { TransactionOptions } from './index-transaction.ts';
import type { GitLayout } from './layout.ts';
import { headPosition, refuseWhenUnfinished } from './position.ts';
import { applyToIndex, treeDelta } from './tree-delta.ts';

export interface MoveTipRequest extends TransactionOptions {
  /** Full ref name of the branch that HEAD is on, null when detached. */
  readonly branch: string | null;
  /** Where the tip has to be now. */
  readonly from: string | null;
  /** Where it goes; null takes the branch back to before its first commit. */
  readonly to: string | null;
  /** For the reflog, one line. */
  readonly reason: string;
}

/**
 * Undoes the commit of a collapse, or makes it again: moves the tip of the current branch from one
 * commit to the other, and with it the index entries that still are as `from` has them. The work tree
 * is the caller's. One `git update-ref` with the old value, so a branch that moved on stays where it is.
 *
 * @throws PyiError `BRANCH_STALE` (HEAD is elsewhere), `NOT_FOUND` (git no longer has the commit), `BUSY`
 *   (a merge or rebase waits, the index is locked), `CANCELLED`, `NO_SPACE`
 */
export async function moveTip(git: Git, layout: GitLayout, request: MoveTipRequest): Promise<void> {
  const { from, to } = request;
  if (from === to) return;
  refuseWhenUnfinished(layout);
  if (to !== null) await requireCommit(git, layout, to);
  const index = await IndexTransaction.begin(layout, request);
  try {
    const position = await headPosition(git, layout);
    if (position.head !== from || position.branch !== request.branch) throw stale(position, from);
    const moved = index.copy('user');
    await applyToIndex(git, layout, moved, await treeDelta(git, layout, from, to), new Set());
    await swapTip(git, layout, from, to, request.reason);
    try {
      index.publish(moved);
    } catch (error) {
      await swapTip(git, layout, to, from, `${request.reason} (taken back)`);
      throw error;
    }
  } finally {
    index.close();
  }
}

/**
 * Compare-and-swap of the branch that HEAD is on, or of a detached HEAD.
 * @throws PyiError `BRANCH_STALE`
 */
export async function swapTip(git: Git, layout: GitLayout, from: string | null, to: string | null, reason: string): Promise<void> {
  const nothing = '0'.repeat(layout.objectFormat === 'sha256' ? 64 : 40);
  const values = to === null ? ['-d', 'HEAD', from ?? nothing] : ['HEAD', to, from ?? nothing];
  const { code } = await git.run(['update-ref', '-m', reason, ...values], { cwd: layout.root, okCodes: [0, 1, 128] });
  if (code !== 0) throw stale(await headPosition(git, layout), from);
}

async function requireCommit(git: Git, layout: GitLayout, commit: string): Promise<void> {
  const { code } = await git.run(['cat-file', '-e', `${commit}^{commit}`], { cwd: layout.root, okCodes: [0, 1, 128] });
  if (code === 0) return;
  throw new PyiError('NOT_FOUND', `Git no longer has the commit ${commit}`, 'It was pruned. The checkpoint is still there: collapse its fork again.');
}

function stale(position: GitPosition, expected: string | null): PyiError {
  return new PyiError('BRANCH_STALE',
    `HEAD is at ${position.head?.slice(0, 12) ?? 'no commit'}, not at ${expected?.slice(0, 12) ?? 'no commit'}`,
    expected === null ? 'Look at "git log" for what was committed since.' : `To undo the commit on top of what came after it, run: git revert ${expected.slice(0, 12)}`);
}
