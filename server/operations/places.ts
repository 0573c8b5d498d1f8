import { existsSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import { isDotGit, MAX_NAME_BYTES } from '../../protocol/paths.ts';
import { realOrGiven } from '../git/worktrees.ts';
import type { Repository } from './repository.ts';

/** Where callers may have directories made. */

const BESIDE = 'Give a directory beside the repository.';

/**
 * The real path of a directory that does not have to exist, checked: it must not lie where a write would reach into Git or into the
 * store, whatever links lead there.
 * @throws PyiError `INVALID_PATH`
 */
export function checkedPlace(repository: Repository, directory: string): string {
  const refuse = (reason: string): never => {
    throw new PyiError('INVALID_PATH', `${reason}: ${JSON.stringify(directory.slice(0, 200))}`, BESIDE);
  };
  if (directory.includes('\0')) refuse('The path has a NUL byte');
  const place = realOrGiven(path.resolve(directory));
  const names = place.split(path.sep);
  if (names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) refuse(`A name is longer than ${MAX_NAME_BYTES} bytes`);
  const { layout } = repository.parts;
  const closed = [layout.storeDirectory, ...(layout.kind === 'git' ? [layout.gitDir, layout.commonDir] : [])];
  if (names.some(isDotGit) || closed.some((taken) => isAtOrInside(place, taken))) refuse('Nothing can be put inside a Git directory or the store');
  return place;
}

/** As {@link checkedPlace}, for a new fork: apart from all work trees, and empty if it exists. @throws PyiError `INVALID_PATH`, `NAME_EXISTS` */
export function placeForFork(repository: Repository, directory: string): string {
  const place = checkedPlace(repository, directory);
  for (const fork of repository.engine.state.forks.values()) {
    if (fork.dir === null || !isAtOrInside(place, fork.dir) || (place === fork.dir && !fork.workspace)) continue;
    throw new PyiError('INVALID_PATH', `A fork cannot live inside the directory of ${fork.workspace ? 'a work tree' : `fork ${fork.name}`}: ${place}`, BESIDE);
  }
  if (existsSync(place) && !isEmptyDirectory(place)) {
    throw new PyiError('NAME_EXISTS', `The directory is not empty: ${place}`, 'Give another with --dir, or empty this one.');
  }
  return place;
}

function isEmptyDirectory(place: string): boolean {
  try {
    return readdirSync(place).length === 0;
  } catch {
    return false; // a file, or somebody else's
  }
}

function isAtOrInside(place: string, directory: string): boolean {
  const relative = path.relative(directory, place);
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}
