import { parseCharacterClass } from './character-class.ts';

/**
 * Shell patterns as git's wildmatch.c reads them with WM_PATHNAME, on one-byte strings (BytePath):
 * `*`, `?` and `[…]` never match a slash; a component that is `**` matches any number of components.
 *
 * Git recurses, and limits it by ABORT codes. The same language is matched here by a loop: once a
 * later `*` is reached, what an earlier one of the same component took no longer matters (the later
 * star can take whatever extending the earlier one would), and likewise for `**` over the whole path.
 * Two points to return to are thus enough: time is polynomial for any pattern, and no pattern can
 * exhaust the stack.
 */

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const STAR_CHAR = 0x2a;
const QUESTION_MARK = 0x3f;
const OPEN_BRACKET = 0x5b;

// Tokens: 0–255 is that byte; from CLASS on, CLASS + the number of a character class.
const ANY = 256;
/** `*`: any bytes but a slash. */
const STAR = 257;
/** `**` as a component: any bytes. */
const GLOBSTAR = 258;
/** `**` as a component, and the slash after it: nothing, or anything that ends in a slash. */
const GLOBSTAR_SLASH = 259;
const CLASS = 260;

/** A compiled pattern. */
export class Wildmatch {
  private readonly tokens: readonly number[];
  private readonly classes: readonly Uint8Array[];
  private readonly minimumLength: number;

  private constructor(tokens: readonly number[], classes: readonly Uint8Array[]) {
    this.tokens = tokens;
    this.classes = classes;
    this.minimumLength = tokens.reduce((length, token) => length + (token >= STAR && token < CLASS ? 0 : 1), 0);
  }

  /**
   * Undefined for a malformed pattern (a class without end, an unknown `[:name:]`, a `\` at the end),
   * which matches nothing. With `ignoreCase`, case is ignored in ASCII, and texts must come in lower case.
   */
  static compile(pattern: string, ignoreCase: boolean): Wildmatch | undefined {
    const tokens: number[] = [];
    const classes: Uint8Array[] = [];
    for (let at = 0; at < pattern.length;) {
      const code = pattern.charCodeAt(at);
      if (code === STAR_CHAR) {
        let end = at + 1;
        while (pattern.charCodeAt(end) === STAR_CHAR) end++;
        const token = starToken(pattern, at, end);
        at = token === GLOBSTAR_SLASH ? end + 1 : end;
        // `**/**/` says no more than `**/`. Without it the number of tokens is bounded by what they must match.
        if (token !== GLOBSTAR_SLASH || tokens[tokens.length - 1] !== GLOBSTAR_SLASH) tokens.push(token);
      } else if (code === OPEN_BRACKET) {
        const parsed = parseCharacterClass(pattern, at, ignoreCase);
        if (parsed === undefined) return undefined;
        tokens.push(CLASS + classes.length);
        classes.push(parsed.members);
        at = parsed.end;
      } else if (code === BACKSLASH) {
        if (at + 1 === pattern.length) return undefined;
        // Not folded, as in git: `\A` matches nothing when case is ignored.
        tokens.push(pattern.charCodeAt(at + 1));
        at += 2;
      } else {
        tokens.push(code === QUESTION_MARK ? ANY : ignoreCase && code >= 0x41 && code <= 0x5a ? code + 0x20 : code);
        at++;
      }
    }
    return new Wildmatch(tokens, classes);
  }

  /** Whether the pattern matches all of `text` from `start` on. */
  matches(text: string, start = 0): boolean {
    const { tokens } = this;
    const end = text.length;
    if (end - start < this.minimumLength) return false;
    let token = 0;
    let at = start;
    // Where to resume after a mismatch: the token behind the last star, and up to where that star reaches.
    let star = -1;
    let starEnd = 0;
    let globstar = -1;
    let globstarEnd = 0;
    for (;;) {
      const wanted = tokens[token];
      if (wanted === undefined) {
        if (at === end) return true;
      } else if (wanted === STAR) {
        star = ++token;
        starEnd = at;
        continue;
      } else if (wanted === GLOBSTAR || wanted === GLOBSTAR_SLASH) {
        globstar = ++token;
        globstarEnd = at;
        star = -1;
        if (wanted === GLOBSTAR && token === tokens.length) return true;
        continue;
      } else if (at === end) {
        return false; // A star that took more would leave even less text (WM_ABORT_ALL).
      } else if (this.accepts(wanted, text.charCodeAt(at))) {
        token++;
        at++;
        continue;
      }
      if (star >= 0 && text.charCodeAt(starEnd) !== SLASH) {
        at = ++starEnd;
        token = star;
      } else if (globstar >= 0) {
        const next = tokens[globstar - 1] === GLOBSTAR ? globstarEnd : text.indexOf('/', globstarEnd);
        if (next < 0) return false;
        at = globstarEnd = next + 1;
        token = globstar;
        star = -1;
      } else {
        return false;
      }
    }
  }

  private accepts(token: number, code: number): boolean {
    if (token < ANY) return token === code;
    return token === ANY ? code !== SLASH : this.classes[token - CLASS]?.[code] === 1;
  }
}

/** The stars at `at…end` are `**` in git's sense only as a component of their own; `**` + `\/` counts too. */
function starToken(pattern: string, at: number, end: number): number {
  if (end - at === 1 || (at > 0 && pattern.charCodeAt(at - 1) !== SLASH)) return STAR;
  if (pattern.charCodeAt(end) === SLASH) return GLOBSTAR_SLASH;
  return end === pattern.length || pattern.startsWith('\\/', end) ? GLOBSTAR : STAR;
}
