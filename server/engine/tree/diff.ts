import type { BytePath } from '../../../protocol/paths.ts';
import type { ObjectStore } from '../ports.ts';
import { Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';

/** A path at which two trees differ. One side may be absent, not both. */
export interface Change {
  readonly path: BytePath;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/**
 * Where tree `b` differs from tree `a`, in path order.
 *
 * Subtrees that both sides have are skipped by id, so the cost is that of the differences, not of the trees.
 * Lazy; neither tree may be collected meanwhile. @throws PyiError `NOT_FOUND`, `CORRUPT_OBJECT`
 */
export function* diff(store: ObjectStore, a: Uint8Array, b: Uint8Array): Generator<Change> {
  const before = new Cursor(store, a);
  const after = new Cursor(store, b);
  for (;;) {
    const gone = before.height;
    const come = after.height;
    if (gone === 0 && come === 0) {
      const order = before.comparePath(after);
      if (order === 0) {
        if (!before.sameEntry(after)) yield { path: before.path(), before: before.entry(), after: after.entry() };
        before.advance();
        after.advance();
      } else yield order < 0 ? deletion(before) : addition(after);
    } else if (gone > 0 && gone === come && before.sameSubtree(after)) {
      before.advance();
      after.advance();
    } else if (gone > 0 && gone >= come) before.expand();
    else if (come > 0) after.expand();
    else if (gone === 0) yield deletion(before);
    else if (come === 0) yield addition(after);
    else return;
  }
}

function deletion(before: Cursor): Change {
  const change = { path: before.path(), before: before.entry(), after: undefined };
  before.advance();
  return change;
}

function addition(after: Cursor): Change {
  const change = { path: after.path(), before: undefined, after: after.entry() };
  after.advance();
  return change;
}
