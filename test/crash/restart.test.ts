import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { bytePathFromText } from '../../protocol/paths.ts';
import { putContent } from '../../server/engine/content/content.ts';
import type { Engine } from '../../server/engine/engine.ts';
import { openEngine } from '../../server/engine/open.ts';
import { encodeSnapshot } from '../../server/engine/snapshot.ts';
import { FileMode } from '../../server/engine/tree/entry.ts';
import { NodeDisk } from '../../server/store/node-disk.ts';
import { NodeProcesses } from '../../server/store/node-processes.ts';
import { InlineRewriter } from '../../server/store/rewrite.ts';
import { SegmentStore } from '../../server/store/segment-store.ts';
import { DEFAULT_LIMITS } from '../../server/store/store-options.ts';
import { SystemRandom, systemClock } from '../../server/system.ts';
import { GitRepository } from '../support/git-repository.ts';
import { ServerProcess } from '../support/server-process.ts';

/**
 * A server that was killed is back at the last acknowledged checkpoint of a store with 100,000 of them. The figure, a second on a machine of
 * its own, is the benchmark's; machines that run tests are slower by half at times, and what the limit here catches is a restart whose cost
 * follows the history.
 */

const CHECKPOINTS = 100_000;
const FORKS = 100;
const FILES = 1000;
/** What `upkeep.ts` lets come after a snapshot, and some for what is written until it looks again. */
const AFTER_SNAPSHOT = 6_000;
const LIMIT_MILLIS = 2000;
/** The fastest counts: other programs on the machine only make it slower. */
const ROUNDS = 3;

test(`kill -9 with ${CHECKPOINTS} checkpoints: the first answer in under ${LIMIT_MILLIS} ms`, async () => {
  const repository = GitRepository.create();
  const server = new ServerProcess(path.join(repository.directory, 'r'), repository.env);
  try {
    for (let n = 0; n < FILES; n++) repository.write(`src/d${n % 20}/f${n}.txt`, `file ${n}\n`);
    repository.commit({});
    server.start();
    const first = await server.connect('test');
    await first.call('setup', { repository: repository.root });
    first.close();
    await server.stop();
    await fill(path.join(repository.root, '.git/pyi'));

    const times: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) times.push(await killAndRestart(server, repository, round));
    console.log(`restarts with ${CHECKPOINTS} checkpoints: ${times.map((time) => `${time.toFixed(0)} ms`).join(', ')} from the start of the process to the first answer`);
    assert.ok(Math.min(...times) < LIMIT_MILLIS, times.join(', '));
  } finally {
    await server.stop();
    repository.remove();
  }
});

/** Milliseconds from the start of the process to the answer that shows the last acknowledged checkpoint. */
async function killAndRestart(server: ServerProcess, { root }: GitRepository, round: number): Promise<number> {
  const fork = `fork-${round}`;
  server.start();
  const client = await server.connect('test');
  await client.call('write', { repository: root, fork, path: 'last.txt', content: { text: `the last word ${round}\n` } });
  const last = await client.call('checkpoint', { repository: root, fork, message: 'the last one' });
  await server.kill();
  client.close();
  forgetSidecar(path.join(root, '.git/pyi/segments'));

  const started = performance.now();
  server.start();
  const again = await server.connect('test');
  const read = await again.call('read', { repository: root, fork, path: 'last.txt' });
  const millis = performance.now() - started;
  assert.equal(Buffer.from(read.base64, 'base64').toString(), `the last word ${round}\n`);
  const forks = await again.call('forks', { repository: root });
  assert.equal(forks.length, FORKS + 1);
  assert.equal(forks.find((row) => row.name === fork)?.head, last.checkpoint);
  assert.equal(forks.reduce((sum, row) => sum + row.checkpoints, 0), CHECKPOINTS + round);
  again.close();
  await server.kill();
  return millis;
}

/** A server that wrote all this itself would have left no sidecar of the segment that it was writing: all of it has to be scanned. */
function forgetSidecar(segments: string): void {
  const last = fs.readdirSync(segments).filter((name) => name.endsWith('.seg')).sort().at(-1) ?? '';
  fs.rmSync(path.join(segments, last.replace('.seg', '.idx')), { force: true });
}

/** Takes the checkpoints as the server would, in process. */
async function fill(directory: string): Promise<void> {
  const disk = new NodeDisk();
  const store = SegmentStore.open({
    directory, disk, clock: systemClock, random: new SystemRandom(), processes: new NodeProcesses(disk, () => undefined),
    limits: DEFAULT_LIMITS, rewriter: new InlineRewriter(disk), onWarning: () => undefined,
  });
  const engine = openEngine({ store, clock: systemClock, random: new SystemRandom() });
  const [workspace] = engine.state.list();
  assert.ok(workspace !== undefined);
  const forks = Array.from({ length: FORKS }, (_, n) => engine.createFork({ name: `fork-${n}`, agent: `agent-${n}`, task: null, parent: workspace.id, base: workspace.head, dir: null }));
  for (let n = 0; n < CHECKPOINTS; n++) {
    const fork = forks[n % FORKS];
    if (fork !== undefined) step(engine, fork, n);
    if (n === CHECKPOINTS - AFTER_SNAPSHOT) await store.writeSnapshot(store.lastSequence, encodeSnapshot(engine.state));
  }
  await store.close();
}

function step(engine: Engine, fork: Parameters<Engine['checkpoint']>[0], n: number): void {
  const content = putContent(engine.store, Buffer.from(`version ${n} of a file that an agent works on\n`.repeat(8)));
  const file = bytePathFromText(`src/d${n % 20}/f${n % FILES}.txt`);
  engine.checkpoint(fork, { kind: 'automatic', message: `step ${n}`, level: 'memory', edits: [{ path: file, entry: { ...content, mode: FileMode.file } }] });
}
