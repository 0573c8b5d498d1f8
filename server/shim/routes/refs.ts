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

const SYMBOLIC_REF_OPTIONS: Options = { '--short': 'flag', '-q': 'flag', '--quiet': 'flag' };

export function symbolicRef({ args }: CommandLine): Route | undefined {
  const read = readWords(args, SYMBOLIC_REF_OPTIONS);
  return read?.words.length === 1 && read.paths === undefined ? route(['refs', 'config'], { codes: [0, 1, 128] }) : undefined;
}

const FOR_EACH_REF_OPTIONS: Options = { ...LISTING, '--count': 'value', '--shell': 'flag', '-s': 'flag', '--omit-empty': 'flag' };

export function forEachRef({ args }: CommandLine): Route | undefined {
  const read = readWords(args, FOR_EACH_REF_OPTIONS);
  if (read === undefined || !isSteadyListing(read)) return undefined;
  const fields = read.options.map(({ value }) => value ?? '').join(' ');
  return route([...REFS, ...(/short|abbrev/.test(fields) ? ['added'] as const : []), ...(fields.includes('worktree') ? ['state'] as const : [])]);
}

const SHOW_REF_OPTIONS: Options = {
  '--head': 'flag', '--heads': 'flag', '--tags': 'flag', '-d': 'flag', '--dereference': 'flag', '-s': 'optional', '--hash': 'optional', '--abbrev': 'optional',
  '--verify': 'flag', '-q': 'flag', '--quiet': 'flag',
};

export function showRef({ args }: CommandLine): Route | undefined {
  const read = readWords(args, SHOW_REF_OPTIONS);
  return read === undefined || read.words.some(isUncertain) ? undefined : route(NAMED, { codes: [0, 1, 128] });
}

const BRANCH_OPTIONS: Options = {
  ...LISTING, '-a': 'flag', '--all': 'flag', '-r': 'flag', '--remotes': 'flag', '-v': 'flag', '-vv': 'flag', '--verbose': 'flag', '--list': 'flag',
  '--show-current': 'flag', '--no-abbrev': 'flag', '--abbrev': 'optional',
};

export function branch({ args }: CommandLine): Route | undefined {
  const read = readWords(args, BRANCH_OPTIONS);
  // A name without --list makes a branch.
  if (read === undefined || !isSteadyListing(read) || read.paths !== undefined || (read.words.length > 0 && !hasOption(read, '--list'))) return undefined;
  return route([...NAMED, 'state', 'logs']);
}

const WORKTREE_OPTIONS: Options = { '-v': 'flag', '--verbose': 'flag', '--porcelain': 'flag', '-z': 'flag' };

export function worktree({ args }: CommandLine): Route | undefined {
  if (args[0] !== 'list') return undefined;
  const read = readWords(args.slice(1), WORKTREE_OPTIONS);
  return read === undefined || read.words.length > 0 || read.paths !== undefined ? undefined : route([...NAMED, 'state'], { looksAtWorkTrees: true });
}

const TAG_OPTIONS: Options = { ...LISTING, '-l': 'flag', '--list': 'flag', '-n': 'optional' };

export function tag({ args }: CommandLine): Route | undefined {
  const read = readWords(args, TAG_OPTIONS);
  if (read === undefined || !isSteadyListing(read) || read.paths !== undefined || (read.words.length > 0 && !hasOption(read, '-l', '--list'))) return undefined;
  return route(NAMED);
}

const PLACES = [
  '--show-toplevel', '--git-dir', '--git-common-dir', '--absolute-git-dir', '--show-superproject-working-tree', '--is-inside-work-tree', '--is-inside-git-dir',
  '--is-bare-repository', '--is-shallow-repository', '--show-prefix', '--show-cdup', '--show-object-format', '--path-format', '--shared-index-path',
];

const REV_PARSE_OPTIONS: Options = {
  ...Object.fromEntries(PLACES.map((name) => [name, name === '--path-format' ? 'value' as const : 'flag' as const])),
  '--verify': 'flag', '-q': 'flag', '--quiet': 'flag', '--short': 'optional', '--abbrev-ref': 'optional', '--symbolic': 'flag', '--symbolic-full-name': 'flag',
};

export function revParse({ args }: CommandLine): Route | undefined {
  const read = readWords(args, REV_PARSE_OPTIONS);
  // `--path-format` changes what follows; git alone takes it with its value attached only.
  if (read === undefined || read.paths !== undefined || read.words.some(isUncertain)) return undefined;
  if (args.includes('--path-format')) return undefined;
  const asksPlaces = read.options.some(({ name }) => PLACES.includes(name));
  const needs: Need[] = ['config', ...(asksPlaces ? ['state', 'index'] as const : []), ...(read.words.length > 0 ? ['refs', 'lost', 'added', 'index'] as const : [])];
  // With --verify a word is never taken for a file.
  return route([...new Set(needs)], { codes: hasOption(read, '--verify') ? [0, 1, 128] : [0], ambiguous: read.words, looksAbove: hasOption(read, '--show-superproject-working-tree') });
}

const MERGE_BASE_OPTIONS: Options = { '-a': 'flag', '--all': 'flag', '--is-ancestor': 'flag', '--octopus': 'flag', '--independent': 'flag' };

export function mergeBase({ args }: CommandLine): Route | undefined {
  const read = readWords(args, MERGE_BASE_OPTIONS);
  return read === undefined || read.words.some(isUncertain) ? undefined : route(NAMED, { codes: [0, 1] });
}

const DESCRIBE_OPTIONS: Options = {
  '--tags': 'flag', '--all': 'flag', '--always': 'flag', '--long': 'flag', '--abbrev': 'optional', '--match': 'value', '--exclude': 'value', '--exact-match': 'flag',
  '--first-parent': 'flag', '--candidates': 'value', '--contains': 'flag',
};

export function describe({ args }: CommandLine): Route | undefined {
  const read = readWords(args, DESCRIBE_OPTIONS);
  return read === undefined || read.paths !== undefined || read.words.some(isUncertain) ? undefined : route(NAMED, { codes: [0, 128] });
}

const REFLOG_OPTIONS: Options = { '--grep-reflog': 'value', '-n': 'value', '--max-count': 'value', '--skip': 'value', '-z': 'flag', '--no-abbrev': 'flag', '--no-decorate': 'flag' };

export function reflog({ args }: CommandLine): Route | undefined {
  const shown = args[0] === 'show' ? args.slice(1) : args;
  const read = readWords(shown, REFLOG_OPTIONS);
  if (read === undefined || read.paths !== undefined || read.words.length > 1 || read.words.some(isUncertain)) return undefined;
  if (read.words.some((word) => ['expire', 'delete', 'exists', 'list', 'drop', 'write'].includes(word))) return undefined;
  return route([...NAMED, 'logs'], { ambiguous: read.words });
}
