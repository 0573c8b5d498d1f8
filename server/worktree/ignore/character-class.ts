/**
 * `[…]` of a pattern, as wildmatch.c reads it, as a table of the bytes that it matches.
 * Never a slash: patterns that can meet one are matched with WM_PATHNAME.
 */

const SLASH = 0x2f;
const BANG = 0x21;
const CARET = 0x5e;
const BACKSLASH = 0x5c;
const DASH = 0x2d;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Git's own ctype (sane_ctype in ctype.c), which knows ASCII only and no vertical tab or form feed as space. */
const NAMED: Readonly<Record<string, (code: number) => boolean>> = {
  alnum: (code) => isUpper(code) || isLower(code) || isDigit(code),
  alpha: (code) => isUpper(code) || isLower(code),
  blank: (code) => code === 0x20 || code === 0x09,
  cntrl: (code) => code < 0x20 || code === 0x7f,
  digit: isDigit,
  graph: (code) => code > 0x20 && code < 0x7f,
  lower: isLower,
  print: (code) => code >= 0x20 && code < 0x7f,
  punct: (code) => code > 0x20 && code < 0x7f && !isUpper(code) && !isLower(code) && !isDigit(code),
  space: (code) => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d,
  upper: isUpper,
  xdigit: (code) => isDigit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66),
};

/**
 * The class that opens at `pattern[at]`: `members[byte]` is 1 for a byte that it matches, `end` is the
 * index behind its `]`. Undefined when it is malformed. With `ignoreCase` the bytes asked about are
 * lower case; as in git, a single upper-case member then matches nothing, a range matches either case.
 */
export function parseCharacterClass(
  pattern: string, at: number, ignoreCase: boolean,
): { members: Uint8Array; end: number } | undefined {
  const members = new Uint8Array(256);
  let index = at + 1;
  const negated = pattern.charCodeAt(index) === BANG || pattern.charCodeAt(index) === CARET;
  if (negated) index++;
  /** Where a range would start; 0 after a range or a name, which cannot start one. */
  let previous = 0;
  for (let first = true; first || pattern.charCodeAt(index) !== CLOSE_BRACKET; first = false) {
    if (index >= pattern.length) return undefined;
    let code = pattern.charCodeAt(index);
    if (code === BACKSLASH) {
      if (++index >= pattern.length) return undefined;
      code = pattern.charCodeAt(index);
      members[code] = 1;
    } else if (code === DASH && previous !== 0 && index + 1 < pattern.length && pattern.charCodeAt(index + 1) !== CLOSE_BRACKET) {
      code = pattern.charCodeAt(++index);
      if (code === BACKSLASH) {
        if (++index >= pattern.length) return undefined;
        code = pattern.charCodeAt(index);
      }
      addRange(members, previous, code, ignoreCase);
      code = 0;
    } else if (code === OPEN_BRACKET && pattern.charCodeAt(index + 1) === COLON) {
      const close = pattern.indexOf(']', index + 2);
      if (close < 0) return undefined;
      if (close > index + 2 && pattern.charCodeAt(close - 1) === COLON) {
        if (!addNamed(members, pattern.slice(index + 2, close - 1), ignoreCase)) return undefined;
        index = close;
        code = 0;
      } else {
        members[code] = 1; // No ":]": an ordinary set that has a "[".
      }
    } else {
      members[code] = 1;
    }
    previous = code;
    index++;
  }
  if (negated) for (let code = 0; code < 256; code++) members[code] = members[code] === 1 ? 0 : 1;
  members[SLASH] = 0;
  return { members, end: index + 1 };
}

function addRange(members: Uint8Array, from: number, to: number, ignoreCase: boolean): void {
  for (let code = from; code <= to; code++) {
    members[code] = 1;
    if (ignoreCase && isUpper(code)) members[code + 0x20] = 1;
  }
}

function addNamed(members: Uint8Array, name: string, ignoreCase: boolean): boolean {
  const has = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  if (has === undefined) return false;
  for (let code = 0; code < 256; code++) {
    if (has(code) || (ignoreCase && name === 'upper' && isLower(code))) members[code] = 1;
  }
  return true;
}

function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

function isLower(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
