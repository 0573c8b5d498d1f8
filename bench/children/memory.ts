import type { HexId } from '../../protocol/ids.ts';
import { SeededRandom } from '../../test/support/random.ts';
import { openStore } from '../bench.ts';
import { Contents, fileOf, forkOff, makeWorkspace, nestedPaths } from '../synthetic.ts';

export interface MemoryRequest {
  readonly directory: string;
  readonly files: number;
  readonly forks: number;
  readonly checkpoints: number;
}

export interface MemoryReply {
  readonly rss: number;
  readonly heap: number;
  /** Outside the heap: buffers, the cache, the index. */
  readonly external: number;
  readonly heads: readonly HexId[];
}

/** Many forks with many checkpoints on a large tree, as a server would hold them; tells what it holds. Ended by its parent. */
export function holdMemory(): void {
  process.once('message', ({ directory, files, forks, checkpoints }: MemoryRequest) => {
    const { engine } = openStore(directory);
    const paths = nestedPaths(files);
    const workspace = makeWorkspace(engine, paths);
    const made = Array.from({ length: forks }, (_, i) => forkOff(engine, workspace, `agent-${i}`));
    const random = new SeededRandom(1);
    const contents = new Contents(1);
    for (let n = 0; n < checkpoints; n++) {
      for (const fork of made) engine.checkpoint(fork, { edits: [{ path: random.pick(paths), entry: fileOf(engine, contents.at(random.below(1e9))) }] });
    }
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send?.({ rss, heap: heapUsed, external, heads: made.map((fork) => fork.head) } satisfies MemoryReply);
  });
}
