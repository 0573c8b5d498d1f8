import { existsSync, realpathSync } from 'node:fs';
import { PyiError } from '../../protocol/errors.ts';
import type { HookPayload } from '../../hooks/payload.ts';
import { converse } from '../call.ts';
import type { Conversation, Services } from '../call.ts';
import type { Terminal } from '../terminal.ts';
import { addGitWorktree, commitOf, removeGitWorktree } from './git-worktrees.ts';

/** Forks as the worktrees of Claude Code. Where PYI is not set up, git makes them, as Claude Code itself would without our hook. */

/** Makes a fork with a directory, and returns that. @throws PyiError, whose message Claude Code shows */
export async function createWorktree(payload: HookPayload, terminal: Terminal, services: Services): Promise<string> {
  const { base, source } = payload.worktree;
  const name = nameOf(payload);
  const directory = [base, payload.cwd].find((place) => place !== undefined && existsSync(place)) ?? terminal.cwd;
  if (terminal.env['PYI_DISABLE']) return addGitWorktree(terminal, directory, name, source);
  return converse(terminal, services, true, async (conversation) => {
    if (await forkHere(directory, conversation) === null) return addGitWorktree(terminal, directory, name, source);
    return makeFork(payload, name, directory, terminal, conversation);
  });
}

/** Discards the fork of a worktree, with what it holds recorded. Its directory stays until it is swept, so that an undo finds all in it. @throws PyiError */
export async function removeWorktree(payload: HookPayload, terminal: Terminal, services: Services): Promise<void> {
  const given = payload.worktree.path;
  if (given === undefined) throw new PyiError('INVALID_ARGUMENT', 'The payload names no worktree', 'Claude Code gives it as "worktree_path".');
  if (!existsSync(given)) return;
  const directory = realpathSync(given);
  if (terminal.env['PYI_DISABLE']) {
    removeGitWorktree(terminal, directory);
    return;
  }
  await converse(terminal, services, true, async (conversation) => {
    const { client, signal } = conversation;
    const here = await whereIs(directory, conversation);
    const fork = here?.root === directory ? here.fork : null;
    if (here?.root === directory && here.workspace) throw new PyiError('INVALID_ARGUMENT', `${directory} is your own work tree, and no worktree of an agent`, 'Nothing was removed.');
    if (fork !== null) await client.call('discard', { repository: directory, forks: [fork] }, { signal });
    else if (here === undefined || !(await isEndedFork(directory, conversation))) removeGitWorktree(terminal, directory);
  });
}

async function makeFork(payload: HookPayload, name: string, directory: string, terminal: Terminal, { client, signal }: Conversation): Promise<string> {
  const from = startingPoint(payload.worktree.source, directory, terminal);
  const session = /^[\w-]{8}/.exec(payload.session ?? '')?.[0];
  try {
    const { dir } = await client.call('fork', { repository: directory, name, ...(from === undefined ? {} : { from }), ...(session === undefined ? {} : { agent: `claude-${session}` }) }, { signal });
    if (dir !== null) return dir;
  } catch (error) {
    if (PyiError.is(error, 'NOT_FOUND') && from !== undefined) {
      throw new PyiError('NOT_FOUND', `${JSON.stringify(from)} is no fork, no checkpoint, and not the commit that is checked out`, 'A fork starts from the work tree as it is: switch to that commit first.', { cause: error });
    }
    if (!PyiError.is(error, 'NAME_EXISTS')) throw error;
    // As with worktrees of git: one of that name is gone on with.
    const known = (await client.call('forks', { repository: directory }, { signal })).find((fork) => fork.name === name);
    if (known === undefined || known.dir === null) throw error;
    return known.dir;
  }
  throw new PyiError('INTERNAL', `The fork ${name} has no directory`, 'Run "pyi doctor".');
}

/** Undefined: the work tree as it is, with what is not committed. A revision of Git that is checked out is that, too. */
function startingPoint(source: string | undefined, directory: string, terminal: Terminal): string | undefined {
  if (source === undefined || source === 'HEAD') return undefined;
  const commit = commitOf(terminal, directory, source);
  return commit !== undefined && commit === commitOf(terminal, directory, 'HEAD') ? undefined : source;
}

/** The fork whose directory this is; null where there is none, or no store. */
async function forkHere(directory: string, conversation: Conversation): Promise<string | null> {
  return (await whereIs(directory, conversation))?.fork ?? null;
}

async function whereIs(directory: string, { client, signal }: Conversation): Promise<{ root: string; fork: string | null; workspace: boolean } | undefined> {
  try {
    return await client.call('where', { repository: directory }, { signal });
  } catch (error) {
    if (PyiError.is(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

async function isEndedFork(directory: string, { client, signal }: Conversation): Promise<boolean> {
  return (await client.call('forks', { repository: directory, all: true }, { signal })).some(({ dir }) => dir === directory);
}

/** A name that is one for forks, directories and branches. @throws PyiError `INVALID_ARGUMENT` */
function nameOf({ worktree }: HookPayload): string {
  const name = worktree.name?.trim().replace(/[^\w.@+-]+/g, '-').replace(/\.{2,}/g, '-').replace(/^[-.]+|[-.]+$/g, '').slice(0, 100);
  if (name === undefined || name === '') throw new PyiError('INVALID_ARGUMENT', 'The payload has no name for the worktree', 'Claude Code gives it as "name".');
  return name;
}
