import { lstat, readFile, readlink } from 'node:fs/promises';
import * as vscode from 'vscode';
import { bytePathFromText, bytesFromBytePath } from '../../protocol/paths.ts';
import { safe } from '../../protocol/text.ts';
import { decodeTreePath, encodeTreePath } from './state-path.ts';
import { SCHEME } from './uri.ts';

/** What stands beside a file of a state in a diff and is no file of a state: an authority that no state has. */
const TEXT = 'text';
const DISK = 'disk';

/** A text under the name of a file: the missing side of an added file, the commit of a submodule. */
export function textUri(path: string, text: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, authority: TEXT, path: absolute(encodeTreePath(path)), query: text });
}

/**
 * A file of a work tree that VS Code cannot show as it is: a link, of which `file:` shows the file that it leads to, or one with a
 * name that is not UTF-8. `path` as protocol/paths.ts has it.
 */
export function diskUri(directory: string, path: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, authority: DISK, path: absolute(encodeTreePath(join(directory, path))) });
}

/** Where in the file system of the machine a file of a tree is, in bytes: names need not be UTF-8. */
export function fileOnDisk(directory: string, path: string): Buffer {
  return bytesFromBytePath(bytePathFromText(join(directory, path)));
}

/** Reads what these URIs stand for; undefined for all other URIs. @throws FileSystemError */
export async function readBeside({ authority, path, query }: vscode.Uri): Promise<{ readonly content: Uint8Array; readonly time: number } | undefined> {
  if (authority === TEXT) return { content: Buffer.from(query), time: 0 };
  if (authority !== DISK) return undefined;
  const name = decodeTreePath(process.platform === 'win32' ? path.slice(1) : path);
  if (name === undefined) return undefined;
  const file = fileOnDisk('', name);
  try {
    const stat = await lstat(file);
    return { content: stat.isSymbolicLink() ? await readlink(file, { encoding: 'buffer' }) : await readFile(file), time: stat.mtimeMs };
  } catch (error) {
    throw (error as { code?: unknown }).code === 'ENOENT' ? vscode.FileSystemError.FileNotFound(safe(name)) : vscode.FileSystemError.Unavailable(String(error));
  }
}

function join(directory: string, path: string): string {
  return directory === '' ? path : `${directory}/${path}`;
}

/** Only on Windows does the path of a file begin with something else than a slash. */
function absolute(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
