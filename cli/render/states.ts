import { bytePathFromText, bytesFromBytePath } from '../../protocol/paths.ts';
import type { ParamsInput, Result } from '../../protocol/registry.ts';
import { bytes, changeCounts, count, headline, lines, micros, relativeTime, safe, safeLines } from '../../protocol/text.ts';
import type { Changes, CheckpointInfo, ForkInfo } from '../../protocol/values.ts';
import { paint, paintFork, paintId, shellWord, undoCommand } from './style.ts';
import type { Color, Style } from './style.ts';
import { table } from './table.ts';

export function renderCheckpoint(result: Result<'checkpoint'>, style: Style, asked: Partial<ParamsInput<'checkpoint'>> = {}): string {
  const { insight } = result;
  // No checkpoint takes no time at all: this is the one that was there.
  if (asked.ifChanged === true && insight.micros === 0) return `fork ${paintFork(style, result.fork)} has not changed since checkpoint ${paintId(style, result.checkpoint)}\n`;
  return lines([
    `checkpoint ${paintId(style, result.checkpoint)} on fork ${paintFork(style, result.fork)}`,
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

export function renderForks(result: Result<'forks'>, style: Style, asked: Partial<ParamsInput<'forks'>> = {}): string {
  if (result.length === 0 && asked.task !== undefined) return `No ${asked.all === true ? '' : 'live '}fork of task ${safe(asked.task)}. "pyi forks --all" lists every fork.\n`;
  if (result.length === 0) return 'No forks yet. "pyi fork NAME" starts one.\n';
  return table(['FORK', 'NAME', 'AGENT', 'TASK', 'STATE', 'CHANGES', 'OBSERVED', 'CREATED', 'DIRECTORY'], result.map((fork) => [
    paintId(style, fork.fork), safe(fork.name), safe(fork.agent), safe(fork.task ?? ''),
    paint(style, STATE_COLORS[fork.state], fork.state), changeCounts(fork.changes) || 'none', lastObservation(fork, style),
    relativeTime(fork.created, style.now), safe(fork.dir ?? ''),
  ]));
}

export function lastObservation(fork: ForkInfo, style: Style): string {
  const last = fork.observations.at(-1);
  if (last === undefined) return '';
  const score = last.score === null ? '' : ` ${last.score}`;
  const earlier = last.checkpoint === fork.head ? '' : ' (before its last checkpoint)';
  return paint(style, last.ok ? 'green' : 'red', `${last.ok ? 'ok' : 'failed'}${score}`) + earlier;
}

export function renderTimeline(result: Result<'timeline'>, style: Style, asked: Partial<ParamsInput<'timeline'>> = {}): string {
  const { fork, agent, task, kinds, text, after, before, offset } = asked;
  if (result.length === 0 && [fork, agent, task, kinds, text, after, before, offset].some((choice) => choice !== undefined)) return 'No checkpoint is like that. "pyi timeline" lists all.\n';
  if (result.length === 0) return 'No checkpoints yet. "pyi checkpoint -m MESSAGE" records one.\n';
  return table(['CHECKPOINT', 'WHEN', 'FORK', 'AGENT', 'KIND', 'FILES', 'MESSAGE'], result.map((entry) => [
    paintId(style, entry.checkpoint), relativeTime(entry.time, style.now), paintFork(style, entry.fork), safe(entry.agent),
    kindText(entry),
    changeCounts({ added: entry.insight.filesAdded, changed: entry.insight.filesChanged, deleted: entry.insight.filesDeleted, conflicts: 0 }) || 'none',
    messageText(entry, style),
  ]));
}

/** The kind of a checkpoint, and that it is pinned where its name does not say so. */
export function kindText({ kind, pinned, name }: CheckpointInfo): string {
  return pinned && name === null ? `${kind} (pinned)` : kind;
}

/** What a person reads of a checkpoint: its name, its message, else what led to it. */
export function messageText({ message, cause, name }: CheckpointInfo, style: Style): string {
  const text = message.trim() === '' && cause !== '' ? paint(style, 'dim', `(${headline(cause)})`) : headline(message);
  return name === null ? text : `${paint(style, 'bold', `[${headline(name)}]`)} ${text}`.trimEnd();
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

export function renderRewind(result: Result<'rewind'>, style: Style, asked: Partial<ParamsInput<'rewind'>> = {}): string {
  const would = asked.dryRun === true;
  const what = asked.paths === undefined ? '' : 'chosen paths of ';
  if (result.written.length + result.removed.length === 0) return `fork ${paintFork(style, result.fork)}: ${what}${paintId(style, result.to)} ${what === '' ? 'is' : 'are'} what is there already\n`;
  return lines([
    would
      ? `fork ${paintFork(style, result.fork)} would go to ${what}${paintId(style, result.to)}`
      : `fork ${paintFork(style, result.fork)}: ${paintId(style, result.from)} -> ${what}${paintId(style, result.to)}`,
    ...fileLines(result, style, would),
    ...(result.recovery === '' || would ? [] : [`  the state before is ${paintId(style, result.recovery)}; "${undoCommand(asked.fork)}" brings it back`]),
  ]);
}

/** What the server calls an undo that takes back an undo. Which of the two stands then depends on how often: the state is what counts. */
const UNDO_OF = 'undo of ';

export function renderUndo(result: Result<'undo'>, style: Style, asked: Partial<ParamsInput<'undo'>> = {}): string {
  const again = result.undone.startsWith(UNDO_OF);
  const what = safe(again ? `the last undo (${result.undone.slice(UNDO_OF.length)})` : result.undone);
  const state = style.forks?.get(result.fork)?.state ?? 'live';
  return lines([
    `undone: ${what}; fork ${paintFork(style, result.fork)} is ${state === 'live' ? `at ${paintId(style, result.head)}` : state} again`,
    ...fileLines(result, style),
    // The fork is named as it was: with its state its name may have gone.
    `  "${undoCommand(asked.fork === undefined || state === 'live' ? asked.fork : result.fork.slice(0, 12))}" ${again ? 'takes that back' : 'redoes it'}`,
  ]);
}

export function renderWrite(result: Result<'write'>, style: Style): string {
  return `wrote ${safe(result.path)} (${bytes(result.bytes)}) in fork ${paintFork(style, result.fork)}\n`;
}

export function renderRemove(result: Result<'remove'>, style: Style): string {
  return `removed ${safe(result.path)} from fork ${paintFork(style, result.fork)}\n`;
}

export function renderLs(result: Result<'ls'>, style: Style): string {
  if (result.length === 0) return 'Nothing here.\n';
  return table(['TYPE', 'SIZE', 'PATH'], result.map((entry) => [
    entry.type, entry.type === 'directory' ? '' : bytes(entry.size),
    entry.type === 'directory' ? paint(style, 'blue', `${safe(entry.path)}/`) : safe(entry.path),
  ]));
}

export function renderDiscard(result: Result<'discard'>, style: Style): string {
  return lines(result.discarded.map((fork) => `discarded ${paintFork(style, fork)}; "${undoCommand(fork.slice(0, 12))}" brings it back`));
}

const REASONS: Readonly<Record<string, string>> = {
  'both-changed': 'both sides changed it', 'both-added': 'both sides added it',
  'changed-deleted': 'one side changed it, the other deleted it', 'file-directory': 'a file on one side, a directory on the other',
};

export function renderIntegrate(result: Result<'integrate'>, style: Style): string {
  const conflicts = result.conflicts.map(({ path, reason }) => paint(style, 'red', `  conflict: ${safe(path)} (${safe(REASONS[reason] ?? reason)})`));
  return lines([
    `integrated ${paintFork(style, result.fork)} into ${paintFork(style, result.into)}: checkpoint ${paintId(style, result.checkpoint)}`,
    ...capped(conflicts, 'conflict'),
    ...fileLines(result, style),
    ...(conflicts.length === 0 ? [] : resolving(result, style)),
  ]);
}

/** What to do about conflicts. */
function resolving({ into, conflicts }: Result<'integrate'>, style: Style): string[] {
  const fork = style.forks?.get(into);
  const name = shellWord(safe(fork?.name ?? into.slice(0, 12)));
  const path = shellWord(safe(conflicts[0]?.path ?? 'PATH'));
  if (typeof fork?.dir === 'string') return [`  to resolve: edit them in ${safe(fork.dir)}, then "pyi checkpoint --fork ${name}"; as it stands: pyi write ${name} ${path} < FILE`];
  return [`  to resolve: "pyi read ${name} ${path}" shows both sides, "pyi write ${name} ${path} < FILE" settles it`];
}

export function renderEntangle(result: Result<'entangle'>, style: Style): string {
  const [first, second] = [paintFork(style, result.first), paintFork(style, result.second)];
  return `entangled ${first} and ${second}: ${result.kind === 'causal' ? `${second} is rebased when ${first} collapses` : 'when one collapses, the other is discarded'}\n`;
}

export function renderMaterialize(result: Result<'materialize'>, style: Style, asked: Partial<ParamsInput<'materialize'>> = {}): string {
  const would = asked.dryRun === true;
  const part = asked.include === undefined && asked.exclude === undefined ? '' : 'what was chosen of ';
  return lines([`${part}${paintId(style, result.checkpoint)} ${would ? 'would be' : 'is'} in ${safe(result.out)} (${bytes(result.bytes)} ${would ? 'to write' : 'written'})`, ...fileLines(result, style, would)]);
}

/** How many names a person reads before the number is enough. */
const LISTED = 20;

/** What an operation did to the files of a directory. */
export function fileLines(result: { readonly written: readonly string[]; readonly removed: readonly string[] }, style: Style, would = false): string[] {
  const [wrote, removed] = would ? ['would write', 'would remove'] : ['wrote', 'removed'];
  return capped([
    ...result.written.map((path) => paint(style, 'green', `  ${wrote} ${safe(path)}`)),
    ...result.removed.map((path) => paint(style, 'red', `  ${removed} ${safe(path)}`)),
  ], 'file');
}

/** The first of many lines, and how many more of `noun` there are. */
export function capped(all: readonly string[], noun: string): string[] {
  return all.length > LISTED ? [...all.slice(0, LISTED), `  … and ${count(all.length - LISTED, `more ${noun}`)}`] : [...all];
}

function fileCounts(added: number, changed: number, deleted: number): string {
  return added + changed + deleted === 0 ? 'no changes' : `${count(added, 'file')} added, ${changed} changed, ${deleted} deleted`;
}
