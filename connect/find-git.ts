import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Host } from '../server/transport/address.ts';

/** In every front that stands in for git, compiled or not (front/real-git.c). */
const MARK = 'stands in for git: pyi-front';
/** The true git is larger, or a wrapper of a few lines. */
const LARGEST_FRONT = 1024 * 1024;

/**
 * The true git: `PYI_GIT` when it is absolute, else the first `git` on PATH that is no front of PYI, of whichever version and under
 * whichever name. Undefined when there is none.
 * @param self a program of ours that may be called git; it is never the answer
 */
export function findGit({ env, platform }: Pick<Host, 'env' | 'platform'>, self: string | undefined): string | undefined {
  const own = self === undefined ? undefined : real(self);
  const configured = env['PYI_GIT'];
  if (configured !== undefined && isAbsolute(configured) && isTrueGit(configured, own)) return configured;
  const names = platform === 'win32' ? ['git.exe', 'git.cmd'] : ['git'];
  return (env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '')
    .flatMap((directory) => names.map((name) => join(directory, name))).find((candidate) => isTrueGit(candidate, own));
}

function isTrueGit(candidate: string, own: string | undefined): boolean {
  const target = real(candidate);
  if (target === undefined || target === own) return false;
  try {
    accessSync(target, constants.X_OK);
    const stat = statSync(target);
    return stat.isFile() && (stat.size > LARGEST_FRONT || !readFileSync(target, 'latin1').includes(MARK));
  } catch {
    return false;
  }
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
