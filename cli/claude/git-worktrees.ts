import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findGit } from '../../connect/find-git.ts';
import { PyiError } from '../../protocol/errors.ts';
import type { Terminal } from '../terminal.ts';

/** Worktrees of git, in the places that Claude Code gives them: below `.claude/worktrees/`, on a branch `worktree-NAME`. */

/** Makes one, or finds it made, and returns its directory. @throws PyiError with what git says */
export function addGitWorktree(terminal: Terminal, directory: string, name: string, source = 'HEAD'): string {
  const root = git(terminal, directory, ['rev-parse', '--show-toplevel']);
  const place = join(root, '.claude', 'worktrees', name);
  if (existsSync(join(place, '.git'))) return place;
  const branch = `worktree-${name}`;
  const isThere = commitOf(terminal, root, `refs/heads/${branch}`) !== undefined;
  git(terminal, root, ['worktree', 'add', '--quiet', ...(isThere ? [place, branch] : ['-b', branch, place, source])]);
  return place;
}

/** Removes one that has nothing which is not committed. Its branch goes where git is sure that nothing is lost. @throws PyiError with what git says */
export function removeGitWorktree(terminal: Terminal, place: string): void {
  const common = git(terminal, place, ['rev-parse', '--path-format=absolute', '--git-common-dir']);
  git(terminal, place, ['--git-dir', common, 'worktree', 'remove', place]);
  run(terminal, common, ['--git-dir', common, 'branch', '-d', `worktree-${basename(place)}`]);
}

/** The commit that a revision names; undefined when it names none. */
export function commitOf(terminal: Terminal, directory: string, revision: string): string | undefined {
  const { status, stdout } = run(terminal, directory, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  return status === 0 ? stdout.trim() : undefined;
}

function git(terminal: Terminal, directory: string, args: readonly string[]): string {
  const { status, stdout, stderr } = run(terminal, directory, args);
  if (status === 0) return stdout.replace(/\r?\n$/, '');
  throw new PyiError('INVALID_ARGUMENT', stderr.trim() || `git ${args[0] ?? ''} failed`, 'There is no PYI store here, so git was asked. "pyi setup" makes one.');
}

function run(terminal: Terminal, directory: string, args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const program = findGit(terminal, process.argv[1]);
  if (program === undefined) throw new PyiError('NOT_FOUND', 'There is no git on PATH, and no PYI store here', 'Install git, or run "pyi setup".');
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: directory, env: { ...terminal.env }, encoding: 'utf8', windowsHide: true });
  return { status, stdout: stdout ?? '', stderr: error?.message ?? stderr ?? '' };
}
