import { watch } from 'node:fs';

/**
 * Calls `listener` when something changes in the directory of the server, where a server that starts
 * describes itself. Returns a function that ends it. Costs nothing while nothing happens.
 */
export function watchForServer(directory: string, listener: () => void): () => void {
  try {
    const watcher = watch(directory, { persistent: false }, () => listener());
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    // No directory, no server: the next command makes both.
    return () => undefined;
  }
}
