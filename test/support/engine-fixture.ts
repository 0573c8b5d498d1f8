import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import { putContent, readContent } from '../../server/engine/content/content.ts';
import { rootOfCheckpoint } from '../../server/engine/checkpoint-object.ts';
import type { CheckpointSpec, CheckpointTaken, Engine, ForkSpec } from '../../server/engine/engine.ts';
import { openEngine } from '../../server/engine/open.ts';
import type { Clock, ObjectStore } from '../../server/engine/ports.ts';
import { encodeSnapshot } from '../../server/engine/snapshot.ts';
import type { EngineState, Fork } from '../../server/engine/state.ts';
import type { Edit, Entry } from '../../server/engine/tree/entry.ts';
import { FileMode } from '../../server/engine/tree/entry.ts';
import { entries } from '../../server/engine/tree/read.ts';
import { MemoryStore } from './memory-store.ts';
import { SeededRandom } from './random.ts';
import { path } from './tree-model.ts';

export const DAY = 86_400_000;

/** Time that a test owns: each look moves it by `step` milliseconds, 0 stops it. */
export class TestClock implements Clock {
  millis = 1_700_000_000_000;
  step = 1;
  #micros = 0;

  now(): number {
    this.millis += this.step;
    return this.millis;
  }

  micros(): number {
    this.#micros += this.step;
    return this.#micros;
  }
}

/** An engine over a store in memory with a workspace to fork from, and short ways to drive it. */
export class EngineFixture {
  readonly clock = new TestClock();
  readonly random: SeededRandom;
  store = new MemoryStore();
  engine: Engine;
  workspace: Fork;
  #names = 0;

  constructor(files: Readonly<Record<string, string>> = { 'a.txt': 'a', 'b.txt': 'b', 'dir/c.txt': 'c' }, seed = 1) {
    this.random = new SeededRandom(seed);
    this.engine = openEngine({ store: this.store, clock: this.clock, random: this.random });
    this.workspace = this.engine.createWorkspace({ name: 'workspace', agent: 'you', dir: '/work', edits: this.edits(files), git: null });
  }

  fork(spec: Partial<ForkSpec> = {}): Fork {
    return this.engine.createFork({
      name: `fork-${++this.#names}`, agent: 'ada', task: null, parent: this.workspace.id, base: this.workspace.head, dir: null, ...spec,
    });
  }

  /** A fork of a fork. */
  child(parent: Fork, spec: Partial<ForkSpec> = {}): Fork {
    return this.fork({ parent: parent.id, base: parent.head, ...spec });
  }

  put(text: string): Entry {
    return { ...putContent(this.store, Buffer.from(text)), mode: FileMode.file };
  }

  /** Text writes a file, null removes it. */
  edits(files: Readonly<Record<string, string | null>>): Edit[] {
    return Object.entries(files).map(([at, text]) => ({ path: path(at), entry: text === null ? null : this.put(text) }));
  }

  write(fork: Fork, at: string, text: string): void {
    this.engine.edit(fork, path(at), this.put(text));
  }

  remove(fork: Fork, at: string): void {
    this.engine.edit(fork, path(at), null);
  }

  checkpoint(fork: Fork, files: Readonly<Record<string, string | null>> = {}, spec: CheckpointSpec = {}): CheckpointTaken {
    return this.engine.checkpoint(fork, { ...spec, edits: this.edits(files) });
  }

  /** What a fork holds, pending writes included. */
  files(fork: Fork): Record<string, string> {
    const files = filesOf(this.store, this.engine.headRoot(fork));
    for (const [at, written] of fork.pending) {
      if (written === null) files.delete(at);
      else files.set(at, readContent(this.store, written.id).toString('latin1'));
    }
    return Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  filesAt(checkpoint: HexId): Record<string, string> {
    return Object.fromEntries(filesOf(this.store, rootOfCheckpoint(this.store, checkpoint)));
  }

  /** The process ends and another one opens the store. `this.workspace` is the new engine's. */
  reopen(): void {
    this.store = this.store.reopened();
    this.engine = openEngine({ store: this.store, clock: this.clock, random: this.random });
    this.workspace = this.live(this.workspace);
  }

  saveSnapshot(): void {
    this.store.writeSnapshot(this.store.lastSequence, encodeSnapshot(this.engine.state));
  }

  /** The same fork in the engine as it is now. */
  live(fork: Fork): Fork {
    const found = this.engine.state.forks.get(fork.id);
    if (found === undefined) throw new Error(`${fork.name} is gone`);
    return found;
  }

  fillDisk(): void {
    this.store.failNextCommit = new PyiError('NO_SPACE', 'The disk is full', 'Free some space.');
  }
}

export function filesOf(store: ObjectStore, root: Uint8Array): Map<string, string> {
  return new Map(Array.from(entries(store, root), ({ path: at, entry }) => [at, readContent(store, entry.id).toString('latin1')]));
}

/** All of the state as a value, to compare. */
export function stateOf({ state }: { readonly state: EngineState }): unknown {
  return JSON.parse(encodeSnapshot(state).toString('utf8'));
}

