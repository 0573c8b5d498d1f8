import { PyiError } from '../protocol/errors.ts';
import { isIdPrefix, shortId } from '../protocol/ids.ts';
import { changeCounts, count, headline, relativeTime, safe } from '../protocol/text.ts';
import type { CheckpointInfo, ForkInfo } from '../protocol/values.ts';
import { compareAttempts } from '../webview/shared/rank.ts';
import { t } from './l10n.ts';

/** An entry of a quick pick. Its text is `safe`: names and messages come from agents. */
export interface Choice<T> {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  readonly value: T;
}

/** Checkpoints, newest first as the timeline has them. */
export function checkpointChoices(timeline: readonly CheckpointInfo[], forks: readonly ForkInfo[], now: number): Choice<CheckpointInfo>[] {
  const names = new Map(forks.map(({ fork, name }) => [fork, name]));
  return timeline.map((checkpoint) => {
    const { insight } = checkpoint;
    const changes = changeCounts({ added: insight.filesAdded, changed: insight.filesChanged, deleted: insight.filesDeleted, conflicts: 0 });
    const fork = safe(names.get(checkpoint.fork) ?? shortId(checkpoint.fork));
    return {
      label: noIcons(headline(checkpoint.message) || checkpoint.kind),
      description: `${relativeTime(checkpoint.time, now)} · ${shortId(checkpoint.checkpoint)}`,
      detail: noIcons(`fork ${fork} · agent ${safe(checkpoint.agent)} · ${checkpoint.kind}${checkpoint.pinned ? ' (pinned)' : ''} · files ${changes}`),
      value: checkpoint,
    };
  });
}

/** Forks, those that did best first. */
export function forkChoices(forks: readonly ForkInfo[], now: number): Choice<ForkInfo>[] {
  const attempts = forks.map((fork) => ({ fork, created: fork.created, observed: fork.observations.at(-1) ?? null }));
  return attempts.sort(compareAttempts).map(({ fork }) => ({
    label: noIcons(safe(fork.name)),
    description: `${verdict(fork)} · files ${changeCounts(fork.changes)}`,
    detail: noIcons(`agent ${safe(fork.agent)}${fork.task === null ? '' : ` · task ${safe(fork.task)}`} · ${fork.state} · ${count(fork.checkpoints, 'checkpoint')} · made ${relativeTime(fork.created, now)}`),
    value: fork,
  }));
}

/**
 * The fork that a caller named: by its id, a prefix of it that fits no other, or its name.
 * @throws PyiError `NOT_FOUND` when it is none of `forks`, `INVALID_ARGUMENT` when it may be several
 */
export function findFork(forks: readonly ForkInfo[], reference: string): ForkInfo {
  const found = forks.filter(({ fork }) => fork === reference).concat(forks.filter(({ name, state }) => name === reference && state === 'live'))[0];
  if (found !== undefined) return found;
  const [first, ...others] = isIdPrefix(reference) ? forks.filter(({ fork }) => fork.startsWith(reference.toLowerCase())) : [];
  if (first === undefined) throw new PyiError('NOT_FOUND', t('There is no such fork any more: {0}.', safe(shortId(reference))), t('Refresh the view, or choose another one.'));
  if (others.length > 0) throw new PyiError('INVALID_ARGUMENT', t('{0} may be several forks.', safe(reference)), t('Give more digits of the id.'));
  return first;
}

/** Forks that can be collapsed: live, and made from something. The fork of the work tree itself has no parent. */
export function candidates(forks: readonly ForkInfo[]): ForkInfo[] {
  return forks.filter(({ state, parent }) => state === 'live' && parent !== null);
}

/** What the last validator said of a fork: `ok, score 0.9`. */
export function verdict({ observations }: Pick<ForkInfo, 'observations'>): string {
  const last = observations.at(-1);
  if (last === undefined) return 'not observed';
  return `${last.ok ? 'ok' : 'failed'}${last.score === null ? '' : `, score ${last.score}`}`;
}

/** VS Code draws `$(name)` in labels as an icon; a zero-width space keeps an agent's text as text. */
export function noIcons(text: string): string {
  return text.replaceAll('$(', '$\u200b(');
}
