import type { CallContext } from '../../protocol/registry.ts';
import { saveSnapshot } from './opening.ts';
import { settleIntents } from './recovery.ts';
import type { Repository } from './repository.ts';
import { sweepRepository } from './sweep.ts';

/**
 * A snapshot is due when so many batches came after the last one: what a restart has to replay, and what came since upkeep looked last.
 * It holds the forks, not their checkpoints, so it is small; replaying so many batches takes some 50 ms.
 */
const SNAPSHOT_EVERY = 5_000;
/** Retention rules and decay are applied this often, milliseconds. */
const SWEEP_EVERY = 24 * 3_600_000;

const QUIET: CallContext = { signal: new AbortController().signal, progress: () => undefined };

interface Attended {
  snapshot: number;
  segments: number;
  swept: number;
}

/** What a store needs from time to time while nobody asks for it: snapshots, compression of sealed segments, a daily sweep. */
export class Upkeep {
  readonly #attended = new WeakMap<Repository, Attended>();

  /** Does what is due. Never throws: a failure is logged, and tried again when it is due next. */
  async attend(repository: Repository): Promise<void> {
    const { store, clock, log } = repository.parts;
    const last = this.#attended.get(repository) ?? this.#firstSight(repository);
    try {
      await settleIntents(repository); // a collapse that ran out of room
      if (store.lastSequence - last.snapshot >= SNAPSHOT_EVERY) {
        last.snapshot = store.lastSequence;
        await saveSnapshot(repository);
      }
      if (Math.abs(clock.now() - last.swept) >= SWEEP_EVERY) {
        last.swept = clock.now();
        const swept = await repository.mutex.run(['sweep'], () => sweepRepository(repository, { dryRun: false }, QUIET));
        log.info('Swept the store', { forks: swept.forks.length, checkpoints: swept.checkpoints, bytesFreed: swept.bytesFreed });
      }
      const { segments } = store.statistics();
      if (segments !== last.segments) {
        last.segments = segments;
        await store.compact({}); // a segment was sealed: now it can be compressed
      }
    } catch (error) {
      log.warn('Upkeep failed', { error });
    }
  }

  #firstSight(repository: Repository): Attended {
    const { store, clock } = repository.parts;
    const first = { snapshot: 0, segments: store.statistics().segments, swept: clock.now() };
    this.#attended.set(repository, first);
    return first;
  }
}
