import { join } from 'node:path';
import { openStore } from '../../../bench/bench.ts';
import { PyiError } from '../../../protocol/errors.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { putContent } from '../../../server/engine/content/content.ts';
import { openEngine } from '../../../server/engine/open.ts';
import { FileMode } from '../../../server/engine/tree/entry.ts';
import { SystemRandom, systemClock } from '../../../server/system.ts';
import type { Place } from './place.ts';
import { until } from './until.ts';

const FORKS = 40;
const FORKS_OF_A_TASK = 8;
/** The work of two months, so that days have groups. */
const SPAN_MILLIS = 60 * 24 * 3_600_000;

/**
 * Fills the store of a repository that is set up with checkpoints of {@link FORKS} forks without directories: each changes one
 * file. Straight through the engine, which takes seconds for 200,000; no server may be running.
 */
export async function fillHistory(place: Place, root: string, checkpoints: number): Promise<void> {
  place.stopServer();
  const { store } = await until('the server has left the store', () => tryOpen(join(root, '.git', 'pyi')));
  try {
    const started = Date.now() - SPAN_MILLIS;
    let taken = 0;
    const clock = { now: () => started + Math.floor(taken / checkpoints * SPAN_MILLIS), micros: systemClock.micros };
    const engine = openEngine({ store, clock, random: new SystemRandom() });
    const workspace = [...engine.state.forks.values()].find(({ name }) => name === 'workspace');
    if (workspace === undefined) throw new Error(`${root} is not set up`);
    const forks = Array.from({ length: FORKS }, (_, index) => engine.createFork({
      name: `attempt-${index}`, agent: `agent-${index % 10}`, task: `task-${Math.floor(index / FORKS_OF_A_TASK)}`, parent: workspace.id, base: workspace.head, dir: null,
    }));
    for (; taken < checkpoints; taken++) {
      const fork = forks[taken % FORKS];
      if (fork === undefined) break;
      const entry = { ...putContent(store, Buffer.from(`step ${taken}\n`)), mode: FileMode.file };
      engine.checkpoint(fork, { message: `Step ${taken}`, kind: taken % 5 === 0 ? 'manual' : 'automatic', edits: [{ path: `src/part-${taken % 100}.ts` as BytePath, entry }] });
    }
  } finally {
    await store.close();
  }
}

function tryOpen(directory: string): ReturnType<typeof openStore> | undefined {
  try {
    return openStore(directory);
  } catch (error) {
    if (PyiError.is(error, 'BUSY')) return undefined;
    throw error;
  }
}
