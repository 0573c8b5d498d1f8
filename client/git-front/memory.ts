import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseRemembered } from './git-path.ts';
import type { Remembered } from './git-path.ts';

/**
 * What was in `git.path` before PYI, in a file beside the front. VS Code's own memory for extensions is written when it is convenient: a
 * window that ends before would leave a setting that nobody can put back.
 */

/** Undefined: nothing, or nothing that can be understood. */
export function recall(place: string): Remembered | undefined {
  try {
    return parseRemembered(JSON.parse(readFileSync(fileBeside(place), 'utf8')));
  } catch {
    return undefined; // nothing was remembered, or what was is damaged: the setting is then taken for a person's
  }
}

/** On disk when it returns. @throws an error of the system when it cannot be written */
export function remember(place: string, remembered: Remembered): void {
  const file = fileBeside(place);
  const made = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(made, 'w');
  try {
    writeSync(handle, JSON.stringify(remembered));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(made, file);
}

export function forget(place: string): void {
  rmSync(fileBeside(place), { force: true });
}

function fileBeside(place: string): string {
  return join(dirname(place), 'git-path.json');
}
