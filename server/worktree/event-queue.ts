import fs from 'node:fs';

/** `fs.inotify.max_queued_events` of an untouched kernel. */
const DEFAULT_LIMIT = 16_384;

/**
 * Notices that inotify's queue overflowed.
 *
 * libuv swallows IN_Q_OVERFLOW, but it empties the whole queue in one turn of the event loop, and the
 * kernel drops events only when the queue is full. So a turn that brings about as many events as the queue
 * holds may have lost some. A quarter is allowed for events that never reach JavaScript.
 */
export class EventQueue {
  readonly #limit: number;
  readonly #listeners = new Set<() => void>();
  #turn = 0;
  #resetPlanned = false;

  constructor(capacity: number) {
    this.#limit = Math.ceil(capacity * 3 / 4);
  }

  /** Calls `listener` whenever events may have been lost. Returns the way to stop. */
  onOverflow(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Counts an event, or the removal of a watch, which queues one too. */
  count(): void {
    this.#turn++;
    if (!this.#resetPlanned) {
      this.#resetPlanned = true;
      // The check phase comes after all of the queue was delivered and before it is read again.
      setImmediate(() => {
        this.#turn = 0;
        this.#resetPlanned = false;
      }).unref();
    }
    if (this.#turn === this.#limit) for (const listener of this.#listeners) listener();
  }
}

/** The queue of this process: libuv has one inotify instance for all watches of an event loop. */
export const inotifyQueue = new EventQueue(readCapacity());

function readCapacity(): number {
  try {
    const value = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    return Number.isInteger(value) && value > 0 ? value : DEFAULT_LIMIT;
  } catch {
    return DEFAULT_LIMIT;
  }
}
