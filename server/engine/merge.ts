import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { commonAncestor } from './ancestry.ts';
import { readContent } from './content/content.ts';
import { rootOfCheckpoint } from './checkpoint-object.ts';
import type { Engine } from './engine.ts';
import type { ObjectStore } from './ports.ts';
import { ObjectType } from './ports.ts';
import type { Fork } from './state.ts';
import type { Edit, Entry } from './tree/entry.ts';
import { FileMode } from './tree/entry.ts';
import type { MergeConflict } from './tree/merge.ts';
import { mergeTrees } from './tree/merge.ts';
import { entries } from './tree/read.ts';

/** What merging one fork into another would do, before contents are merged line by line. */
export interface MergePlan {
  readonly base: HexId;
  readonly ours: Buffer;
  readonly theirs: HexId;
  /** Changes against `ours` that no one disputes. */
  readonly edits: readonly Edit[];
  readonly conflicts: readonly MergeConflict[];
}

/**
 * Three-way merge at path level: `from`'s changes since the common ancestor, into `into`. Stages tree nodes only.
 * Both forks must have nothing pending.
 * @throws PyiError `CONFLICT` when the two have no common ancestor
 */
export function planMerge(engine: Engine, from: Fork, into: Fork): MergePlan {
  const base = mergeBase(engine.store, from, into);
  if (base === undefined) {
    throw new PyiError('CONFLICT', `${from.name} and ${into.name} have no checkpoint in common`,
      'Their common history was swept or never existed: write the files that you want into a new fork instead.');
  }
  const ours = engine.headRoot(into);
  const merged = mergeTrees(engine.store, rootOfCheckpoint(engine.store, base), ours, engine.headRoot(from));
  return { base, ours, theirs: from.head, edits: merged.edits, conflicts: merged.conflicts };
}

/**
 * Retention may have cut the histories above the point where two forks parted. What a fork started from is kept as long as
 * the fork is, so for parent and child, and for siblings, that stands in.
 */
function mergeBase(store: ObjectStore, from: Fork, into: Fork): HexId | undefined {
  const known = commonAncestor(store, into.head, from.head);
  if (known !== undefined) return known;
  if (from.parent === into.id) return from.base;
  if (into.parent === from.id) return into.base;
  return from.parent !== null && from.parent === into.parent ? commonAncestor(store, into.base, from.base) : undefined;
}

/** The three sides of a path that could not be merged, as they are stored. */
export interface ConflictSides {
  readonly reason: string;
  readonly base: StoredEntry | null;
  readonly ours: StoredEntry | null;
  readonly theirs: StoredEntry | null;
  /** Blob with all sides between conflict markers, where lines could be compared: what a directory shows. */
  readonly marked: HexId | null;
}

interface StoredEntry { readonly mode: number; readonly size: number; readonly id: HexId }

/**
 * Stores a conflict as state: an entry of mode `conflict` that keeps every side whole, so that nothing is blocked
 * and nothing dropped. Writing the path resolves it.
 */
export function storeConflict(store: ObjectStore, ours: Buffer, conflict: MergeConflict, marked: HexId | null = null): Edit {
  const sides: ConflictSides = {
    reason: conflict.reason, base: stored(conflict.base), ours: stored(conflict.ours), theirs: stored(conflict.theirs), marked,
  };
  const bytes = Buffer.from(JSON.stringify(sides));
  return { path: placeOf(store, ours, conflict), entry: { mode: FileMode.conflict, size: bytes.length, id: store.put(ObjectType.conflict, bytes) } };
}

/**
 * Where a conflict stands. A file and a directory cannot share a name, so what is in the way keeps it and theirs moves
 * aside to `name~theirs`, as git does (merge-ort's `unique_path`).
 */
function placeOf(store: ObjectStore, ours: Buffer, { path, blockedBy }: MergeConflict): BytePath {
  if (blockedBy === undefined) return path;
  const below = path.startsWith(`${blockedBy}/`);
  const [clashing, rest] = below ? [blockedBy, path.slice(blockedBy.length)] : [path, ''];
  for (let n = 0; ; n++) {
    const aside = `${clashing}~theirs${n === 0 ? '' : `_${n}`}` as BytePath;
    if (entries(store, ours, { prefix: aside }).next().done === true) return `${aside}${rest}` as BytePath;
  }
}

/** Reads a conflict back. @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT` */
export function readConflict(store: ObjectStore, entry: Entry): ConflictSides {
  return JSON.parse(store.get(entry.id).toString('utf8')) as ConflictSides;
}

/** What a directory shows of a conflict: the text with markers, else our side, else theirs. */
export function conflictText(store: ObjectStore, entry: Entry): Buffer {
  const sides = readConflict(store, entry);
  if (sides.marked !== null) return readContent(store, Buffer.from(sides.marked, 'hex'));
  const side = entryOfSide(sides.ours) ?? entryOfSide(sides.theirs);
  return side === null ? Buffer.alloc(0) : readContent(store, side.id);
}

/** The entry that a side of a conflict stands for, or null where that side had no file. */
export function entryOfSide(side: StoredEntry | null): Entry | null {
  return side === null ? null : { mode: side.mode as FileMode, size: side.size, id: Buffer.from(side.id, 'hex') };
}

function stored(entry: Entry | undefined): StoredEntry | null {
  return entry === undefined ? null : { mode: entry.mode, size: entry.size, id: entry.id.toString('hex') };
}
