import type { ParamsInput, Result } from '../../protocol/registry.ts';
import { count, headline, lines, micros, safe, safeLines } from '../../protocol/text.ts';
import { paint, paintFork, paintId, undoCommand } from './style.ts';
import type { Style } from './style.ts';
import { fileLines } from './states.ts';
import { table } from './table.ts';

export function renderObserve(result: Result<'observe'>, style: Style): string {
  const verdict = paint(style, result.ok ? 'green' : 'red', result.ok ? 'ok' : 'failed');
  const exit = result.exit === null ? '' : `, exit ${result.exit}`;
  const score = result.score === null ? '' : `, score ${result.score}`;
  const evidence = result.ok ? '' : safeLines(result.evidence).replace(/^\s*\n/, '').trimEnd();
  // Told, not run: there is no time to tell.
  const time = result.exit === null && result.millis === 0 ? '' : `, ${micros(result.millis * 1000)}`;
  return lines([
    `fork ${paintFork(style, result.fork)} at ${paintId(style, result.checkpoint)}: ${verdict}${exit}${score}${time}`,
    ...(evidence === '' ? [] : evidence.split('\n').map((line) => `  ${line}`)),
  ]);
}

export function renderCollapse(result: Result<'collapse'>, style: Style, asked: Partial<ParamsInput<'collapse'>> = {}): string {
  const winner = paintFork(style, result.winner);
  const unchanged = result.written.length + result.removed.length === 0;
  const losers = result.discarded.length === 0 ? '' : `${count(result.discarded.length, 'fork')}: ${forkList(result.discarded, style)}`;
  if (asked.dryRun === true) {
    return lines([
      `would collapse to ${winner}${unchanged ? ', which changes nothing: there would be no Git commit' : ''}`,
      ...(result.branch === null ? [] : [`  would commit ${JSON.stringify(headline(result.message))} to ${safe(result.branch.replace(/^refs\/heads\//, ''))}`]),
      ...(losers === '' ? [] : [`  would discard ${losers}`]),
      ...fileLines(result, style, true),
    ]);
  }
  return lines([
    `collapsed to ${winner}: checkpoint ${paintId(style, result.checkpoint)}`,
    commitLine(result.commit, unchanged, style),
    ...(losers === '' ? [] : [`  discarded ${losers}`]),
    ...fileLines(result, style),
    `  "${undoCommand(result.winner.slice(0, 12))}" takes all of it back`,
  ]);
}

function commitLine(commit: string | null, unchanged: boolean, style: Style): string {
  if (commit !== null) return `  commit ${paintId(style, commit)}`;
  return unchanged ? '  no Git commit: it changes nothing' : '  no Git commit: what it collapsed into is not a work tree of Git';
}

/** How many forks one line names. */
const NAMED = 8;

function forkList(ids: readonly string[], style: Style): string {
  const names = ids.slice(0, NAMED).map((id) => paintFork(style, id)).join(', ');
  return ids.length > NAMED ? `${names}, … and ${ids.length - NAMED} more` : names;
}

export function renderRace(result: Result<'race'>, style: Style, asked: Partial<ParamsInput<'race'>> = {}): string {
  const attempts = table(['FORK', 'NAME', 'RESULT', 'SCORE', 'TRY', 'VALIDATE', 'TIME'], result.attempts.map((attempt) => [
    paintId(style, attempt.fork), safe(attempt.name), paint(style, attempt.ok ? 'green' : 'red', attempt.ok ? 'ok' : 'failed'),
    attempt.score === null ? '' : String(attempt.score), exitText(attempt.tryExit), exitText(attempt.exit), micros(attempt.millis * 1000),
  ]));
  return `${attempts}\n${lines([...stopLine(result), ...raceEnd(result, style, asked)])}`;
}

function stopLine({ stopped, attempts }: Result<'race'>): string[] {
  if (stopped === 'enough') return [`stopped after ${count(attempts.length, 'attempt')}: good enough`];
  return stopped === 'budget' ? [`stopped after ${count(attempts.length, 'attempt')}: the budget is used up`] : [];
}

function raceEnd(result: Result<'race'>, style: Style, asked: Partial<ParamsInput<'race'>>): string[] {
  if (result.winner === null) return ['no attempt passed; the forks are kept'];
  const name = result.attempts.find(({ fork }) => fork === result.winner)?.name;
  const winner = name === undefined ? paintId(style, result.winner) : paint(style, 'yellow', safe(name));
  if (asked.collapse === false) return [`best: ${winner}; nothing was collapsed`, `  "pyi collapse ${result.winner.slice(0, 12)}" makes it the winner`];
  const commit = result.commit === null ? 'no Git commit' : `commit ${paintId(style, result.commit)}`;
  return [`winner: ${winner}, ${commit}; discarded ${count(result.discarded.length, 'fork')}`, `  "${undoCommand(result.winner.slice(0, 12))}" takes all of it back`];
}

function exitText(code: number | null): string {
  return code === null ? '-' : `exit ${code}`;
}
