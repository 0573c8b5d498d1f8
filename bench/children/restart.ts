import type { HexId } from '../../protocol/ids.ts';
import { SeededRandom } from '../../test/support/random.ts';
import { openStore } from '../bench.ts';
import { micros } from '../harness.ts';
import { Contents, fileOf, forkOff, makeWorkspace, nestedPaths } from '../synthetic.ts';

export const RESTART_FILES = 10_000;
export const RESTART_FORKS = 50;

export interface WorkRequest {
  readonly directory: string;
  readonly checkpoints: number;
}

/** What was acknowledged when the parent ended us. */
export interface WorkReply {
  readonly heads: readonly HexId[];
}

/** Takes checkpoints on a few forks, tells what was acknowledged, and waits to be killed: nothing is closed or saved. */
export function workUntilKilled(): void {
  process.once('message', ({ directory, checkpoints }: WorkRequest) => {
    const { engine } = openStore(directory);
    const paths = nestedPaths(RESTART_FILES);
    const workspace = makeWorkspace(engine, paths);
    const forks = Array.from({ length: RESTART_FORKS }, (_, i) => forkOff(engine, workspace, `agent-${i}`));
    const random = new SeededRandom(1);
    const contents = new Contents(1, 200);
    for (let i = 0; i < checkpoints; i++) {
      engine.checkpoint(forks[i % forks.length] as (typeof forks)[number], { edits: [{ path: random.pick(paths), entry: fileOf(engine, contents.at(i)) }] });
    }
    process.send?.({ heads: forks.map((fork) => fork.head) } satisfies WorkReply);
    setInterval(() => undefined, 1_000);
  });
}

export interface OpenReply {
  /** From before the store was opened until the engine answers. */
  readonly micros: number;
  readonly heads: readonly HexId[];
  readonly checkpoints: number;
}

/** Opens the store, says how long it took and what is in it, and waits to be killed: the next opening finds what this one found. */
export function openAndTell(): void {
  process.once('message', ({ directory }: { directory: string }) => {
    const started = micros();
    const { engine } = openStore(directory);
    const elapsed = micros() - started;
    const forks = engine.state.list().filter((fork) => !fork.workspace);
    process.send?.({
      micros: elapsed, heads: forks.map((fork) => fork.head), checkpoints: forks.reduce((sum, fork) => sum + fork.checkpoints, 0),
    } satisfies OpenReply);
    setInterval(() => undefined, 1_000);
  });
}
