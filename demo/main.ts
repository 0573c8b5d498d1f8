import { existsSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json';
import type { Client } from '../connect/client.ts';
import { connectToServer } from '../connect/connect.ts';
import { PyiError } from '../protocol/errors.ts';
import type { AgentFork, Attempt } from './agents.ts';
import { TASK, startAgent, validate, work } from './agents.ts';
import { CANDIDATES } from './candidates.ts';
import { runGitWay } from './git-way.ts';
import { git, makeProject } from './project.ts';
import { Stopwatch } from './stopwatch.ts';

/** `npm run demo`: twelve agents, one function, one winner; every claim is checked, and a failed check fails the demo. */

const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const host = { env: process.env, platform: process.platform, uid: process.getuid?.() };

function check(claim: string, holds: boolean): void {
  if (!holds) throw new Error(`not true: ${claim}`);
  console.log(`  ✓ ${claim}`);
}

function connect(start: boolean): Promise<Client> {
  const program = { entry: path.join(project, 'dist', 'server.cjs'), arguments: ['--foreground'] };
  return connectToServer({ ...host, name: 'demo', version: packageJson.version, start: start ? program : undefined });
}

/** True when no server ran before, so that we stop the one that we start. */
async function connectFirst(): Promise<{ client: Client; ours: boolean }> {
  try {
    return { client: await connect(false), ours: false };
  } catch (error) {
    if (!PyiError.is(error, 'NOT_FOUND')) throw error;
    return { client: await connect(true), ours: true };
  }
}

async function main(): Promise<void> {
  const scratch = realpathSync(mkdtempSync(path.join(tmpdir(), 'pyi-demo-')));
  const repository = path.join(scratch, 'project');
  const watch = new Stopwatch();
  const { files } = makeProject(repository, path.join(project, 'node_modules'));
  console.log(`\nA repository of ${files} real files: ${repository}`);
  const { client, ours } = await connectFirst();
  try {
    const setup = await watch.time('setup', () => client.call('setup', { repository }));
    console.log(`pyi setup took in ${setup.files} files (${(setup.bytes / 1e6).toFixed(0)} MB) in ${setup.millis} ms\n`);
    // What the user is doing meanwhile must survive all of this.
    writeFileSync(path.join(repository, 'my-notes.txt'), 'not committed, not to be lost\n');
    git(repository, 'add', 'my-notes.txt');

    console.log(`${CANDIDATES.length} agents fork it, each with a directory of its own:`);
    const attempts = await runAgents(repository, watch);
    printAttempts(attempts);
    await collapseAndProve(client, repository, watch);
    await watch.time('sweep', () => sweepLosers(client, repository, attempts));
    console.log('\nThe same steps with git alone, on the same repository:');
    const gitWatch = new Stopwatch();
    await runGitWay(repository, path.join(scratch, 'git-way'), gitWatch);
    printTable(watch, gitWatch);
    if (ours) await client.call('stop', {});
  } finally {
    client.close();
  }
  console.log(`\nLook next: cd ${repository} && node ${path.join(project, 'dist', 'cli.cjs')} timeline   (every verb: pyi help; figures: npm run bench; how it works: ARCHITECTURE.md)`);
}

/**
 * Each agent has a connection of its own. They fork one after the other, as git does below; then all work at once; then
 * they are validated one after the other, so that their scores are fair.
 */
async function runAgents(repository: string, watch: Stopwatch): Promise<Attempt[]> {
  const agents: AgentFork[] = [];
  try {
    for (const candidate of CANDIDATES) agents.push(await startAgent(await connect(false), repository, candidate, watch));
    await Promise.all(agents.map((agent) => work(agent, repository, watch)));
    const attempts: Attempt[] = [];
    for (const agent of agents) attempts.push(await validate(agent, repository));
    return attempts;
  } finally {
    for (const { client } of agents) client.close();
  }
}

function printAttempts(attempts: readonly Attempt[]): void {
  for (const { candidate, ok, score, evidence } of [...attempts].sort((a, b) => Number(b.ok) - Number(a.ok) || (b.score ?? 0) - (a.score ?? 0))) {
    const why = ok ? `${(score ?? 0).toFixed(1).padStart(8)} runs/s` : `  rejected: ${/primes below \d+/.exec(evidence)?.[0] ?? 'failed'}`;
    console.log(`  ${candidate.agent.padEnd(4)} ${candidate.idea.padEnd(52)} ${why}`);
  }
}

async function collapseAndProve(client: Client, repository: string, watch: Stopwatch): Promise<void> {
  console.log('\nThe superposition collapses to the best:');
  const before = git(repository, 'rev-parse', 'HEAD').trim();
  const done = await watch.time('collapse', () => client.call('collapse', { repository, task: TASK, message: 'Faster primes' }));
  console.log(git(repository, 'log', '-1', '--stat').replace(/^/gm, '  | ').trimEnd());
  check('it is an ordinary commit on the branch', git(repository, 'rev-parse', 'HEAD').trim() === done.commit && git(repository, 'rev-parse', 'HEAD~1').trim() === before);
  git(repository, 'fsck', '--strict', '--no-dangling');
  check('git fsck --strict finds nothing wrong', true);
  check('the user\'s own staged file is still staged, and nothing else changed', git(repository, 'status', '--porcelain').trim() === 'A  my-notes.txt');
  check(`${done.discarded.length} losing forks were discarded, and could be brought back`, done.discarded.length === CANDIDATES.length - 1);
}

async function sweepLosers(client: Client, repository: string, attempts: readonly Attempt[]): Promise<void> {
  const swept = await client.call('sweep', { repository, graceSeconds: 0 });
  console.log(`  swept ${swept.forks.length} forks: ${swept.objects} objects, ${(swept.bytesFreed / 1e6).toFixed(1)} MB given back`);
  check('their directories are gone, and git worktree list shows the work tree alone',
    attempts.every(({ dir }) => !existsSync(dir)) && git(repository, 'worktree', 'list').trim().split('\n').length === 1);
}

function printTable(pyi: Stopwatch, gitWay: Stopwatch): void {
  const rows: readonly (readonly [step: string, git: string])[] = [
    ['setup', 'nothing: git has it'], ['fork with a directory', 'git worktree add'], ['checkpoint', 'git add -A && git commit'],
    ['rewind', 'git commit && git reset --hard'], ['collapse', ''], ['sweep', ''],
  ];
  console.log(`\n  ${'step (median, ms, as a client sees it)'.padEnd(42)} ${'PYI'.padStart(9)} ${'git'.padStart(9)}   git does it by`);
  for (const [step, by] of rows) {
    const [ours, theirs] = [pyi.median(step), gitWay.median(step)];
    console.log(`  ${`${step} (${pyi.count(step)}×)`.padEnd(42)} ${(ours?.toFixed(2) ?? '').padStart(9)} ${(theirs?.toFixed(2) ?? '–').padStart(9)}   ${by}`);
  }
  console.log('  PYI\'s checkpoints and rewind ran with twelve agents at once, git\'s one after the other; forks one after the other in both.');
}

main().catch((error: unknown) => {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  process.exitCode = 1;
});
