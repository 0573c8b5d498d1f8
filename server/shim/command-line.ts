/** A command line of git, taken apart as far as it is the same for all commands. */
export interface CommandLine {
  /** Directories of `-C`, in order. */
  readonly directories: readonly string[];
  /** Settings of `-c`, in order. */
  readonly settings: readonly string[];
  readonly noOptionalLocks: boolean;
  readonly command: string;
  readonly args: readonly string[];
  /** What it reads from stdin, a byte a character; undefined when nothing was read for it. */
  readonly input?: string | undefined;
}

/** Settings that may be given by `-c`: they change text and nothing else, and start no program. */
const HARMLESS_SETTINGS = /^(core\.quotepath|color\.[a-z.]+|i18n\.logoutputencoding|core\.precomposeunicode|diff\.(renames|renamelimit|mnemonicprefix|noprefix|suppressblankempty)|status\.(renames|renamelimit|showuntrackedfiles|relativepaths|branch|short|showstash|aheadbehind)|log\.(decorate|follow|abbrevcommit)|core\.abbrev|user\.useconfigonly)=/i;

/** Takes apart what git got. Undefined when an option before the command is none that is known here. */
export function parseCommandLine(argv: readonly string[]): CommandLine | undefined {
  const directories: string[] = [];
  const settings: string[] = [];
  let noOptionalLocks = false;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const value = argv[at + 1];
    if (word === '-C' && value !== undefined && value !== '') {
      directories.push(value);
      at++;
    } else if (word === '-c' && value !== undefined && HARMLESS_SETTINGS.test(value)) {
      settings.push(value);
      at++;
    } else if (word === '--no-optional-locks') {
      noOptionalLocks = true;
    } else if (word === '--version' && argv.length === at + 1) {
      return { directories, settings, noOptionalLocks, command: 'version', args: [] };
    } else if (word !== '--no-pager') {
      return word.startsWith('-') || word === '' ? undefined : { directories, settings, noOptionalLocks, command: word, args: argv.slice(at + 1) };
    }
  }
  return undefined;
}
