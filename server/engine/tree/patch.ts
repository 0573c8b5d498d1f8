import type { BytePath } from '../../../protocol/paths.ts';
import { MAX_PATH_BYTES } from '../../../protocol/paths.ts';
import type { ByteView, ObjectStore } from '../ports.ts';
import { ObjectType } from '../ports.ts';
import type { Entry } from './entry.ts';
import {
  HEADER_BYTES, ID_BYTES, VALUE_BYTES, VALUE_F64, VALUE_U32,
  countOf, emptyView, levelOf, openNode, search, valueAt,
} from './node.ts';

/** A node on the way down: where it is, which value leads on, and room for its changed copy. */
interface Step {
  readonly view: ByteView;
  index: number;
  scratch: Buffer;
  /** `scratch` cut to the node's length; kept, because the same nodes are patched again and again. */
  copy: Buffer;
}

/**
 * Updates one file that the tree has: the product's hottest path. Copies each node from the leaf up and
 * overwrites 44 bytes of each; keys do not change, so neither do the splits. Allocates next to nothing.
 *
 * One patcher serves many calls, to reuse its buffers; it keeps nothing from one call to the next.
 */
export class Patcher {
  readonly #steps: Step[] = [];
  readonly #key = Buffer.alloc(MAX_PATH_BYTES);

  /** The new root; `root` itself when the entry is there already; undefined when the path is not. */
  update(store: ObjectStore, root: Uint8Array, path: BytePath, entry: Entry): Uint8Array | undefined {
    const leaf = this.#descend(store, root, path);
    if (leaf < 0) return undefined;
    const step = this.#steps[leaf] as Step;
    const { view } = step;
    const at = valueAt(view, step.index);
    const size = view.bytes.readDoubleLE(at + VALUE_F64);
    if (size === entry.size && view.bytes.readUInt32LE(at + VALUE_U32) === entry.mode
      && entry.id.compare(view.bytes, at, at + ID_BYTES) === 0) return root;
    const copy = copyNode(step);
    const to = HEADER_BYTES + step.index * VALUE_BYTES;
    copy.set(entry.id, to);
    copy.writeUInt32LE(entry.mode, to + VALUE_U32);
    copy.writeDoubleLE(entry.size, to + VALUE_F64);
    return this.#ascend(store, leaf, entry.size - size);
  }

  /** True when the tree has the path. */
  has(store: ObjectStore, root: Uint8Array, path: BytePath): boolean {
    return this.#descend(store, root, path) >= 0;
  }

  /** Fills the steps from the root to the leaf of `path`; returns the leaf's, or -1 when the path is absent. */
  #descend(store: ObjectStore, root: Uint8Array, path: BytePath): number {
    const key = this.#key;
    if (path.length > key.length) return -1;
    const length = key.write(path, 0, 'latin1');
    let id: Uint8Array = root;
    let offset = 0;
    for (let depth = 0; ; depth++) {
      const step = this.#steps[depth] ?? this.#addStep();
      const { view } = step;
      openNode(store, id, offset, view);
      const found = search(view, key, 0, length);
      if (levelOf(view) === 0) {
        step.index = found;
        return found < 0 ? -1 : depth;
      }
      const index = found < 0 ? ~found : found;
      if (index === countOf(view)) return -1;
      step.index = index;
      id = view.bytes;
      offset = valueAt(view, index);
    }
  }

  /** Stores the copies from `leaf` upwards, each one's id going straight into the copy of its parent. */
  #ascend(store: ObjectStore, leaf: number, sizeDelta: number): Buffer {
    let child = this.#steps[leaf] as Step;
    for (let depth = leaf - 1; depth >= 0; depth--) {
      const step = this.#steps[depth] as Step;
      const copy = copyNode(step);
      const at = HEADER_BYTES + step.index * VALUE_BYTES;
      store.putInto(ObjectType.node, child.copy, copy, at);
      if (sizeDelta !== 0) copy.writeDoubleLE(copy.readDoubleLE(at + VALUE_F64) + sizeDelta, at + VALUE_F64);
      child = step;
    }
    return store.put(ObjectType.node, child.copy);
  }

  #addStep(): Step {
    const scratch = Buffer.alloc(2048);
    const step = { view: emptyView(), index: 0, scratch, copy: scratch };
    this.#steps.push(step);
    return step;
  }
}

function copyNode(step: Step): Buffer {
  const { view } = step;
  const length = view.end - view.start;
  if (length > step.scratch.length) step.scratch = Buffer.alloc(length * 2);
  if (step.copy.length !== length || step.copy.buffer !== step.scratch.buffer) step.copy = step.scratch.subarray(0, length);
  view.bytes.copy(step.copy, 0, view.start, view.end);
  return step.copy;
}
