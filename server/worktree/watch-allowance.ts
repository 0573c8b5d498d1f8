import fs from 'node:fs';

/**
 * How many watches the directories of one store should hold together: half of what the system gives the user, whose editors
 * and build tools need some, too. A directory that is not watched is searched when it is used next.
 */
export function watchAllowance(): number {
  try {
    const limit = Number(fs.readFileSync('/proc/sys/fs/inotify/max_user_watches', 'utf8'));
    return Number.isInteger(limit) && limit > 0 ? Math.floor(limit / 2) : Infinity;
  } catch {
    return Infinity; // no inotify: a watch there covers a whole tree
  }
}
