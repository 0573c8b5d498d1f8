import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
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

/**
 * The first git on PATH that is not us: neither our own program nor anything in its directory, where
 * the front may be installed under the name `git`.
 */
export function findGit(host: Pick<Terminal, 'env' | 'platform'>, self: string | undefined): string | undefined {
  const names = host.platform === 'win32' ? ['git.exe', 'git.cmd'] : ['git'];
  const own = self === undefined ? undefined : real(self);
  for (const directory of (host.env['PATH'] ?? '').split(delimiter)) {
    if (directory === '') continue;
    for (const name of names) {
      const candidate = join(directory, name);
      const target = real(candidate);
      if (target === undefined || !isExecutable(target)) continue;
      const isOurs = own !== undefined && (target === own || dirname(target) === dirname(own) || basename(target).startsWith('pyi'));
      if (!isOurs) return candidate;
    }
  }
  return undefined;
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
