import type { ForkInfo } from '../../protocol/values.ts';
import type { EpicSession } from './session.ts';

export interface Resolved {
  readonly epic: string;
  readonly forks: readonly {
    readonly fork: string; readonly name: string; readonly dir: string | null;
    /** Files with conflicts that are kept as state, to be edited there. */
    readonly conflicts: readonly string[];
    /** Files that the merge of the work tree brought in. */
    readonly merged: number;
  }[];
  readonly conflicts: number;
}

/**
 * Merges the work tree, as it is now, into the live forks of an epic again, and tells what is in conflict. A fork whose conflicts are
 * not settled yet is left alone.
 */
export async function resolve(session: EpicSession): Promise<Resolved> {
  const { tasks } = await session.progress();
  const live = tasks.flatMap(({ streams }) => streams.flatMap(({ state, fork }) => (state === 'live' && fork !== undefined ? [fork] : [])));
  const forks: Resolved['forks'][number][] = [];
  for (const fork of live) forks.push(await bringUpToDate(session, fork));
  return { epic: session.epic.name, forks, conflicts: forks.reduce((sum, { conflicts }) => sum + conflicts.length, 0) };
}

async function bringUpToDate(session: EpicSession, { fork, name, dir, parent }: ForkInfo): Promise<Resolved['forks'][number]> {
  // The directory is looked at first: a conflict that was settled there is none any more.
  await session.call('checkpoint', { fork, kind: 'automatic', ifChanged: true, cause: 'pyi ccpm resolve' });
  const { conflicts } = await session.call('radar', { fork });
  if (conflicts.length > 0 || parent === null) return { fork, name, dir, conflicts, merged: 0 };
  session.say(`merging into ${name}`);
  const merge = await session.call('integrate', { fork: parent, into: fork });
  return { fork, name, dir, conflicts: merge.conflicts.map(({ path }) => path), merged: merge.written.length + merge.removed.length };
}
