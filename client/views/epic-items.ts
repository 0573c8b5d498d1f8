import { changedFiles, isProven } from '../../ccpm/fork-facts.ts';
import type { EpicProgress, StreamProgress, StreamState, TaskProgress, TaskState } from '../../ccpm/progress.ts';
import { safe } from '../../protocol/text.ts';
import { filesText } from '../../webview/shared/files-text.ts';
import { noIcons } from '../choices.ts';
import { t } from '../l10n.ts';
import type { SuperpositionItem } from './superposition-items.ts';

/** What the items of the view of epics show, without VS Code. Titles come from agents: they are plain text. */

export function epicItem({ epic, tasks, counts }: EpicProgress): SuperpositionItem {
  const name = safe(epic.name);
  const told = [
    t('{0} of {1} tasks closed', counts.closed, counts.tasks), ...(counts.done > 0 ? [t('{0} may be closed', counts.done)] : []),
    t('{0} of {1} streams committed', counts.collapsed, counts.streams),
  ];
  const isOver = counts.tasks > 0 && counts.closed === counts.tasks;
  const problems = epic.problems.map((problem) => t('Problem: {0}', safe(problem)));
  return {
    label: noIcons(name), description: told.slice(0, -1).join(' · '), tooltip: [name, ...told, ...problems].join('\n'), spoken: t('Epic {0}, {1}', name, [...told, ...problems].join(', ')),
    icon: problems.length > 0 ? 'warning' : isOver ? 'pass' : 'project', color: problems.length > 0 ? 'list.warningForeground' : isOver ? 'charts.green' : undefined,
    context: tasks.length > 0 ? 'epic' : 'epic empty',
  };
}

const TASK_ICONS: Readonly<Record<TaskState, readonly [icon: string, color: string | undefined]>> = {
  closed: ['pass', 'charts.green'], done: ['git-merge', 'charts.green'], running: ['play-circle', 'charts.blue'], waiting: ['clock', 'disabledForeground'], ready: ['circle-outline', undefined],
};

export function taskOfEpicItem({ task, state, waitsFor, streams }: TaskProgress): SuperpositionItem {
  const title = safe(task.title);
  const word = taskWord(state);
  const waits = waitsFor.length === 0 ? [] : [t('after {0}', numbers(waitsFor))];
  const committed = streams.filter((stream) => stream.state === 'merged').length;
  const told = state === 'waiting' ? waits : [word, ...(state === 'running' && streams.length > 1 ? [t('{0} of {1} streams committed', committed, streams.length)] : [])];
  const [icon, color] = TASK_ICONS[state];
  return {
    label: noIcons(`#${task.number} ${title}`), description: told.join(' · '), icon, color, context: 'epicTask', spoken: t('Task {0}, {1}', `${task.number}, ${title}`, [word, ...waits].join(', ')),
    tooltip: [
      `#${task.number} ${title}`, t('State: {0}', word), t('Status in CCPM: {0}', task.status), ...waits, ...(task.conflictsWith.length === 0 ? [] : [t('In conflict with {0}', numbers(task.conflictsWith))]),
      ...(task.isAnalysed ? [] : [t('Not analysed: one stream')]),
    ].join('\n'),
  };
}

const STREAM_ICONS: Readonly<Record<StreamState, readonly [icon: string, color: string | undefined]>> = {
  none: ['circle-outline', 'disabledForeground'], live: ['repo-forked', 'charts.blue'], merged: ['git-commit', 'charts.green'], discarded: ['circle-slash', 'disabledForeground'],
};

export function streamItem({ plan: { stream }, state, fork, told }: StreamProgress): SuperpositionItem {
  const title = safe(stream.title);
  const word = streamWord(state);
  const facts = state !== 'live' || fork === undefined ? [word] : [
    changedFiles(fork) === 0 ? t('nothing changed yet') : filesText(fork.changes, t), ...(fork.changes.conflicts > 0 ? [`⚠ ${t('{0} in conflict', fork.changes.conflicts)}`] : []), ...(isProven(fork) ? [`✓ ${t('validated')}`] : []),
  ];
  const [icon, color] = state === 'live' && fork !== undefined && fork.changes.conflicts > 0 ? ['warning', 'list.warningForeground'] : STREAM_ICONS[state];
  const live = state === 'live' ? ` live${fork?.dir === null ? '' : ' directory'}` : '';
  return {
    label: noIcons(`${stream.id} ${title}`), description: facts.join(' · '), icon, color, context: fork === undefined ? 'stream' : `stream fork${live}`,
    spoken: t('Stream {0}, {1}', `${stream.id}, ${title}`, [word, ...(facts[0] === word ? [] : facts)].join(', ')),
    tooltip: [
      `${stream.id} ${title}`, t('State: {0}', word), ...(fork === undefined ? [] : [t('Fork {0}', safe(fork.name)), t('Agent: {0}', safe(fork.agent))]),
      ...(told === null ? [] : [t('Its agent says: {0}', safe(told))]), ...stream.files.map((file) => safe(file)),
    ].join('\n'),
  };
}

function numbers(tasks: readonly string[]): string {
  return tasks.map((number) => `#${number}`).join(', ');
}

function taskWord(state: TaskState): string {
  switch (state) {
    case 'closed':
      return t('closed');
    case 'done':
      return t('may be closed');
    case 'running':
      return t('at work');
    case 'waiting':
      return t('waiting');
    case 'ready':
      return t('not started');
  }
}

function streamWord(state: StreamState): string {
  switch (state) {
    case 'none':
      return t('not started');
    case 'live':
      return t('at work');
    case 'merged':
      return t('committed');
    case 'discarded':
      return t('stopped');
  }
}
