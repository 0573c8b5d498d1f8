import { lstatSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { isDotGit } from '../../../protocol/paths.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { isMissing } from '../../worktree/native-path.ts';
import type { CommandLine } from '../command-line.ts';
import { readWords } from '../routes/route.ts';
import { Unclear } from '../unclear.ts';
import { isCleanPath, unquoted } from './form.ts';
import type { DirectForm, Source } from './form.ts';
import { parentsOf } from './index-forms.ts';
import { atTop } from './object-forms.ts';

/** With these git sees other files, or names them otherwise. */
const OTHERWISE = /^core\.(?:ignorecase|sparsecheckout|precomposeunicode)$/;
const MAX_PATHS = 1_000;

/** A line of an ignore file that decides about a path, as git shows it. */
interface Match {
  readonly source: string;
  readonly line: number;
  readonly pattern: string;
  readonly negated: boolean;
}

/** `check-ignore [-v] [-z] --stdin` with NULs between paths, and `check-ignore [-v] <path>…`; at the top. */
export function checkIgnore({ args, input }: CommandLine): DirectForm | undefined {
  const read = readWords(args, { '-v': 'flag', '--verbose': 'flag', '-z': 'flag', '--stdin': 'flag' });
  const has = (...names: readonly string[]): boolean => read?.options.some(({ name }) => names.includes(name)) === true;
  const given = [...read?.words ?? [], ...read?.paths ?? []];
  if (read === undefined || has('--stdin') !== (input !== undefined) || has('-z') !== (input !== undefined) || (input !== undefined && given.length > 0)) return undefined;
  const paths = input === undefined ? given : input.replace(/\0$/, '').split('\0');
  if (paths.length > MAX_PATHS) return undefined;
  const print = has('-v', '--verbose') ? (input === undefined ? lineOf : fieldsOf) : (path: string, { negated }: Match) => (negated ? '' : input === undefined ? `${unquoted(path)}\n` : `${path}\0`);
  return {
    needs: ['files', 'index', 'config'], ambiguous: [], emptyCode: 1,
    print: (source) => {
      atTop(source);
      if ([...source.settings].some(([key, value]) => OTHERWISE.test(key) && value !== 'false')) throw new Unclear();
      return Buffer.from(paths.map((path) => {
        const match = matchOf(source, path);
        return match === undefined ? '' : print(path, match);
      }).join(''), 'latin1');
    },
  };
}

/** @throws Unclear */
function matchOf({ place: { root }, index, explain }: Source, given: string): Match | undefined {
  const path = given.startsWith(`${root}/`) ? given.slice(root.length + 1) : given;
  // What is not ASCII is written otherwise in the root and in the path.
  if (!isCleanPath(path) || !/^[\x20-\x7e]+$/.test(given)) throw new Unclear();
  // Nobody watches below a directory that is ignored, nor the Git directory.
  if (path.split('/').some(isDotGit)) throw new Unclear();
  for (const above of parentsOf(path)) if (lstat(`${root}/${above}`)?.isSymbolicLink() === true || explain(above, true)?.negated === false) throw new Unclear();
  const [file] = index().stages(path as BytePath);
  if (file?.isSpecial === true) throw new Unclear();
  // What is tracked is not ignored, whatever the rules say.
  if (file !== undefined || index().hasUnder(path as BytePath)) return undefined;
  const reason = explain(path as BytePath, lstat(`${root}/${path}`)?.isDirectory() === true);
  if (reason === undefined) return undefined;
  // How git calls the others depends on settings and on the place.
  if (!/(?:^|\/)\.gitignore$/.test(reason.source) || reason.source.startsWith('/')) throw new Unclear();
  return { ...reason, pattern: `${reason.negated ? '!' : ''}${reason.pattern}` };
}

function lineOf(path: string, { source, line, pattern }: Match): string {
  return `${unquoted(source)}:${line}:${pattern}\t${unquoted(path)}\n`;
}

function fieldsOf(path: string, { source, line, pattern }: Match): string {
  return `${source}\0${line}\0${pattern}\0${path}\0`;
}

function lstat(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new Unclear();
  }
}
