import type { Client } from '../../connect/client.ts';
import type { Result } from '../../protocol/registry.ts';
import type { Phase } from '../../protocol/values.ts';
import { AT_WORK_MILLIS } from '../../webview/shared/at-work.ts';
import type { GitCommands, Sample, ServerView } from '../../webview/dashboard/contract.ts';
import { groupOf } from '../../webview/dashboard/operations.ts';
import { storeProblem } from '../roots/overview.ts';

/** One look at a store. */
export type Look =
  | { readonly kind: 'none' }
  | { readonly kind: 'problem'; readonly message: string }
  | { readonly kind: 'ready'; readonly sample: Sample; readonly agents: Result<'agents'>; readonly phase: Phase };

/** Asks a store for everything that the dashboard shows of it. */
export async function look(client: Pick<Client, 'call'>, repository: string, now: () => number): Promise<Look> {
  try {
    const [stats, agents, { phase }] = await Promise.all([client.call('stats', { repository }), client.call('agents', { repository }), client.call('phase', { repository })]);
    return { kind: 'ready', sample: { ...stats, time: now() }, phase, agents: agents.toSorted((a, b) => (b.lastActive ?? 0) - (a.lastActive ?? 0)) };
  } catch (error) {
    const problem = storeProblem(error);
    return problem.kind === 'problem' ? problem : { kind: 'none' };
  }
}

/** What stays the same as long as a server runs. Costs the server a process of git, so it is asked once. */
export async function serverFacts(client: Pick<Client, 'call'>, now: () => number): Promise<ServerView['facts']> {
  const { version, pid, node, git, uptimeSeconds } = await client.call('about', {});
  return { version, pid, node, git, started: now() - uptimeSeconds * 1000 };
}

/** How git's commands were answered; undefined when the server does not tell: it is stopping, or of another version. */
export async function gitCommandsOf(client: Pick<Client, 'call'>): Promise<GitCommands | undefined> {
  try {
    return await client.call('git-compat', {});
  } catch {
    return undefined;
  }
}

/** The server counts as recent what is at most a minute old; a second more, and the last of it is out. */
const RECENT_MILLIS = 61_000;

/** Milliseconds until what is shown stops being true though nothing happens: figures of the last minute, agents at work. Undefined: it stays true. */
export function staleAfter({ sample, agents }: Extract<Look, { kind: 'ready' }>): number | undefined {
  const ends = agents.flatMap(({ lastActive }) => (lastActive === null ? [] : [lastActive + AT_WORK_MILLIS - sample.time])).filter((left) => left > 0);
  if (Object.keys(sample.recent.latencies).some((name) => groupOf(name) !== undefined)) ends.push(RECENT_MILLIS);
  return ends.length === 0 ? undefined : Math.min(...ends);
}
