import { taskOfEpic } from '../../ccpm/epic.ts';
import type { EpicSession } from './session.ts';

export interface Stopped {
  readonly epic: string;
  readonly discarded: readonly { readonly fork: string; readonly name: string; readonly agent: string; readonly dir: string | null }[];
}

/** Discards the live forks of an epic, or of some of its tasks, as one operation: one undo brings all of them back. */
export async function stop(session: EpicSession, references: readonly string[]): Promise<Stopped> {
  const chosen = references.length === 0 ? session.epic.tasks : references.map((reference) => taskOfEpic(session.epic, reference));
  const { tasks } = await session.progress();
  const attempts = new Set(tasks.filter(({ task }) => chosen.includes(task)).flatMap(({ streams }) => streams.map(({ plan }) => plan.attempt)));
  // Second attempts at a stream, too.
  const live = (await session.call('forks', {})).filter(({ task }) => task !== null && attempts.has(task));
  if (live.length > 0) await session.call('discard', { forks: live.map(({ fork }) => fork) });
  return { epic: session.epic.name, discarded: live.map(({ fork, name, agent, dir }) => ({ fork, name, agent, dir })) };
}
