import type { Client } from '../../connect/client.ts';
import { shortId } from '../../protocol/ids.ts';
import type { CheckpointInfo, ForkInfo } from '../../protocol/values.ts';
import type { CheckpointRow, ForkRow, StoreView } from '../../webview/dashboard/contract.ts';
import { storeProblem } from '../roots/overview.ts';

const MAX_FORKS = 200;
const MAX_CHECKPOINTS = 50;

/** What the dashboard shows of the store of a folder. */
export async function loadStore(client: Pick<Client, 'call'>, repository: string): Promise<StoreView> {
  try {
    const [stats, forks, timeline] = await Promise.all([
      client.call('stats', { repository }), client.call('forks', { repository }), client.call('timeline', { repository, limit: MAX_CHECKPOINTS }),
    ]);
    const names = new Map(forks.map(({ fork, name }) => [fork, name]));
    return {
      kind: 'ready',
      totals: { ...stats.forks, checkpoints: stats.checkpoints, bytesOnDisk: stats.bytesOnDisk },
      forks: forks.slice(0, MAX_FORKS).map(forkRow),
      moreForks: Math.max(0, forks.length - MAX_FORKS),
      checkpoints: timeline.map((checkpoint) => checkpointRow(checkpoint, names)),
      warnings: stats.warnings,
    };
  } catch (error) {
    const problem = storeProblem(error);
    return problem.kind === 'problem' ? problem : { kind: 'none' };
  }
}

function forkRow({ fork, name, agent, task, changes, created, checkpoints, observations, parent }: ForkInfo): ForkRow {
  const last = observations.at(-1);
  return { fork, name, agent, task, changes, created, checkpoints, observed: last === undefined ? null : { ok: last.ok, score: last.score }, workTree: parent === null };
}

function checkpointRow({ checkpoint, fork, agent, time, message, kind, pinned, insight }: CheckpointInfo, names: ReadonlyMap<string, string>): CheckpointRow {
  return {
    checkpoint, fork, agent, time, message, kind, pinned,
    forkName: names.get(fork) ?? shortId(fork),
    changes: { added: insight.filesAdded, changed: insight.filesChanged, deleted: insight.filesDeleted, conflicts: 0 },
  };
}
