import type { CommandLine } from '../command-line.ts';
import type { Need } from '../needs.ts';
import { isSteadyRefFormat } from './formats.ts';
import { isUncertain } from './revisions.ts';
import { hasOption, readWords, route } from './route.ts';
import type { Options, Route, Words } from './route.ts';

/** Commands that name, list and relate commits. */

const REFS: readonly Need[] = ['refs', 'config', 'lost'];
const NAMED: readonly Need[] = [...REFS, 'added'];

const LISTING: Options = {
  '--sort': 'value', '--format': 'value', '--points-at': 'value', '--contains': 'value', '--no-contains': 'value', '--merged': 'value', '--no-merged': 'value',
  '--ignore-case': 'flag', '--no-color': 'flag', '--no-column': 'flag',
};

/** Whether the commits and formats of a listing are the same at any time. */
function isSteadyListing(words: Words): boolean {
  return words.options.every(({ name, value }) => (name === '--format' ? isSteadyRefFormat(value ?? '') : !isUncertain(value ?? '')));
}

export function symbolicRef({ args }: CommandLine): Route | undefined {
  const read = readWords(args, { '--short': 'flag', '-q': 'flag', '--quiet': 'flag' });
  return read?.words.length === 1 && read.paths === undefined ? route(['refs', 'config'], { codes: [0, 1, 128] }) : undefined;
}

export function forEachRef({ args }: CommandLine): Route | undefined {
  const read = readWords(args, { ...LISTING, '--count': 'value', '--shell': 'flag', '-s': 'flag', '--omit-empty': 'flag' });
  if (read === undefined || !isSteadyListing(read)) return undefined;
  const fields = read.options.map(({ value }) => value ?? '').join(' ');
  return route([...REFS, ...(/short|abbrev/.test(fields) ? ['added'] as const : []), ...(fields.includes('worktree') ? ['state'] as const : [])]);
}

export function showRef({ args }: CommandLine): Route | undefined {
  const read = readWords(args, {
    '--head': 'flag', '--heads': 'flag', '--tags': 'flag', '-d': 'flag', '--dereference': 'flag', '-s': 'optional', '--hash': 'optional', '--abbrev': 'optional',
    '--verify': 'flag', '-q': 'flag', '--quiet': 'flag',
  });
  return read === undefined || read.words.some(isUncertain) ? undefined : route(NAMED, { codes: [0, 1, 128] });
}

export function branch({ args }: CommandLine): Route | undefined {
  const read = readWords(args, {
    ...LISTING, '-a': 'flag', '--all': 'flag', '-r': 'flag', '--remotes': 'flag', '-v': 'flag', '-vv': 'flag', '--verbose': 'flag', '--list': 'flag',
    '--show-current': 'flag', '--no-abbrev': 'flag', '--abbrev': 'optional',
  });
  // A name without --list makes a branch.
  if (read === undefined || !isSteadyListing(read) || read.paths !== undefined || (read.words.length > 0 && !hasOption(read, '--list'))) return undefined;
  return route([...NAMED, 'state', 'logs']);
}

export function worktree({ args }: CommandLine): Route | undefined {
  if (args[0] !== 'list') return undefined;
  const read = readWords(args.slice(1), { '-v': 'flag', '--verbose': 'flag', '--porcelain': 'flag', '-z': 'flag' });
  return read === undefined || read.words.length > 0 || read.paths !== undefined ? undefined : route([...NAMED, 'state'], { looksAtWorkTrees: true });
}

export function tag({ args }: CommandLine): Route | undefined {
  const read = readWords(args, { ...LISTING, '-l': 'flag', '--list': 'flag', '-n': 'optional' });
  if (read === undefined || !isSteadyListing(read) || read.paths !== undefined || (read.words.length > 0 && !hasOption(read, '-l', '--list'))) return undefined;
  return route(NAMED);
}

const PLACES = [
  '--show-toplevel', '--git-dir', '--git-common-dir', '--absolute-git-dir', '--show-superproject-working-tree', '--is-inside-work-tree', '--is-inside-git-dir',
  '--is-bare-repository', '--is-shallow-repository', '--show-prefix', '--show-cdup', '--show-object-format', '--path-format', '--shared-index-path',
];

export function revParse({ args }: CommandLine): Route | undefined {
  const read = readWords(args, {
    ...Object.fromEntries(PLACES.map((name) => [name, name === '--path-format' ? 'value' as const : 'flag' as const])),
    '--verify': 'flag', '-q': 'flag', '--quiet': 'flag', '--short': 'optional', '--abbrev-ref': 'optional', '--symbolic': 'flag', '--symbolic-full-name': 'flag',
  });
  // `--path-format` changes what follows; git alone takes it with its value attached only.
  if (read === undefined || read.paths !== undefined || read.words.some(isUncertain)) return undefined;
  if (args.includes('--path-format')) return undefined;
  const asksPlaces = read.options.some(({ name }) => PLACES.includes(name));
  const needs: Need[] = ['config', ...(asksPlaces ? ['state', 'index'] as const : []), ...(read.words.length > 0 ? ['refs', 'lost', 'added', 'index'] as const : [])];
  // With --verify a word is never taken for a file.
  return route([...new Set(needs)], { codes: hasOption(read, '--verify') ? [0, 1, 128] : [0], ambiguous: read.words, looksAbove: hasOption(read, '--show-superproject-working-tree') });
}

export function mergeBase({ args }: CommandLine): Route | undefined {
  const read = readWords(args, { '-a': 'flag', '--all': 'flag', '--is-ancestor': 'flag', '--octopus': 'flag', '--independent': 'flag' });
  return read === undefined || read.words.some(isUncertain) ? undefined : route(NAMED, { codes: [0, 1] });
}

export function describe({ args }: CommandLine): Route | undefined {
  const read = readWords(args, {
    '--tags': 'flag', '--all': 'flag', '--always': 'flag', '--long': 'flag', '--abbrev': 'optional', '--match': 'value', '--exclude': 'value', '--exact-match': 'flag',
    '--first-parent': 'flag', '--candidates': 'value', '--contains': 'flag',
  });
  return read === undefined || read.paths !== undefined || read.words.some(isUncertain) ? undefined : route(NAMED, { codes: [0, 128] });
}

export function reflog({ args }: CommandLine): Route | undefined {
  const shown = args[0] === 'show' ? args.slice(1) : args;
  const read = readWords(shown, { '--grep-reflog': 'value', '-n': 'value', '--max-count': 'value', '--skip': 'value', '-z': 'flag', '--no-abbrev': 'flag', '--no-decorate': 'flag' });
  if (read === undefined || read.paths !== undefined || read.words.length > 1 || read.words.some(isUncertain)) return undefined;
  if (read.words.some((word) => ['expire', 'delete', 'exists', 'list', 'drop', 'write'].includes(word))) return undefined;
  return route([...NAMED, 'logs'], { ambiguous: read.words });
}
