import { Wildmatch } from './wildmatch.ts';

/**
 * How a line of an ignore file matches, after git's `parse_path_pattern`, `match_basename` and
 * `match_pathname` (dir.c). "Name" kinds look at the last name of a path, "path" kinds at the path
 * from the ignore file's directory on.
 */
export type Matcher =
  | { readonly kind: 'name'; readonly literal: string }
  | { readonly kind: 'name-suffix'; readonly literal: string }
  | { readonly kind: 'name-wild'; readonly wild: Wildmatch }
  | { readonly kind: 'path'; readonly literal: string }
  | { readonly kind: 'path-wild'; readonly literal: string; readonly wild: Wildmatch };

/** One effective line of an ignore file. */
export interface Pattern {
  readonly matcher: Matcher;
  /** What the line says, without `!` and what does not count at its end. */
  readonly text: string;
  /** Line in its file, from 1. */
  readonly line: number;
  /** `!`: what matches is not ignored. */
  readonly negated: boolean;
  readonly directoryOnly: boolean;
}

/** Bytes that make a pattern more than a literal (git's GIT_GLOB_SPECIAL). */
const SPECIAL = /[*?[\\]/;

/**
 * The patterns of an ignore file, in order. Lines that cannot match anything are left out.
 * With `ignoreCase`, literals come in lower case, and so must what is matched.
 */
export function parseIgnoreFile(bytes: Buffer, ignoreCase: boolean): Pattern[] {
  const hasMark = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const text = bytes.toString('latin1', hasMark ? 3 : 0);
  const patterns: Pattern[] = [];
  for (let start = 0, line = 1; start < text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const pattern = text.charCodeAt(start) === 0x23 ? undefined : parseLine(text.slice(start, end), line, ignoreCase);
    if (pattern !== undefined) patterns.push(pattern);
    start = end + 1;
  }
  return patterns;
}

function parseLine(raw: string, line: number, ignoreCase: boolean): Pattern | undefined {
  let text = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  const nul = text.indexOf('\0');
  if (nul >= 0) text = text.slice(0, nul); // Git works on C strings.
  text = trimTrailingSpaces(text);
  const negated = text.startsWith('!');
  if (negated) text = text.slice(1);
  const shown = text;
  const directoryOnly = text.endsWith('/');
  if (directoryOnly) text = text.slice(0, -1);
  const matcher = parseMatcher(text, ignoreCase);
  return matcher && { matcher, text: shown, line, negated, directoryOnly };
}

/** Spaces at the end do not count, unless a backslash is before them. */
function trimTrailingSpaces(text: string): string {
  if (!text.endsWith(' ')) return text;
  let end = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') {
      if (++i === text.length) return text;
      end = i + 1;
    } else if (text[i] !== ' ') {
      end = i + 1;
    }
  }
  return text.slice(0, end);
}

function parseMatcher(text: string, ignoreCase: boolean): Matcher | undefined {
  if (!text.includes('/')) return nameMatcher(text, ignoreCase);
  const path = text.startsWith('/') ? text.slice(1) : text;
  if (path === '') return undefined;
  // A leading `**/` with one name behind it says the same as the name alone, which is cheaper to check.
  const name = /^(?:\*{2,}\/)+([^/]+)$/.exec(path)?.[1];
  if (name !== undefined) return nameMatcher(name, ignoreCase);
  const special = path.search(SPECIAL);
  if (special < 0) return { kind: 'path', literal: fold(path, ignoreCase) };
  // Git compares the part before the first special byte first and hands on only the rest, so `a**/b` has its `**`
  // at the start of a pattern, and it counts as a component there. Kept.
  const wild = Wildmatch.compile(path.slice(special), ignoreCase);
  return wild && { kind: 'path-wild', literal: fold(path.slice(0, special), ignoreCase), wild };
}

function nameMatcher(name: string, ignoreCase: boolean): Matcher | undefined {
  if (name === '') return undefined;
  const special = name.search(SPECIAL);
  if (special < 0) return { kind: 'name', literal: fold(name, ignoreCase) };
  if (special === 0 && name.startsWith('*') && !SPECIAL.test(name.slice(1))) {
    return { kind: 'name-suffix', literal: fold(name.slice(1), ignoreCase) };
  }
  const wild = Wildmatch.compile(name, ignoreCase);
  return wild && { kind: 'name-wild', wild };
}

/** Lower case in ASCII alone, as git's `strncasecmp` and `tolower` do for file names. */
export function fold(text: string, ignoreCase: boolean): string {
  return ignoreCase ? text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase()) : text;
}
