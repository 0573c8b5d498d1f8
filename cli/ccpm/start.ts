import { taskOfEpic } from '../../ccpm/epic.ts';
import type { Task } from '../../ccpm/epic.ts';
import { ties } from '../../ccpm/plan.ts';
import type { Tie } from '../../ccpm/plan.ts';
import { changedFiles } from '../../ccpm/fork-facts.ts';
import type { StreamProgress } from '../../ccpm/progress.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import { claimFiles } from './claims.ts';
import type { ClaimOverlap } from './claims.ts';
import type { EpicSession } from './session.ts';

export interface StartOptions {
  /** Only these tasks; none: all that are not closed. */
  readonly tasks: readonly string[];
  /**
   * Streams that were stopped, or lost to a task in conflict, begin from scratch instead of with the work that they had; of tasks that
   * are named, streams that were committed begin again, too.
   */
  readonly fresh: boolean;
}

export interface StartedStream {
  readonly task: string;
  readonly stream: string;
  readonly title: string;
  readonly fork: string;
  readonly name: string;
  readonly agent: string;
  readonly dir: string | null;
  readonly globs: readonly string[];
  /** `resumed`: made anew, with the work of a fork that was discarded merged in. `collapsed`: its work is committed. */
  readonly state: 'made' | 'running' | 'resumed' | 'collapsed';
  /** Files in conflict after the work of the discarded fork was merged in. */
  readonly conflicts: readonly string[];
  /** Others that claim, or have changed, the same files. */
  readonly overlaps: readonly ClaimOverlap[];
}

export interface Started {
  readonly epic: string;
  readonly streams: readonly StartedStream[];
  readonly ties: readonly Tie[];
  /** Numbers of the tasks that CCPM has closed. */
  readonly closed: readonly string[];
}

/** One fork for each stream, with its files claimed, tied as the tasks say. May be repeated: only what is missing is made. */
export async function start(session: EpicSession, options: StartOptions): Promise<Started> {
  const { epic } = session;
  const chosen = options.tasks.length === 0 ? epic.tasks : options.tasks.map((reference) => taskOfEpic(epic, reference));
  const progress = await session.progress();
  const streams: StartedStream[] = [];
  for (const { task, streams: found } of progress.tasks) {
    if (!chosen.includes(task) || task.status === 'closed') continue;
    for (const stream of found) streams.push(await startStream(session, stream, options));
  }
  return { epic: epic.name, streams, ties: await tie(session), closed: chosen.filter(isClosed).map(({ number }) => number) };
}

function isClosed({ status }: Task): boolean {
  return status === 'closed';
}

async function startStream(session: EpicSession, { plan, fork, state }: StreamProgress, { fresh, tasks }: StartOptions): Promise<StartedStream> {
  const { task, stream, name, attempt } = plan;
  const told = { task: task.number, stream: stream.id, title: stream.title, globs: stream.files };
  const isReopened = state === 'merged' && fresh && tasks.length > 0;
  if (fork !== undefined && (state === 'live' || state === 'merged') && !isReopened) {
    const overlaps = state === 'live' ? await claimFiles(session, fork.fork, stream.files) : [];
    return { ...told, fork: fork.fork, name: fork.name, agent: fork.agent, dir: fork.dir, state: state === 'live' ? 'running' : 'collapsed', conflicts: [], overlaps };
  }
  session.say(`making ${name}`);
  const made = await session.call('fork', { name, agent: name, task: attempt });
  const overlaps = await claimFiles(session, made.fork, stream.files);
  const conflicts = fork === undefined || fresh || changedFiles(fork) === 0 ? undefined : await resume(session, fork, made.fork);
  return { ...told, fork: made.fork, name, agent: name, dir: made.dir, state: conflicts === undefined ? 'made' : 'resumed', conflicts: conflicts ?? [], overlaps };
}

/** Merges what a discarded fork had into the one that takes its place; tells which files are in conflict. */
async function resume(session: EpicSession, from: ForkInfo, into: string): Promise<string[]> {
  const { conflicts } = await session.call('integrate', { fork: from.fork, into, message: `Take up the work of ${from.name} again` });
  return conflicts.map(({ path }) => path);
}

/** Ties the live forks of the epic as its tasks say; tells all ties, those that were there, too. */
async function tie(session: EpicSession): Promise<Tie[]> {
  const { tasks } = await session.progress();
  const live = tasks.flatMap(({ streams }) => streams.filter(({ state }) => state === 'live'));
  const forkNamed = (name: string): ForkInfo | undefined => live.find(({ plan }) => plan.name === name)?.fork;
  const wanted = ties(session.epic, live.map(({ plan }) => plan));
  for (const { first, second, kind } of wanted) {
    const [one, other] = [forkNamed(first), forkNamed(second)];
    if (one === undefined || other === undefined || isTied(one, other, kind)) continue;
    await session.call('entangle', { first: one.fork, second: other.fork, kind });
  }
  return wanted;
}

function isTied(one: ForkInfo, other: ForkInfo, kind: Tie['kind']): boolean {
  return one.entangled.some((tied) => tied.fork === other.fork && tied.kind === kind && (kind === 'conflict' || tied.role === 'first'));
}
