import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import type { Engine } from '../../server/engine/engine.ts';
import type { CommitLevel } from '../../server/engine/ports.ts';
import { SeededRandom } from '../../test/support/random.ts';
import { openStore } from '../bench.ts';
import type { Bench, Case } from '../bench.ts';
import { measure } from '../harness.ts';
import { GitPeer } from '../peers.ts';
import type { Peer, Spread, Target } from '../rows.ts';
import { afterReopening, forkNamed, verifyChain, verifyFileAt, verifyFiles } from '../states.ts';
import { Contents, fileOf, firstContent, flatPaths, forkOff, makeWorkspace, nestedPaths } from '../synthetic.ts';

/** Sizes for which the issue names a target. */
const HELD = new Set([10_000, 100_000]);

/** One file of 2 KB changed and recorded, in trees of many sizes: hash, store, path copied, record, one write. */
export const checkpointCase: Case = {
  name: 'checkpoint/1-of-',
  async run(bench) {
    for (const size of bench.short ? [1, 1_000, 10_000] : [1, 10, 100, 1_000, 10_000, 100_000]) {
      await oneOf(bench, `checkpoint/1-of-${size}`, nestedPaths(size), HELD.has(size) ? { p50: 35, p95: 70 } : undefined);
    }
  },
};

/** The same with all files in one directory. */
export const flatCase: Case = {
  name: 'checkpoint/flat',
  run: (bench) => oneOf(bench, 'checkpoint/flat', flatPaths(bench.short ? 2_000 : 10_000), { p95: 70 }),
};

async function oneOf(bench: Bench, name: string, paths: readonly BytePath[], target: Target | undefined): Promise<void> {
  const directory = bench.place();
  const open = openStore(directory);
  const workspace = makeWorkspace(open.engine, paths);
  const runs = [new Run(open.engine, 'process', paths, 1), new Run(open.engine, 'memory', paths, 2)] as const;
  const spreads = runs.map((run) => run.time(bench.short, forkOff(open.engine, workspace, run.level).name));
  await afterReopening(directory, open, (engine) => { for (const run of runs) run.verify(engine); });
  const peers = gitPeers(bench, paths);
  runs.forEach(({ level }, i) => {
    const spread = spreads[i] as Spread;
    bench.report({ name, unit: 'µs', ...spread, level, verified: true, peers, ...(target === undefined ? {} : { target }) });
  });
}

/** Checkpoints on one fork at one level, and what they must have left behind. */
class Run {
  readonly level: CommitLevel;
  readonly #engine: Engine;
  readonly #paths: readonly BytePath[];
  readonly #contents: Contents;
  readonly #chain: HexId[] = [];
  readonly #written: BytePath[] = [];

  constructor(engine: Engine, level: CommitLevel, paths: readonly BytePath[], seed: number) {
    this.#engine = engine;
    this.level = level;
    this.#paths = paths;
    this.#contents = new Contents(seed);
  }

  time(short: boolean, forkName: string): Spread {
    const engine = this.#engine;
    const fork = forkNamed(engine, forkName);
    const random = new SeededRandom(1);
    this.#chain.push(fork.head);
    const { level } = this;
    let content: Buffer;
    let path: BytePath;
    return measure({ count: short ? 3_000 : 10_000, warmup: short ? 2_000 : 5_000 }, () => {
      const taken = engine.checkpoint(fork, { edits: [{ path, entry: fileOf(engine, content) }], level, cause: 'bench' });
      this.#chain.push(taken.checkpoint);
    }, (i) => {
      path = random.pick(this.#paths);
      content = this.#contents.at(i);
      this.#written.push(path);
    });
  }

  /** Every checkpoint is there and in order, every hundredth holds what it wrote, and the last holds all that came before. */
  verify(engine: Engine): void {
    const fork = forkNamed(engine, this.level);
    verifyChain(engine, fork.head, this.#chain);
    for (let i = 0; i < this.#written.length; i += 100) {
      verifyFileAt(engine, this.#chain[i + 1] as HexId, this.#written[i] as BytePath, this.#contents.at(i));
    }
    const expected = new Map(this.#paths.map((path) => [path, firstContent(path)]));
    this.#written.forEach((path, i) => expected.set(path, Buffer.from(this.#contents.at(i))));
    verifyFiles(engine, engine.headRoot(fork), expected);
  }
}

function gitPeers(bench: Bench, paths: readonly BytePath[]): Peer[] {
  const git = new GitPeer();
  git.importTree(paths.map((path) => [path, firstContent(path)] as const));
  const contents = new Contents(3);
  const random = new SeededRandom(1);
  const steps = Array.from({ length: bench.short ? 500 : 2_000 }, (_, i) => (
    { branch: 'main', path: random.pick(paths), content: Buffer.from(contents.at(i)) }));
  const plumbing = git.plumbingCommits(bench.short ? 5 : 20, paths[0] as BytePath, (i) => contents.at(i));
  return [
    { name: 'git plumbing: index, write-tree, …', p50: plumbing.p50 },
    { name: 'git fast-import, mean in a stream', p50: git.importCommits(steps) },
  ];
}
