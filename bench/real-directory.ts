import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BytePath } from '../protocol/paths.ts';
import type { Engine } from '../server/engine/engine.ts';
import type { Fork } from '../server/engine/state.ts';
import { emptyTree } from '../server/engine/tree/edit.ts';
import { IgnoreRules } from '../server/worktree/ignore/rules.ts';
import { WorkingDirectory } from '../server/worktree/working-directory.ts';
import { systemClock } from '../server/system.ts';
import { GitRepository } from '../test/support/git-repository.ts';
import type { Bench } from './bench.ts';
import { verify } from './harness.ts';
import { Contents, nestedPaths } from './synthetic.ts';

/** Sizes of the files in turn: what sources have, 2 KB on average. */
const SIZES = [300, 700, 1_200, 1_800, 2_400, 5_600];

/** A real repository with real files, for whatever works on directories. */
export class RealDirectory {
  readonly repository: GitRepository;
  readonly paths: readonly BytePath[];
  readonly #bench: Bench;

  constructor(bench: Bench, files: number) {
    this.#bench = bench;
    this.repository = GitRepository.create();
    this.paths = nestedPaths(files);
    for (const file of this.paths) {
      mkdirSync(path.dirname(this.at(file)), { recursive: true });
      writeFileSync(this.at(file), this.content(file));
    }
  }

  at(file: BytePath): string {
    return path.join(this.repository.root, file);
  }

  /** What a file holds to begin with. */
  content(file: BytePath): Buffer {
    const line = `export const path = ${JSON.stringify(file)};\n`;
    const i = Number(/(\d{6})\./.exec(file)?.[1] ?? 0);
    return Buffer.from(line.repeat(Math.ceil((SIZES[i % SIZES.length] as number) / line.length)));
  }

  /** Watches and captures a directory as the server does; `root` is this one by default. */
  open(store: Engine['store'], root = this.repository.root, notes = this.#bench.place()): Promise<WorkingDirectory> {
    const cookieDirectory = path.join(notes, 'cookies');
    mkdirSync(cookieDirectory, { recursive: true });
    return WorkingDirectory.open({
      root, store, clock: systemClock, cookieDirectory, statCacheFile: path.join(notes, 'stat'), leaveAlone: () => false,
      ignore: IgnoreRules.open({ root, ignoreCase: false }), submodules: new Set(), tracked: new Set(),
      onProblem: (problem) => { throw new Error(`The working directory reports: ${problem}`); },
    });
  }

  /** The files under `root` have this content. */
  verifyOnDisk(root: string, changed: ReadonlyMap<BytePath, Buffer>): void {
    for (const file of this.paths) {
      const wanted = changed.get(file) ?? this.content(file);
      verify(readFileSync(path.join(root, file)).equals(wanted), `${file} in ${root} has other content than it should`);
    }
  }
}

/** The first capture of a directory: the fork that stands for it. */
export async function ingest(engine: Engine, directory: WorkingDirectory, root: string): Promise<Fork> {
  const empty = emptyTree(engine.store);
  engine.store.commit('memory');
  const capture = await directory.capture(empty);
  const fork = engine.createWorkspace({ name: 'workspace', agent: 'user', dir: root, edits: capture.edits, git: null });
  capture.settle(true, engine.headRoot(fork));
  return fork;
}

/** Another process, which changes files when told to: an agent's tool, seen from the server. */
export class OtherProcess {
  readonly #child: ChildProcess;

  constructor(bench: Bench) {
    this.#child = fork(path.join(__dirname, 'child.cjs'), ['writer'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    bench.onEnd(() => { this.#child.disconnect(); });
  }

  /** Resolves when the file has its new content. */
  async write(file: string, content: Buffer): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      this.#child.once('message', () => { resolve(); });
      this.#child.once('exit', () => { reject(new Error('the process that changes files ended')); });
    });
    this.#child.send({ file, text: content.toString('latin1') });
    await done;
    this.#child.removeAllListeners();
  }
}

/** Contents that an agent's tool writes over a file. */
export function changes(seed: number): Contents {
  return new Contents(seed);
}
