import { diskError, readWhole, removeIfPresent, writeNew } from './disk.ts';
import type { Disk } from './disk.ts';
import { FORMAT_VERSION } from './format.ts';
import { unsupportedVersion } from './segment-header.ts';

/** Where things stand in a store's directory. */
export interface StorePaths {
  readonly lock: string;
  readonly format: string;
  readonly snapshot: string;
  readonly segments: string;
}

export function storePaths(directory: string): StorePaths {
  return { lock: `${directory}/lock`, format: `${directory}/format`, snapshot: `${directory}/snapshot`, segments: `${directory}/segments` };
}

/**
 * Checks the file that says which version of the format the store has, and writes it when it is missing or unreadable: every
 * segment says its version too.
 * @throws PyiError `UNSUPPORTED_VERSION`, `NO_SPACE`, `INTERNAL`
 */
export function checkFormatFile(disk: Disk, path: string): void {
  try {
    const text = readWhole(disk, path)?.toString('latin1');
    const version = text === undefined ? undefined : /^pyi-store (\d{1,9})\n/.exec(text)?.[1];
    if (version !== undefined) {
      if (Number(version) > FORMAT_VERSION) throw unsupportedVersion(Number(version));
      return;
    }
    removeIfPresent(disk, path);
    writeNew(disk, path, [Buffer.from(`pyi-store ${FORMAT_VERSION}\n`)]);
  } catch (error) {
    throw diskError(error, `read or write ${path}`);
  }
}
