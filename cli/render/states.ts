import { bytePathFromText, bytesFromBytePath } from '../../protocol/paths.ts';
import type { Result } from '../../protocol/registry.ts';
import { bytes, changeCounts, count, headline, lines, micros, relativeTime, safe, safeLines } from '../../protocol/text.ts';
import type { Changes, ForkInfo } from '../../protocol/values.ts';
import { paint, paintId } from './style.ts';
import type { Color, Style } from './style.ts';
import { table } from './table.ts';

export function renderCheckpoint(result: Result<'checkpoint'>, style: Style): string {
  const { insight } = result;
  return lines([
    `checkpoint ${paintId(style, result.checkpoint)} on fork ${paintId(style, result.fork)}`,
    `  ${fileCounts(insight.filesAdded, insight.filesChanged, insight.filesDeleted)}; ${bytes(insight.bytesAdded)} stored, ${bytes(insight.bytesReused)} reused; ${micros(insight.micros)}, level ${result.level}`,
  ]);
}

export function renderFork(result: Result<'fork'>, style: Style): string {
  return lines([
    `fork ${paintId(style, result.fork)} "${safe(result.name)}" of agent ${safe(result.agent)}, from ${paintId(style, result.base)}`,
    ...(result.dir === null ? [] : [`  directory: ${safe(result.dir)}`]),
  ]);
}

const STATE_COLORS: Readonly<Record<ForkInfo['state'], Color>> = { live: 'green', merged: 'blue', discarded: 'dim' };

export function renderForks(result: Result<'forks'>, style: Style): string {
  if (result.length === 0) return 'No forks yet. "pyi fork NAME" starts one.\n';
  return table(['FORK', 'NAME', 'AGENT', 'TASK', 'STATE', 'CHANGES', 'OBSERVED', 'CREATED', 'DIRECTORY'], result.map((fork) => [
    paintId(style, fork.fork), safe(fork.name), safe(fork.agent), safe(fork.task ?? ''),
    paint(style, STATE_COLORS[fork.state], fork.state), changeCounts(fork.changes), lastObservation(fork, style),
    relativeTime(fork.created, style.now), safe(fork.dir ?? ''),
  ]));
}

function lastObservation(fork: ForkInfo, style: Style): string {
  const last = fork.observations.at(-1);
  if (last === undefined) return '';
  const score = last.score === null ? '' : ` ${last.score}`;
  return paint(style, last.ok ? 'green' : 'red', `${last.ok ? 'ok' : 'failed'}${score}`);
}

export function renderTimeline(result: Result<'timeline'>, style: Style): string {
  if (result.length === 0) return 'No checkpoints yet. "pyi checkpoint -m MESSAGE" records one.\n';
  return table(['CHECKPOINT', 'WHEN', 'FORK', 'AGENT', 'KIND', 'FILES', 'MESSAGE'], result.map((entry) => [
    paintId(style, entry.checkpoint), relativeTime(entry.time, style.now), paintId(style, entry.fork), safe(entry.agent),
    entry.pinned ? `${entry.kind} (pinned)` : entry.kind,
    changeCounts({ added: entry.insight.filesAdded, changed: entry.insight.filesChanged, deleted: entry.insight.filesDeleted, conflicts: 0 }),
    headline(entry.message),
  ]));
}

export function renderChanges(result: Changes, style: Style): string {
  if (result.patch !== undefined) return renderPatch(result.patch, style);
  const rows = [
    ...result.added.map((path) => paint(style, 'green', `A  ${safe(path)}`)),
    ...result.changed.map((path) => paint(style, 'yellow', `M  ${safe(path)}`)),
    ...result.deleted.map((path) => paint(style, 'red', `D  ${safe(path)}`)),
    ...result.renamed.map(({ from, to }) => paint(style, 'blue', `R  ${safe(from)} -> ${safe(to)}`)),
  ];
  return rows.length === 0 ? 'Nothing differs.\n' : lines(rows);
}

/** A patch on a terminal. Anywhere else {@link patchBytes} is printed, which `git apply` takes. */
function renderPatch(patch: string, style: Style): string {
  return safeLines(patch).split('\n').map((line) => {
    if (/^(diff |index |---|\+\+\+)/.test(line)) return paint(style, 'bold', line);
    if (line.startsWith('@@')) return paint(style, 'blue', line);
    if (line.startsWith('+')) return paint(style, 'green', line);
    return line.startsWith('-') ? paint(style, 'red', line) : line;
  }).join('\n');
}

/** A patch byte for byte. */
export function patchBytes(patch: string): Buffer {
  return bytesFromBytePath(bytePathFromText(patch));
}

export function renderRewind(result: Result<'rewind'>, style: Style): string {
  return lines([
    `fork ${paintId(style, result.fork)}: ${paintId(style, result.from)} -> ${paintId(style, result.to)}`,
    ...fileLines(result, style),
    ...(result.recovery === '' ? [] : [`  the state before is ${paintId(style, result.recovery)}; "pyi undo" brings it back`]),
  ]);
}

export function renderUndo(result: Result<'undo'>, style: Style): string {
  return lines([`undone: ${safe(result.undone)} of fork ${paintId(style, result.fork)}, which is at ${paintId(style, result.head)} again`, ...fileLines(result, style), '  "pyi undo" again redoes it']);
}

export function renderWrite(result: Result<'write'>, style: Style): string {
  return `wrote ${safe(result.path)} (${bytes(result.bytes)}) in fork ${paintId(style, result.fork)}\n`;
}

export function renderRemove(result: Result<'remove'>, style: Style): string {
  return `removed ${safe(result.path)} from fork ${paintId(style, result.fork)}\n`;
}

export function renderLs(result: Result<'ls'>, style: Style): string {
  if (result.length === 0) return 'Nothing here.\n';
  return table(['TYPE', 'SIZE', 'PATH'], result.map((entry) => [
    entry.type, entry.type === 'directory' ? '' : bytes(entry.size),
    entry.type === 'directory' ? paint(style, 'blue', `${safe(entry.path)}/`) : safe(entry.path),
  ]));
}

export function renderDiscard(result: Result<'discard'>, style: Style): string {
  return lines(result.discarded.map((fork) => `discarded ${paintId(style, fork)}; "pyi undo --fork ${fork.slice(0, 12)}" brings it back`));
}

export function renderIntegrate(result: Result<'integrate'>, style: Style): string {
  const conflicts = result.conflicts.map(({ path, reason }) => paint(style, 'red', `  conflict: ${safe(path)} (${safe(reason)})`));
  return lines([`integrated ${paintId(style, result.fork)} into ${paintId(style, result.into)}: checkpoint ${paintId(style, result.checkpoint)}`, ...conflicts, ...fileLines(result, style)]);
}

export function renderEntangle(result: Result<'entangle'>, style: Style): string {
  return `entangled ${paintId(style, result.first)} and ${paintId(style, result.second)}: ${result.kind}\n`;
}

export function renderMaterialize(result: Result<'materialize'>, style: Style): string {
  return lines([`${paintId(style, result.checkpoint)} is in ${safe(result.out)} (${bytes(result.bytes)} written)`, ...fileLines(result, style)]);
}

/** How many names a person reads before the number is enough. */
const LISTED = 20;

/** What an operation did to the files of a directory. */
export function fileLines(result: { readonly written: readonly string[]; readonly removed: readonly string[] }, style: Style): string[] {
  const all = [...result.written.map((path) => paint(style, 'green', `  wrote ${safe(path)}`)), ...result.removed.map((path) => paint(style, 'red', `  removed ${safe(path)}`))];
  return all.length > LISTED ? [...all.slice(0, LISTED), `  and ${count(all.length - LISTED, 'more file')}`] : all;
}

function fileCounts(added: number, changed: number, deleted: number): string {
  return added + changed + deleted === 0 ? 'no changes' : `${count(added, 'file')} added, ${changed} changed, ${deleted} deleted`;
}
