import { PyiError } from '../../../protocol/errors.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { checkPath, textFromBytePath } from '../../../protocol/paths.ts';
import type { ObjectStore } from '../ports.ts';
import { ObjectType } from '../ports.ts';
import { ClashFinder } from './clash.ts';
import { EditBatch } from './edit-batch.ts';
import type { Edit } from './entry.ts';
import { HEADER_BYTES, NODE_VERSION } from './node.ts';
import { Patcher } from './patch.ts';
import { Rebuilder } from './rebuild.ts';

/** What a batch of edits did. */
export interface EditResult {
  readonly root: Buffer;
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
}

// Their buffers are used within one call only, and calls do not nest: the engine is synchronous.
const patcher = new Patcher();
const rebuilder = new Rebuilder();

/** Stages the empty tree and returns its root. */
export function emptyTree(store: ObjectStore): Buffer {
  const node = Buffer.alloc(HEADER_BYTES);
  node[1] = NODE_VERSION;
  return store.put(ObjectType.node, node);
}

/**
 * Stages the tree that edits make of `root`. In any order; of several edits of one path the last wins.
 * Deleting a path that is absent and writing what is there already are no changes, and not counted.
 *
 * A path that is new to the tree is checked ({@link checkPath}), and may stand neither below a file nor in place of a
 * directory, unless the same edits remove that. On an error nodes may be staged: roll the store back.
 * @throws PyiError `INVALID_PATH`, and what reading `root` may throw: `NOT_FOUND`, `CORRUPT_OBJECT`
 */
export function applyEdits(store: ObjectStore, root: Uint8Array, edits: readonly Edit[]): EditResult {
  return (edits.length <= 1 ? applyInPlace(store, root, edits[0]) : undefined) ?? applyBatch(store, root, edits);
}

/** The fast path: nothing to do, or an update of one file. Undefined when the edit needs more than that. */
function applyInPlace(store: ObjectStore, root: Uint8Array, edit: Edit | undefined): EditResult | undefined {
  if (edit === undefined) return unchanged(root);
  if (edit.entry === null) return patcher.has(store, root, edit.path) ? undefined : unchanged(root);
  const updated = patcher.update(store, root, edit.path, edit.entry);
  if (updated === undefined) return undefined;
  return updated === root ? unchanged(root) : { root: updated as Buffer, added: 0, changed: 1, deleted: 0 };
}

function unchanged(root: Uint8Array): EditResult {
  return { root: Buffer.from(root), added: 0, changed: 0, deleted: 0 };
}

function applyBatch(store: ObjectStore, root: Uint8Array, edits: readonly Edit[]): EditResult {
  const batch = new EditBatch(edits);
  const newRoot = rebuilder.run(store, root, batch);
  const { added, changed, deleted, inserted } = rebuilder;
  refuseClashes(store, root, batch, inserted);
  return { root: newRoot, added, changed, deleted };
}

function refuseClashes(store: ObjectStore, root: Uint8Array, batch: EditBatch, inserted: readonly number[]): void {
  if (inserted.length === 0) return;
  const finder = new ClashFinder(store, root,
    (path) => batch.find(path)?.entry === null,
    (path) => (batch.find(path)?.entry ?? null) !== null);
  for (const index of inserted) {
    const path = (batch.edits[index] as Edit).path;
    checkPath(path);
    const at = finder.find(path);
    if (at !== undefined) throw clash(path, at);
  }
}

function clash(path: BytePath, at: BytePath): PyiError {
  const shown = JSON.stringify(textFromBytePath(at));
  return path === at
    ? new PyiError('INVALID_PATH', `Cannot add the file ${shown}: it is a directory`, 'Remove the files in it first, or in the same step.')
    : new PyiError('INVALID_PATH', `Cannot add ${JSON.stringify(textFromBytePath(path))}: ${shown} is a file`, 'Remove that file first, or in the same step.');
}
