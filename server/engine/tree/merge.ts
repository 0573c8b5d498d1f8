import type { BytePath } from '../../../protocol/paths.ts';
import type { ObjectStore } from '../ports.ts';
import { ClashFinder } from './clash.ts';
import type { Change } from './diff.ts';
import { diff } from './diff.ts';
import type { Edit, Entry } from './entry.ts';
import { entriesEqual, isRegular } from './entry.ts';

/** Why a path could not be merged. */
export type ConflictReason = 'both-changed' | 'both-added' | 'changed-deleted' | 'file-directory';

/** A path that the two sides dispute; `ours` stands in the merged tree until it is resolved. */
export interface MergeConflict {
  readonly path: BytePath;
  readonly reason: ConflictReason;
  readonly base: Entry | undefined;
  readonly ours: Entry | undefined;
  readonly theirs: Entry | undefined;
  /**
   * With `file-directory`: what keeps `theirs` from standing at `path`. Our file above `path`, or `path` itself,
   * which is our directory. To keep both, rename this part of `path`.
   */
  readonly blockedBy?: BytePath;
}

/** Undisputed changes against `ours`, and the rest. */
export interface TreeMerge {
  readonly edits: Edit[];
  readonly conflicts: MergeConflict[];
}

/**
 * Three-way merge at path level; contents are the caller's. The same change on both sides is no conflict, nor is a change
 * of mode on one side and of content on the other. Costs what differs from `base`. Both lists are in path order.
 * @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT`
 */
export function mergeTrees(store: ObjectStore, base: Uint8Array, ours: Uint8Array, theirs: Uint8Array): TreeMerge {
  const edits: Edit[] = [];
  const conflicts: MergeConflict[] = [];
  const additions = new Set<Edit>();
  const ourChanges = diff(store, base, ours);
  let our = ourChanges.next();
  for (const their of diff(store, base, theirs)) {
    while (our.done !== true && our.value.path < their.path) our = ourChanges.next();
    const both = our.done !== true && our.value.path === their.path ? our.value : undefined;
    if (both !== undefined) mergePath(both, their, edits, conflicts);
    else {
      const edit: Edit = { path: their.path, entry: their.after ?? null };
      edits.push(edit);
      if (their.before === undefined) additions.add(edit);
    }
  }
  return separateClashes(store, ours, edits, additions, conflicts);
}

function mergePath(our: Change, their: Change, edits: Edit[], conflicts: MergeConflict[]): void {
  if (entriesEqual(our.after, their.after)) return;
  const merged = mergeModes(our, their);
  if (merged !== undefined) edits.push({ path: our.path, entry: merged });
  else {
    conflicts.push({
      path: our.path, reason: reasonOf(our, their), base: our.before, ours: our.after, theirs: their.after,
    });
  }
}

function reasonOf(our: Change, their: Change): ConflictReason {
  if (our.before === undefined) return 'both-added';
  return our.after === undefined || their.after === undefined ? 'changed-deleted' : 'both-changed';
}

/** Merges mode and content of a regular file apart, where each was changed by one side only or by both alike. */
function mergeModes(our: Change, their: Change): Entry | undefined {
  const { before, after } = our;
  const other = their.after;
  if (before === undefined || after === undefined || other === undefined) return undefined;
  if (!isRegular(before.mode) || !isRegular(after.mode) || !isRegular(other.mode)) return undefined;
  const content = after.id.equals(before.id) || after.id.equals(other.id) ? other : other.id.equals(before.id) ? after : undefined;
  if (content === undefined) return undefined;
  // There are two modes, so sides that differ in it cannot both have changed it.
  const mode = after.mode === before.mode ? other.mode : after.mode;
  return { mode, size: content.size, id: content.id };
}

/** Moves what cannot stand in our tree, because we have a file above it or a directory there, to the conflicts. */
function separateClashes(
  store: ObjectStore, ours: Uint8Array, edits: Edit[], additions: ReadonlySet<Edit>, conflicts: MergeConflict[],
): TreeMerge {
  const removed = new Set<BytePath>();
  for (const { path, entry } of edits) if (entry === null) removed.add(path);
  const finder = new ClashFinder(store, ours, (path) => removed.has(path), () => false);
  const kept: Edit[] = [];
  const clashes: MergeConflict[] = [];
  for (const edit of edits) {
    const blockedBy = additions.has(edit) ? finder.find(edit.path) : undefined;
    if (edit.entry === null || blockedBy === undefined) kept.push(edit);
    else clashes.push({ path: edit.path, reason: 'file-directory', base: undefined, ours: undefined, theirs: edit.entry, blockedBy });
  }
  const disputed = conflicts.map((conflict): MergeConflict => {
    if (conflict.theirs === undefined || conflict.ours !== undefined) return conflict;
    const blockedBy = finder.find(conflict.path);
    return blockedBy === undefined ? conflict : { ...conflict, reason: 'file-directory', blockedBy };
  });
  return { edits: kept, conflicts: [...clashes, ...disputed].sort((a, b) => (a.path < b.path ? -1 : 1)) };
}
