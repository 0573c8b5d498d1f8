/** Command lines as people type them, and programs with arguments as observations have them. */

/** What a shell would do something with. Such a line is given to one; any other is run without. */
const SHELL = /[|&;<>()$`\\"'*?[\]#~=%{}!\n\r]/;

/**
 * The program and its arguments. Words that are nothing but words are run as they stand, so that `pyi observe F -- npm test` and this are the
 * same; everything else, and on Windows all (`npm` is a batch file there), goes to the shell, as the commands of a race do.
 */
export function commandOf(line: string, platform: NodeJS.Platform): readonly string[] {
  const text = line.trim();
  if (text === '') return [];
  if (platform === 'win32') return ['cmd', '/d', '/s', '/c', text];
  return SHELL.test(text) ? ['/bin/sh', '-c', text] : text.split(/[ \t]+/);
}

/** The line that {@link commandOf} would take for a command that was observed. */
export function lineOf(command: readonly string[]): string {
  const [program = '', ...args] = command;
  if (/^(?:\/bin\/)?(?:ba|da|z)?sh$/.test(program) && args.length === 2 && args[0] === '-c') return args[1] ?? '';
  if (program.toLowerCase() === 'cmd' && args.length === 4 && args.slice(0, 3).join(' ').toLowerCase() === '/d /s /c') return args[3] ?? '';
  return command.map(quoted).join(' ');
}

/** A word as a POSIX shell reads it. */
function quoted(word: string): string {
  if (word !== '' && !SHELL.test(word) && !/\s/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
