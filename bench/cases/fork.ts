import type { HexId } from '../../protocol/ids.ts';
import { openStore } from '../bench.ts';
import type { Case } from '../bench.ts';
import { measure, verify } from '../harness.ts';
import { GitPeer } from '../peers.ts';
import { afterReopening, forkNamed } from '../states.ts';
import { Contents, fileOf, firstContent, forkOff, makeWorkspace, nestedPaths } from '../synthetic.ts';

const FILES = 10_000;
const PATHS = nestedPaths(FILES);
const FIRST = PATHS[0] as (typeof PATHS)[number];

/** What an agent does to branches: pointers, each change with its journal record in the file. */
export const forkCase: Case = {
  name: 'fork',
  async run(bench) {
    const { count, warmup, git } = setting();
    const directory = bench.place();
    const open = openStore(directory);
    const { engine } = open;
    const workspace = makeWorkspace(engine, PATHS);
    const spread = measure({ count, warmup }, (i) => { forkOff(engine, workspace, `fork-${i}`); });
    const base = workspace.head;
    await afterReopening(directory, open, (again) => {
      for (let i = 0; i < warmup + count; i++) {
        const fork = forkNamed(again, `fork-${i}`);
        verify(fork.state === 'live' && fork.head === base && fork.base === base, `fork-${i} is not where it was made`);
      }
    });
    const commit = git.head('refs/heads/main');
    const peer = git.refTransactions(Array.from({ length: 500 }, (_, i) => `create refs/heads/f${i} ${commit}`));
    bench.report({ name: 'fork', unit: 'µs', ...spread, level: 'process', verified: true, peers: [refPeer(peer)], target: { p95: 10 } });
  },
};

export const rewindCase: Case = {
  name: 'rewind/logical',
  async run(bench) {
    const { count, warmup, git } = setting();
    const directory = bench.place();
    const open = openStore(directory);
    const { engine } = open;
    const fork = forkOff(engine, makeWorkspace(engine, PATHS), 'agent');
    const contents = new Contents(1);
    const states: HexId[] = Array.from({ length: 16 }, (_, i) => (
      engine.checkpoint(fork, { edits: [{ path: FIRST, entry: fileOf(engine, contents.at(i)) }] }).checkpoint));
    const target = (i: number): HexId => states[(i * 7) % states.length] as HexId;
    const spread = measure({ count, warmup }, (i) => { engine.rewind(fork, target(i)); });
    const { lastOperation } = fork;
    await afterReopening(directory, open, (again) => {
      const agent = forkNamed(again, 'agent');
      verify(agent.head === target(warmup + count - 1), 'the fork does not stand where it was rewound to');
      verify(lastOperation !== null && agent.lastOperation === lastOperation && again.state.operations.has(lastOperation), 'the last rewind could not be undone');
    });
    const commits = [git.head('refs/heads/main'), git.head('refs/heads/other')];
    const peer = git.refTransactions(Array.from({ length: 500 }, (_, i) => `update refs/heads/moving ${commits[i % 2] ?? ''}`));
    bench.report({ name: 'rewind/logical', unit: 'µs', ...spread, level: 'process', verified: true, peers: [refPeer(peer)], target: { p95: 10 } });
  },
};

export const discardCase: Case = {
  name: 'discard',
  async run(bench) {
    const { count, warmup, git } = setting();
    const directory = bench.place();
    const open = openStore(directory);
    const { engine } = open;
    const workspace = makeWorkspace(engine, PATHS);
    const forks = Array.from({ length: warmup + count }, (_, i) => forkOff(engine, workspace, `fork-${i}`));
    const kept = forkOff(engine, workspace, 'kept');
    const spread = measure({ count, warmup }, (i) => { engine.discard([forks[i] as (typeof forks)[number]]); });
    await afterReopening(directory, open, (again) => {
      const live = again.state.list().map((fork) => fork.name).sort();
      verify(live.join() === [kept.name, workspace.name].sort().join(), 'other forks are live than those that were kept');
      for (const { id } of forks) verify(again.state.forks.get(id)?.state === 'discarded', `fork ${id} could not be brought back`);
    });
    const commit = git.head('refs/heads/main');
    git.refTransactions(Array.from({ length: 500 }, (_, i) => `create refs/heads/f${i} ${commit}`));
    const peer = git.refTransactions(Array.from({ length: 500 }, (_, i) => `delete refs/heads/f${i}`));
    bench.report({ name: 'discard', unit: 'µs', ...spread, level: 'process', verified: true, peers: [refPeer(peer)], target: { p95: 10 } });
  },
};

/** The cheapest thought: try one change and drop it. */
export const attemptCase: Case = {
  name: 'fork+write+discard',
  async run(bench) {
    const { count, warmup, git } = setting();
    const directory = bench.place();
    const open = openStore(directory);
    const { engine } = open;
    const workspace = makeWorkspace(engine, PATHS);
    const contents = new Contents(2);
    const ids: HexId[] = [];
    const before = engine.headRoot(workspace);
    let content = contents.at(0);
    const spread = measure({ count, warmup }, (i) => {
      const fork = forkOff(engine, workspace, `attempt-${i}`);
      engine.edit(fork, PATHS[i % FILES] as typeof FIRST, fileOf(engine, content));
      engine.discard([fork]);
      ids.push(fork.id);
    }, (i) => { content = contents.at(i); });
    await afterReopening(directory, open, (again) => {
      verify(ids.every((id) => again.state.forks.get(id)?.state === 'discarded'), 'an attempt is still live');
      verify(again.headRoot(forkNamed(again, 'workspace')).equals(before), 'an attempt changed the tree that it was made from');
    });
    const steps = Array.from({ length: 500 }, (_, i) => ({ branch: `attempt-${i}`, path: PATHS[i] as typeof FIRST, content: Buffer.from(contents.at(i)) }));
    const committed = git.importCommits(steps);
    const deleted = git.refTransactions(steps.map(({ branch }) => `delete refs/heads/${branch}`));
    bench.report({
      name: 'fork+write+discard', unit: 'µs', ...spread, level: 'process', verified: true,
      peers: [{ name: 'git fast-import + update-ref -d', p50: committed + deleted }], target: { p95: 50 },
    });
  },
};

function setting(): { count: number; warmup: number; git: GitPeer } {
  const git = new GitPeer();
  git.importTree(PATHS.map((path) => [path, firstContent(path)] as const));
  git.importCommits([{ branch: 'other', path: FIRST, content: Buffer.from('other\n') }]);
  return { count: 10_000, warmup: 3_000, git };
}

function refPeer(p50: number): { name: string; p50: number } {
  return { name: 'git update-ref --stdin, mean', p50 };
}
