import type { CommandLine } from '../command-line.ts';
import { Unclear } from '../unclear.ts';
import { unquoted } from './form.ts';
import type { DirectForm, Source } from './form.ts';
import { namedObject } from './named-object.ts';
import type { GitObject } from './objects.ts';
import { DIRECTORY, SUBMODULE, entriesOf } from './trees.ts';
import type { TreeEntry } from './trees.ts';

/** Commands that show one object. */

const NOTHING = Buffer.alloc(0);
const NEWLINE = Buffer.from('\n');
/** More than so many objects, or so many bytes of them, take too long for whoever else asks meanwhile. */
const MAX_NAMES = 100;
const MAX_BATCH_BYTES = 2 * 1024 * 1024;

/** What `cat-file -X` prints of an object. @throws Unclear */
const SHOWN: Readonly<Record<string, (object: GitObject) => Buffer>> = {
  '-e': () => NOTHING,
  '-t': ({ type }) => Buffer.from(`${type}\n`),
  '-s': ({ content }) => Buffer.from(`${content.length}\n`),
  '-p': ({ type, content }) => (type === 'tree' ? Buffer.from(entriesOf(content).map(treeLine).join(''), 'latin1') : content),
};

/** `cat-file -e|-t|-s|-p <object>`, `cat-file <type> <object>`, and `cat-file --batch|--batch-check` with names on stdin. */
export function catFile({ args, input }: CommandLine): DirectForm | undefined {
  if (input !== undefined) return args.length === 1 ? batch(args[0] ?? '', input) : undefined;
  const [kind = '', word = '', ...more] = args;
  const named = more.length > 0 || word.startsWith('-') ? undefined : namedObject(word);
  const show = Object.hasOwn(SHOWN, kind) ? SHOWN[kind] : /^(?:blob|tree|commit|tag)$/.test(kind) ? contentOfType(kind) : undefined;
  if (named === undefined || show === undefined) return undefined;
  return { needs: named.needs, ambiguous: [], print: (source) => show(source.objects.read(named.find(source))) };
}

function batch(option: string, input: string): DirectForm | undefined {
  const words = input.replace(/\n$/, '').split('\n');
  // git takes a carriage return for a part of the line's end.
  if (words.length > MAX_NAMES || input.includes('\r') || (option !== '--batch' && option !== '--batch-check')) return undefined;
  const named = words.map(namedObject);
  if (!named.every((one) => one !== undefined)) return undefined;
  return {
    needs: [...new Set(named.flatMap(({ needs }) => needs))], ambiguous: [],
    print: (source) => {
      const parts: Buffer[] = [];
      let left = MAX_BATCH_BYTES;
      for (const { find } of named) {
        const oid = find(source);
        const { type, content } = source.objects.read(oid);
        left -= content.length;
        if (left < 0) throw new Unclear();
        parts.push(Buffer.from(`${oid} ${type} ${content.length}\n`), ...(option === '--batch' ? [content, NEWLINE] : []));
      }
      return Buffer.concat(parts);
    },
  };
}

/** @throws Unclear below the top of the work tree, where paths mean something else */
export function atTop({ place, directory }: Source): void {
  if (directory !== place.root) throw new Unclear();
}

function contentOfType(wanted: string): (object: GitObject) => Buffer {
  return ({ type, content }) => {
    if (type !== wanted) throw new Unclear();
    return content;
  };
}

function treeLine({ mode, name, oid }: TreeEntry): string {
  const type = mode === DIRECTORY ? 'tree' : mode === SUBMODULE ? 'commit' : 'blob';
  return `${mode} ${type} ${oid}\t${unquoted(name)}\n`;
}
