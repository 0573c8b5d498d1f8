import type { CommandLine } from '../command-line.ts';
import { hasOption, readWords, route } from './route.ts';
import type { Options, Route } from './route.ts';

/** Commands that read the configuration, and the one that names the version. */

const GETTERS = ['--get', '--get-all', '--get-regexp'];

const CONFIG_OPTIONS: Options = {
  '--get': 'flag', '--get-all': 'flag', '--get-regexp': 'flag', '--list': 'flag', '-l': 'flag', '-z': 'flag', '--null': 'flag', '--name-only': 'flag', '--show-origin': 'flag',
  '--show-scope': 'flag', '--local': 'flag', '--global': 'flag', '--system': 'flag', '--worktree': 'flag', '--includes': 'flag', '--no-includes': 'flag', '--bool': 'flag', '--int': 'flag',
  '--bool-or-int': 'flag', '--path': 'flag', '--type': 'value', '--default': 'value',
};

export function config({ args }: CommandLine): Route | undefined {
  const read = readWords(args, CONFIG_OPTIONS);
  if (read === undefined || read.paths !== undefined) return undefined;
  const [most, least] = hasOption(read, '--list', '-l') ? [0, 0] : hasOption(read, ...GETTERS) ? [2, 1] : [1, 1]; // two words without --get set one to the other
  if (read.words.length > most || read.words.length < least) return undefined;
  // Which files are read may depend on the branch (includeIf).
  return route(['config', 'refs'], { codes: [0, 1] });
}

export function remote({ args }: CommandLine): Route | undefined {
  const isKnown = args.length === 0 || (args.length === 1 && ['-v', '--verbose', 'show'].includes(args[0] ?? '')) || (args.length === 2 && args[0] === 'get-url' && !(args[1] ?? '-').startsWith('-'));
  return isKnown ? route(['config', 'refs', 'state']) : undefined;
}

export function version({ args }: CommandLine): Route | undefined {
  return args.length === 0 ? route([]) : undefined;
}
