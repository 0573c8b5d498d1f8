import { PyiError } from './errors.ts';

/**
 * A path inside a tree, as bytes: one UTF-16 code unit (0–255) per byte, `/` between names.
 *
 * Git names are bytes, not text. Keeping them in a one-byte JavaScript string gives byte order
 * from `<`, cheap `Map` keys and no loss for names that are not UTF-8.
 */
export type BytePath = string & { readonly __bytePath: unique symbol };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Raw bytes, as the file system or Git gave them, to a BytePath. No validation. */
export function bytePathFromBytes(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') as BytePath;
}

/** A BytePath to the raw bytes that the file system and Git use. */
export function bytesFromBytePath(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/**
 * Text for people and JSON. Bytes that are not UTF-8 become lone surrogates U+DC80–U+DCFF, as in
 * Python's `surrogateescape` (PEP 383), so {@link bytePathFromText} gives the same bytes back.
 */
export function textFromBytePath(path: BytePath): string {
  if (isAscii(path)) return path;
  const bytes = Buffer.from(path, 'latin1');
  try {
    return utf8.decode(bytes);
  } catch {
    return decodeEscaped(bytes);
  }
}

/** Text (possibly with PEP 383 escapes) to the bytes it stands for. No validation. */
export function bytePathFromText(text: string): BytePath {
  if (isAscii(text)) return text as BytePath;
  const parts: string[] = [];
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0;
    parts.push(point >= 0xdc80 && point <= 0xdcff
      ? String.fromCharCode(point - 0xdc00)
      : Buffer.from(char, 'utf8').toString('latin1'));
  }
  return parts.join('') as BytePath;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Decodes valid sequences as UTF-8 and every other byte as U+DC00 + byte. */
function decodeEscaped(bytes: Buffer): string {
  let out = '';
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes[i] ?? 0);
    const end = i + length;
    if (length > 0 && end <= bytes.length) {
      try {
        out += utf8.decode(bytes.subarray(i, end));
        i = end;
        continue;
      } catch {
        // Not a sequence after all: escape its first byte and look again from the next.
      }
    }
    out += String.fromCharCode(0xdc00 + (bytes[i] ?? 0));
    i++;
  }
  return out;
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

/** Longest path, in bytes: Linux' PATH_MAX. */
export const MAX_PATH_BYTES = 4096;
/** Longest name, in bytes: NAME_MAX of every file system that we write to. */
export const MAX_NAME_BYTES = 255;

/**
 * Checks a path that may enter a tree and returns it unchanged.
 *
 * The HFS+ and NTFS disguises of `.git` are refused on every platform, because a tree made here may
 * be written out there (git's `verify_path`, CVE-2014-9390, CVE-2019-1352).
 * @throws PyiError `INVALID_PATH`
 */
export function checkPath(path: BytePath): BytePath {
  const reason = pathFault(path);
  if (reason !== undefined) {
    throw new PyiError('INVALID_PATH', `${reason}: ${JSON.stringify(textFromBytePath(path).slice(0, 200))}`,
      'Give a path relative to the root of the tree, with "/" between names.');
  }
  return path;
}

function pathFault(path: BytePath): string | undefined {
  if (path.length === 0) return 'The path is empty';
  if (path.length > MAX_PATH_BYTES) return `The path is longer than ${MAX_PATH_BYTES} bytes`;
  if (path.charCodeAt(0) === 0x2f) return 'The path is absolute';
  let start = 0;
  for (let i = 0; i <= path.length; i++) {
    const code = i === path.length ? 0x2f : path.charCodeAt(i);
    if (code === 0) return 'The path has a NUL byte';
    if (code !== 0x2f) continue;
    const fault = nameFault(path, start, i);
    if (fault !== undefined) return fault;
    start = i + 1;
  }
  return undefined;
}

function nameFault(path: BytePath, start: number, end: number): string | undefined {
  const length = end - start;
  if (length === 0) return 'The path has an empty name';
  if (length > MAX_NAME_BYTES) return `A name is longer than ${MAX_NAME_BYTES} bytes`;
  const first = path.charCodeAt(start);
  if (first === 0x2e && length === 1) return 'The path has a "." component';
  if (first === 0x2e && length === 2 && path.charCodeAt(start + 1) === 0x2e) return 'The path has a ".." component';
  // Only names that begin like ".git" or "git~" (after HFS+-ignorable bytes, all ≥ 0xE2) can be a disguise.
  if (first === 0x2e || first === 0x67 || first === 0x47 || first >= 0xe2) {
    if (isDotGit(path.slice(start, end))) return 'The path names a Git directory';
  }
  return undefined;
}

/** Code points that HFS+ ignores when it compares names (git's `next_hfs_char`). */
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** True for `.git` in any disguise that HFS+ or NTFS would open as `.git`. */
export function isDotGit(name: string): boolean {
  const text = textFromBytePath(name as BytePath).replace(HFS_IGNORED, '');
  const ntfs = (text.split(/[:\\]/, 1)[0] ?? '').replace(/[. ]+$/, '').toLowerCase();
  return ntfs === '.git' || ntfs === 'git~1' || text.toLowerCase() === '.git';
}

/** The directory part of a path, or `''` at the root. */
export function parentOf(path: BytePath): BytePath {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? '' : path.slice(0, slash)) as BytePath;
}
