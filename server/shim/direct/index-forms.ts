import type { BytePath } from '../../../protocol/paths.ts';
import type { CommandLine } from '../command-line.ts';
import { readWords } from '../routes/route.ts';
import { Unclear } from '../unclear.ts';
import { isCleanPath, unquoted } from './form.ts';
import type { DirectForm } from './form.ts';
import { atTop } from './object-forms.ts';

/** `ls-files --stage -- <file>`, at the top: what the index has of one file, or that it has nothing. */
export function lsFiles({ args }: CommandLine): DirectForm | undefined {
  const read = readWords(args, { '-s': 'flag', '--stage': 'flag', '-z': 'flag' });
  const [path = '', ...more] = [...read?.words ?? [], ...read?.paths ?? []];
  const isNul = read?.options.some(({ name }) => name === '-z') === true;
  if (read === undefined || more.length > 0 || !read.options.some(({ name }) => name !== '-z') || !isCleanPath(path)) return undefined;
  return {
    needs: ['config', 'index'], ambiguous: [],
    print: (source) => {
      atTop(source);
      const index = source.index();
      // Of a directory all that is below it, of what is in a submodule something else.
      if (index.hasUnder(path as BytePath) || parentsOf(path).some((above) => index.entry(above) !== undefined)) throw new Unclear();
      const lines = index.stages(path as BytePath).map(({ mode, oid, stage }) => `${mode.toString(8)} ${oid} ${stage}\t${isNul ? `${path}\0` : `${unquoted(path)}\n`}`);
      return Buffer.from(lines.join(''), 'latin1');
    },
  };
}

/** The directories above a path, from the top down. */
export function parentsOf(path: string): BytePath[] {
  const names = path.split('/');
  return names.slice(1).map((_, depth) => names.slice(0, depth + 1).join('/') as BytePath);
}
