import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../connect/client.ts';
import { findGit } from '../connect/find-git.ts';
import { parseCommandLine } from '../server/shim/command-line.ts';
import { routeOf } from '../server/shim/routes/table.ts';
import { GitRepository } from '../test/support/git-repository.ts';
import { ServerProcess } from '../test/support/server-process.ts';
import type { Bench } from './bench.ts';
import { verify } from './harness.ts';
import type { Rounds, Stopwatch, Timed, Way } from './stopwatch.ts';
import { nestedPaths } from './synthetic.ts';

export const COMMITS = 1_000;
export const BRANCHES = 50;

/** A command line of git's, and how it is asked. */
export interface Asked {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** For stdin. */
  readonly input?: string;
}

/** A front that answered is still this program in the end; otherwise it has become git. */
const FRONT_NAME = 'answering-front';
/** How often and how long is looked whether the server has learnt an answer. */
const LOOKS = 60;
const LOOK_MILLIS = 50;
/** Files that are of the same second as the index are read anew by each git. */
const RACY_MILLIS = 1_100;

/** A synthetic repository with a server that answers for it, a front to ask, and the real git beside both. */
export class GitPlace {
  readonly repository: GitRepository;
  readonly paths: readonly string[];
  /** A copy that no server knows. */
  readonly beside: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #stopwatch: Stopwatch;
  readonly #front: string;
  readonly #git: string;
  readonly #server: ServerProcess;
  readonly #memoryFile: string;
  #client: Client | undefined;

  private constructor(stopwatch: Stopwatch, repository: GitRepository, paths: readonly string[]) {
    this.#stopwatch = stopwatch;
    this.repository = repository;
    this.paths = paths;
    this.beside = path.join(repository.directory, 'beside');
    const runtime = path.join(repository.directory, 'run');
    this.env = { ...repository.env, PYI_RUNTIME_DIR: runtime, LANG: 'C' };
    // Set, it makes the front leave everything to git.
    delete this.env['GIT_CEILING_DIRECTORIES'];
    const git = findGit({ env: this.env, platform: process.platform }, undefined);
    if (git === undefined) throw new Error('There is no git on PATH');
    this.#git = git;
    this.env['PATH'] = path.dirname(git);
    this.#front = path.join(repository.directory, FRONT_NAME);
    symlinkSync(path.join(__dirname, '../../dist/bin/git'), this.#front);
    this.#memoryFile = path.join(repository.directory, 'memory.json');
    this.#server = new ServerProcess(runtime, { ...this.env, PYI_GIT_SCOPE: 'all', PYI_BENCH_MEMORY: this.#memoryFile }, ['--expose-gc', '--require', path.join(__dirname, 'tell-memory.cjs')]);
  }

  /** A repository of `files` files with a history, its copy, and a server that does not know it yet. */
  static async open(bench: Bench, stopwatch: Stopwatch, files: number): Promise<GitPlace> {
    const repository = GitRepository.create();
    const paths = nestedPaths(files);
    repository.git(['fast-import', '--quiet'], { input: history(paths) });
    repository.git(['reset', '-q', '--hard']);
    for (const [name, value] of Object.entries({ 'remote.origin.url': 'https://example.invalid/r.git', 'remote.origin.fetch': '+refs/heads/*:refs/remotes/origin/*', 'branch.main.remote': 'origin', 'branch.main.merge': 'refs/heads/main' })) {
      repository.git(['config', name, value]);
    }
    const place = new GitPlace(stopwatch, repository, paths);
    verify(spawnSync('cp', ['-a', repository.root, place.beside]).status === 0, 'the repository could not be copied');
    await delay(RACY_MILLIS);
    for (const cwd of [repository.root, place.beside]) repository.git(['status'], { cwd });
    bench.onEnd(async () => place.#close());
    place.#server.start();
    place.#client = await place.#server.connect('bench');
    return place;
  }

  /** Memory of the server, bytes: what the system says, and the JavaScript heap after a collection. */
  async memory(): Promise<{ readonly rss: number; readonly heap: number }> {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#server.pid}/status`, 'utf8'))?.[1];
    writeFileSync(this.#memoryFile, '');
    process.kill(this.#server.pid, 'SIGUSR2');
    for (let look = 0; look < LOOKS; look++) {
      await delay(LOOK_MILLIS);
      const told = readFileSync(this.#memoryFile, 'utf8');
      if (told.endsWith('\n')) return { rss: Number(kilobytes) * 1024, heap: Number(told) };
    }
    throw new Error('The server does not tell its memory');
  }

  /** The same asked of git and of the front: two ways, of which the second must be like the first. */
  pair(asked: Asked, number = 0, more: Partial<Way> = {}): Way[] {
    return [this.#way(this.#git, asked, number, more), this.#way(this.#front, asked, number, more)];
  }

  /** The real git alone, in one of the two places. */
  git(asked: Asked, like: number, directory: string): Way {
    return this.#way(this.#git, asked, like, { directory });
  }

  /** Gives the copy what makes git fast by itself, or takes it back. */
  tune(isTuned: boolean): void {
    const git = (...args: readonly string[]): void => { this.repository.git(args, { cwd: this.beside }); };
    git('config', 'core.untrackedCache', String(isTuned));
    // Without it, the untracked cache is of no use to -uall.
    git('config', 'status.showUntrackedFiles', isTuned ? 'all' : 'normal');
    git('update-index', '--index-version', isTuned ? '4' : '2', isTuned ? '--untracked-cache' : '--no-untracked-cache');
    if (isTuned) git('commit-graph', 'write', '--reachable');
    else rmSync(path.join(this.beside, '.git/objects/info/commit-graph'), { force: true });
    for (let time = 0; time < 2; time++) git('status', '-uall');
  }

  run(ways: readonly Way[], rounds: Rounds): Timed[][] {
    const times = this.#stopwatch.run(ways, rounds, this.env);
    times.forEach((one, way) => verify(one.every(({ isSame }) => isSame), `another output than git's: git ${ways[way]?.args.join(' ') ?? ''}`));
    return times;
  }

  /** Asks until the server answers all that it may know, or for long no other. Returns those that it does not answer. */
  async learn(questions: readonly Asked[]): Promise<Asked[]> {
    let left = questions.filter(hasRoute);
    for (let looks = 0; left.length > 0 && looks < LOOKS; looks++) {
      if (looks > 0) await delay(LOOK_MILLIS);
      const times = this.run(left.map((asked, number) => this.#way(this.#front, asked, number, {})), { count: 1, warmup: 0 });
      const still = left.filter((_, number) => times[number]?.every(isAnswered) !== true);
      if (still.length < left.length) looks = 0;
      left = still;
    }
    return [...questions.filter((asked) => !hasRoute(asked)), ...left];
  }

  #way(program: string, { args, env, input }: Asked, like: number, more: Partial<Way>): Way {
    return { directory: this.repository.root, program, name: 'git', args, like, ...(env === undefined ? {} : { env }), ...(input === undefined ? {} : { input: this.#inputFile(input) }), ...more };
  }

  #inputFile(text: string): string {
    const file = path.join(this.repository.directory, `stdin-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`);
    writeFileSync(file, text);
    return file;
  }

  async #close(): Promise<void> {
    this.#client?.close();
    await this.#server.stop();
  }
}

function hasRoute({ args, input }: Asked): boolean {
  const line = parseCommandLine(args);
  return line !== undefined && routeOf({ ...line, input }) !== undefined;
}

export function isAnswered({ endedAs }: Timed): boolean {
  // The system keeps fifteen bytes of a name.
  return endedAs === FRONT_NAME.slice(0, 15);
}

/** A stream for `git fast-import`: all files in the first commit, one changed in each of the others, branches, tags and a remote on the way. */
export function history(paths: readonly string[]): string {
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const stream: string[] = [];
  for (let i = 0; i < COMMITS; i++) {
    stream.push(`commit refs/heads/main\nmark :${i + 1}\ncommitter Bench <bench@example.com> ${1_700_000_000 + 60 * i} +0000\n`, data(`step ${i}\n\nWhat was done in step ${i}.\n`));
    const changed = i === 0 ? paths : [paths[(i * 7) % paths.length] ?? ''];
    for (const file of changed) stream.push(`M 100644 inline ${file}\n`, data(`export const path = ${JSON.stringify(file)};\n// step ${i}\n`));
  }
  const ref = (name: string, commit: number): string => `reset refs/${name}\nfrom :${commit}\n\n`;
  for (let i = 0; i < BRANCHES; i++) stream.push(ref(`heads/topic-${i}`, COMMITS - 1 - i * 7));
  for (let i = 0; i < 20; i++) stream.push(ref(`tags/v1.${i}`, 10 + i * 40), ref(`remotes/origin/topic-${i}`, COMMITS - 3 - i * 7));
  stream.push(ref('remotes/origin/main', COMMITS - 1));
  return stream.join('');
}
