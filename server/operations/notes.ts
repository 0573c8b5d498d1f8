import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import { diskError } from '../store/disk.ts';

/** Small files beside the segments in which operations remember what they did to directories. */

/** What a note says; undefined when there is none, or a crash or decay left none that can be read. */
export function readNote(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Replaces a note in one step. @throws PyiError `NO_SPACE`, `INTERNAL` */
export function writeNote(file: string, value: unknown): void {
  const temporary = `${file}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw diskError(error, `write ${file}`);
  }
}

/** Takes a note away; none is no error. */
export function removeNote(file: string): void {
  rmSync(file, { force: true });
}

/**
 * A folder of the store, made when it is missing; not the store itself, which may have been moved away.
 * @throws PyiError `NOT_FOUND`, `NO_SPACE`, `INTERNAL`
 */
export function storeFolder(storeDirectory: string, name: string): string {
  const folder = path.join(storeDirectory, name);
  if (!existsSync(storeDirectory)) throw new PyiError('NOT_FOUND', `The store ${storeDirectory} is gone`, 'Put it back, or run "pyi setup" where the repository is now.');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw diskError(error, `make ${folder}`);
  }
  return folder;
}
