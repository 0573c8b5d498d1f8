import { openStore } from '../bench.ts';
import type { Case } from '../bench.ts';
import { askChild } from '../child.ts';
import type { MemoryReply, MemoryRequest } from '../children/memory.ts';
import { verify } from '../harness.ts';
import { once } from '../rows.ts';
import type { Row } from '../rows.ts';
import { forkNamed } from '../states.ts';

const MB = 1e6;

/** What a server holds in memory for many forks of a large tree. */
export const memoryCase: Case = {
  name: 'memory',
  async run(bench) {
    const directory = bench.place();
    const request: MemoryRequest = { directory, files: bench.short ? 10_000 : 100_000, forks: bench.short ? 100 : 850, checkpoints: bench.short ? 10 : 100 };
    const { rss, heap, external, heads } = await askChild<MemoryReply>('memory', request);
    const { store, engine } = openStore(directory);
    heads.forEach((head, i) => {
      const fork = forkNamed(engine, `agent-${i}`);
      verify(fork.head === head && fork.checkpoints === request.checkpoints, `agent-${i} has not all of its checkpoints`);
    });
    await store.close();
    const row = (name: string, bytes: number): Row => ({ name, unit: 'MB', ...once(bytes / MB), level: 'process', verified: true });
    bench.report({ ...row('memory/rss', rss), target: { p50: 600 } });
    bench.report(row('memory/heap', heap));
    bench.report(row('memory/external', external));
  },
};
