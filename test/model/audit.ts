import assert from 'node:assert/strict';
import type { HexId } from '../../protocol/ids.ts';
import { decodeCheckpoint, rootOfCheckpoint } from '../../server/engine/checkpoint-object.ts';
import { eachChunk } from '../../server/engine/content/chunk-list.ts';
import { readContent } from '../../server/engine/content/content.ts';
import type { Engine } from '../../server/engine/engine.ts';
import { readConflict } from '../../server/engine/merge.ts';
import type { ByteView, CollectableStore } from '../../server/engine/ports.ts';
import { ObjectType } from '../../server/engine/ports.ts';
import type { Entry } from '../../server/engine/tree/entry.ts';
import { FileMode } from '../../server/engine/tree/entry.ts';
import { entries, summary } from '../../server/engine/tree/read.ts';
import { references } from '../../server/engine/tree/walk.ts';
import type { Files, MapModel } from './map-model.ts';
import { conflictContent } from './map-model.ts';

/** Reads trees back whole, each content once. */
export class Reader {
  readonly #store: CollectableStore;
  readonly #read = new Map<string, string>();

  constructor(store: CollectableStore) {
    this.#store = store;
  }

  files(root: Uint8Array): Map<string, string> {
    return new Map(Array.from(entries(this.#store, root), ({ path, entry }) => [path, this.text(entry)]));
  }

  text(entry: Entry): string {
    const key = entry.id.toString('hex');
    let text = this.#read.get(key);
    if (text === undefined) {
      text = entry.mode === FileMode.conflict ? this.#conflict(entry) : readContent(this.#store, entry.id).toString('utf8');
      this.#read.set(key, text);
    }
    return text;
  }

  #conflict(entry: Entry): string {
    const { reason, ...sides } = readConflict(this.#store, entry);
    const [base, ours, theirs] = [sides.base, sides.ours, sides.theirs].map((side) => (
      side === null ? undefined : this.text({ mode: side.mode as FileMode, size: side.size, id: Buffer.from(side.id, 'hex') })));
    return conflictContent(reason, base, ours, theirs);
  }
}

/** Every fork stands where the model says, and reads back whole; `thorough`: so does every checkpoint that the store still has. */
export function audit(engine: Engine, store: CollectableStore, model: MapModel, thorough: boolean): void {
  const reader = new Reader(store);
  assert.deepEqual([...engine.state.forks.keys()], [...model.forks.keys()], 'the forks that are there');
  for (const expected of model.forks.values()) {
    const fork = engine.state.forks.get(expected.id);
    assert.ok(fork);
    assert.deepEqual({ head: fork.head, base: fork.base, state: fork.state }, expected.at, `where ${fork.name} stands`);
    assert.deepEqual(new Map([...fork.pending].map(([at, entry]) => [at as string, entry === null ? null : reader.text(entry)])), expected.pending);
    assertFiles(store, reader, fork.head, model.filesAt(fork.head));
    for (const { fork: moved, before, after } of expected.last?.moves ?? []) {
      if (!model.forks.has(moved)) continue;
      for (const head of [before.head, after.head]) assertFiles(store, reader, head, model.filesAt(head));
    }
  }
  assert.deepEqual(new Map(engine.state.names), new Map(model.live().map((fork) => [fork.name, fork.id])));
  assert.deepEqual(new Set(engine.state.pins.keys()), model.pins);
  assert.deepEqual(engine.state.entanglements, model.ties);
  if (thorough) for (const id of presentCheckpoints(store)) assertFiles(store, reader, id, model.filesAt(id));
}

function assertFiles(store: CollectableStore, reader: Reader, checkpoint: HexId, expected: Files): void {
  const root = rootOfCheckpoint(store, checkpoint);
  const files = reader.files(root);
  assert.equal(files.size, expected.size, `files of ${checkpoint.slice(0, 12)}`);
  for (const [path, text] of files) if (expected.get(path) !== text) assert.equal(text.slice(0, 200), expected.get(path)?.slice(0, 200), path);
  assert.equal(summary(store, root).files, expected.size);
}

export function presentCheckpoints(store: CollectableStore): Set<HexId> {
  return new Set(Array.from(store.idsOfType(ObjectType.checkpoint), (id) => id.toString('hex')));
}

/** How many objects can be reached from the checkpoints that are there and from what is pending. */
export function countReachable(engine: Engine, store: CollectableStore): number {
  const seen = new Set<string>();
  const stack: Buffer[] = [...store.idsOfType(ObjectType.checkpoint)];
  const follow = (id: Buffer): void => { stack.push(Buffer.from(id)); };
  for (const fork of engine.state.forks.values()) for (const entry of fork.pending.values()) if (entry !== null) follow(entry.id);
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const key = id.toString('hex');
    if (seen.has(key)) continue;
    seen.add(key);
    const view: ByteView = { bytes: Buffer.alloc(0), start: 0, end: 0 };
    store.load(id, 0, view);
    const at = (bytes: Buffer, offset: number): boolean => {
      follow(bytes.subarray(offset, offset + 32));
      return true;
    };
    const type = store.typeOf(id);
    if (type === ObjectType.node) references(view, at);
    else if (type === ObjectType.chunkList) eachChunk(view, at);
    else if (type === ObjectType.checkpoint) follow(Buffer.from(decodeCheckpoint(store.get(id)).root, 'hex'));
    else if (type === ObjectType.conflict) {
      const { base, ours, theirs } = readConflict(store, { mode: FileMode.conflict, size: 0, id });
      for (const side of [base, ours, theirs]) if (side !== null) follow(Buffer.from(side.id, 'hex'));
    }
  }
  return seen.size;
}
