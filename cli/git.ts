import { spawn, spawnSync } from 'node:child_process';
import { findGit } from '../connect/find-git.ts';
import { PyiError } from '../protocol/errors.ts';
import type { Ending } from './run.ts';
import type { Terminal } from './terminal.ts';

/** Counts how often a command of ours has called git that called us (hooks and aliases may, wrappers must not for ever). */
const DEPTH = 'PYI_GIT_DEPTH';
const MAX_DEPTH = 20;

/** Signals that git should have, and not only we. */
const FORWARDED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Runs the real git with our own streams and says how it ended. @throws PyiError `NOT_FOUND` */
export async function delegateToGit(args: readonly string[], terminal: Terminal): Promise<Ending> {
  const depth = Number(terminal.env[DEPTH] ?? 0);
  if (depth >= MAX_DEPTH) throw new PyiError('INTERNAL', 'The git on PATH leads back to PYI.', 'Put the directory of the real git before the one of the wrapper on PATH.');
  const git = findGit(terminal, process.argv[1]);
  if (git === undefined) {
    throw new PyiError('NOT_FOUND', `"${args[0] ?? ''}" is no verb of PYI, and there is no git on PATH to take it.`, 'Install git, or see "pyi help".');
  }
  const child = spawn(git, args, { cwd: terminal.cwd, env: { ...terminal.env, [DEPTH]: String(depth + 1) }, stdio: 'inherit', windowsHide: true });
  // A terminal sends Ctrl-C to git too; we only must not die of it before git has.
  const forward = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT' || terminal.stdout.isTTY !== true) child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    return await new Promise<Ending>((resolve, reject) => {
      child.once('error', (error) => reject(new PyiError('INTERNAL', `git cannot be run: ${error.message}`, `Look at ${git}.`, { cause: error })));
      child.once('exit', (code, signal) => resolve(signal ?? code ?? 1));
    });
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

/** True when git has a command or alias of that name, as far as git can say. */
export function isGitCommand(word: string, terminal: Terminal): boolean {
  const git = findGit(terminal, process.argv[1]);
  if (git === undefined) return false;
  const { stdout } = spawnSync(git, ['--list-cmds=main,others,alias'], { cwd: terminal.cwd, env: { ...terminal.env }, encoding: 'utf8', windowsHide: true });
  return typeof stdout === 'string' && stdout.split('\n').includes(word);
}
