import type { HexId } from '../../protocol/ids.ts';
import { readCheckpoint } from './checkpoint-object.ts';
import { ObjectType } from './ports.ts';
import type { ObjectStore } from './ports.ts';

interface Visit { readonly id: HexId; readonly time: number; readonly parents: readonly HexId[] }

const OURS = 1;
const THEIRS = 2;

/**
 * The newest checkpoint that both have among their ancestors (themselves included), or undefined.
 *
 * Walks both histories newest first, as git's merge-base does, so the cost follows what happened since they
 * parted. Parents that retention let go of end a line.
 */
export function commonAncestor(store: ObjectStore, ours: HexId, theirs: HexId): HexId | undefined {
  const seen = new Map<HexId, number>();
  const queue: Visit[] = [];
  enqueue(store, queue, seen, ours, OURS);
  enqueue(store, queue, seen, theirs, THEIRS);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const side = seen.get(next.id) ?? 0;
    if (side === (OURS | THEIRS)) return next.id;
    for (const parent of next.parents) enqueue(store, queue, seen, parent, side);
  }
  return undefined;
}

/** True when `ancestor` is `of` or reachable from it. */
export function isAncestor(store: ObjectStore, ancestor: HexId, of: HexId): boolean {
  return commonAncestor(store, ancestor, of) === ancestor;
}

/** Adds a checkpoint to the queue, kept sorted by time (newest last), or marks one that waits there with one more side. */
function enqueue(store: ObjectStore, queue: Visit[], seen: Map<HexId, number>, id: HexId, side: number): void {
  const known = seen.get(id);
  if (known !== undefined && (known & side) === side) return;
  seen.set(id, (known ?? 0) | side);
  if (known !== undefined && queue.some((visit) => visit.id === id)) return;
  if (store.typeOf(Buffer.from(id, 'hex')) !== ObjectType.checkpoint) return;
  const { time, parents } = readCheckpoint(store, id);
  let at = queue.length;
  while (at > 0 && (queue[at - 1] as Visit).time > time) at--;
  queue.splice(at, 0, { id, time, parents });
}
