import assert from 'node:assert/strict';
import type { BytePath } from '../../protocol/paths.ts';
import type { ObjectStore } from '../../server/engine/ports.ts';
import { applyEdits, emptyTree } from '../../server/engine/tree/edit.ts';
import type { Edit, Entry, FileMode } from '../../server/engine/tree/entry.ts';
import { entries } from '../../server/engine/tree/read.ts';
import type { SeededRandom } from './random.ts';

/** A tree as a plain map: what the real one must agree with. */
export type TreeModel = Map<BytePath, Entry>;

export function path(text: string): BytePath {
  return text as BytePath;
}

/** An entry whose id stands for content number `n`. */
export function entry(n: number, mode: FileMode = 0): Entry {
  const id = Buffer.alloc(32);
  id.writeUInt32LE(n >>> 0, 0);
  return { mode, size: n % 10_007, id };
}

/** Paths that do not clash: files end in ".f", directories do not. Names of all bytes, some long, some deep. */
export function randomPath(random: SeededRandom, spread: number): BytePath {
  const names: string[] = [];
  for (let depth = random.below(4) + (random.below(50) === 0 ? 40 : 0); depth > 0; depth--) names.push(`d${random.below(5)}`);
  const kind = random.below(12);
  const stem = `${random.below(spread)}`;
  if (kind === 0) names.push(`${stem}${'x'.repeat(200)}.f`);
  else if (kind === 1) names.push(`\xff\x80${stem}\xe9.f`);
  else if (kind === 2) names.push(`\n ${stem}-.f`);
  else names.push(`${stem}.f`);
  return names.join('/') as BytePath;
}

/** Edits against a model: new paths, updates, deletions, and some that change nothing. Applied to the model as well. */
export function randomEdits(random: SeededRandom, model: TreeModel, count: number, spread: number): Edit[] {
  const edits: Edit[] = [];
  const paths = [...model.keys()];
  for (let i = 0; i < count; i++) {
    const known = paths.length > 0 && random.below(3) > 0;
    const at = known ? random.pick(paths) : randomPath(random, spread);
    const remove = random.below(3) === 0;
    const written = remove ? null : random.below(10) === 0 && model.has(at) ? model.get(at) ?? null : entry(random.below(1e9), random.below(2) as FileMode);
    edits.push({ path: at, entry: written });
    if (written === null) model.delete(at);
    else model.set(at, written);
  }
  return edits;
}

/** The root of a model, made from nothing. */
export function rootOf(store: ObjectStore, model: TreeModel): Buffer {
  return applyEdits(store, emptyTree(store), Array.from(model, ([at, written]) => ({ path: at, entry: written }))).root;
}

/** The model of a tree, read back from it. */
export function modelOf(store: ObjectStore, root: Uint8Array): TreeModel {
  return new Map(Array.from(entries(store, root), (item) => [item.path, item.entry]));
}

export function sortedPaths(model: TreeModel): BytePath[] {
  return [...model.keys()].sort((a, b) => (a < b ? -1 : 1));
}

/** Asserts that a tree holds exactly what its model holds, in path order. */
export function assertSame(store: ObjectStore, root: Uint8Array, model: TreeModel, message: string): void {
  const expected = sortedPaths(model).map((at) => ({ path: at, entry: model.get(at) }));
  assert.deepEqual([...entries(store, root)], expected, message);
}
