import type { ParamsInput, Result } from '../../protocol/registry.ts';
import { bytes, changeCounts, count, headline, lines, relativeTime, safe } from '../../protocol/text.ts';
import type { ForkInfo } from '../../protocol/values.ts';
import { capped, kindText, lastObservation, messageText } from './states.ts';
import { paint, paintFork, paintId } from './style.ts';
import type { Style } from './style.ts';
import { facts, table } from './table.ts';

export function renderTally(result: Result<'tally'>, style: Style, asked: Partial<ParamsInput<'tally'>> = {}): string {
  if (result.total === 0) return 'No checkpoint is like that. "pyi timeline" lists all.\n';
  const by = asked.by ?? 'day';
  return table([by.toUpperCase(), 'CHECKPOINTS', 'NEWEST'], [
    ...result.groups.map((group) => [
      group.key === null ? paint(style, 'dim', '(none)') : safe(group.key), String(group.count), by === 'day' ? '' : relativeTime(group.before - 1, style.now),
    ]),
    [paint(style, 'bold', 'total'), String(result.total), ''],
  ]);
}

export function renderHistory(result: Result<'history'>, style: Style): string {
  if (result.entries.length === 0) return `No checkpoint ${result.more ? 'looked at ' : ''}changed ${safe(result.path)}. "pyi timeline" lists all.\n`;
  const rows = table(['CHECKPOINT', 'WHEN', 'FORK', 'AGENT', 'KIND', 'CHANGE', 'SIZE', 'MESSAGE'], result.entries.map(({ checkpoint, change, size }) => [
    paintId(style, checkpoint.checkpoint), relativeTime(checkpoint.time, style.now), paintFork(style, checkpoint.fork), safe(checkpoint.agent),
    kindText(checkpoint), change, size === null ? '' : bytes(size), messageText(checkpoint, style),
  ]));
  const last = result.entries.at(-1)?.checkpoint.time ?? 0;
  return rows + (result.more ? `There may be older ones: --before ${last}\n` : '');
}

const STATES: Readonly<Record<ForkInfo['state'], string>> = { live: '', merged: 'merged', discarded: 'discarded' };

export function renderSuperposition(result: Result<'superposition'>, style: Style, asked: Partial<ParamsInput<'superposition'>> = {}): string {
  if (result.length === 0 && asked.task !== undefined) return `No ${asked.all === true ? '' : 'live '}fork of task ${safe(asked.task)}. "pyi forks --all" lists every fork.\n`;
  if (result.length === 0) return 'No forks yet. "pyi fork NAME" starts one.\n';
  return table(['FORK', 'NAME', 'AGENT', 'TASK', 'STATE', 'CHANGES', 'SIZE', 'OBSERVED', 'P', 'CHECKPOINTS', 'OVERLAPS', 'ACTIVE'], result.map((branch) => [
    paintId(style, branch.fork), safe(branch.name), safe(branch.agent), safe(branch.task ?? ''), STATES[branch.state],
    changeCounts(branch.changes) || 'none', bytes(branch.bytes), lastObservation(branch, style), branch.probability === 1 ? '' : String(branch.probability),
    String(branch.checkpoints), overlapText(branch, style), relativeTime(branch.lastActive, style.now),
  ]));
}

function overlapText({ overlaps }: Result<'superposition'>[number], style: Style): string {
  if (overlaps.siblings === 0) return '';
  const worst = overlaps.worst[0];
  const most = worst === undefined ? '' : `, most with ${paintFork(style, worst.fork)}`;
  return `${count(overlaps.paths, 'file')} with ${count(overlaps.siblings, 'fork')}${overlaps.siblings > 1 ? most : ''}`;
}

export function renderWhere(result: Result<'where'>, style: Style): string {
  return facts([
    ['store', safe(result.store)],
    ['root', `${safe(result.root)}${result.git ? '' : ' (no Git here)'}`],
    ['fork', result.fork === null ? 'none; "pyi setup" makes this directory one' : `${paint(style, 'yellow', safe(result.name ?? ''))} (${paintId(style, result.fork)})${result.workspace ? ', the work tree' : ''}`],
    ['head', result.head === null ? '' : paintId(style, result.head)],
    ['base', result.base === null ? '' : paintId(style, result.base)],
    ['phase', result.phase],
  ]);
}

export function renderRadar(result: Result<'radar'>, style: Style): string {
  const touched = result.touched.map(({ path, forks }) => {
    const named = forks.map(({ name, agent, change }) => `${paint(style, 'yellow', safe(name))} of ${safe(agent)} (${change})`);
    return `${safe(path)}: ${named.slice(0, NAMED).join(', ')}${named.length > NAMED ? `, … and ${named.length - NAMED} more` : ''}`;
  });
  const conflicts = result.conflicts.map((path) => paint(style, 'red', `conflict: ${safe(path)}`));
  if (touched.length + conflicts.length === 0) return `Nobody else changed what ${paintFork(style, result.fork)} changed.\n`;
  return lines([...capped(conflicts, 'conflict'), ...capped(touched, 'file')]);
}

/** How many forks one line names. */
const NAMED = 5;

export function renderFind(result: Result<'find'>, style: Style, asked: Partial<ParamsInput<'find'>> = {}): string {
  if (result.matches.length === 0) return `${count(result.files, 'file')} searched: ${JSON.stringify(safe(asked.text ?? ''))} is in none.\n`;
  return lines([
    ...result.matches.map(({ path, line, column, preview }) => `${paint(style, 'blue', safe(path))}:${line}:${column}: ${headline(preview, PREVIEW)}`),
    ...(result.complete ? [] : [`Only the first ${count(result.matches.length, 'match', 'matches')}; --limit asks for more.`]),
  ]);
}

const PREVIEW = 120;
