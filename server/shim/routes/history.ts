import type { CommandLine } from '../command-line.ts';
import type { Need } from '../needs.ts';
import { isSteadyDate, isSteadyLogFormat } from './formats.ts';
import { isFullName, isUncertain, leadsOut } from './revisions.ts';
import { hasOption, readWords, route, valueOf } from './route.ts';
import type { Options, Route, Words } from './route.ts';

/** Commands that walk commits and show what they changed. */

const COMMITS: readonly Need[] = ['refs', 'config', 'added', 'lost'];

/** How differences are found and shown; shared with `diff`. */
export const DIFF_OPTIONS: Options = {
  '-z': 'flag', '-p': 'flag', '-u': 'flag', '--patch': 'flag', '-s': 'flag', '--no-patch': 'flag', '--raw': 'flag', '--numstat': 'flag', '--shortstat': 'flag', '--stat': 'optional',
  '--summary': 'flag', '--name-only': 'flag', '--name-status': 'flag', '--diff-filter': 'value', '--find-renames': 'optional', '-M': 'optional', '--find-copies': 'optional',
  '-C': 'optional', '--no-renames': 'flag', '--no-color': 'flag', '--no-ext-diff': 'flag', '--textconv': 'flag', '--no-textconv': 'flag', '-U': 'optional', '--unified': 'optional',
  '--full-index': 'flag', '--binary': 'flag', '--abbrev': 'optional', '--no-abbrev': 'flag', '-w': 'flag', '-b': 'flag', '--ignore-space-at-eol': 'flag', '--minimal': 'flag',
  '--patience': 'flag', '--histogram': 'flag', '-R': 'flag', '--relative': 'optional', '--no-prefix': 'flag', '--diff-merges': 'value', '-c': 'flag', '--cc': 'flag', '-m': 'flag',
  '--root': 'flag', '--diff-algorithm': 'value',
};

const WALK: Options = {
  '-n': 'value', '--max-count': 'value', '--skip': 'value', '--all': 'flag', '--branches': 'flag', '--tags': 'flag', '--remotes': 'flag', '--first-parent': 'flag',
  '--no-merges': 'flag', '--merges': 'flag', '--reverse': 'flag', '--topo-order': 'flag', '--date-order': 'flag', '--author-date-order': 'flag', '--left-right': 'flag',
  '--cherry': 'flag', '--cherry-pick': 'flag', '--cherry-mark': 'flag', '--boundary': 'flag', '--parents': 'flag', '--children': 'flag', '--ancestry-path': 'flag',
  '--full-history': 'flag', '--simplify-merges': 'flag', '--abbrev-commit': 'flag', '--no-abbrev-commit': 'flag', '--author': 'value', '--grep': 'value', '-i': 'flag',
};

const SHOWN: Options = {
  ...DIFF_OPTIONS, ...WALK, '--oneline': 'flag', '--format': 'optional', '--pretty': 'optional', '--date': 'value', '--decorate': 'optional', '--no-decorate': 'flag', '--no-notes': 'flag',
  '--follow': 'flag', '--graph': 'flag', '--no-mailmap': 'flag',
};

function isSteady(read: Words): boolean {
  const steadyFormat = (value: string | undefined): boolean => value === undefined || isSteadyLogFormat(value);
  return read.options.every(({ name, value }) => (name === '--format' || name === '--pretty' ? steadyFormat(value) : name !== '--date' || isSteadyDate(value ?? '')))
    && !read.words.some(isUncertain) && !read.words.some(leadsOut);
}

/** Words before `--` are commits; without it git looks whether they are files, too. */
function ambiguous(read: Words): readonly string[] {
  return read.paths === undefined ? read.words : [];
}

const LOG_OPTIONS: Options = { ...SHOWN, '--stdin': 'flag' };

export function log({ args, input }: CommandLine): Route | undefined {
  const read = readWords(args, LOG_OPTIONS);
  if (read === undefined || hasOption(read, '--stdin') !== (input !== undefined)) return undefined;
  // On stdin git takes no word for a file; options and paths there are its own business.
  if (input?.split('\n').some((word) => word.startsWith('-') || isUncertain(word)) === true) return undefined;
  return !isSteady(read) ? undefined : route([...COMMITS, 'attributes'], { ambiguous: ambiguous(read) });
}

/** git's words for a file that is not part of a merge in conflict: the index alone decides. In other languages they are not remembered. */
const NOT_AT_STAGE = /^fatal: path '.*' is in the index, but not at stage [0-3]\n/s;

export function show({ args }: CommandLine): Route | undefined {
  const read = readWords(args, SHOWN);
  if (read === undefined || !isSteady(read)) return undefined;
  return route([...COMMITS, 'attributes', ...(read.words.some((word) => word.startsWith(':')) ? ['index'] as const : [])], {
    ambiguous: ambiguous(read), failure: read.words.length === 1 && /^:[0-3]:/.test(read.words[0] ?? '') ? NOT_AT_STAGE : undefined,
  });
}

const REV_LIST_OPTIONS: Options = { ...WALK, '--count': 'flag', '--timestamp': 'flag' };

export function revList({ args }: CommandLine): Route | undefined {
  const read = readWords(args, REV_LIST_OPTIONS);
  if (read === undefined || read.words.length === 0 && !hasOption(read, '--all', '--branches', '--tags', '--remotes')) return undefined;
  return isSteady(read) ? route(COMMITS, { ambiguous: ambiguous(read) }) : undefined;
}

/** With a commit only: what is not committed is shown with the time of day. */
const BLAME_OPTIONS: Options = {
  '--root': 'flag', '--incremental': 'flag', '-p': 'flag', '--porcelain': 'flag', '--line-porcelain': 'flag', '-l': 'flag', '-t': 'flag', '-s': 'flag', '-e': 'flag', '-w': 'flag',
  '-L': 'value', '-M': 'optional', '-C': 'optional', '--show-email': 'flag', '--date': 'value',
};

export function blame({ args }: CommandLine): Route | undefined {
  const read = readWords(args, BLAME_OPTIONS);
  const [commit] = read?.words ?? [];
  if (read === undefined || commit === undefined || read.words.length !== 1 || read.paths?.length !== 1 || !isSteadyDate(valueOf(read, '--date') ?? 'iso')) return undefined;
  return isUncertain(commit) || /^\^|\.\./.test(commit) ? undefined : route([...COMMITS, 'attributes']);
}

const STASH_OPTIONS: Options = { '--format': 'optional', '-z': 'flag', '-n': 'value', '--max-count': 'value' };

export function stash(line: CommandLine): Route | undefined {
  const [verb, ...args] = line.args;
  if (verb !== 'list') return undefined;
  const read = readWords(args, STASH_OPTIONS);
  return read === undefined || !isSteady(read) || read.words.length > 0 ? undefined : route([...COMMITS, 'logs']);
}

/** Size, type or content of one object, or of those that stdin names. Other than full names are looked up, some of them in the index. */
const CAT_FILE_OPTIONS: Options = { '-s': 'flag', '-t': 'flag', '-e': 'flag', '-p': 'flag' };

export function catFile({ args, input }: CommandLine): Route | undefined {
  if (input !== undefined) return args.length === 1 && /^--batch(?:-check)?$/.test(args[0] ?? '') && !input.split('\n').some(isUncertain) ? route([...COMMITS, 'index']) : undefined;
  const read = readWords(args, CAT_FILE_OPTIONS);
  if (read === undefined || read.paths !== undefined || read.words.some(isUncertain)) return undefined;
  const name = read.words.at(-1) ?? '';
  if (read.words.length !== (read.options.length > 0 ? 1 : 2)) return undefined;
  return route(isFullName(name) ? ['lost', 'config', 'refs'] : [...COMMITS, 'index'], { codes: [0] });
}

const LS_TREE_OPTIONS: Options = {
  '-r': 'flag', '-t': 'flag', '-d': 'flag', '-l': 'flag', '--long': 'flag', '-z': 'flag', '--name-only': 'flag', '--name-status': 'flag', '--object-only': 'flag',
  '--full-name': 'flag', '--full-tree': 'flag', '--abbrev': 'optional',
};

export function lsTree({ args }: CommandLine): Route | undefined {
  const read = readWords(args, LS_TREE_OPTIONS);
  const words = [...(read?.words ?? []), ...(read?.paths ?? [])];
  return read === undefined || words.length === 0 || words.some(isUncertain) ? undefined : route(COMMITS);
}
