import type { BytePath } from '../../../protocol/paths.ts';
import type { IgnoreReason } from '../../worktree/ignore/rules.ts';
import type { Need } from '../needs.ts';
import type { Place } from '../place.ts';
import type { IndexFile } from '../status/index-file.ts';
import { Unclear } from '../unclear.ts';
import type { Objects } from './objects.ts';
import type { Refs } from './refs.ts';

/** Where an answer is read from, at one moment. */
export interface Source {
  readonly place: Place;
  /** Where the command's words are looked for. */
  readonly directory: string;
  readonly objects: Objects;
  readonly refs: Refs;
  /** @throws Unclear when the index cannot be read here */
  readonly index: () => IndexFile;
  /** The line of an ignore file that decides about a path. */
  readonly explain: (path: BytePath, isDirectory: boolean) => IgnoreReason | undefined;
  /** What the configuration says, by key in lower case; the last value of each. */
  readonly settings: ReadonlyMap<string, string>;
}

/** A command line whose answer can be read from the repository, without git. */
export interface DirectForm {
  readonly needs: readonly Need[];
  /** Words that git would take for files if there were any of these names: then it is git's. */
  readonly ambiguous: readonly string[];
  /** How git ends when it prints nothing; 0 unless it is said. */
  readonly emptyCode?: number;
  /** What git prints on stdout, and nothing on stderr. @throws Unclear where only git can say */
  readonly print: (source: Source) => Buffer;
}

/** A path that names one file and nothing else: relative, without `.` and `..`, and with no sign that git has a meaning for. */
export function isCleanPath(path: string): boolean {
  return path.split('/').every((name) => name !== '' && name !== '.' && name !== '..') && !/[*?[\\]|^[:-]/.test(path);
}

/** The name as git shows it for people. @throws Unclear where it would be put in quotes */
export function unquoted(name: string): string {
  if (!/^[ !#-[\]-~]+$/.test(name)) throw new Unclear();
  return name;
}
