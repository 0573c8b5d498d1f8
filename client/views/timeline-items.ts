import { shortId } from '../../protocol/ids.ts';
import { safe } from '../../protocol/text.ts';
import type { CheckpointKind } from '../../protocol/values.ts';
import type { CheckpointRow, Filter, Grouping } from '../../webview/timeline/contract.ts';
import { changeWord, isHistoryRow, labelOf, titleOf, tooltipOf } from '../../webview/timeline/row-text.ts';
import type { Times } from '../../webview/timeline/times.ts';
import { noIcons } from '../choices.ts';
import { t } from '../l10n.ts';
import { filesText } from '../../webview/shared/files-text.ts';
import { kindWord } from '../../webview/shared/words.ts';

/** What an item of the native timeline shows, without VS Code. Its label draws icons, so that text from agents must have none. */
export interface ItemText {
  readonly label: string;
  readonly description: string;
  /** Plain text: VS Code renders Markdown only where it is told to. */
  readonly tooltip: string;
  /** What a screen reader says. */
  readonly spoken: string;
  readonly icon: string;
  /** Words that menus look for. */
  readonly context: string;
}

const ICONS: Readonly<Record<CheckpointKind, string>> = {
  manual: 'bookmark', automatic: 'clock', tool: 'tools', recovery: 'history', merge: 'git-merge', collapse: 'git-commit', setup: 'add',
};

export function checkpointText(row: CheckpointRow, by: Grouping, times: Times, now: number): ItemText {
  const { forkName, agent, added, changed, deleted, pinned, kind, time } = row;
  const files = isHistoryRow(row) ? changeWord(row) : filesText({ added, changed, deleted, conflicts: 0 }, t);
  const who = by === 'agent' ? [safe(forkName)] : [safe(forkName), safe(agent)];
  return {
    label: noIcons(titleOf(row)),
    description: noIcons([...who, files, times.ago(time, now)].join(' · ')),
    tooltip: tooltipOf(row, times, now),
    spoken: labelOf(row, by, times, now, false),
    icon: pinned ? 'pinned' : ICONS[kind],
    context: pinned ? 'checkpoint pinned' : 'checkpoint',
  };
}

/** The title of a group. */
export function groupTitle(key: string | null, by: Grouping, times: Times, now: number): string {
  if (by === 'day') return times.day(key ?? '', now);
  return key === null ? t('No task') : noIcons(safe(key));
}

/** What a filter lets through, in words. */
export function filterText({ fork, agent, task, kinds, text }: Filter): string {
  return [
    ...(fork === undefined ? [] : [t('fork {0}', shortId(fork))]), ...(agent === undefined ? [] : [t('agent {0}', safe(agent))]),
    ...(task === undefined ? [] : [task === null ? t('no task') : t('task {0}', safe(task))]),
    ...(kinds === undefined ? [] : [kinds.map((kind) => kindWord(kind, t)).join(', ')]), ...(text === undefined ? [] : [JSON.stringify(safe(text))]),
  ].join(', ');
}
