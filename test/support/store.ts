import { PyiError } from '../../protocol/errors.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { ObjectType } from '../../server/engine/ports.ts';
import type { ByteView, Clock } from '../../server/engine/ports.ts';
import type { Disk } from '../../server/store/disk.ts';
import type { ProcessIdentity, ProcessTable } from '../../server/store/lock.ts';
import { InlineRewriter } from '../../server/store/rewrite.ts';
import { SegmentStore } from '../../server/store/segment-store.ts';
import type { StoreOptions } from '../../server/store/segment-store.ts';
import type { StoreWarning } from '../../server/store/store-options.ts';
import { SeededRandom } from './random.ts';

/** A clock that moves by a millisecond with each look. */
export class StepClock implements Clock {
  #millis = 1_700_000_000_000;

  now(): number {
    return this.#millis++;
  }

  micros(): number {
    return this.#millis++ * 1000;
  }
}

/** Every process but this one is dead: what a test that restarts the store means. */
export class OneProcess implements ProcessTable {
  readonly #pid: number;

  constructor(pid = 1) {
    this.#pid = pid;
  }

  self(): ProcessIdentity {
    return { pid: this.#pid, started: '1', boot: 'boot', place: 'here' };
  }

  state(owner: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
    return owner.pid === this.#pid ? 'alive' : 'dead';
  }
}

let nextPid = 1;

export interface TestStoreOptions extends Partial<Omit<StoreOptions, 'disk'>> {
  readonly warnings?: StoreWarning[];
}

/** Opens a store on `disk` as a process of its own. Options default to small segments and a small cache, to reach the edges. */
export function openStore(disk: Disk, options: TestStoreOptions = {}): SegmentStore {
  const { warnings, ...rest } = options;
  const pid = nextPid++;
  return SegmentStore.open({
    directory: '/store', disk, clock: new StepClock(), random: new SeededRandom(pid), processes: new OneProcess(pid),
    limits: { segmentBytes: 64 * 1024, cacheBytes: 32 * 1024 }, rewriter: new InlineRewriter(disk),
    onWarning: (warning) => { warnings?.push(warning); }, ...rest,
  });
}

/** Reads an object through `load`. */
export function loaded(store: SegmentStore, id: Uint8Array): Buffer {
  const view: ByteView = { bytes: Buffer.alloc(0), start: 0, end: 0 };
  store.load(id, 0, view);
  return view.bytes.subarray(view.start, view.end);
}

/** Fills a store with `count` batches of an object and a record each, and returns the ids. */
export function fill(store: SegmentStore, count: number, seed = 1, size = 3000): Buffer[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const id = store.put(i % 2 === 0 ? ObjectType.blob : ObjectType.node, Buffer.concat([Buffer.from(`${i} `), random.bytes(32), Buffer.alloc(size, i)]));
    store.record(Buffer.from(`{"n":${i}}`));
    store.commit('process');
    return id;
  });
}

/** For `assert.throws`: a PyiError of that code which says what to do. */
export function hasCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => PyiError.is(error, code) && error.hint.length > 0;
}
