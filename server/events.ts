import type { StoreEvent } from '../protocol/handshake.ts';
import type { EventSource } from './transport/dispatcher.ts';

/** Carries what happens in the stores to whoever listens. */
export class EventHub implements EventSource {
  readonly #listeners = new Set<(event: StoreEvent) => void>();

  readonly emit = (event: StoreEvent): void => {
    for (const listener of this.#listeners) listener(event);
  };

  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
