import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Case } from '../bench.ts';
import { CrowdPlace } from '../crowd/place.ts';
import { WireClient } from '../crowd/wire-client.ts';
import { verify } from '../harness.ts';
import { allocated } from '../machine.ts';
import { runProgram } from '../program.ts';
import { once } from '../rows.ts';
import type { Target } from '../rows.ts';

const FILES = 500;
const COMMITS = 4;
const MB = 1e6;
/** At least 30 % faster. */
const FASTER = Number((1 / 0.7).toFixed(2));

/** A stream of an issue, as CCPM splits its work: one agent, files of its own, some commits. */
interface Stream {
  readonly agent: string;
  readonly issue: number;
}

/** CCPM's work: a fork with a directory for each stream, and the same with one git worktree for each. */
export const ccpmCase: Case = {
  name: 'agents/ccpm',
  async run(bench) {
    const races = bench.short ? [5] : [5, 10, 50];
    for (const agents of races) {
      const streams = Array.from({ length: agents }, (_, n) => ({ agent: `agent-${n}`, issue: 100 + n }));
      const [ours, git] = [await byForks(streams, 'race'), await byWorktrees(streams, 'race')];
      report(`agents/ccpm race of ${agents}`, ours, git, streams.length);
    }
    const streams = [1, 2].flatMap((issue) => ['a', 'b', 'c'].map((stream) => ({ agent: `issue-${issue}-stream-${stream}`, issue })));
    report('agents/ccpm lifecycle', await byForks(streams, 'lifecycle'), await byWorktrees(streams, 'lifecycle'), streams.length);

    function report(name: string, ours: Done, git: Done, streams: number): void {
      const row = { level: 'process', verified: true } as const;
      const held = (target: Target): { target?: Target } => (bench.short ? {} : { target });
      bench.report({ ...row, name, unit: 's', ...once(ours.seconds), peers: [{ name: `git worktree each, ${git.calls} calls`, p50: git.seconds }], ...held({ ratio: FASTER }) });
      bench.report({ ...row, name: `${name}: commits made`, unit: '%', ...once((100 * ours.commits) / (streams * COMMITS)), level: '-', target: { atLeast: 100 } });
      bench.report({ ...row, name: `${name}: attributed`, unit: '%', ...once((100 * ours.attributed) / (streams * COMMITS)), level: '-', target: { atLeast: 100 } });
      bench.report({ ...row, name: `${name}: disk`, unit: 'MB', ...once(ours.disk / MB), peers: [{ name: 'git: .git and work trees', p50: git.disk / MB }] });
    }
  },
};

interface Done {
  readonly seconds: number;
  /** Of the streams' commits, those that are there, and those whose agent and files are right. */
  readonly commits: number;
  readonly attributed: number;
  /** Bytes, before anything is given up. */
  readonly disk: number;
  /** Programs of git that were run by the replay itself. */
  readonly calls: number;
}

type Kind = 'race' | 'lifecycle';

const fileOf = ({ agent }: Stream): string => `src/${agent}/work.ts`;
const contentAfter = ({ agent }: Stream, commit: number): string => Array.from({ length: commit }, (_, n) => `export const step${n + 1} = '${agent}';\n`).join('');
const messageOf = ({ issue, agent }: Stream, commit: number): string => `Issue #${issue}: ${agent}, part ${commit}`;
const finalMessage = ({ issue, agent }: Stream): string => `Issue #${issue}: ${agent}`;
/** What CCPM's agents ask around a commit; each is a program. */
const BEFORE = [['status', '--porcelain'], ['diff', '--stat']] as const;
const AFTER = [['log', '--oneline', '-1']] as const;

async function start(): Promise<CrowdPlace> {
  return CrowdPlace.of(Array.from({ length: FILES }, (_, n) => [`lib/m${n % 20}/file-${n}.ts`, Buffer.from(`export const value${n} = ${n};\n`.repeat(40))] as const));
}

function write(dir: string, stream: Stream, commit: number): void {
  const file = path.join(dir, fileOf(stream));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, contentAfter(stream, commit));
}

async function byForks(streams: readonly Stream[], kind: Kind): Promise<Done> {
  const place = await start();
  try {
    const front = path.join(__dirname, '../../dist/bin/git');
    let calls = 0;
    const ask = async (cwd: string, questions: readonly (readonly string[])[]): Promise<void> => {
      if (kind === 'race') return;
      for (const args of questions) await runProgram(front, args, cwd, { ...place.repository.env, PYI_RUNTIME_DIR: place.runtime });
      calls += questions.length;
    };
    const repository = place.repository.root;
    const first = await place.connect();
    const started = performance.now();
    await first.call('setup', { repository });
    const made = await Promise.all(streams.map(async (stream) => {
      const wire = await WireClient.connect(place.runtime, stream.agent);
      await wire.call('agent/register', { repository, agent: stream.agent });
      const { fork, dir, base } = await wire.call('fork', { repository, name: stream.agent, agent: stream.agent, task: `${stream.agent} of #${stream.issue}` });
      verify(dir !== null, 'a fork has no directory');
      const checkpoints: string[] = [];
      for (let commit = 1; commit <= COMMITS; commit++) {
        write(dir, stream, commit);
        await ask(dir, BEFORE);
        checkpoints.push((await wire.call('checkpoint', { repository, fork, message: messageOf(stream, commit), kind: 'tool', cause: 'git commit' })).checkpoint);
        await ask(dir, AFTER);
      }
      wire.close();
      return { stream, fork, base, checkpoints };
    }));
    for (const { stream, fork } of made) {
      const { outcome } = await first.call('submit', { repository, fork, message: finalMessage(stream) });
      verify(outcome === 'collapsed', `${stream.agent} did not collapse: ${outcome}`);
    }
    const worked = performance.now() - started;
    const disk = allocated(place.repository.directory);
    first.close();
    // A sweep with no time of grace takes the checkpoints of those that are done.
    const counted = await countCheckpoints(place, made);
    const again = await place.connect();
    const sweeping = performance.now();
    await again.call('sweep', { repository, graceSeconds: 0 });
    const seconds = (worked + performance.now() - sweeping) / 1000;
    again.close();
    verifyGit(place, streams, 'Pyi-Agent');
    return { seconds, disk, calls, ...counted };
  } finally {
    await place.end();
  }
}

interface Made {
  readonly stream: Stream;
  readonly fork: string;
  readonly base: string;
  readonly checkpoints: readonly string[];
}

/** After a death of the server: those of the streams' checkpoints that are there, with their agent, message and files and nobody else's. */
async function countCheckpoints(place: CrowdPlace, made: readonly Made[]): Promise<{ readonly commits: number; readonly attributed: number }> {
  await place.restart('kill');
  const wire = await place.connect();
  const repository = place.repository.root;
  let [commits, attributed] = [0, 0];
  for (const { stream, base, checkpoints } of made) {
    const infos = await wire.call('timeline', { repository, checkpoints: [...checkpoints] });
    for (const [index, info] of infos.entries()) {
      const { base64 } = await wire.call('read', { repository, fork: info.checkpoint, path: fileOf(stream) });
      if (Buffer.from(base64, 'base64').toString() !== contentAfter(stream, index + 1)) continue;
      commits++;
      const { added, changed, deleted } = await wire.call('changes', { repository, from: base, to: info.checkpoint });
      const isAlone = [...added, ...changed, ...deleted].join() === fileOf(stream);
      if (isAlone && info.agent === stream.agent && info.message === messageOf(stream, index + 1)) attributed++;
    }
  }
  wire.close();
  return { commits, attributed };
}

async function byWorktrees(streams: readonly Stream[], kind: Kind): Promise<Done> {
  const place = await start();
  try {
    const { repository } = place;
    let calls = 0;
    const git = async (cwd: string, ...args: readonly string[]): Promise<void> => {
      calls++;
      await runProgram('git', args, cwd, repository.env);
    };
    const dirOf = ({ agent }: Stream): string => path.join(repository.directory, 'worktrees', agent);
    mkdirSync(path.join(repository.directory, 'worktrees'));
    const started = performance.now();
    // One after the other: two at once read each other's unfinished entries and fail.
    for (const stream of streams) await git(repository.root, 'worktree', 'add', '-q', '-b', stream.agent, dirOf(stream));
    await Promise.all(streams.map(async (stream) => {
      const dir = dirOf(stream);
      const ask = async (questions: readonly (readonly string[])[]): Promise<void> => {
        if (kind === 'lifecycle') for (const args of questions) await git(dir, ...args);
      };
      for (let commit = 1; commit <= COMMITS; commit++) {
        write(dir, stream, commit);
        await ask(BEFORE);
        await git(dir, 'add', '-A');
        await ask([['diff', '--cached', '--name-only']]);
        await git(dir, '-c', `user.name=${stream.agent}`, 'commit', '-q', '-m', messageOf(stream, commit));
        await ask(AFTER);
      }
    }));
    const beforeCount = performance.now();
    const disk = allocated(repository.directory);
    const counted = performance.now() - beforeCount;
    for (const stream of streams) {
      await git(repository.root, 'merge', '-q', '--no-ff', '-m', finalMessage(stream), stream.agent);
      await git(repository.root, 'worktree', 'remove', '--force', dirOf(stream));
      await git(repository.root, 'branch', '-q', '-d', stream.agent);
    }
    const seconds = (performance.now() - started - counted) / 1000;
    verifyGit(place, streams, undefined);
    const authors = repository.git(['log', '--no-merges', '--format=%an %s']).split('\n');
    const attributed = streams.flatMap((stream) => Array.from({ length: COMMITS }, (_, n) => `${stream.agent} ${messageOf(stream, n + 1)}`)).filter((line) => authors.includes(line)).length;
    return { seconds, disk, calls, commits: attributed, attributed };
  } finally {
    await place.end();
  }
}

/** Every stream's file is on the branch as its last commit left it, and its issue is named; with PYI its agent too. */
function verifyGit({ repository }: CrowdPlace, streams: readonly Stream[], trailer: string | undefined): void {
  const log = repository.git(['log', '--first-parent', `--format=%s${trailer === undefined ? '' : `|%(trailers:key=${trailer},valueonly)`}`]).split('\n');
  for (const stream of streams) {
    verify(repository.git(['show', `HEAD:${fileOf(stream)}`]) === contentAfter(stream, COMMITS).trimEnd(), `git has other content for ${stream.agent}`);
    const line = trailer === undefined ? finalMessage(stream) : `${finalMessage(stream)}|${stream.agent}`;
    verify(log.includes(line), `git has no commit "${line}"`);
  }
  verify(spawnSync('git', ['fsck', '--strict', '--no-dangling'], { cwd: repository.root, env: repository.env }).status === 0, 'git fsck finds faults');
}
