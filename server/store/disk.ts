import { PyiError } from '../../protocol/errors.ts';

/** A file that a {@link Disk} has open. */
export type FileId = number;

/**
 * Everything the store does to a disk. Calls are synchronous except the two that wait for the device.
 * They fail with an error that carries the system's `code` (`ENOENT`, `ENOSPC`, …).
 */
export interface Disk {
  /** `read`: an existing file, to read. `update`: an existing file, to read and write. `create`: a new file; fails with `EEXIST`. */
  open(path: string, mode: 'read' | 'update' | 'create'): FileId;
  close(file: FileId): void;
  /** Length of an open file in bytes. */
  size(file: FileId): number;
  /** Reads up to `length` bytes at `position` into `buffer[start…]`; returns how many it got. */
  read(file: FileId, buffer: Uint8Array, start: number, length: number, position: number): number;
  /** Writes up to `length` bytes of `buffer[start…]` at `position`; returns how many went out, which may be fewer. */
  write(file: FileId, buffer: Uint8Array, start: number, length: number, position: number): number;
  truncate(file: FileId, length: number): void;
  /** Resolves when the file's data survives power loss. */
  sync(file: FileId): Promise<void>;
  /** Resolves when the names in the directory survive power loss. */
  syncDirectory(path: string): Promise<void>;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** Names in a directory, in no particular order. */
  list(path: string): string[];
  /** Makes a directory and its parents; no error when it is there. */
  makeDirectory(path: string): void;
  /** When the file was last written, milliseconds since 1970; undefined when there is none. */
  modified(path: string): number | undefined;
}

/** The system's code of a failed disk call, such as `ENOSPC`. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** What a failed disk call means to a user. `what` names the attempt: "write segment 3". */
export function diskError(error: unknown, what: string): PyiError {
  if (PyiError.is(error)) return error;
  const code = systemCode(error);
  const cause = { cause: error };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new PyiError('NO_SPACE', `Could not ${what}: the disk is full (${code})`, 'Free some space, or run "pyi sweep", and try again. Everything acknowledged before is kept.', cause);
    case 'EROFS':
      return new PyiError('INTERNAL', `Could not ${what}: the disk is read-only`, 'Mount it writable; a store cannot be opened on a read-only disk.', cause);
    case 'EACCES':
    case 'EPERM':
      return new PyiError('INTERNAL', `Could not ${what}: permission denied`, 'Give the user who runs the server write access to the store directory.', cause);
    case 'EMFILE':
    case 'ENFILE':
      return new PyiError('INTERNAL', `Could not ${what}: too many open files`, 'Raise the limit of open files (ulimit -n) or close some stores.', cause);
    default:
      return new PyiError('INTERNAL', `Could not ${what}: ${error instanceof Error ? error.message : String(error)}`, 'Check the disk (dmesg, SMART), then "pyi verify".', cause);
  }
}

/** Writes all of `buffer[start…end]` at `position`, continuing after short writes. */
export function writeFully(disk: Disk, file: FileId, buffer: Uint8Array, start: number, end: number, position: number): void {
  let at = start;
  while (at < end) {
    const written = disk.write(file, buffer, at, end - at, position + (at - start));
    // A disk that takes nothing and reports no error would make this loop endless.
    if (written <= 0) throw Object.assign(new Error('the disk took no bytes'), { code: 'EIO' });
    at += written;
  }
}

/** Reads `length` bytes at `position`; the result is shorter only where the file ends. */
export function readFully(disk: Disk, file: FileId, buffer: Uint8Array, start: number, length: number, position: number): number {
  let got = 0;
  while (got < length) {
    const read = disk.read(file, buffer, start + got, length - got, position + got);
    if (read <= 0) break;
    got += read;
  }
  return got;
}

/** Memory that is used again: it grows to what the largest use needs. */
export interface Scratch {
  bytes: Buffer;
}

/** A whole file, or undefined when there is none. With `scratch` it is good until that is used again. */
export function readWhole(disk: Disk, path: string, scratch?: Scratch): Buffer | undefined {
  return readStart(disk, path, (file) => disk.size(file), scratch);
}

/** The first bytes of a file that the system makes up while it is read, as those of /proc, whose size is said to be 0. */
export function readSystemFile(disk: Disk, path: string, length: number): Buffer | undefined {
  return readStart(disk, path, () => length);
}

function readStart(disk: Disk, path: string, length: (file: FileId) => number, scratch?: Scratch): Buffer | undefined {
  let file: FileId;
  try {
    file = disk.open(path, 'read');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const bytes = length(file);
    const buffer = scratch === undefined ? Buffer.allocUnsafeSlow(bytes) : roomIn(scratch, bytes);
    return buffer.subarray(0, readFully(disk, file, buffer, 0, buffer.length, 0));
  } finally {
    disk.close(file);
  }
}

function roomIn(scratch: Scratch, bytes: number): Buffer {
  if (scratch.bytes.length < bytes) scratch.bytes = Buffer.allocUnsafeSlow(bytes);
  return scratch.bytes.subarray(0, bytes);
}

/** Creates `path` with the given content, or leaves no file. Fails with `EEXIST` when there is one. */
export function writeNew(disk: Disk, path: string, parts: readonly Uint8Array[]): void {
  const file = disk.open(path, 'create');
  try {
    let position = 0;
    for (const part of parts) {
      writeFully(disk, file, part, 0, part.length, position);
      position += part.length;
    }
  } catch (error) {
    disk.close(file);
    tryRemove(disk, path);
    throw error;
  }
  disk.close(file);
}

/** Unlinks `path`; no error when it is gone already. */
export function removeIfPresent(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Clears away what a failed attempt left, if the disk lets go of it; whoever creates the file next removes it then. */
export function tryRemove(disk: Disk, path: string): void {
  try {
    removeIfPresent(disk, path);
  } catch (error) {
    // Anything without a system code is no failure of the disk.
    if (systemCode(error) === undefined) throw error;
  }
}
