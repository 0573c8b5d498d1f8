import { existsSync } from 'node:fs';
import path from 'node:path';
import type { BytePath } from '../../protocol/paths.ts';
import { rootOfCheckpoint } from '../../server/engine/checkpoint-object.ts';
import type { Fork } from '../../server/engine/state.ts';
import { discoverLayout, requireGit } from '../../server/git/layout.ts';
import { addWorktree } from '../../server/git/worktrees.ts';
import { systemClock } from '../../server/system.ts';
import { writeTree } from '../../server/worktree/write-tree.ts';
import { openStore } from '../bench.ts';
import type { Bench, Case, OpenStore } from '../bench.ts';
import { measureAsync, measureInTurns, MILLIS, scaled, verify } from '../harness.ts';
import { changes, ingest, RealDirectory } from '../real-directory.ts';
import type { Spread, Target } from '../rows.ts';
import { afterReopening, forkNamed, verifyFiles } from '../states.ts';
import { fileOf, forkOff } from '../synthetic.ts';

const CHANGED = 100;

/** A fork as a real directory, and a real directory that goes back to an earlier checkpoint. */
export const directoryForkCase: Case = {
  name: 'dir/fork',
  run: (bench) => onDirectory(bench, forks),
};

export const directoryRewindCase: Case = {
  name: 'dir/rewind',
  run: (bench) => onDirectory(bench, rewinds),
};

interface Setting extends OpenStore {
  readonly bench: Bench;
  readonly place: string;
  readonly real: RealDirectory;
  readonly workspace: Fork;
  /** Where the stat cache of the user's directory is. */
  readonly notes: string;
}

async function onDirectory(bench: Bench, run: (setting: Setting) => Promise<void>): Promise<void> {
  const real = new RealDirectory(bench, bench.short ? 1_000 : 10_000);
  real.repository.git(['add', '-A']);
  real.repository.git(['commit', '-qm', 'first']);
  const place = bench.place();
  const open = openStore(place);
  const notes = bench.place();
  const directory = await real.open(open.store, real.repository.root, notes);
  const workspace = await ingest(open.engine, directory, real.repository.root);
  await directory.close();
  await run({ ...open, bench, place, real, workspace, notes });
}

async function forks(setting: Setting): Promise<void> {
  const { bench, engine, store, real, workspace, notes } = setting;
  const measured = { count: bench.short ? 3 : 8, warmup: 1 };
  let out = '';
  const write = async (fork: Fork): Promise<void> => {
    await writeTree(store, engine.headRoot(fork), out, {
      clock: systemClock, statCacheFile: path.join(notes, 'fork.stat'),
      cloneFrom: { directory: real.repository.root, statCacheFile: path.join(notes, 'stat') },
    });
  };
  const layout = requireGit(await discoverLayout(real.repository.adapter, real.repository.root));
  const commit = real.repository.git(['rev-parse', 'HEAD']);
  const made: string[] = [];
  const [plain, registered, git] = await measureInTurns(measured, [
    async (i) => { await write(forkOff(engine, workspace, `plain-${i}`)); },
    async (i) => {
      await addWorktree(real.repository.adapter, layout, { directory: out, commit });
      await write(forkOff(engine, workspace, `registered-${i}`));
    },
    () => {
      real.repository.git(['worktree', 'add', '-q', '--detach', out, 'HEAD']);
      return Promise.resolve();
    },
  ], () => {
    out = bench.place();
    made.push(out);
  }) as [Spread, Spread, Spread];
  const [lastPlain = '', lastRegistered = ''] = made.slice(-3);
  for (const directory of [lastPlain, lastRegistered]) real.verifyOnDisk(directory, new Map());
  verify(real.repository.git(['status', '--porcelain'], { cwd: lastRegistered }) === '', 'git finds the new directory changed');
  verify(real.repository.git(['worktree', 'list', '--porcelain']).includes(`worktree ${lastRegistered}\n`), 'git does not list the new directory');
  await afterReopening(setting.place, setting, (again) => {
    for (const name of [`plain-${measured.count}`, `registered-${measured.count}`]) {
      verify(forkNamed(again, name).head === workspace.head, `${name} is not where it was made`);
    }
  });
  const peer = { name: 'git worktree add', p50: git.p50 / MILLIS };
  const row = (name: string, spread: Spread, cause: string): void => bench.report({
    name, unit: 'ms', ...scaled(spread, MILLIS), level: 'process', verified: true, peers: [peer], cause, ...held(bench),
  });
  row('dir/fork', plain, 'on both sides nearly all of the time is the file system making files');
  row('dir/fork/registered', registered, 'as dir/fork, and two git commands on top: worktree add, read-tree');
}

async function rewinds(setting: Setting): Promise<void> {
  const { bench, engine, store, real, workspace } = setting;
  const measured = { count: bench.short ? 6 : 20, warmup: 2 };
  const contents = changes(41);
  const changed = new Map<BytePath, Buffer>();
  for (let i = 0; i < CHANGED; i++) {
    const file = real.paths[Math.floor((i * real.paths.length) / CHANGED)] as BytePath;
    changed.set(file, Buffer.from(contents.at(i)));
  }
  const before = workspace.head;
  const after = engine.checkpoint(workspace, { edits: Array.from(changed, ([file, content]) => ({ path: file, entry: fileOf(engine, content) })) }).checkpoint;
  engine.rewind(workspace, before);
  const directory = await real.open(store);
  (await directory.capture(engine.headRoot(workspace))).settle(true);
  const target = (i: number): string => (i % 2 === 0 ? after : before);
  const spread = await measureAsync(measured, async (i) => {
    // As `pyi rewind`: what is there now is looked at first, so that nothing is lost.
    const root = engine.headRoot(workspace);
    const capture = await directory.capture(root);
    capture.settle(true, root);
    verify(capture.edits.length === 0, 'the directory was not as the last rewind left it');
    await directory.apply(directory.plan(root, rootOfCheckpoint(store, target(i))));
    engine.rewind(workspace, target(i));
  });
  await directory.close();
  const isAfter = target(measured.warmup + measured.count - 1) === after;
  const now = isAfter ? changed : new Map<BytePath, Buffer>();
  real.verifyOnDisk(real.repository.root, now);
  await afterReopening(setting.place, setting, (again) => {
    verifyFiles(again, again.headRoot(forkNamed(again, 'workspace')), new Map(real.paths.map((file) => [file, now.get(file) ?? real.content(file)])));
  });
  bench.report({
    name: 'dir/rewind', unit: 'ms', ...scaled(spread, MILLIS), level: 'process', verified: true,
    peers: [{ name: `git checkout, ${CHANGED} files differ`, p50: (await gitCheckouts(real, changed, measured)).p50 / MILLIS }], ...held(bench),
  });
}

/** The target is for 10,000 files: what git does with its index is most of its work there, and little of it with fewer. */
function held(bench: Bench): { target?: Target } {
  return bench.short ? {} : { target: { ratio: 1 } };
}

async function gitCheckouts(real: RealDirectory, changed: ReadonlyMap<BytePath, Buffer>, measured: { count: number; warmup: number }): Promise<Spread> {
  const { repository } = real;
  repository.git(['checkout', '-q', '--force', 'HEAD']);
  const first = repository.git(['rev-parse', 'HEAD']);
  for (const [file, content] of changed) repository.write(file, content);
  repository.git(['commit', '-qam', 'second']);
  const second = repository.git(['rev-parse', 'HEAD']);
  verify(existsSync(path.join(repository.root, '.git')), 'the repository is gone');
  return measureAsync(measured, (i) => {
    repository.git(['checkout', '-q', i % 2 === 0 ? first : second]);
    return Promise.resolve();
  });
}
