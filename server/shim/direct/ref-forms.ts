import type { CommandLine } from '../command-line.ts';
import { readWords } from '../routes/route.ts';
import { Unclear } from '../unclear.ts';
import type { DirectForm } from './form.ts';
import type { Refs } from './refs.ts';

/** Commands that say what a name stands for. */

const BRANCHES = 'refs/heads/';

function form(print: (refs: Refs) => string): DirectForm {
  return { needs: ['config', 'lost', 'refs'], ambiguous: [], print: ({ refs }) => Buffer.from(print(refs), 'latin1') };
}

/** `rev-parse [--verify] [-q] <name>`, and `rev-parse --abbrev-ref HEAD`. */
export function revParse({ args }: CommandLine): DirectForm | undefined {
  const read = readWords(args, { '--verify': 'flag', '-q': 'flag', '--quiet': 'flag', '--abbrev-ref': 'flag' });
  const [name = '', ...more] = read?.words ?? [];
  // An option after the name counts for what follows only.
  if (read === undefined || read.paths !== undefined || more.length > 0 || args.at(-1) !== name) return undefined;
  const isShort = read.options.some((option) => option.name === '--abbrev-ref');
  if (!isShort) return form((refs) => `${refs.resolve(name)}\n`);
  return read.options.length > 1 || name !== 'HEAD' ? undefined : form((refs) => {
    // Only so is it known that nothing else is called HEAD.
    refs.resolve(name);
    return `${branchShown(refs) ?? unclear()}\n`;
  });
}

/** `symbolic-ref [--short] HEAD`. */
export function symbolicRef({ args }: CommandLine): DirectForm | undefined {
  const read = readWords(args, { '--short': 'flag', '-q': 'flag', '--quiet': 'flag' });
  if (read === undefined || read.paths !== undefined || read.words.length !== 1 || read.words[0] !== 'HEAD') return undefined;
  const isShort = read.options.some(({ name }) => name === '--short');
  return form((refs) => `${(isShort ? branchShown(refs) : checkedOut(refs)) ?? unclear()}\n`);
}

/** `branch --show-current`: nothing when no branch is checked out. */
export function branch({ args }: CommandLine): DirectForm | undefined {
  return args.length !== 1 || args[0] !== '--show-current' ? undefined : form((refs) => {
    const name = branchShown(refs);
    return name === undefined ? '' : `${name}\n`;
  });
}

/** The branch at HEAD by its short name, where that can be no other ref; undefined when there is none. @throws Unclear */
function branchShown(refs: Refs): string | undefined {
  const target = checkedOut(refs);
  if (target === undefined) return undefined;
  // A name that may be two things is longer.
  if (!target.startsWith(BRANCHES) || refs.resolve(target.slice(BRANCHES.length)) !== refs.resolve(target)) throw new Unclear();
  return target.slice(BRANCHES.length);
}

/** The ref at HEAD, which has commits; undefined when there is none. @throws Unclear when it stands for another */
function checkedOut(refs: Refs): string | undefined {
  const target = refs.target('HEAD');
  if (target !== undefined && refs.target(target) !== undefined) throw new Unclear();
  return target;
}

function unclear(): never {
  throw new Unclear();
}
