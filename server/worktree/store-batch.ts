import type { ObjectStore } from '../engine/ports.ts';

/** Bytes after which what was read goes to the store's file, so that memory stays bounded. */
const BATCH_BYTES = 8 * 1024 * 1024;

/**
 * Commits content as it is read.
 *
 * The store has one stage for everybody and anybody's `rollback` empties it, so nothing may stay staged
 * while the event loop runs: `seal` before every pause.
 */
export class StoreBatch {
  readonly #store: ObjectStore;
  #staged = 0;
  #unwritten = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Tells that `bytes` of content were staged. @throws PyiError `NO_SPACE`, `QUOTA_EXCEEDED` */
  added(bytes: number): void {
    // An empty file is an object too.
    this.#staged += bytes + 1;
    this.#unwritten += bytes;
    if (this.#unwritten < BATCH_BYTES) return;
    this.#staged = 0;
    this.#unwritten = 0;
    this.#store.commit('process');
  }

  /** Keeps what is staged whatever happens next. @throws PyiError `NO_SPACE`, `QUOTA_EXCEEDED` */
  seal(): void {
    if (this.#staged === 0) return;
    this.#staged = 0;
    this.#store.commit('memory');
  }
}
