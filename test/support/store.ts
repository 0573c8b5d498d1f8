import { createHash } from 'node:crypto';
import type { ByteView, Clock, Random } from '../../server/engine/ports.ts';
import type { Disk } from '../../server/store/disk.ts';
import type { ProcessIdentity, ProcessTable } from '../../server/store/lock.ts';
import { InlineRewriter } from '../../server/store/rewrite.ts';
import { SegmentStore } from '../../server/store/segment-store.ts';
import type { StoreOptions } from '../../server/store/segment-store.ts';
import type { StoreWarning } from '../../server/store/store-options.ts';

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

/** Random bytes from a seed: the same in every run. */
export class SeededRandom implements Random {
  readonly #seed: string;
  #counter = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  bytes(length: number): Uint8Array {
    const parts: Buffer[] = [];
    for (let got = 0; got < length; got += 32) parts.push(createHash('sha256').update(`${this.#seed} ${this.#counter++}`).digest());
    return Buffer.concat(parts).subarray(0, length);
  }

  /** An integer below `limit`. */
  below(limit: number): number {
    return Buffer.from(this.bytes(4)).readUInt32LE(0) % limit;
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
  return SegmentStore.open({
    directory: '/store', disk, clock: new StepClock(), random: new SeededRandom('store'), processes: new OneProcess(nextPid++),
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
