import type { CommandLine } from '../command-line.ts';
import type { Need } from '../needs.ts';
import { DIFF_OPTIONS } from './history.ts';
import { isUncertain, leadsOut } from './revisions.ts';
import { hasOption, readWords, route } from './route.ts';
import type { Options, Route } from './route.ts';

/** Commands that look at the index and at the files. */

const STATUS_OPTIONS: Options = {
  '-z': 'flag', '-s': 'flag', '--short': 'flag', '--long': 'flag', '--porcelain': 'optional', '-b': 'flag', '--branch': 'flag', '-u': 'optional', '--untracked-files': 'optional',
  '--ignore-submodules': 'optional', '--find-renames': 'optional', '--no-renames': 'flag', '--ahead-behind': 'flag', '--no-ahead-behind': 'flag', '--show-stash': 'flag', '--no-column': 'flag',
};

export function status({ args }: CommandLine): Route | undefined {
  const read = readWords(args, STATUS_OPTIONS);
  if (read === undefined || [...read.words, ...read.paths ?? []].some(leadsOut)) return undefined;
  return route(['files', 'attributes', 'index', 'refs', 'logs', 'config', 'state', 'added', 'lost'], {
    refreshesIndex: true, tellsSlowness: !hasOption(read, '-z', '-s', '--short', '--porcelain'),
  });
}

const DIFF_COMMAND_OPTIONS: Options = {
  ...DIFF_OPTIONS, '--cached': 'flag', '--staged': 'flag', '--quiet': 'flag', '--exit-code': 'flag', '--ignore-submodules': 'optional', '--merge-base': 'flag', '--check': 'flag',
};

export function diff({ args }: CommandLine): Route | undefined {
  const read = readWords(args, DIFF_COMMAND_OPTIONS);
  if (read === undefined || [...read.words, ...read.paths ?? []].some((word) => isUncertain(word) || leadsOut(word))) return undefined;
  const needs: readonly Need[] = ['refs', 'config', 'attributes', 'added', 'lost', 'index'];
  const ambiguous = read.paths === undefined ? read.words : [];
  // Two commits, or a range, need no files; telling one word from the other is git's business.
  const isOfCommits = read.words.some((word) => word.includes('..')) && read.paths !== undefined;
  const isOfIndex = hasOption(read, '--cached', '--staged');
  return isOfCommits || isOfIndex ? route(needs, { codes: [0, 1], ambiguous }) : route(['files', ...needs], { codes: [0, 1], ambiguous, refreshesIndex: true });
}

const LS_FILES_OPTIONS: Options = {
  '-s': 'flag', '--stage': 'flag', '-z': 'flag', '-c': 'flag', '--cached': 'flag', '-t': 'flag', '-u': 'flag', '--unmerged': 'flag', '--full-name': 'flag', '--error-unmatch': 'flag',
  '-o': 'flag', '--others': 'flag', '-m': 'flag', '--modified': 'flag', '-d': 'flag', '--deleted': 'flag', '--exclude-standard': 'flag', '--directory': 'flag', '--abbrev': 'optional', '--eol': 'flag',
};

export function lsFiles({ args }: CommandLine): Route | undefined {
  const read = readWords(args, LS_FILES_OPTIONS);
  if (read === undefined || [...read.words, ...read.paths ?? []].some(leadsOut)) return undefined;
  const looksAtFiles = hasOption(read, '-o', '--others', '-m', '--modified', '-d', '--deleted', '--eol');
  return route(['index', 'config', 'added', ...(looksAtFiles ? ['files', 'attributes'] as const : [])], { codes: [0, 1] });
}

const CHECK_IGNORE_OPTIONS: Options = { '-v': 'flag', '--verbose': 'flag', '-n': 'flag', '--non-matching': 'flag', '-q': 'flag', '--quiet': 'flag', '--no-index': 'flag', '-z': 'flag', '--stdin': 'flag' };

export function checkIgnore({ args, input }: CommandLine): Route | undefined {
  const read = readWords(args, CHECK_IGNORE_OPTIONS);
  if (read === undefined || hasOption(read, '--stdin') !== (input !== undefined)) return undefined;
  const given = [...read.words, ...read.paths ?? []];
  // Words beside --stdin are a mistake, and lines may be quoted.
  if (input !== undefined && (given.length > 0 || (!hasOption(read, '-z') && input.includes('"')))) return undefined;
  const paths = input === undefined ? given : input.split(hasOption(read, '-z') ? '\0' : '\n');
  const absolute = paths.filter((path) => path.startsWith('/'));
  if (paths.length === 0 || paths.some((path) => leadsOut(path.replace(/^\//, '')))) return undefined;
  // Below what is ignored nobody watches, and git goes beyond no link.
  return route(['files', 'index', 'config'], { codes: [0, 1], absolute, ambiguous: withParents(paths) });
}

/** Paths and the directories on the way to them. */
function withParents(paths: readonly string[]): string[] {
  const all = new Set<string>();
  for (const path of paths) for (let at = path; at !== '' && !all.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) all.add(at);
  return [...all];
}

const HASH_OBJECT_OPTIONS: Options = { '-t': 'value', '--no-filters': 'flag' };

/** Of files, without writing the object. */
export function hashObject({ args }: CommandLine): Route | undefined {
  const read = readWords(args, HASH_OBJECT_OPTIONS);
  const files = [...read?.words ?? [], ...read?.paths ?? []];
  if (read === undefined || files.length === 0 || files.some(leadsOut)) return undefined;
  // They may be ignored, and nobody watches those: what they are is looked at.
  return route(['files', 'attributes', 'index', 'config'], { ambiguous: files });
}
