import { readFile, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { EPICS } from './epic.ts';
import { layoutsIn } from './layout.ts';
import { filesOnDisk } from './project-files.ts';

/** Between the main work tree and the record of a linked one. */
const LINKED = `${sep}.git${sep}worktrees${sep}`;

/**
 * The directory that CCPM's files of a project lie in: this one or the nearest above, not beyond the work tree; where a linked
 * work tree has none (CCPM's folders are often ignored), the main one. Undefined when there are none.
 */
export async function findProject(directory: string): Promise<string | undefined> {
  for (let at = directory; ; at = dirname(at)) {
    if (await holdsCcpm(at)) return at;
    const main = await mainWorkTree(at);
    if (main !== undefined) return main !== at && await holdsCcpm(main) ? main : undefined;
    if (dirname(at) === at) return undefined;
  }
}

async function holdsCcpm(directory: string): Promise<boolean> {
  const files = filesOnDisk(directory);
  return (await files.list(EPICS)).length > 0 || (await layoutsIn(files)).length > 0;
}

/** The main work tree of the repository whose work tree begins here; undefined when none begins here. */
async function mainWorkTree(directory: string): Promise<string | undefined> {
  const place = join(directory, '.git');
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.isDirectory()) return directory;
  const gitDirectory = /^gitdir: (.+)$/m.exec(await readFile(place, 'utf8').catch(() => ''))?.[1]?.trim() ?? '';
  const end = gitDirectory.indexOf(LINKED);
  return end < 0 ? directory : gitDirectory.slice(0, end);
}
