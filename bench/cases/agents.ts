import type { HexId } from '../../protocol/ids.ts';
import type { BytePath } from '../../protocol/paths.ts';
import { SeededRandom } from '../../test/support/random.ts';
import { openStore } from '../bench.ts';
import type { Bench, Case } from '../bench.ts';
import { collectGarbage, measureAsync, micros, spreadOf, verify } from '../harness.ts';
import { GitPeer } from '../peers.ts';
import { once } from '../rows.ts';
import type { Spread } from '../rows.ts';
import { afterReopening, forkNamed, verifyChain, verifyFileAt } from '../states.ts';
import { Contents, fileOf, firstContent, forkOff, makeWorkspace, nestedPaths } from '../synthetic.ts';

const FILES = 10_000;

/** Many agents in turn on one thread, each on a fork of its own: how far one server goes. */
export const manyAgentsCase: Case = {
  name: 'checkpoint/850',
  async run(bench) {
    const agents = new Agents(bench, 850);
    const rounds = bench.short ? 6 : 30;
    const warmup = bench.short ? 4 : 10;
    for (let round = 0; round < warmup; round++) agents.round();
    collectGarbage();
    const times = new Float64Array(rounds * agents.count);
    let done = 0;
    const started = micros();
    for (let round = 0; round < rounds; round++) agents.round((time) => { times[done++] = time; });
    const rate = done / ((micros() - started) / 1e6);
    await agents.verify();
    const peer = { name: 'git fast-import, mean in a stream', p50: gitMean(bench, agents.count) };
    const same = { name: 'checkpoint/850', level: 'process', verified: true } as const;
    bench.report({ ...same, unit: 'µs', ...spreadOf(times), peers: [peer], target: { p95: 100 } });
    bench.report({ ...same, unit: '1/s', ...once(rate), peers: [{ name: peer.name, p50: 1e6 / peer.p50 }], target: { atLeast: 20_000 } });
  },
};

/** Level disk: each checkpoint is on the device when its agent goes on; those that wait together share a flush. */
export const durableCase: Case = {
  name: 'checkpoint/disk',
  async run(bench) {
    const git = durableGit(bench);
    const one = new Agents(bench, 1);
    const alone = await measureAsync({ count: bench.short ? 50 : 300, warmup: 10 }, async () => { await one.durable(0); });
    await one.verify();
    bench.report({ name: 'checkpoint/disk/1', unit: 'µs', ...alone, level: 'disk', verified: true, peers: [git] });

    const hundred = new Agents(bench, 100);
    const { spread, rate } = await together(hundred, bench.short ? 30 : 150);
    await hundred.verify();
    bench.report({ name: 'checkpoint/disk/100', unit: 'µs', ...spread, level: 'disk', verified: true, peers: [git] });
    bench.report({
      name: 'checkpoint/disk/100', unit: '1/s', ...once(rate), level: 'disk', verified: true,
      peers: [{ name: git.name, p50: 1e6 / git.p50 }], target: { atLeast: 10_000 },
    });
  },
};

/** Every agent works at its own pace, `each` checkpoints, waiting for the device after each. */
async function together(agents: Agents, each: number): Promise<{ spread: Spread; rate: number }> {
  const times: number[] = [];
  await Promise.all(Array.from({ length: agents.count }, async (_, agent) => { for (let i = 0; i < 5; i++) await agents.durable(agent); }));
  collectGarbage();
  const started = micros();
  await Promise.all(Array.from({ length: agents.count }, async (_, agent) => {
    for (let i = 0; i < each; i++) {
      const begun = micros();
      await agents.durable(agent);
      times.push(micros() - begun);
    }
  }));
  return { spread: spreadOf(Float64Array.from(times)), rate: times.length / ((micros() - started) / 1e6) };
}

/** Agents on forks of one tree, with what each of them did. */
class Agents {
  readonly count: number;
  readonly #directory: string;
  readonly #open: ReturnType<typeof openStore>;
  readonly #paths = nestedPaths(FILES);
  readonly #random = new SeededRandom(7);
  readonly #contents = new Contents(8);
  readonly #chains: HexId[][];
  /** For each agent the last operation: which path, which content. */
  readonly #last: { path: number; content: number }[] = [];
  #operations = 0;

  constructor(bench: Bench, count: number) {
    this.count = count;
    this.#directory = bench.place();
    this.#open = openStore(this.#directory);
    const workspace = makeWorkspace(this.#open.engine, this.#paths);
    this.#chains = Array.from({ length: count }, (_, agent) => [forkOff(this.#open.engine, workspace, `agent-${agent}`).head]);
  }

  /** One checkpoint by each agent. */
  round(onTime: (micros: number) => void = () => undefined): void {
    for (let agent = 0; agent < this.count; agent++) onTime(this.#step(agent));
  }

  async durable(agent: number): Promise<void> {
    this.#step(agent);
    await this.#open.store.sync();
  }

  #step(agent: number): number {
    const { engine } = this.#open;
    const fork = forkNamed(engine, `agent-${agent}`);
    const path = this.#random.below(this.#paths.length);
    const content = this.#contents.at(this.#operations);
    this.#last[agent] = { path, content: this.#operations++ };
    const started = micros();
    const taken = engine.checkpoint(fork, { edits: [{ path: this.#paths[path] as BytePath, entry: fileOf(engine, content) }] });
    const time = micros() - started;
    this.#chains[agent]?.push(taken.checkpoint);
    return time;
  }

  /** After a restart every agent's history is whole and its last write is there. */
  async verify(): Promise<void> {
    await afterReopening(this.#directory, this.#open, (engine) => {
      this.#chains.forEach((chain, agent) => {
        const fork = forkNamed(engine, `agent-${agent}`);
        verifyChain(engine, fork.head, chain);
        const last = this.#last[agent];
        verify(last !== undefined, `agent ${agent} did nothing`);
        verifyFileAt(engine, fork.head, this.#paths[last.path] as BytePath, this.#contents.at(last.content));
      });
    });
  }
}

function gitMean(bench: Bench, branches: number): number {
  const git = gitWithTree();
  const paths = nestedPaths(FILES);
  const random = new SeededRandom(7);
  const contents = new Contents(9);
  return git.importCommits(Array.from({ length: bench.short ? 850 : 2_550 }, (_, i) => (
    { branch: `agent-${i % branches}`, path: random.pick(paths), content: Buffer.from(contents.at(i)) })));
}

function durableGit(bench: Bench): { name: string; p50: number } {
  const git = gitWithTree();
  git.repository.git(['config', 'core.fsync', 'all']);
  const contents = new Contents(9);
  const path = nestedPaths(1)[0] as BytePath;
  return { name: 'git plumbing, core.fsync=all', p50: git.plumbingCommits(bench.short ? 5 : 20, path, (i) => contents.at(i)).p50 };
}

function gitWithTree(): GitPeer {
  const git = new GitPeer();
  git.importTree(nestedPaths(FILES).map((path) => [path, firstContent(path)] as const));
  return git;
}
