import { PyiError } from '../protocol/errors.ts';
import { isIdPrefix, shortId } from '../protocol/ids.ts';
import { headline, safe } from '../protocol/text.ts';
import type { CheckpointInfo, ForkInfo } from '../protocol/values.ts';
import { ago } from '../webview/shared/ago.ts';
import { filesText } from '../webview/shared/files-text.ts';
import { compareAttempts } from '../webview/shared/rank.ts';
import { kindWord, stateWord } from '../webview/shared/words.ts';
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
    const changes = filesText({ added: insight.filesAdded, changed: insight.filesChanged, deleted: insight.filesDeleted, conflicts: 0 }, t);
    const fork = safe(names.get(checkpoint.fork) ?? shortId(checkpoint.fork));
    return {
      label: noIcons(headline(checkpoint.message) || kindWord(checkpoint.kind, t)),
      description: `${ago(checkpoint.time, now, t)} · ${shortId(checkpoint.checkpoint)}`,
      detail: noIcons([t('fork {0}', fork), t('agent {0}', safe(checkpoint.agent)), checkpoint.pinned ? t('{0} (pinned)', kindWord(checkpoint.kind, t)) : kindWord(checkpoint.kind, t), t('files {0}', changes)].join(' · ')),
      value: checkpoint,
    };
  });
}

/** Forks, those that did best first. */
export function forkChoices(forks: readonly ForkInfo[], now: number): Choice<ForkInfo>[] {
  const attempts = forks.map((fork) => ({ fork, created: fork.created, observed: fork.observations.at(-1) ?? null }));
  return attempts.sort(compareAttempts).map(({ fork }) => ({
    label: noIcons(safe(fork.name)),
    description: `${verdict(fork)} · ${t('files {0}', filesText(fork.changes, t))}`,
    detail: noIcons([
      t('agent {0}', safe(fork.agent)), ...(fork.task === null ? [] : [t('task {0}', safe(fork.task))]), stateWord(fork.state, t),
      fork.checkpoints === 1 ? t('1 checkpoint') : t('{0} checkpoints', fork.checkpoints), t('made {0}', ago(fork.created, now, t)),
    ].join(' · ')),
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
  if (last === undefined) return t('not observed');
  if (last.score === null) return last.ok ? t('ok') : t('failed');
  return last.ok ? t('ok, score {0}', last.score) : t('failed, score {0}', last.score);
}

/** VS Code draws `$(name)` in labels as an icon; a zero-width space keeps an agent's text as text. */
export function noIcons(text: string): string {
  return text.replaceAll('$(', '$\u200b(');
}
