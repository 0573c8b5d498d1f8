import { bytesFromBytePath, textFromBytePath } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';

const NOT_ASCII = /[\x80-\xff]/;

/**
 * What Node's file functions take for `path` under the directory `root`: a string, or bytes when the path
 * is not ASCII, because names need not be UTF-8 and a string would not keep them.
 */
export function absolutePath(root: string, path: BytePath): string | Buffer {
  if (path === '') return root;
  if (!NOT_ASCII.test(path)) return `${root}/${path}`;
  // Windows names are UTF-16: there is no byte form, the text decides.
  if (process.platform === 'win32') return `${root}/${textFromBytePath(path)}`;
  return Buffer.concat([Buffer.from(`${root}/`), bytesFromBytePath(path)]);
}
