import * as fs from 'node:fs';
import * as path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import type { GitPosition } from '../../protocol/values.ts';
import type { Git } from './exec.ts';
import type { GitLayout, Layout } from './layout.ts';

/** Where HEAD stands. Two small files in the usual case; asks git where that does not do. */
export async function headPosition(git: Git, layout: GitLayout): Promise<GitPosition> {
  return positionFromFiles(layout.gitDir, layout.commonDir) ?? await positionFromGit(git, layout.root);
}

/**
 * HEAD as the files backend of refs keeps it (gitrepository-layout(5)), or undefined for anything
 * unusual: reftable (its HEAD names `refs/heads/.invalid`), a symbolic branch, a HEAD that is a link,
 * a branch outside `refs/heads/`.
 */
export function positionFromFiles(gitDir: string, commonDir: string): GitPosition | undefined {
  const headFile = path.join(gitDir, 'HEAD');
  if (fs.lstatSync(headFile, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const head = readText(headFile) ?? '';
  const detached = objectId(head);
  if (detached !== undefined) return { head: detached, branch: null };
  const branch = /^ref: (refs\/heads\/[^\0\n]+)\n$/.exec(head)?.[1];
  if (branch === undefined || branch.split('/').some((name) => name === '' || name.startsWith('.'))) return undefined;
  const loose = readText(path.join(commonDir, branch));
  // `git pack-refs` writes the packed file before it removes the loose one, so this order misses nothing.
  if (loose === undefined) return { head: packedRef(commonDir, branch), branch };
  const tip = objectId(loose);
  return tip === undefined ? undefined : { head: tip, branch };
}

async function positionFromGit(git: Git, cwd: string): Promise<GitPosition> {
  const [tip, branch] = await Promise.all([
    git.run(['rev-parse', '-q', '--verify', 'HEAD'], { cwd, okCodes: [0, 1] }),
    git.run(['symbolic-ref', '-q', 'HEAD'], { cwd, okCodes: [0, 1] }),
  ]);
  return { head: line(tip.stdout), branch: line(branch.stdout) };
}

function packedRef(commonDir: string, ref: string): string | null {
  let packed: Buffer;
  try {
    packed = fs.readFileSync(path.join(commonDir, 'packed-refs'));
  } catch {
    return null;
  }
  const at = packed.indexOf(` ${ref}\n`);
  if (at < 0) return null;
  return objectId(`${packed.toString('latin1', packed.lastIndexOf('\n', at) + 1, at)}\n`) ?? null;
}

function objectId(text: string): string | undefined {
  return /^([0-9a-f]{40}(?:[0-9a-f]{24})?)\n?$/.exec(text)?.[1];
}

function readText(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function line(output: Buffer): string | null {
  const text = output.toString('utf8').trimEnd();
  return text === '' ? null : text;
}

/** A person, as git's configuration and environment say. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** Who would be the author of a commit made now, or undefined when git does not know. */
export async function identity(git: Git, layout: Layout): Promise<Identity | undefined> {
  const { stdout } = await git.run(['var', 'GIT_AUTHOR_IDENT'], { cwd: layout.root, okCodes: [0, 128] });
  const match = /^(.*) <([^>]*)> \d+ [+-]\d{4}\n$/.exec(stdout.toString('utf8'));
  return match === null ? undefined : { name: match[1] ?? '', email: match[2] ?? '' };
}

/** Files that git keeps while something waits for the user: what waits, and how it ends. */
const UNFINISHED = [
  ['rebase-merge', 'A rebase', 'Finish it with "git rebase --continue", or end it with "git rebase --abort".'],
  ['rebase-apply', 'A rebase or "git am"', 'Finish it with --continue, or end it with --abort.'],
  ['CHERRY_PICK_HEAD', 'A cherry-pick', 'Finish it with "git cherry-pick --continue", or end it with "git cherry-pick --abort".'],
  ['REVERT_HEAD', 'A revert', 'Finish it with "git revert --continue", or end it with "git revert --abort".'],
  ['MERGE_HEAD', 'A merge', 'Finish it with "git commit", or end it with "git merge --abort".'],
  // A commit of ours would take these two for its own and delete them.
  ['SQUASH_MSG', 'A squashed merge', 'Commit it with "git commit", or take it out of the index with "git reset".'],
  ['MERGE_MSG', 'A prepared commit', 'Commit it with "git commit", or take it out of the index with "git reset".'],
] as const;

/**
 * Refuses to move HEAD under a merge, rebase, cherry-pick, revert, or a squashed merge that waits.
 * @throws PyiError `BUSY`
 */
export function refuseWhenUnfinished(layout: GitLayout): void {
  for (const [file, what, hint] of UNFINISHED) {
    if (fs.existsSync(path.join(layout.gitDir, file))) {
      throw new PyiError('BUSY', `${what} is in progress in ${layout.root}`, hint);
    }
  }
}

/**
 * Checks that HEAD stands where the caller last saw it.
 * @throws PyiError `BRANCH_STALE`
 */
export async function expectPosition(git: Git, layout: GitLayout, expected: GitPosition): Promise<void> {
  const now = await headPosition(git, layout);
  if (now.head === expected.head && now.branch === expected.branch) return;
  throw new PyiError('BRANCH_STALE', `HEAD is at ${describe(now)}, no longer at ${describe(expected)}`,
    'Rebase the fork onto the new base ("pyi integrate"), or go back to that branch, and try again.');
}

function describe(position: GitPosition): string {
  const commit = position.head?.slice(0, 12) ?? 'no commit yet';
  return position.branch === null ? `${commit} (detached)` : `${commit} on ${position.branch.replace(/^refs\/heads\//, '')}`;
}

/** The commit that a revision names, or undefined when it names none. */
export async function resolveRevision(git: Git, layout: GitLayout, revision: string): Promise<string | undefined> {
  // No revision begins with "-", and git would take it for an option.
  if (revision === '' || revision.startsWith('-') || revision.includes('\0')) return undefined;
  const result = await git.run(['rev-parse', '-q', '--verify', `${revision}^{commit}`], { cwd: layout.root, okCodes: [0, 1, 128] });
  return line(result.stdout) ?? undefined;
}
