import { sep } from 'node:path';
import { PyiError } from '../../protocol/errors.ts';
import type { StoreEvent, SubscribeParams } from '../../protocol/handshake.ts';

/** More than a client with many repositories needs; each is looked at for each event. */
const MAX_SUBSCRIPTIONS = 1000;

type Filter = Omit<SubscribeParams, 'after' | 'epoch'>;

/** What one client wants to hear. */
export class Subscriptions {
  /** By what they say, so that asking twice changes nothing. */
  readonly #filters = new Map<string, Filter>();

  get isEmpty(): boolean {
    return this.#filters.size === 0;
  }

  /** @throws PyiError `QUOTA_EXCEEDED` */
  add({ repository, kinds, agent, fork }: Filter): void {
    const key = JSON.stringify([repository, kinds, agent, fork]);
    if (!this.#filters.has(key) && this.#filters.size >= MAX_SUBSCRIPTIONS) {
      throw new PyiError('QUOTA_EXCEEDED', `The connection has ${MAX_SUBSCRIPTIONS} subscriptions.`, 'End some with pyi/unsubscribe, or subscribe to everything at once.');
    }
    this.#filters.set(key, { repository, kinds, agent, fork });
  }

  /** Ends those of a repository, or all. Returns how many there were. */
  remove(repository: string | undefined): number {
    let removed = 0;
    for (const [key, filter] of this.#filters) {
      if (repository !== undefined && filter.repository !== repository) continue;
      this.#filters.delete(key);
      removed++;
    }
    return removed;
  }

  want(event: StoreEvent): boolean {
    for (const filter of this.#filters.values()) if (fits(filter, event)) return true;
    return false;
  }
}

/** Whether an event is one that a subscription asks for. */
export function fits({ repository, kinds, agent, fork }: Filter, event: StoreEvent): boolean {
  return (repository === undefined || isInside(repository, event.repository))
    && (kinds === undefined || kinds.includes(event.kind))
    && (agent === undefined || agent === event.agent)
    && (fork === undefined || fork === event.fork);
}

function isInside(directory: string, root: string): boolean {
  return directory === root || directory.startsWith(root.endsWith(sep) ? root : root + sep);
}
