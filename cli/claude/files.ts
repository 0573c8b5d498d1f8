import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import { isErrno } from '../../server/transport/address.ts';

/** A file as it is, and as it is to be; undefined: it is not there. */
export interface FileChange {
  readonly file: string;
  readonly before: Buffer | undefined;
  readonly after: Buffer | undefined;
}

/** The bytes of a file; undefined when there is none. @throws PyiError `INVALID_ARGUMENT` when it cannot be read */
export function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw failed(file, error);
  }
}

/** Makes all changes, or none: when one fails, those before it are taken back. @throws PyiError `INVALID_ARGUMENT` */
export function applyChanges(changes: readonly FileChange[]): void {
  const done: FileChange[] = [];
  for (const change of changes.filter(({ before, after }) => !isSame(before, after))) {
    try {
      put(change.file, change.after);
      done.push(change);
    } catch (error) {
      for (const { file, before } of done.reverse()) put(file, before);
      throw failed(change.file, error);
    }
  }
}

export function isSame(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other);
}

/** Directories that have to be made before `file` can be, the outermost first. */
export function missingDirectories(file: string): string[] {
  const missing: string[] = [];
  for (let at = dirname(file); !existsSync(at); at = dirname(at)) missing.unshift(at);
  return missing;
}

/** Removes directories that are empty, the innermost first. */
export function removeEmpty(directories: readonly string[]): void {
  for (const directory of [...new Set(directories)].sort((a, b) => b.length - a.length)) {
    try {
      rmdirSync(directory);
    } catch {
      // Somebody else has something there, or it is gone.
    }
  }
}

/** Writes a file so that a reader sees the old or the new one, whole. A link stays one, and what it names keeps its mode. */
function put(file: string, content: Buffer | undefined): void {
  if (content === undefined) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  const target = existsSync(file) ? realpathSync(file) : file;
  const temporary = `${target}.pyi-${process.pid}`;
  try {
    writeFileSync(temporary, content, { flag: 'wx' });
    if (existsSync(target)) chmodSync(temporary, statSync(target).mode & 0o7777);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function failed(file: string, cause: unknown): PyiError {
  if (PyiError.is(cause)) return cause;
  return new PyiError('INVALID_ARGUMENT', `${file} cannot be changed: ${cause instanceof Error ? cause.message : String(cause)}`, 'Look at its permissions; nothing was changed.', { cause });
}
