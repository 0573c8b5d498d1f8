import { relative, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';

/**
 * The directory that calls are about which name none: the one that this server was started in, unless the client has roots and it lies in none
 * of them. Then it is the first root: some clients start their servers in the user's home.
 */
export async function defaultRepository(cwd: string, server: Pick<Server, 'getClientCapabilities' | 'listRoots'>): Promise<string> {
  if (server.getClientCapabilities()?.roots === undefined) return cwd;
  const directories = await server.listRoots().then(({ roots }) => roots.map(({ uri }) => directoryOf(uri)).filter((directory) => directory !== undefined), () => []);
  return directories.length === 0 || directories.some((directory) => isWithin(cwd, directory)) ? cwd : directories[0] ?? cwd;
}

function directoryOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined; // a root that is no directory of this machine
  }
}

function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way !== '..' && !/^\.\.[/\\]/.test(way) && !isAbsolute(way);
}
