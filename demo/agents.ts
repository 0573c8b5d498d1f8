import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Client } from '../connect/client.ts';
import type { Candidate } from './candidates.ts';
import { TARGET } from './candidates.ts';
import type { Stopwatch } from './stopwatch.ts';

export const TASK = 'primes';

export interface Attempt {
  readonly candidate: Candidate;
  readonly fork: string;
  readonly dir: string;
  readonly ok: boolean;
  readonly score: number | null;
  readonly evidence: string;
}

export interface AgentFork {
  readonly client: Client;
  readonly candidate: Candidate;
  readonly fork: string;
  readonly dir: string;
  readonly base: string;
}

/** An agent starts: a fork with a directory of its own. */
export async function startAgent(client: Client, repository: string, candidate: Candidate, watch: Stopwatch): Promise<AgentFork> {
  const { agent } = candidate;
  const { fork, dir, base } = await watch.time('fork with a directory', () => client.call('fork', { repository, name: agent, agent, task: TASK }));
  return { client, candidate, fork, dir: dir ?? '', base };
}

/** The agent works: a checkpoint after every step. */
export async function work({ client, candidate, fork, dir, base }: AgentFork, repository: string, watch: Stopwatch): Promise<void> {
  const { agent } = candidate;
  let last = base;
  for (const [index, content] of candidate.steps.entries()) {
    writeFileSync(path.join(dir, TARGET), content);
    const message = `${candidate.idea}, step ${index + 1}`;
    last = (await watch.time('checkpoint', () => client.call('checkpoint', { repository, fork, message, kind: 'tool', cause: 'edit' }))).checkpoint;
  }
  if (agent === 'lou') await wreckAndRewind(client, repository, fork, dir, last, watch);
  writeFileSync(path.join(dir, 'NOTES.md'), `${agent}: ${candidate.idea}\n`);
  await watch.time('checkpoint', () => client.call('checkpoint', { repository, fork, message: 'notes', kind: 'tool', cause: 'edit' }));
}

/** What the agent made is validated, in its own directory. */
export async function validate({ client, candidate, fork, dir }: AgentFork, repository: string): Promise<Attempt> {
  const seen = await client.call('observe', { repository, fork, command: [process.execPath, 'validate.mjs'], timeoutSeconds: 60 });
  return { candidate, fork, dir, ok: seen.ok, score: seen.score, evidence: seen.evidence };
}

/** An agent runs a clean-up script that cleans up too much; everything comes back, byte for byte. */
async function wreckAndRewind(client: Client, repository: string, fork: string, dir: string, good: string, watch: Stopwatch): Promise<void> {
  const wanted = readFileSync(path.join(dir, TARGET), 'utf8');
  rmSync(path.join(dir, 'vendor', 'zod'), { recursive: true, force: true });
  rmSync(path.join(dir, 'src'), { recursive: true, force: true });
  writeFileSync(path.join(dir, 'README.md'), 'oops\n');
  const back = await watch.time('rewind', () => client.call('rewind', { repository, fork, checkpoint: good }));
  const { added, changed, deleted } = await client.call('changes', { repository, from: good, to: fork });
  const left = added.length + changed.length + deleted.length;
  if (left !== 0 || readFileSync(path.join(dir, TARGET), 'utf8') !== wanted) throw new Error(`the rewind left ${left} differences`);
  console.log(`  lou deleted or broke ${back.written.length} files; one rewind brought all of them back, and what was there before is kept as ${back.recovery.slice(0, 12)}`);
}
