import fs from 'node:fs';
import { PyiError } from '../../protocol/errors.ts';
import { textFromBytePath } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { contentParts, readContent } from '../engine/content/content.ts';
import type { ObjectStore } from '../engine/ports.ts';
import { FileMode } from '../engine/tree/entry.ts';
import type { Entry } from '../engine/tree/entry.ts';
import { systemErrorCode } from './native-path.ts';
import type { NativePath } from './native-path.ts';

/** Content up to this is held in memory whole. */
const WHOLE_BYTES = 1024 * 1024;

/** Never follows a link, never writes into a file that is there already. */
const CREATE = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW;

/** What writing entries needs. */
export interface EntrySource {
  readonly store: ObjectStore;
  /** The file with markers that a conflicted entry is written as. */
  readonly conflictText: (entry: Entry) => Uint8Array;
}

/** The `conflictText` of those who expect no conflicts. */
export function refuseConflict(): never {
  throw new PyiError('CONFLICT', 'The tree holds unresolved conflicts', 'Resolve them first.');
}

/**
 * Makes a new file, symlink or (for a submodule) directory at `at`. `permissions` are those of the file that it is to
 * replace, taken over but for the executable bit; without them umask decides.
 * Throws the system's error; a file that could not be completed is removed.
 */
export function writeEntry(source: EntrySource, at: NativePath, entry: Entry, permissions?: number): void {
  if (entry.mode === FileMode.symlink) {
    fs.symlinkSync(readContent(source.store, entry.id), at);
    return;
  }
  if (entry.mode === FileMode.submodule) {
    fs.mkdirSync(at);
    return;
  }
  const executable = entry.mode === FileMode.executable;
  const file = fs.openSync(at, CREATE, executable ? 0o777 : 0o666);
  let complete = false;
  try {
    if (permissions !== undefined) keepPermissions(file, permissions, executable);
    if (entry.mode === FileMode.conflict) writeAll(file, source.conflictText(entry));
    else if (entry.size <= WHOLE_BYTES) writeAll(file, readContent(source.store, entry.id));
    else for (const part of contentParts(source.store, entry.id)) writeAll(file, part);
    complete = true;
  } finally {
    fs.closeSync(file);
    if (!complete) fs.rmSync(at, { force: true });
  }
}

function keepPermissions(file: number, permissions: number, executable: boolean): void {
  // As git does for core.sharedRepository: whoever may read may execute. Never setuid or setgid.
  const wanted = executable ? permissions | ((permissions & 0o444) >> 2) : permissions & ~0o111;
  if ((fs.fstatSync(file).mode & 0o777) !== (wanted & 0o777)) fs.fchmodSync(file, wanted & 0o777);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += fs.writeSync(file, bytes, done, bytes.length - done);
}

/** A system error while a path was written or removed, as the error that callers see. Others are returned as they are. */
export function writeError(error: unknown, path: BytePath, hint: string): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || PyiError.is(error)) return error;
  const name = JSON.stringify(textFromBytePath(path));
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PyiError('NO_SPACE', `No space is left to write ${name}`, `Make room. ${hint}`, { cause: error });
  }
  return new PyiError('INVALID_PATH', `${name} cannot be written or removed (${code})`,
    `Check the permissions of it and of its directory, and that the file system is not read-only. ${hint}`, { cause: error });
}
