import { PyiError } from '../../protocol/errors.ts';
import type { HexId } from '../../protocol/ids.ts';
import type { Result } from '../../protocol/registry.ts';
import type { Fork } from '../engine/state.ts';
import type { Repository } from './repository.ts';

type Waiting = Result<'queue'>[number];

/**
 * Forks that are to be collapsed, one after the other for each base: so that each is rebased onto what the one before it made, and
 * validated as it will be committed.
 */
export class CollapseQueue {
  readonly #waiting = new Map<HexId, { -readonly [K in keyof Waiting]: Waiting[K] }>();

  /** Runs `work` when those that came before for the same base are done. @throws PyiError `BUSY` when the fork waits already */
  async take<T>(repository: Repository, fork: Fork, into: Fork, signal: AbortSignal, work: (tell: (state: Waiting['state']) => void) => Promise<T>): Promise<T> {
    if (this.#waiting.has(fork.id)) throw new PyiError('BUSY', `${fork.name} waits to be collapsed already`, 'See "pyi queue".');
    const entry = { fork: fork.id, agent: fork.agent, into: into.id, state: 'waiting' as Waiting['state'], since: repository.parts.clock.now() };
    this.#waiting.set(fork.id, entry);
    try {
      return await repository.mutex.run([`collapse into ${into.id}`], async () => {
        signal.throwIfAborted();
        return work((state) => { entry.state = state; });
      });
    } finally {
      this.#waiting.delete(fork.id);
    }
  }

  /** What waits and what is being done, in the order in which it came. */
  list(): Waiting[] {
    return Array.from(this.#waiting.values(), (entry) => ({ ...entry }));
  }
}
