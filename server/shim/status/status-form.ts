import type { CommandLine } from '../command-line.ts';
import { readWords } from '../routes/route.ts';
import type { StatusFormat } from './status-text.ts';

/** Which untracked files a status shows: none, directories that hold nothing else as one, or every file. */
export type UntrackedMode = 'no' | 'normal' | 'all';

/** A status that can be brought up to date. */
export interface StatusForm {
  /** Undefined: for people. */
  readonly format: StatusFormat | undefined;
  readonly untracked: UntrackedMode;
}

/** What git's configuration says, by key in lower case; the last value of each. */
export type Settings = ReadonlyMap<string, string>;

/** Settings by which git sees the work tree otherwise than here, unless they have one of these values. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  'core.filemode': ['true'], 'core.symlinks': ['true'], 'core.ignorecase': ['false'], 'core.trustctime': ['true'], 'core.checkstat': ['default'],
  'core.sparsecheckout': ['false'], 'core.precomposeunicode': ['false', 'true'], 'extensions.objectformat': ['sha1'], 'index.sparse': ['false'],
};
/** With these a short status has colours even where nobody sees them. */
const COLORS = ['color.status', 'color.ui'];
const QUIET_COLORS = ['auto', 'false', 'never', 'true'];
const FORMATS = ['-z', '-s', '--short', '--porcelain', '-b', '--branch'];
/** With these a status for people has another form. */
const LONG_SETTINGS = [/^advice\./, /^column\./, /^status\.(?:short|branch|showstash|displaycommentprefix|submodulesummary)$/];
const MODES: Readonly<Record<string, UntrackedMode>> = { no: 'no', normal: 'normal', all: 'all' };
const VERSIONS: Readonly<Record<string, 1 | 2>> = { v1: 1, 1: 1, v2: 2, 2: 2 };

/**
 * How a command line of `git status` prints, if it is a form that can be brought up to date: for programs (`--porcelain`, `-z`), or, at the
 * top of the work tree, `--short` and the one in words; of the whole work tree.
 */
export function statusForm({ args, settings: given, command }: CommandLine, settings: Settings, isAtTop: boolean): StatusForm | undefined {
  if (command !== 'status' || given.length > 0 || Object.entries(USUAL).some(([key, values]) => !values.includes(settings.get(key) ?? values[0] ?? ''))) return undefined;
  const read = readWords(args, {
    '-z': 'flag', '-s': 'flag', '--short': 'flag', '--porcelain': 'optional', '-b': 'flag', '--branch': 'flag', '-u': 'optional', '--untracked-files': 'optional',
    '--ignore-submodules': 'optional', '--find-renames': 'optional', '--no-renames': 'flag', '--ahead-behind': 'flag', '--no-ahead-behind': 'flag',
  });
  if (read === undefined || read.words.length > 0 || (read.paths?.length ?? 0) > 0) return undefined;
  const values = (...names: readonly string[]): (string | undefined)[] => read.options.filter(({ name }) => names.includes(name)).map(({ value }) => value);
  const isLong = read.options.every(({ name }) => FORMATS.includes(name) === false);
  const version = versionOf(values('--porcelain'), values('-s', '--short').length, values('-z').length > 0);
  const isForPeople = isLong || values('-s', '--short').length > 0;
  if ((version === undefined && !isLong) || (isForPeople && (!isAtTop || !COLORS.every((key) => QUIET_COLORS.includes(settings.get(key) ?? 'auto'))))) return undefined;
  if (isLong && LONG_SETTINGS.some((pattern) => [...settings.keys()].some((key) => pattern.test(key)))) return undefined;
  const asked = values('-u', '--untracked-files');
  const untracked = asked.length > 0 ? MODES[asked.at(-1) ?? 'all'] : MODES[settings.get('status.showuntrackedfiles') ?? 'normal'];
  // Without them git says so.
  if (untracked === undefined || (isLong && untracked === 'no')) return undefined;
  return { format: version === undefined ? undefined : { version, isNul: values('-z').length > 0 }, untracked };
}

/** Of the options that say so, one at most; `-z` alone is for programs, too. */
function versionOf(porcelain: readonly (string | undefined)[], short: number, isNul: boolean): 1 | 2 | undefined {
  if (porcelain.length + short > 1 || (short === 1 && isNul)) return undefined;
  if (porcelain.length === 1) return VERSIONS[porcelain[0] ?? 'v1'];
  return short === 1 || isNul ? 1 : undefined;
}
