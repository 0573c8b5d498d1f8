import type { Installation } from '../../ccpm/install.ts';
import { safe } from '../../protocol/text.ts';
import { paint, shellWord, undoCommand } from '../render/style.ts';
import type { Color, Style } from '../render/style.ts';
import { table } from '../render/table.ts';
import type { Closed } from './close.ts';
import type { Resolved } from './resolve.ts';
import type { Started } from './start.ts';
import type { CcpmStatus, EpicStatus, StreamStatus } from './status.ts';
import type { Stopped } from './stop.ts';

/** Text for people, and for the agent that runs a slash command. */

const FILE_WORDS: Readonly<Record<Installation['files'][number]['state'], string>> = {
  added: 'added', present: 'is there', changed: 'was changed since: left as it is', foreign: 'is not of PYI: left as it is', missing: 'is missing', removed: 'removed',
};

export function renderInstallation({ layouts, files }: Installation): string {
  const found = layouts.length === 0 ? 'No CCPM here.' : `CCPM ${layouts.map(({ layout, place }) => `${layout} in ${safe(place)}`).join(', ')}`;
  return `${found}\n${table(['', ''], files.map(({ path, state }) => [`  ${safe(path)}`, FILE_WORDS[state]])).split('\n').slice(1).join('\n')}`;
}

const STATE_COLORS: Readonly<Record<string, Color>> = { closed: 'dim', done: 'green', running: 'blue', waiting: 'yellow', ready: 'bold', merged: 'green', live: 'blue', discarded: 'dim', none: 'dim' };

export function renderStatus(told: CcpmStatus, style: Style): string {
  const missing = told.files.filter(({ state }) => state === 'missing').length;
  const head = missing > 0 ? [`${renderInstallation(told)}  "pyi ccpm install" adds what is missing.\n`] : [];
  return [...head, ...(told.epics.length === 0 ? ['No epics.\n'] : told.epics.map((epic) => renderEpic(epic, style)))].join('\n');
}

function renderEpic({ epic, status, counts, problems, tasks }: EpicStatus, style: Style): string {
  const facts = [`${counts.closed} of ${counts.tasks} tasks closed`, ...(counts.done > 0 ? [`${counts.done} done`] : []), `${counts.collapsed} of ${counts.streams} streams committed`];
  const rows = tasks.flatMap((task) => [
    [`  #${task.number}`, paint(style, STATE_COLORS[task.state] ?? 'dim', task.state), safe(task.title), task.waitsFor.length === 0 ? '' : `after ${task.waitsFor.map((number) => `#${number}`).join(', ')}`],
    ...(task.state === 'closed' ? [] : task.streams.map((stream) => [`    ${stream.stream}`, paint(style, STATE_COLORS[stream.state] ?? 'dim', STREAM_WORDS[stream.state]), safe(stream.title), streamFacts(stream)])),
  ]);
  const warnings = problems.map((problem) => `  ${paint(style, 'yellow', '!')} ${safe(problem)}\n`).join('');
  return `${paint(style, 'bold', safe(epic))} (${safe(status)}): ${facts.join(', ')}\n${table(['', '', '', ''], rows).split('\n').slice(1).join('\n')}${warnings}`;
}

const STREAM_WORDS: Readonly<Record<StreamStatus['state'], string>> = { none: 'not started', live: 'at work', merged: 'committed', discarded: 'stopped' };

function streamFacts({ name, changed, conflicts, proven, told, state }: StreamStatus): string {
  if (name === null || state !== 'live') return '';
  const facts = [safe(name), changed === 1 ? '1 file' : `${changed} files`, ...(conflicts > 0 ? [`${conflicts} in conflict`] : []), ...(proven ? ['validated'] : []), ...(told === null ? [] : [safe(told)])];
  return facts.join(' · ');
}

const STARTED_WORDS: Readonly<Record<Started['streams'][number]['state'], string>> = { made: 'made', running: 'is there', resumed: 'made, with its earlier work', collapsed: 'committed already' };

export function renderStarted({ epic, streams, ties, closed }: Started): string {
  const rows = streams.map(({ task, stream, name, state, dir }) => [`#${task} ${stream}`, safe(name), STARTED_WORDS[state], safe(dir ?? '')]);
  const notes = [
    ...streams.filter(({ conflicts }) => conflicts.length > 0).map(({ name, conflicts }) => `${safe(name)} is in conflict in ${conflicts.map(safe).join(', ')}: edit there.`),
    ...streams.flatMap(({ name, overlaps }) => overlaps.map(({ agent, globs, paths }) => `${safe(name)} shares ${[...globs, ...paths].map(safe).join(', ')} with ${safe(agent)}.`)),
    ...ties.filter(({ kind }) => kind === 'conflict').map(({ first, second }) => `${safe(first)} and ${safe(second)} are in conflict: the first to be closed discards the other; "pyi ccpm start ${shellWord(safe(epic))}" then takes it up again on top.`),
    ...(closed.length > 0 ? [`Closed: ${closed.map((number) => `#${number}`).join(', ')}.`] : []),
  ];
  return `${streams.length === 0 ? 'Nothing to start.\n' : table(['TASK', 'FORK', '', 'DIRECTORY'], rows)}${notes.map((note) => `${note}\n`).join('')}`;
}

export function renderStopped({ epic, discarded }: Stopped): string {
  const [first] = discarded;
  if (first === undefined) return `No fork of ${safe(epic)} is live.\n`;
  return `${discarded.map(({ name }) => `stopped ${safe(name)}\n`).join('')}Their agents must stop, too; what they had is kept until a sweep.\n"${undoCommand(first.fork.slice(0, 12))}" brings all of them back, "pyi ccpm start ${shellWord(safe(epic))}" takes them up on the work tree of then.\n`;
}

export function renderResolved({ epic, forks, conflicts }: Resolved, style: Style): string {
  if (forks.length === 0) return `No fork of ${safe(epic)} is live.\n`;
  const rows = forks.map(({ name, merged, conflicts: paths }) => [safe(name), paths.length > 0 ? paint(style, 'red', 'in conflict') : merged > 0 ? `merged, ${merged} files` : 'up to date', paths.map(safe).join(', ')]);
  const places = forks.filter(({ conflicts: paths }) => paths.length > 0).map(({ dir, name }) => `Edit the files in ${safe(dir ?? name)}, then run it again.\n`);
  return `${table(['FORK', '', ''], rows)}${places.join('')}${conflicts === 0 ? 'No conflicts.\n' : ''}`;
}

export function renderClosed({ epic, task, closable, missing, observations, commits, discarded }: Closed, style: Style): string {
  const lines = [
    ...observations.map(({ stream, ok, exit, score }) => `stream ${stream}: ${ok ? paint(style, 'green', 'passed') : paint(style, 'red', 'failed')}${exit === null ? '' : `, exit code ${exit}`}${score === null ? '' : `, score ${score}`}`),
    ...commits.map(({ stream, commit, agent, message }) => `stream ${stream}: ${commit === null ? 'nothing to commit' : `${paint(style, 'yellow', commit.slice(0, 12))} ${safe(message)}`} (${safe(agent)})`),
    ...discarded.map(({ name }) => `discarded ${safe(name)}; "pyi ccpm start ${shellWord(safe(epic))}" takes it up again on top of this`),
    ...missing.map((item) => `${paint(style, 'red', 'missing')} ${safe(item)}`),
    closable ? `Task #${task} may be closed: /pm:issue-close ${task}` : missing.length === 0 ? `Nothing is missing before the validator may run.` : `Task #${task} stays open.`,
  ];
  return `${lines.join('\n')}\n`;
}
