import type { StateEntry } from './state-reader.ts';

/** A file or directory with its path in the tree. */
export interface FoundEntry {
  readonly path: string;
  readonly entry: StateEntry;
}

export interface FileSearchOptions {
  /** What is in a directory. */
  readonly list: (directory: string) => Promise<readonly StateEntry[]>;
  /** Directory to begin in. */
  readonly below: string;
  /** Letters that a path has in this order, in any case. */
  readonly text: string;
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Told from time to time what was found so far. */
  readonly onFound: (found: readonly FoundEntry[]) => void;
}

/** Directories that are listed at once. */
const PARALLEL = 8;

/**
 * Looks for files by name, nearest to `below` first, one directory after the other: a listing of a whole tree of 100,000 files would be one
 * message that keeps everybody waiting. Ends at `limit`, or when `signal` aborts.
 */
export async function findFiles({ list, below, text, limit, signal, onFound }: FileSearchOptions): Promise<FoundEntry[]> {
  const matches = matcher(text);
  const found: FoundEntry[] = [];
  let level = [below];
  while (level.length > 0) {
    const next: string[] = [];
    for (let i = 0; i < level.length; i += PARALLEL) {
      const listings = await Promise.all(level.slice(i, i + PARALLEL).map(async (directory) => ({ directory, entries: await list(directory) })));
      if (signal.aborted) return found;
      const before = found.length;
      for (const { directory, entries } of listings) {
        for (const entry of entries) {
          const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
          if (entry.type === 'directory') next.push(path);
          else if (entry.type !== 'submodule' && matches(path.slice(below === '' ? 0 : below.length + 1))) found.push({ path, entry });
          if (found.length === limit) return found;
        }
      }
      if (found.length > before) onFound(found);
    }
    level = next;
  }
  return found;
}

function matcher(text: string): (path: string) => boolean {
  const letters = Array.from(text.toLowerCase()).filter((letter) => letter.trim() !== '');
  return (path) => {
    const lower = path.toLowerCase();
    let at = 0;
    for (const letter of letters) {
      const index = lower.indexOf(letter, at);
      if (index < 0) return false;
      at = index + letter.length;
    }
    return true;
  };
}
