import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Workspace files of windows that show a state, each in a directory of its state. VS Code opens the window by its file, again after a restart, and
 * does not say when nobody will any more: so those opened last are kept.
 */
export const KEPT_WINDOW_FILES = 30;

/** Removes all but those opened last, and never `used`, the one of this window. What cannot be removed stays. */
export async function pruneWindowFiles(directory: string, used: string | undefined): Promise<void> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const files = await Promise.all(names.filter((name) => name.endsWith('.code-workspace')).map(async (name) => {
    const file = join(directory, name);
    return { file, time: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0 };
  }));
  const old = files.sort((a, b) => b.time - a.time).slice(KEPT_WINDOW_FILES).filter(({ file }) => file !== used);
  for (const { file } of old) {
    await rm(file, { force: true }).catch(() => undefined);
    // Fails, as it should, while another file is in it.
    await rmdir(dirname(file)).catch(() => undefined);
  }
}
