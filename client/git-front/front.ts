import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

/** The native front, as this extension has it. */
export type Front =
  | { readonly kind: 'ready'; readonly program: string }
  /** `elsewhere`: the shim answers on Linux only. `absent`: this package has none. */
  | { readonly kind: 'elsewhere' | 'absent' };

const ELF = Buffer.from('\x7fELF', 'latin1');
/** It becomes git, which starts in a few milliseconds; a disk that is slow gets its time. */
const TRY_MILLIS = 5000;

/** In every front (front/real-git.c). */
const MARK = 'stands in for git: pyi-front';
/** The link beside a front that says which git it stands in for. */
const TRUE_GIT = 'true-git';

/**
 * The front in `dist/bin`, else the `pyi` that the user has installed: the package for every platform has none.
 * @param path the variable PATH
 */
export function findFront(dist: string, platform: NodeJS.Platform, path: string): Front {
  if (platform !== 'linux') return { kind: 'elsewhere' };
  const directories = [join(dist, 'bin'), ...path.split(delimiter).filter(isAbsolute)];
  const program = directories.map((directory) => join(directory, 'pyi')).find(isFront);
  return program === undefined ? { kind: 'absent' } : { kind: 'ready', program };
}

/** A script does not count: it would start a Node for each command of the Git panel. */
function isFront(program: string): boolean {
  const bytes = contentOf(program);
  return bytes?.subarray(0, ELF.length).equals(ELF) === true && bytes.includes(MARK);
}

/**
 * Says beside the front which git it stands in for: the first program of what the user had in `git.path` that VS Code would take, else the git on PATH.
 */
export function chooseTrueGit(place: string, before: readonly string[]): void {
  const link = join(dirname(place), TRUE_GIT);
  const chosen = before.find((program) => isAbsolute(program) && runs(program));
  if (chosen === targetOf(link)) return;
  mkdirSync(dirname(link), { recursive: true });
  if (chosen === undefined) {
    rmSync(link, { force: true });
    return;
  }
  // Renamed into its place: another window may do the same, and the front may look for it.
  const made = `${link}.${process.pid}`;
  rmSync(made, { force: true });
  symlinkSync(chosen, made);
  renameSync(made, link);
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined; // none was made
  }
}

/**
 * Puts a copy of the front where an update of the extension removes nothing; what is there already and the same is left alone.
 * Renamed into its place: a Git panel that runs the old one goes on.
 * @returns whether it runs there
 */
export function installFront(program: string, place: string): boolean {
  const bytes = readFileSync(program);
  if (contentOf(place)?.equals(bytes) !== true) {
    mkdirSync(dirname(place), { recursive: true });
    const made = `${place}.${process.pid}`;
    try {
      copyFileSync(program, made);
      chmodSync(made, 0o755);
      renameSync(made, place);
    } finally {
      rmSync(made, { force: true });
    }
  }
  return runs(place);
}

/** A file system that runs no programs, another processor, no git behind it: told apart by nothing but trying. */
export function runs(program: string): boolean {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: TRY_MILLIS, stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 && stdout.startsWith('git version ');
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined; // not there, or not to be read: either way it has to be made
  }
}
