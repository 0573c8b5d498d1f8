import { PyiError } from '../../protocol/errors.ts';
import type { JournalSource } from '../../server/engine/open.ts';
import type { CollectableStore } from '../../server/engine/ports.ts';
import type { SegmentStore } from '../../server/store/segment-store.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { openStore } from '../support/store.ts';

/** A store under test, with what a test needs to be nasty to it. */
export interface Subject {
  readonly store: CollectableStore & JournalSource;
  readonly objects: number;
  readonly lastSequence: number;
  /** The disk is full, until it is healed: nothing can be committed. */
  fill(): void;
  heal(): void;
  saveSnapshot(payload: Buffer): Promise<void>;
  compact(purgeRecord: (payload: Buffer) => boolean): Promise<void>;
  /** Another process takes over: `kill` ends this one without a chance to tidy up. */
  reopen(how: 'close' | 'kill'): Promise<void>;
}

export class MemorySubject implements Subject {
  store = new MemoryStore();

  get objects(): number {
    return this.store.size;
  }

  get lastSequence(): number {
    return this.store.lastSequence;
  }

  fill(): void {
    this.store.failNextCommit = new PyiError('NO_SPACE', 'The disk is full', 'Free some space.');
  }

  heal(): void {
    this.store.failNextCommit = undefined;
  }

  saveSnapshot(payload: Buffer): Promise<void> {
    this.store.writeSnapshot(this.store.lastSequence, payload);
    return Promise.resolve();
  }

  compact(purgeRecord: (payload: Buffer) => boolean): Promise<void> {
    this.store.compact(purgeRecord);
    return Promise.resolve();
  }

  reopen(): Promise<void> {
    this.store = this.store.reopened();
    return Promise.resolve();
  }
}

/** The real store, on a disk in memory with small segments. */
export class SegmentSubject implements Subject {
  readonly #disk = new MemoryDisk();
  store = this.#open();

  get objects(): number {
    return this.store.statistics().objects;
  }

  get lastSequence(): number {
    return this.store.lastSequence;
  }

  fill(): void {
    this.#disk.failAt(1, 'ENOSPC', false);
  }

  heal(): void {
    this.#disk.heal();
  }

  async saveSnapshot(payload: Buffer): Promise<void> {
    await this.store.writeSnapshot(this.store.lastSequence, payload);
  }

  async compact(purgeRecord: (payload: Buffer) => boolean): Promise<void> {
    await this.store.compact({ purgeRecord });
  }

  async reopen(how: 'close' | 'kill'): Promise<void> {
    if (how === 'close') await this.store.close();
    else this.#disk.restart('kill');
    this.store = this.#open();
  }

  #open(): SegmentStore {
    return openStore(this.#disk, { limits: { segmentBytes: 512 * 1024, cacheBytes: 64 * 1024 } });
  }
}
