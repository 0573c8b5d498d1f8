import type { BytePath } from '../../protocol/paths.ts';
import { positionOf } from '../../server/engine/engine.ts';
import type { Engine } from '../../server/engine/engine.ts';
import { planMerge } from '../../server/engine/merge.ts';
import type { Fork } from '../../server/engine/state.ts';
import { baseForkOf, checkCollapse, collapse, losersOf, superpositionOf } from '../../server/engine/superposition.ts';
import { diff } from '../../server/engine/tree/diff.ts';
import type { Edit } from '../../server/engine/tree/entry.ts';
import { SeededRandom } from '../../test/support/random.ts';
import { openStore } from '../bench.ts';
import type { Bench, Case } from '../bench.ts';
import { measure, scaled, MILLIS, verify } from '../harness.ts';
import { GitPeer } from '../peers.ts';
import type { Peer } from '../rows.ts';
import { afterReopening, forkNamed, verifyFiles } from '../states.ts';
import { Contents, fileOf, firstContent, forkOff, makeWorkspace, nestedPaths } from '../synthetic.ts';

const FILES = 10_000;
const CHANGED = 10;
const PATHS = nestedPaths(FILES);
const RIVALS = 3;

/** Two forks that changed different files become one, with its checkpoint. */
export const mergeCase: Case = {
  name: 'merge/disjoint',
  async run(bench) {
    const directory = bench.place();
    const open = openStore(directory);
    const { engine } = open;
    const work = new Work(engine);
    let ours = work.workspace;
    let theirs = work.workspace;
    const spread = measure(counts(bench), () => { mergeInto(engine, theirs, ours); }, (i) => {
      ours = forkOff(engine, work.workspace, `ours-${i}`);
      theirs = forkOff(engine, work.workspace, `theirs-${i}`);
      work.changeBoth(ours, theirs);
    });
    const expected = work.filesOf([ours, theirs]);
    await afterReopening(directory, open, (again) => {
      const merged = forkNamed(again, ours.name);
      verify(merged.head === ours.head && merged.lastOperation !== null, 'the merge was not recorded');
      verifyFiles(again, again.headRoot(merged), expected);
    });
    bench.report({
      name: 'merge/disjoint', unit: 'ms', ...scaled(spread, MILLIS), level: 'process', verified: true,
      peers: [gitMerge(bench, false)], target: { p95: 1 },
    });
  },
};

/**
 * A fork wins although the base has moved: rebase, compare and swap, losers discarded. Ten files were changed on the fork and
 * ten others on the base.
 */
export const collapseCase: Case = {
  name: 'collapse/engine',
  async run(bench) {
    const directory = bench.place();
    const open = openStore(directory);
    const { engine } = open;
    const work = new Work(engine);
    let winner = work.workspace;
    const spread = measure(counts(bench), () => {
      mergeInto(engine, baseForkOf(engine, winner), winner);
      collapseTo(engine, winner);
    }, (i) => {
      winner = forkOff(engine, work.workspace, `winner-${i}`, 'task');
      for (let n = 0; n < RIVALS; n++) forkOff(engine, work.workspace, `rival-${i}-${n}`, 'task');
      work.changeBoth(work.workspace, winner);
    });
    const expected = work.filesOf();
    await afterReopening(directory, open, (again) => {
      const workspace = forkNamed(again, 'workspace');
      verify(forkNamed(again, winner.name).state === 'merged', 'the winner was not merged');
      verify(again.state.list().length === 1, 'a loser is still live');
      verify(workspace.head === work.workspace.head, 'the base does not stand at the collapse');
      verifyFiles(again, again.headRoot(workspace), expected);
    });
    bench.report({
      name: 'collapse/engine', unit: 'ms', ...scaled(spread, MILLIS), level: 'process', verified: true,
      peers: [gitMerge(bench, true)], target: { p95: 1 },
    });
  },
};

function counts(bench: Bench): { count: number; warmup: number } {
  return bench.short ? { count: 100, warmup: 100 } : { count: 1_000, warmup: 300 };
}

/** What `pyi integrate` does in the engine; nothing is disputed here. */
function mergeInto(engine: Engine, from: Fork, into: Fork): void {
  const plan = planMerge(engine, from, into);
  const before = positionOf(into);
  const base = into.parent === from.id ? from.head : into.base;
  engine.checkpointWith(into, { edits: plan.edits, merged: [plan.theirs], kind: 'merge', cause: 'bench' }, (checkpoint) => [
    engine.operationRecord('integrate', [{ fork: into.id, before, after: { head: checkpoint, base, state: 'live' } }])]);
}

/** What `pyi collapse` does in the engine. */
function collapseTo(engine: Engine, winner: Fork): void {
  const into = baseForkOf(engine, winner);
  checkCollapse(engine, winner, into);
  const edits: Edit[] = Array.from(diff(engine.store, engine.headRoot(into), engine.headRoot(winner)), ({ path, after }) => ({ path, entry: after ?? null }));
  collapse(engine, { winner, into, losers: losersOf(engine, winner, superpositionOf(engine, winner)), checkpoint: { edits, cause: 'bench' } });
}

/** Changes that both sides make, and what every fork holds after them. */
class Work {
  readonly workspace: Fork;
  readonly #engine: Engine;
  readonly #random = new SeededRandom(5);
  readonly #contents = new Contents(6);
  /** Every write, in order; its place here says which content it wrote. */
  readonly #log: { readonly fork: Fork; readonly path: BytePath }[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.workspace = makeWorkspace(engine, PATHS);
  }

  /** Ten files on each side, none on both. */
  changeBoth(ours: Fork, theirs: Fork): void {
    const chosen = new Set<BytePath>();
    while (chosen.size < 2 * CHANGED) chosen.add(this.#random.pick(PATHS));
    const paths = [...chosen];
    this.#change(ours, paths.slice(0, CHANGED));
    this.#change(theirs, paths.slice(CHANGED));
  }

  /** The files after what these forks wrote, or all. */
  filesOf(forks?: readonly Fork[]): Map<BytePath, Buffer> {
    const files = new Map<BytePath, Buffer>(PATHS.map((path) => [path, firstContent(path)]));
    this.#log.forEach(({ fork, path }, i) => {
      if (forks === undefined || forks.includes(fork)) files.set(path, Buffer.from(this.#contents.at(i)));
    });
    return files;
  }

  #change(fork: Fork, paths: readonly BytePath[]): void {
    const edits = paths.map((path): Edit => {
      const content = this.#contents.at(this.#log.length);
      this.#log.push({ fork, path });
      return { path, entry: fileOf(this.#engine, content) };
    });
    this.#engine.checkpoint(fork, { edits });
  }
}

/** `git merge-tree` of the same two sides, for a collapse with the commit and the moved branch as well. */
function gitMerge(bench: Bench, commits: boolean): Peer {
  const git = new GitPeer();
  git.importTree(PATHS.map((path) => [path, firstContent(path)] as const));
  const contents = new Contents(6);
  for (const [branch, offset] of [['ours', 0], ['theirs', 5_000]] as const) {
    git.importCommits(Array.from({ length: CHANGED }, (_, i) => ({ branch, path: PATHS[offset + i * 400] as BytePath, content: Buffer.from(contents.at(offset + i)) })));
  }
  const count = bench.short ? 10 : 50;
  const merged = git.timeEach(count, () => ['merge-tree', '--write-tree', 'ours', 'theirs']).p50;
  if (!commits) return { name: 'git merge-tree --write-tree', p50: merged / MILLIS };
  const tree = git.repository.git(['merge-tree', '--write-tree', 'ours', 'theirs']).split('\n')[0] ?? '';
  const committed = git.timeEach(count, (i) => ['commit-tree', tree, '-p', 'ours', '-p', 'theirs', '-m', `merge ${i}`]).p50;
  const moved = git.timeEach(count, (i) => ['update-ref', 'refs/heads/main', i % 2 === 0 ? 'ours' : 'theirs']).p50;
  return { name: 'git merge-tree, commit-tree, update-ref', p50: (merged + committed + moved) / MILLIS };
}
