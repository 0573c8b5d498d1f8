import type { Need } from '../needs.ts';

/** How a command of a form that is known can be answered from memory. */
export interface Route {
  readonly needs: readonly Need[];
  /** Exit codes that are answers, and not failures whose text may depend on more. */
  readonly codes: readonly number[];
  /** What git says first on stderr when it ends with another code, for reasons that are among the needs; undefined: nothing of the kind. */
  readonly failure: RegExp | undefined;
  /** Words that git takes for a file if there is one of that name: what they name is looked at before an answer is given. */
  readonly ambiguous: readonly string[];
  /** Absolute paths: where they are not plainly below the top of the work tree, nothing is known. */
  readonly absolute: readonly string[];
  /** git would write the index when files were touched and not changed. */
  readonly refreshesIndex: boolean;
  /** Depends on whether the repository lies in another one. */
  readonly looksAbove: boolean;
  /** Depends on which of the linked work trees are still where they were. */
  readonly looksAtWorkTrees: boolean;
  /** When it took long, git says how long. */
  readonly tellsSlowness: boolean;
}

/** What the options of a command line say, in git's own order: options may stand after other words, `--` ends them. */
export interface Words {
  readonly options: readonly Option[];
  /** Words that are no options, before `--`. */
  readonly words: readonly string[];
  /** What follows `--`; undefined without it. */
  readonly paths: readonly string[] | undefined;
}

export interface Option {
  /** With its dashes, without its value. */
  readonly name: string;
  readonly value: string | undefined;
}

/**
 * Options that a route knows: by name, `flag` takes no value, `value` needs one (`--name=V`, `--name V`, `-n V`, `-nV`), `optional` has
 * one only when it is attached (`--name=V`, `-uV`).
 */
export type Options = Readonly<Record<string, 'flag' | 'value' | 'optional'>>;

/** Magic of pathspecs, which may ask for attributes (gitglossary(7)). */
const MAGIC = ':(';

/** Reads the options of a command. Undefined when one is not known, or lacks its value, or a path has magic. */
export function readWords(args: readonly string[], known: Options): Words | undefined {
  if (args.some((word) => word.startsWith(MAGIC))) return undefined;
  const options: Option[] = [];
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '--') return { options, words, paths: args.slice(at + 1) };
    if (!word.startsWith('-') || word === '-') {
      words.push(word);
      continue;
    }
    const flags = joinedFlags(word, known);
    if (flags !== undefined) {
      options.push(...flags);
      continue;
    }
    const option = word.startsWith('--') ? longOption(word, known) : shortOption(word, known);
    if (option === undefined) return undefined;
    if (known[option.name] === 'value' && option.value === undefined) {
      const value = args[++at];
      if (value === undefined) return undefined;
      options.push({ name: option.name, value });
    } else {
      options.push(option);
    }
  }
  return { options, words, paths: undefined };
}

function longOption(word: string, known: Options): Option | undefined {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const kind = Object.hasOwn(known, name) ? known[name] : undefined;
  if (kind === undefined || (kind === 'flag' && equals >= 0)) return undefined;
  return { name, value: equals < 0 ? undefined : word.slice(equals + 1) };
}

/** Letters that are joined, as in `-sb`, when none of them takes a value. */
function joinedFlags(word: string, known: Options): Option[] | undefined {
  if (!/^-[A-Za-z]{2,}$/.test(word) || Object.hasOwn(known, word)) return undefined;
  const names = Array.from(word.slice(1), (letter) => `-${letter}`);
  return names.every((name) => Object.hasOwn(known, name) && known[name] === 'flag') ? names.map((name) => ({ name, value: undefined })) : undefined;
}

/** One letter, with its value where it takes one, as in `-n5` and `-uall`. */
function shortOption(word: string, known: Options): Option | undefined {
  if (Object.hasOwn(known, word)) return { name: word, value: undefined };
  const name = word.slice(0, 2);
  const kind = Object.hasOwn(known, name) ? known[name] : undefined;
  if (kind === undefined) return /^-\d+$/.test(word) && known['-n'] === 'value' ? { name: '-n', value: word.slice(1) } : undefined;
  return kind === 'flag' ? undefined : { name, value: word.slice(2) };
}

/** The value that an option has, the last one if it stands there more than once. */
export function valueOf({ options }: Words, ...names: readonly string[]): string | undefined {
  return options.filter(({ name }) => names.includes(name)).at(-1)?.value;
}

export function hasOption({ options }: Words, ...names: readonly string[]): boolean {
  return options.some(({ name }) => names.includes(name));
}

/** A route with what most routes have. */
export function route(needs: readonly Need[], more: Partial<Route> = {}): Route {
  return { needs, codes: [0], failure: undefined, ambiguous: [], absolute: [], refreshesIndex: false, looksAbove: false, looksAtWorkTrees: false, tellsSlowness: false, ...more };
}
