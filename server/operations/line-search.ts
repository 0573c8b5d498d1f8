import vm from 'node:vm';
import { PyiError } from '../../protocol/errors.ts';

export interface SearchPattern {
  readonly text: string;
  /** The text is a JavaScript regular expression. */
  readonly regex: boolean;
  readonly matchCase: boolean;
}

/** A match in a text: line and column from 1, column and length in UTF-16 units. */
export interface LineMatch {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly preview: string;
}

/** Whole lines of a file. */
export interface Piece {
  readonly text: string;
  /** Number of its first line, from 1. */
  readonly line: number;
}

/** Characters of a line that are matched with a caller's expression: what comes after them is not found. */
const MAX_LINE = 20_000;
/** Characters of a line that are shown, and how many of them stand before the match where the line is longer. */
const PREVIEW = 200;
const PREVIEW_BEFORE = 60;
/** How long a caller's expression may work on one batch. An ordinary one takes a few milliseconds. */
const MAX_MILLIS = 250;

/** Looks for a pattern line by line. */
export class LineSearch {
  readonly #pattern: RegExp;
  readonly #guarded: boolean;
  readonly #script = new vm.Script('run()');

  /** @throws PyiError `INVALID_ARGUMENT` */
  constructor({ text, regex, matchCase }: SearchPattern) {
    if (!regex && /[\n\r]/.test(text)) {
      throw new PyiError('INVALID_ARGUMENT', 'The text to look for has a line break', 'Files are searched line by line: give a part that stands in one line.');
    }
    this.#guarded = regex;
    this.#pattern = compile(regex ? text : text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), `gu${matchCase ? '' : 'i'}`);
  }

  /**
   * The matches in each piece, up to `limit` of all of them. An expression can be such that it would never end on some line:
   * it is given up then, because nobody else would be served meanwhile.
   * @throws PyiError `INVALID_ARGUMENT`
   */
  run(pieces: readonly Piece[], limit: number): LineMatch[][] {
    const search = (): LineMatch[][] => {
      let left = limit;
      return pieces.map((piece) => {
        const matches = left <= 0 ? [] : this.#matches(piece, left);
        left -= matches.length;
        return matches;
      });
    };
    if (!this.#guarded) return search();
    try {
      return this.#script.runInContext(vm.createContext({ run: search }), { timeout: MAX_MILLIS }) as LineMatch[][];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw new PyiError('INVALID_ARGUMENT', 'The regular expression takes too long: it tries too many ways to match',
        'Avoid a repetition of what is repeated already, as in "(a+)+".', { cause: error });
    }
  }

  #matches({ text, line: first }: Piece, limit: number): LineMatch[] {
    const found: LineMatch[] = [];
    const pattern = this.#pattern;
    pattern.lastIndex = 0;
    // What has no match anywhere needs no lines. An expression may mean ends of lines, so it sees each line alone.
    if (!this.#guarded && !pattern.test(text)) return found;
    let number = first;
    for (let start = 0; start <= text.length && found.length < limit; number++) {
      const newline = text.indexOf('\n', start);
      const end = newline < 0 ? text.length : newline;
      const line = text.slice(start, end > start && text[end - 1] === '\r' ? end - 1 : end);
      this.#matchLine(line, number, limit, found);
      start = end + 1;
    }
    return found;
  }

  #matchLine(line: string, number: number, limit: number, found: LineMatch[]): void {
    const pattern = this.#pattern;
    const subject = this.#guarded ? line.slice(0, MAX_LINE) : line;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(subject); match !== null && found.length < limit; match = pattern.exec(subject)) {
      // An empty match is nothing that anybody could be shown.
      if (match[0] === '') pattern.lastIndex += (subject.codePointAt(pattern.lastIndex) ?? 0) > 0xffff ? 2 : 1;
      else found.push({ line: number, column: match.index + 1, length: match[0].length, preview: previewOf(line, match.index) });
    }
  }
}

function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new PyiError('INVALID_ARGUMENT', cause instanceof Error ? cause.message : String(cause),
      'Correct the regular expression, or look for the text as it is.', { cause });
  }
}

function previewOf(line: string, index: number): string {
  if (line.length <= PREVIEW) return line;
  const start = Math.max(0, Math.min(index - PREVIEW_BEFORE, line.length - PREVIEW));
  // Half of a pair is no character.
  return line.slice(start, start + PREVIEW).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}
