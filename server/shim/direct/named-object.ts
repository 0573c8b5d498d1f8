import type { BytePath } from '../../../protocol/paths.ts';
import type { Need } from '../needs.ts';
import { Unclear } from '../unclear.ts';
import { isCleanPath } from './form.ts';
import type { Source } from './form.ts';
import { entryAt, treeOf } from './trees.ts';

/** A word that names an object: `<rev>`, `<rev>:<path>`, `:<path>` or `:<stage>:<path>` (gitrevisions(7)). */
export interface NamedObject {
  readonly needs: readonly Need[];
  /** Its id. @throws Unclear when git may think otherwise, or has something to say */
  readonly find: (source: Source) => string;
}

const STAGED = /^:(?:([0-3]):)?(.*)$/s;
const IN_COMMIT = /^([^:]+):(.*)$/s;
/** What `git describe` prints, which git looks for in the whole word before it looks for a path. */
const DESCRIBED = /-g[0-9a-f]/i;

/** Undefined for words of other kinds, and for paths that are not plain. */
export function namedObject(word: string): NamedObject | undefined {
  if (DESCRIBED.test(word)) return undefined;
  const [, stage, staged] = STAGED.exec(word) ?? [];
  const needs: readonly Need[] = ['config', 'lost', 'refs'];
  if (staged !== undefined) {
    return !isCleanPath(staged) ? undefined : { needs: [...needs, 'index'], find: ({ index }) => index().staged(staged as BytePath, Number(stage ?? 0))?.oid ?? unclear() };
  }
  const [, rev, path] = IN_COMMIT.exec(word) ?? [];
  if (rev === undefined || path === undefined) return { needs, find: ({ refs }) => refs.resolve(word) };
  if (!isCleanPath(path)) return undefined;
  return { needs, find: ({ refs, objects }) => entryAt(objects, treeOf(objects, refs.resolve(rev)), path)?.oid ?? unclear() };
}

function unclear(): never {
  throw new Unclear();
}
