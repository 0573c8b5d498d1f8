import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is read of a project. Paths are relative to it, "/" between names. */
export interface ProjectFiles {
  /** Names in a directory, sorted; none where there is no such directory. */
  list(directory: string): Promise<readonly string[]>;
  /** Text of a file; undefined where there is none. */
  read(file: string): Promise<string | undefined>;
}

/** The files below a directory of the disk. */
export function filesOnDisk(root: string): ProjectFiles {
  return {
    list: async (directory) => (await missing(readdir(join(root, directory))) ?? []).sort(),
    read: async (file) => missing(readFile(join(root, file), 'utf8')),
  };
}

const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR'];

async function missing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (ABSENT.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
