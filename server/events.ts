import type { StoreEvent, ToldEvent } from '../protocol/handshake.ts';
import type { EventSource } from './transport/dispatcher.ts';

/** Events that are kept for clients whose connection broke. */
const KEPT = 16_384;

/** Carries what happens in the stores to whoever listens, numbered, and keeps the last of it for who was away. */
export class EventHub implements EventSource {
  /** Names the life of this server: numbers of another mean nothing here. */
  readonly epoch: string;
  readonly #listeners = new Set<(event: ToldEvent) => void>();
  /** A ring: the event of a number is at its remainder. */
  readonly #kept: ToldEvent[] = [];
  readonly #capacity: number;
  #sequence = 0;

  constructor(epoch: string, capacity = KEPT) {
    this.epoch = epoch;
    this.#capacity = capacity;
  }

  /** The number of the last event; 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  readonly emit = (event: StoreEvent): void => {
    const told: ToldEvent = { ...event, sequence: ++this.#sequence };
    this.#kept[this.#sequence % this.#capacity] = told;
    for (const listener of this.#listeners) listener(told);
  };

  subscribe(listener: (event: ToldEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The events after a number, as far back as they are kept; the oldest first. */
  * after(sequence: number): Generator<ToldEvent> {
    for (let next = Math.max(sequence, this.#forgotten) + 1; next <= this.#sequence; next++) {
      const event = this.#kept[next % this.#capacity];
      if (event !== undefined) yield event;
    }
  }

  /** Whether all events after a number of an epoch are kept. */
  knowsAllAfter(epoch: string, sequence: number): boolean {
    return epoch === this.epoch && sequence >= this.#forgotten && sequence <= this.#sequence;
  }

  /** The number of the last event that is not kept. */
  get #forgotten(): number {
    return Math.max(0, this.#sequence - this.#capacity);
  }
}
