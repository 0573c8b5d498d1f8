import type { BytePath } from '../../../protocol/paths.ts';
import { CHUNK_THRESHOLD, readContent } from '../content/content.ts';
import type { ObjectStore } from '../ports.ts';
import type { Change } from './diff.ts';
import type { Entry } from './entry.ts';
import { isRegular } from './entry.ts';
import type { Fingerprint } from './similarity.ts';
import { fingerprint, similarity } from './similarity.ts';

/** A file that was deleted at one path and added, the same or similar, at another. */
export interface Rename {
  readonly from: BytePath;
  readonly to: BytePath;
  readonly before: Entry;
  readonly after: Entry;
}

/** Half of the content in common makes a rename: git's `-M50%`, its default. */
const MIN_SIMILARITY = 0.5;
/** Pairs compared by content at most, above which only exact renames are found. git's limit is of the same kind, and larger. */
const MAX_PAIRS = 10_000;

interface Deleted { readonly path: BytePath; readonly entry: Entry }
type Added = Deleted;
interface Pair { readonly deleted: Deleted; readonly added: Added; readonly score: number }

/**
 * Pairs deletions with additions: first those of equal content, then by similarity, best first, the same name before
 * another. Only files of up to `CHUNK_THRESHOLD` are read; larger ones are found when they are unchanged.
 * @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT`
 */
export function detectRenames(store: ObjectStore, changes: Iterable<Change>): { renamed: Rename[]; rest: Change[] } {
  const all = [...changes];
  const deleted = new Set<Deleted>();
  const added = new Set<Added>();
  for (const { path, before, after } of all) {
    if (before !== undefined && after === undefined) deleted.add({ path, entry: before });
    else if (before === undefined && after !== undefined) added.add({ path, entry: after });
  }
  const renamed: Rename[] = [];
  take(exactPairs(deleted, added), deleted, added, renamed);
  take(similarPairs(store, deleted, added), deleted, added, renamed);
  const gone = new Set<BytePath>(renamed.flatMap(({ from, to }) => [from, to]));
  renamed.sort((a, b) => (a.to < b.to ? -1 : 1));
  return { renamed, rest: all.filter(({ path }) => !gone.has(path)) };
}

/** Takes the best pairs first, each path once. */
function take(pairs: Pair[], deleted: Set<Deleted>, added: Set<Added>, renamed: Rename[]): void {
  pairs.sort((a, b) => b.score - a.score || order(a.added.path, b.added.path) || order(a.deleted.path, b.deleted.path));
  for (const pair of pairs) {
    if (!deleted.has(pair.deleted) || !added.has(pair.added)) continue;
    deleted.delete(pair.deleted);
    added.delete(pair.added);
    renamed.push({ from: pair.deleted.path, to: pair.added.path, before: pair.deleted.entry, after: pair.added.entry });
  }
}

/** Deleted and added files of the same content and kind; within one content the same names meet, then in path order. */
function exactPairs(deleted: ReadonlySet<Deleted>, added: ReadonlySet<Added>): Pair[] {
  const sources = new Map<string, Deleted[]>();
  for (const one of deleted) {
    const key = contentKey(one.entry);
    const group = sources.get(key);
    if (group === undefined) sources.set(key, [one]);
    else group.push(one);
  }
  const pairs: Pair[] = [];
  const unmatched: Added[] = [];
  for (const one of added) {
    const group = sources.get(contentKey(one.entry)) ?? [];
    const named = group.findIndex(({ path }) => nameOf(path) === nameOf(one.path));
    if (named >= 0) pairs.push({ deleted: group.splice(named, 1)[0] as Deleted, added: one, score: 1 });
    else if (group.length > 0) unmatched.push(one);
  }
  for (const one of unmatched) {
    const source = sources.get(contentKey(one.entry))?.shift();
    if (source !== undefined) pairs.push({ deleted: source, added: one, score: 1 });
  }
  return pairs;
}

function similarPairs(store: ObjectStore, deleted: ReadonlySet<Deleted>, added: ReadonlySet<Added>): Pair[] {
  const sources = [...deleted].filter(isComparable);
  const targets = [...added].filter(isComparable);
  if (sources.length * targets.length > MAX_PAIRS) return [];
  const fingerprints = new Map<Deleted, Fingerprint>();
  const printOf = (one: Deleted): Fingerprint => {
    const known = fingerprints.get(one);
    if (known !== undefined) return known;
    const print = fingerprint(readContent(store, one.entry.id));
    fingerprints.set(one, print);
    return print;
  };
  const pairs: Pair[] = [];
  for (const from of sources) {
    for (const to of targets) {
      const larger = Math.max(from.entry.size, to.entry.size);
      // Sizes alone rule most pairs out, before anything is read.
      if (Math.min(from.entry.size, to.entry.size) < larger * MIN_SIMILARITY) continue;
      const common = similarity(printOf(from), printOf(to));
      if (common < MIN_SIMILARITY) continue;
      pairs.push({ deleted: from, added: to, score: common + (nameOf(from.path) === nameOf(to.path) ? SAME_NAME : 0) });
    }
  }
  return pairs;
}

/** Decides between equals and never against a similarity that is higher by more than git rounds away. */
const SAME_NAME = 1 / 60_000;

function isComparable({ entry }: Deleted): boolean {
  return isRegular(entry.mode) && entry.size > 0 && entry.size <= CHUNK_THRESHOLD;
}

function contentKey({ mode, id }: Entry): string {
  return `${isRegular(mode) ? 'regular' : mode} ${id.toString('latin1')}`;
}

function nameOf(path: BytePath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
