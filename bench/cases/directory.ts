import type { BytePath } from '../../protocol/paths.ts';
import { readContent } from '../../server/engine/content/content.ts';
import { lookup } from '../../server/engine/tree/read.ts';
import { SeededRandom } from '../../test/support/random.ts';
import { openStore } from '../bench.ts';
import type { Bench, Case } from '../bench.ts';
import { collectGarbage, measureAsync, micros, MILLIS, scaled, spreadOf, verify } from '../harness.ts';
import { changes, ingest, OtherProcess, RealDirectory } from '../real-directory.ts';
import type { Peer, Spread } from '../rows.ts';
import { afterReopening, forkNamed, verifyFiles } from '../states.ts';

/** A real directory taken in for the first time, and then one file after the other changed by another process. */
export const directoryCase: Case = {
  name: 'dir/checkpoint',
  async run(bench) {
    for (const size of bench.short ? [1_000] : [1_000, 10_000, 100_000]) {
      const real = new RealDirectory(bench, size);
      real.repository.git(['add', '-A']);
      real.repository.git(['commit', '-qm', 'first']);
      await checkpoints(bench, real, size);
      await bench.endCase();
    }
  },
};

export const ingestCase: Case = {
  name: 'ingest',
  async run(bench) {
    for (const size of bench.short ? [2_000] : [10_000, 100_000]) {
      const real = new RealDirectory(bench, size);
      const runs = size > 10_000 ? 2 : 4;
      const ours: number[] = [];
      const gits: number[] = [];
      // In turn, so that neither finds the files warmer than the other. The first round of each warms up and does not count.
      for (let run = 0; run <= runs; run++) {
        const time = await ingestOnce(bench, real);
        const peer = gitAddAll(bench, real);
        if (run === 0) continue;
        ours.push(time);
        gits.push(peer);
      }
      bench.report({
        name: `ingest/${size}`, unit: 'ms', ...scaled(spreadOf(Float64Array.from(ours)), MILLIS), level: 'process', verified: true,
        peers: [{ name: 'git add -A from nothing', p50: scaled(spreadOf(Float64Array.from(gits)), MILLIS).p50 }], target: { ratio: 1 },
      });
      await bench.endCase();
    }
  },
};

/** Micros from opening the directory to the first checkpoint, into an empty store. */
async function ingestOnce(bench: Bench, real: RealDirectory): Promise<number> {
  const place = bench.place();
  const open = openStore(place);
  collectGarbage();
  const started = micros();
  const directory = await real.open(open.store);
  await ingest(open.engine, directory, real.repository.root);
  const time = micros() - started;
  await directory.close();
  await afterReopening(place, open, (engine) => {
    verifyFiles(engine, engine.headRoot(forkNamed(engine, 'workspace')), new Map(real.paths.map((file) => [file, real.content(file)])));
  });
  return time;
}

/** Micros of `git add -A` into a repository of its own, fresh as our store is. */
function gitAddAll(bench: Bench, { repository }: RealDirectory): number {
  const env = { GIT_DIR: bench.place(), GIT_WORK_TREE: repository.root };
  repository.git(['init', '-q'], { env });
  const started = micros();
  repository.git(['add', '-A'], { env });
  const time = micros() - started;
  verify(repository.git(['status', '--porcelain', '--untracked-files=all'], { env }).split('\n').every((line) => line.startsWith('A  ')), 'git did not take all files in');
  return time;
}

async function checkpoints(bench: Bench, real: RealDirectory, size: number): Promise<void> {
  const place = bench.place();
  const open = openStore(place);
  const { engine } = open;
  const directory = await real.open(open.store);
  const fork = await ingest(engine, directory, real.repository.root);
  const other = new OtherProcess(bench);
  const random = new SeededRandom(size);
  const contents = changes(31);
  const written = new Map<BytePath, Buffer>();
  const seen: { path: BytePath; content: Buffer; root: Buffer }[] = [];
  let last: { path: BytePath; content: Buffer } = { path: real.paths[0] as BytePath, content: Buffer.alloc(0) };
  const spread = await measureAsync({ count: bench.short ? 60 : 300, warmup: bench.short ? 30 : 50 }, async () => {
    const capture = await directory.capture(engine.headRoot(fork));
    engine.checkpoint(fork, { edits: capture.edits, cause: 'bench' });
    capture.settle(true, engine.headRoot(fork));
    verify(capture.edits.length === 1, `a checkpoint after one change found ${capture.edits.length}`);
    seen.push({ ...last, root: engine.headRoot(fork) });
  }, async (i) => {
    last = { path: random.pick(real.paths), content: Buffer.from(contents.at(i)) };
    await other.write(real.at(last.path), last.content);
    written.set(last.path, last.content);
  });
  await directory.close();
  await afterReopening(place, open, (again) => {
    for (const { path: file, content, root } of seen) {
      const entry = lookup(again.store, root, file);
      verify(entry !== undefined && readContent(again.store, entry.id).equals(content), `a checkpoint has other content of ${file} than was in the directory`);
    }
    const files = new Map(real.paths.map((file) => [file, written.get(file) ?? real.content(file)]));
    verifyFiles(again, again.headRoot(forkNamed(again, 'workspace')), files);
  });
  real.verifyOnDisk(real.repository.root, written);
  bench.report({
    name: `dir/checkpoint/${size}`, unit: 'ms', ...scaled(spread, MILLIS), level: 'process', verified: true,
    peers: await gitCheckpoints(bench, real, other), target: { p50: 2 },
  });
}

/** The same in the same directory with git, which knows of the change as little as we did. */
async function gitCheckpoints(bench: Bench, real: RealDirectory, other: OtherProcess): Promise<Peer[]> {
  const { repository } = real;
  const random = new SeededRandom(2);
  const contents = changes(32);
  const count = bench.short ? 4 : 12;
  const time = async (work: () => void, after: () => void): Promise<Spread> => measureAsync({ count, warmup: 1 }, () => {
    work();
    return Promise.resolve();
  }, async (i) => {
    after();
    await other.write(real.at(random.pick(real.paths)), contents.at(i));
  });
  repository.git(['add', '-A']);
  repository.git(['commit', '-qm', 'before']);
  const commit = (): void => {
    repository.git(['add', '-A']);
    repository.git(['commit', '-qm', 'step']);
  };
  const committed = await time(commit, () => undefined);
  const stashed = await time(() => { repository.git(['stash', 'create']); }, () => { repository.git(['checkout', '-q', '--', '.']); });
  return [
    { name: 'git add -A, git commit', p50: committed.p50 / MILLIS },
    { name: 'git stash create', p50: stashed.p50 / MILLIS },
  ];
}
