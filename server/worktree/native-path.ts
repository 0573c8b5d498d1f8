import { bytesFromBytePath } from '../../protocol/paths.ts';
import type { BytePath } from '../../protocol/paths.ts';

/** A path as `node:fs` takes it: text where that is exact, bytes where a name is not ASCII. */
export type NativePath = string | Buffer;

const SLASH = Buffer.from('/');
const ASCII = /^[\0-\x7f]*$/;

/** `path` below a directory: text if that is exact, else bytes, because names need not be UTF-8. */
export function nativePath(directory: NativePath, path: string): NativePath {
  if (path === '') return directory;
  if (typeof directory === 'string' && ASCII.test(path)) return `${directory}/${path}`;
  return Buffer.concat([Buffer.from(directory), SLASH, bytesFromBytePath(path as BytePath)]);
}

/** The last name of a path. */
export function nameOf(path: BytePath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `name` in `directory`, where `''` is the root. */
export function childOf(directory: BytePath, name: string): BytePath {
  return (directory === '' ? name : `${directory}/${name}`) as BytePath;
}

/** True when `path` lies below `directory` (`''`: always). */
export function isUnder(path: BytePath, directory: BytePath): boolean {
  return directory === '' || (path.length > directory.length && path.charCodeAt(directory.length) === 0x2f && path.startsWith(directory));
}

/** The `code` of a system error (`ENOENT`, …), or undefined for any other value. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True for the errors that mean: nothing is at that path. */
export function isMissing(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
