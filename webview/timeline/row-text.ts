import { bytes, headline, micros, safe } from '../../protocol/text.ts';
import { shortId } from '../../protocol/ids.ts';
import type { CheckpointKind } from '../../protocol/values.ts';
import { t } from '../shared/l10n.ts';
import { kindTitle } from '../shared/words.ts';
import type { CheckpointRow, Grouping, HistoryRow } from './contract.ts';
import type { Times } from './times.ts';
import { filesText } from '../shared/files-text.ts';

/** What rows say. All of it is harmless as text: names, agents and messages come from anybody. */

const MESSAGE_WIDTH = 200;

export function kindWord(kind: CheckpointKind): string {
  return kindTitle(kind, t);
}

/** What a checkpoint is called: its name, else the beginning of its message, else what led to it. */
export function titleOf({ name, message, cause, kind }: Pick<CheckpointRow, 'name' | 'message' | 'cause' | 'kind'>): string {
  return safe(name ?? '') || headline(message, MESSAGE_WIDTH) || headline(cause, MESSAGE_WIDTH) || kindWord(kind);
}

/** True when a checkpoint has nothing but its kind to be called by. */
export function isNameless({ name, message, cause }: Pick<CheckpointRow, 'name' | 'message' | 'cause'>): boolean {
  return (name ?? '') === '' && message.trim() === '' && cause === '';
}

/** The message beside a name. */
export function besideName({ name, message }: Pick<CheckpointRow, 'name' | 'message'>): string {
  return name === null ? '' : headline(message, MESSAGE_WIDTH);
}

export interface FileCounts {
  readonly added: string;
  readonly changed: string;
  readonly deleted: string;
}

/** `+1`, `~2`, `−3`; nothing for none. */
export function fileCounts({ added, changed, deleted }: Pick<CheckpointRow, 'added' | 'changed' | 'deleted'>): FileCounts {
  const counted = (sign: string, count: number): string => (count === 0 ? '' : `${sign}${count}`);
  return { added: counted('+', added), changed: counted('~', changed), deleted: counted('\u2212', deleted) };
}

/** Bytes of what was added or changed; nothing where nothing was. */
export function bytesText({ added, changed, bytes: size }: Pick<CheckpointRow, 'added' | 'changed' | 'bytes'>): string {
  return added + changed === 0 ? '' : bytes(size);
}

export function changeWord({ change }: Pick<HistoryRow, 'change'>): string {
  switch (change) {
    case 'added': return t('added');
    case 'changed': return t('changed');
    case 'deleted': return t('deleted');
  }
}

/** True for a row of a file's history. */
export function isHistoryRow(row: CheckpointRow): row is HistoryRow {
  return 'change' in row;
}

/** Everything about a checkpoint, for a tooltip. */
export function tooltipOf(row: CheckpointRow, times: Times, now: number): string {
  const { fork, forkName, agent, cause, checkpoint, added, changed, deleted, pinned, name, message } = row;
  return [
    ...(name === null ? [] : [safe(name)]),
    ...(message.trim() === '' ? [] : [headline(message, 2 * MESSAGE_WIDTH)]),
    pinned ? t('{0}, pinned', kindWord(row.kind)) : kindWord(row.kind),
    t('Fork {0} ({1}), agent {2}', safe(forkName), shortId(fork), safe(agent)),
    `${times.full(row.time)} (${times.ago(row.time, now)})`,
    t('Files {0}, {1}, in {2}', filesText({ added, changed, deleted, conflicts: 0 }, t), bytes(row.bytes), micros(row.micros)),
    ...(cause === '' ? [] : [t('Cause: {0}', headline(cause, MESSAGE_WIDTH))]),
    ...(isHistoryRow(row) && row.size !== null ? [t('The file was {0}; it has {1}', changeWord(row), bytes(row.size))] : []),
    checkpoint,
  ].join('\n');
}

/** What a screen reader says of a row. */
export function labelOf(row: CheckpointRow, by: Grouping, times: Times, now: number, marked: boolean): string {
  const { forkName, agent, added, changed, deleted, pinned } = row;
  const state = [...(pinned ? [t('pinned')] : []), ...(marked ? [t('marked to compare')] : [])];
  const change = isHistoryRow(row) ? changeWord(row) : t('files {0}', filesText({ added, changed, deleted, conflicts: 0 }, t));
  return [titleOf(row), kindWord(row.kind), ...state, t('fork {0}', safe(forkName)), ...(by === 'agent' ? [] : [t('agent {0}', safe(agent))]), change, times.ago(row.time, now)].join(', ');
}
