import { cpSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { BytePath } from '../../protocol/paths.ts';
import { bytePathFromText } from '../../protocol/paths.ts';
import { Collection } from '../../server/engine/collection.ts';
import type { Engine } from '../../server/engine/engine.ts';
import { DEFAULT_RETENTION } from '../../server/engine/retention.ts';
import type { SegmentStore } from '../../server/store/segment-store.ts';
import { GitRepository } from '../../test/support/git-repository.ts';
import { SeededRandom } from '../../test/support/random.ts';
import { openStore } from '../bench.ts';
import type { Bench, Case } from '../bench.ts';
import { micros, verify } from '../harness.ts';
import { allocated, between, written } from '../machine.ts';
import type { Written } from '../machine.ts';
import { once } from '../rows.ts';
import type { Peer, Target } from '../rows.ts';
import { afterReopening, forkNamed, verifyFiles } from '../states.ts';
import { fileOf, forkOff } from '../synthetic.ts';

/** Packages of this repository's own installation: sources, declarations, bundles and licences as they are. */
const PACKAGES = ['eslint', 'zod', '@types', '@typescript-eslint', '@modelcontextprotocol'];
/** What agents edit: nobody changes a bundle of megabytes by hand. */
const LARGEST_EDITED = 64 * 1024;
const FILES_A_STEP = 3;
const KEPT_SHARE = 0.1;
const MB = 1e6;

interface Step { readonly path: BytePath; readonly content: Buffer }

/** Agents on a real tree: fork, work in steps with a checkpoint after each, nine in ten given up, then space is given back. */
export const traceCase: Case = {
  name: 'dedup',
  async run(bench) {
    const trace = new Trace(bench.short ? ['zod', '@types'] : PACKAGES, bench.short ? 10 : 100, bench.short ? 5 : 20);
    const ours = await runOurs(bench, trace);
    const git = runGitTrace(trace);
    const same = { level: 'process', verified: true } as const;
    const row = (name: string, value: number, peers: readonly Peer[], more: { target?: Target } = {}): void => bench.report({
      name, unit: 'MB', ...once(value / MB), ...same, peers, ...more,
    });
    // Both grow with the number of agents: the figures are for its trace.
    const held = (target: Target): { target?: Target } => (bench.short ? {} : { target });
    // What so many directories would hold, each with every version of what was changed in it, against what was stored new.
    bench.report({ name: 'dedup', unit: '%', ...once(100 * (1 - ours.stored / trace.plainBytes)), ...same, ...held({ atLeast: 90 }) });
    if (ours.written !== undefined && git.written !== undefined) {
      row('dedup/written', ours.written, [{ name: 'git worktree add, add, commit, …', p50: git.written.bytes / MB }], held({ ratio: 10 }));
    }
    row('dedup/disk', ours.disk, [
      { name: 'git: .git and work trees', p50: git.disk / MB }, { name: 'git: .git alone', p50: git.gitDirectory / MB },
    ]);
    row('dedup/disk/swept', ours.swept, [
      { name: 'git gc: .git and work trees', p50: git.sweptDisk / MB }, { name: 'git gc: .git alone', p50: git.sweptGitDirectory / MB },
    ]);
    bench.report({ name: 'dedup/time', unit: 's', ...once(ours.micros / 1e6), ...same, peers: [{ name: 'git, the whole trace', p50: git.micros / 1e6 }] });
  },
};

/** The same work for both sides. */
export class Trace {
  readonly agents: number;
  readonly steps: number;
  readonly directory: string;
  readonly files = new Map<BytePath, Buffer>();
  readonly packages: readonly string[];
  /** Bytes that plain directories and copies would hold: the tree once for each agent, and every version written. */
  readonly plainBytes: number;
  readonly #editable: readonly BytePath[];

  constructor(packages: readonly string[], agents: number, steps: number) {
    this.agents = agents;
    this.steps = steps;
    this.packages = packages;
    this.directory = path.join(path.dirname(createRequire(__filename).resolve('typescript/package.json')), '..');
    for (const name of packages) this.#read(name);
    this.#editable = [...this.files].filter(([, content]) => content.length <= LARGEST_EDITED).map(([file]) => file);
    let bytes = 0;
    for (const content of this.files.values()) bytes += content.length * agents;
    for (let agent = 0; agent < agents; agent++) for (const step of this.work(agent)) for (const { content } of step) bytes += content.length;
    this.plainBytes = bytes;
  }

  isKept(agent: number): boolean {
    return agent % Math.round(1 / KEPT_SHARE) === 0;
  }

  /** What an agent writes, step by step: a line more in a few files, on top of what it wrote before. */
  *work(agent: number): Generator<Step[]> {
    const random = new SeededRandom(1000 + agent);
    const mine = new Map<BytePath, Buffer>();
    for (let step = 0; step < this.steps; step++) {
      const written = new Map<BytePath, Buffer>();
      while (written.size < FILES_A_STEP) {
        const file = random.pick(this.#editable);
        const before = mine.get(file) ?? this.files.get(file) as Buffer;
        const at = random.integer(0, before.length);
        const content = Buffer.concat([before.subarray(0, at), Buffer.from(`\n// agent ${agent}, step ${step}: ${random.below(1e9)}\n`), before.subarray(at)]);
        mine.set(file, content);
        written.set(file, content);
      }
      yield Array.from(written, ([file, content]) => ({ path: file, content }));
    }
  }

  /** What an agent's tree holds in the end. */
  result(agent: number): Map<BytePath, Buffer> {
    const files = new Map(this.files);
    for (const step of this.work(agent)) for (const { path: file, content } of step) files.set(file, content);
    return files;
  }

  #read(name: string): void {
    const at = path.join(this.directory, name);
    const stats = lstatSync(at);
    if (stats.isDirectory()) for (const child of readdirSync(at)) this.#read(`${name}/${child}`);
    else if (stats.isFile()) this.files.set(bytePathFromText(name), readFileSync(at));
  }
}

async function runOurs(bench: Bench, trace: Trace): Promise<{ stored: number; written: number | undefined; disk: number; swept: number; micros: number }> {
  const place = bench.place();
  const open = openStore(place);
  const { engine, store } = open;
  const writtenBefore = written();
  const started = micros();
  const workspace = engine.createWorkspace({
    name: 'workspace', agent: 'user', dir: null, git: null,
    edits: Array.from(trace.files, ([file, content]) => ({ path: file, entry: fileOf(engine, content) })),
  });
  for (let agent = 0; agent < trace.agents; agent++) {
    const fork = forkOff(engine, workspace, `agent-${agent}`);
    for (const step of trace.work(agent)) {
      engine.checkpoint(fork, { edits: step.map(({ path: file, content }) => ({ path: file, entry: fileOf(engine, content) })) });
    }
  }
  const { storedBytes } = store.statistics();
  const disk = allocated(place);
  for (let agent = 0; agent < trace.agents; agent++) if (!trace.isKept(agent)) engine.discard([forkNamed(engine, `agent-${agent}`)]);
  await sweep(engine, store);
  const time = micros() - started;
  const writtenAfter = written();
  await afterReopening(place, open, (again) => {
    verify(again.state.forks.size === 1 + trace.agents * KEPT_SHARE, 'other forks are left than those that were kept');
    for (let agent = 0; agent < trace.agents; agent++) {
      if (trace.isKept(agent)) verifyFiles(again, again.headRoot(forkNamed(again, `agent-${agent}`)), trace.result(agent));
    }
  });
  return { stored: storedBytes, written: between(writtenBefore, writtenAfter)?.bytes, disk, swept: allocated(place), micros: time };
}

/** What `pyi sweep` does in engine and store, with no time of grace. */
async function sweep(engine: Engine, store: SegmentStore): Promise<void> {
  const collection = new Collection(engine, store, { ...DEFAULT_RETENTION, grace: 0 }, false);
  while (!collection.step(3_000)) await new Promise<void>((resolve) => { setImmediate(resolve); });
  verify((collection.result?.objects ?? 0) > 0, 'the sweep found nothing to let go');
  await store.compact();
}

export interface GitTrace {
  readonly written: Written | undefined;
  readonly disk: number;
  readonly gitDirectory: number;
  readonly sweptDisk: number;
  readonly sweptGitDirectory: number;
  readonly micros: number;
}

/** A linked work tree and a branch for each agent, a commit after each step, then worktree remove, branch -D and gc. */
export function runGitTrace(trace: Trace): GitTrace {
  const repository = GitRepository.create();
  for (const name of trace.packages) cpSync(path.join(trace.directory, name), path.join(repository.root, name), { recursive: true });
  const gitDirectory = path.join(repository.root, '.git');
  const place = (agent: number): string => path.join(repository.directory, `agent-${agent}`);
  const writtenBefore = written();
  const started = micros();
  // Everything, as PYI's tree has it, whatever the packages' own ignore files say.
  repository.git(['add', '-A', '-f']);
  repository.git(['commit', '-qm', 'first']);
  for (let agent = 0; agent < trace.agents; agent++) {
    repository.git(['worktree', 'add', '-q', '-b', `agent-${agent}`, place(agent), 'main']);
    for (const step of trace.work(agent)) {
      for (const { path: file, content } of step) writeFileSync(path.join(place(agent), file), content);
      repository.git(['commit', '-qam', 'step'], { cwd: place(agent) });
    }
  }
  const gitBefore = allocated(gitDirectory);
  const disk = allocated(repository.directory);
  for (let agent = 0; agent < trace.agents; agent++) {
    if (trace.isKept(agent)) continue;
    repository.git(['worktree', 'remove', '--force', place(agent)]);
    repository.git(['branch', '-qD', `agent-${agent}`]);
  }
  repository.git(['reflog', 'expire', '--expire=now', '--all']);
  repository.git(['gc', '-q', '--prune=now']);
  const time = micros() - started;
  const writtenAfter = written();
  verifyGit(repository, trace, place);
  return {
    written: between(writtenBefore, writtenAfter),
    disk, gitDirectory: gitBefore, sweptDisk: allocated(repository.directory), sweptGitDirectory: allocated(gitDirectory), micros: time,
  };
}

function verifyGit(repository: GitRepository, trace: Trace, place: (agent: number) => string): void {
  repository.git(['fsck', '--strict', '--no-dangling']);
  for (let agent = 0; agent < trace.agents; agent++) {
    if (!trace.isKept(agent)) continue;
    verify(repository.git(['status', '--porcelain'], { cwd: place(agent) }) === '', `git's copy of agent ${agent} has changes that were not committed`);
    for (const [file, content] of trace.result(agent)) verify(readFileSync(path.join(place(agent), file)).equals(content), `git's copy of agent ${agent} has other content`);
  }
}
