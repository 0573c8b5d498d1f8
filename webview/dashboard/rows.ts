import { shortId } from '../../protocol/ids.ts';
import { changeCounts, headline, safe } from '../../protocol/text.ts';
import type { CheckpointRow, ForkRow } from './contract.ts';
import { compareAttempts } from '../shared/rank.ts';

/** True when each word of `filter` is somewhere in what a row tells. */
export function matches(filter: string, told: readonly string[]): boolean {
  const text = told.join('\n').toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** What a fork's cells say, in the order of {@link FORK_COLUMNS}. */
export function forkCells({ name, agent, task, changes, checkpoints, workTree }: ForkRow): string[] {
  return [workTree ? `${safe(name)} (work tree)` : safe(name), safe(agent), safe(task ?? ''), changeCounts(changes), String(checkpoints)];
}

export const FORK_COLUMNS = ['Fork', 'Agent', 'Task', 'Changes', 'Checkpoints'] as const;

/** What a checkpoint's cells say, in the order of {@link CHECKPOINT_COLUMNS}. */
export function checkpointCells({ checkpoint, forkName, agent, kind, pinned, changes, message }: CheckpointRow): string[] {
  return [headline(message, 80) || `(${kind})`, safe(forkName), safe(agent), pinned ? `${kind}, pinned` : kind, changeCounts(changes), shortId(checkpoint)];
}

export const CHECKPOINT_COLUMNS = ['Message', 'Fork', 'Agent', 'Kind', 'Changes', 'Id'] as const;

/** The verdict on a fork, as text: colour alone tells nothing to who cannot see it. */
export function observedText({ observed }: ForkRow): string {
  if (observed === null) return '';
  return `${observed.ok ? '✓ ok' : '✗ failed'}${observed.score === null ? '' : ` ${observed.score}`}`;
}

/** The work tree first, then the attempts. */
export function ranked(forks: readonly ForkRow[]): ForkRow[] {
  return [...forks].sort((a, b) => Number(b.workTree) - Number(a.workTree) || compareAttempts(a, b));
}
