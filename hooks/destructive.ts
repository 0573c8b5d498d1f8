/**
 * What a shell command may take away. Only words of these tables are ever told: the command itself may hold secrets. A command in which none of
 * them stands is recorded before it runs as well; it is only not named.
 */
const PROGRAMS: readonly string[] = ['rm', 'rmdir', 'unlink', 'shred', 'mv', 'truncate', 'dd'];
const GIT_COMMANDS: readonly string[] = ['reset', 'clean', 'checkout', 'switch', 'restore', 'stash', 'rm', 'rebase', 'merge', 'pull', 'cherry-pick', 'revert', 'am'];
/** Programs that are harmless without one of these options. */
const WITH_OPTION: Readonly<Record<string, RegExp>> = { sed: /^-\w*i|^--in-place/, find: /^-(?:delete|exec|execdir)$/, perl: /^-\w*i/ };

/** `>` and `>>` into a file: not `2>&1`, `>(…)`, `=>`, `->`, nor into nothing. */
const REDIRECTION = /(?:^|[^-=<>&])>{1,2}\|?(?![>&=(])\s*(?!\/dev\/(?:null|stdout|stderr|tty)\b)[^\s>]/;

/** What is looked at of a command. */
const LONGEST = 16 * 1024;

/** The names of what a command may take away, from a fixed list; none when it looks harmless. */
export function destructiveParts(command: string): string[] {
  const looked = command.slice(0, LONGEST);
  const found = new Set<string>();
  for (const simple of looked.split(/[|;&\n()]+/)) {
    const words = simple.trim().split(/[\s"'`]+/).map((word) => word.replace(/^.*\//, ''));
    const git = words.indexOf('git');
    const subcommand = git < 0 ? undefined : words.slice(git + 1).find((word) => GIT_COMMANDS.includes(word));
    if (subcommand !== undefined) found.add(`git ${subcommand}`);
    else for (const word of words) if (PROGRAMS.includes(word)) found.add(word);
    for (const [program, option] of Object.entries(WITH_OPTION)) if (words.includes(program) && words.some((word) => option.test(word))) found.add(program);
  }
  if (REDIRECTION.test(looked)) found.add('redirection');
  return [...found];
}
