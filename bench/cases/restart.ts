import { askChild } from '../child.ts';
import type { OpenReply, WorkReply, WorkRequest } from '../children/restart.ts';
import { MILLIS, scaled, spreadOf, verify } from '../harness.ts';
import type { Case } from '../bench.ts';

/** kill -9 of a server with many checkpoints, no snapshot of its state saved, then to the moment that a new one can answer. */
export const restartCase: Case = {
  name: 'restart',
  async run(bench) {
    const directory = bench.place();
    const checkpoints = bench.short ? 10_000 : 100_000;
    const acknowledged = await askChild<WorkReply>('work', { directory, checkpoints } satisfies WorkRequest);
    const times: number[] = [];
    for (let n = 0; n < (bench.short ? 2 : 5); n++) {
      const opened = await askChild<OpenReply>('open', { directory });
      verify(opened.checkpoints === checkpoints, `${opened.checkpoints} checkpoints came back of ${checkpoints}`);
      verify(opened.heads.join() === acknowledged.heads.join(), 'a fork came back at another checkpoint than was acknowledged');
      times.push(opened.micros);
    }
    bench.report({ name: 'restart', unit: 'ms', ...scaled(spreadOf(Float64Array.from(times)), MILLIS), level: 'process', verified: true, target: { p95: 1_000 } });
  },
};
