import type { Result } from '../../protocol/registry.ts';
import { count, lines, micros, safe, safeLines } from '../../protocol/text.ts';
import { paint, paintId } from './style.ts';
import type { Style } from './style.ts';
import { fileLines } from './states.ts';
import { table } from './table.ts';

export function renderObserve(result: Result<'observe'>, style: Style): string {
  const verdict = paint(style, result.ok ? 'green' : 'red', result.ok ? 'ok' : 'failed');
  const exit = result.exit === null ? '' : `, exit ${result.exit}`;
  const score = result.score === null ? '' : `, score ${result.score}`;
  const evidence = result.ok ? '' : safeLines(result.evidence).trimEnd();
  return lines([
    `fork ${paintId(style, result.fork)} at ${paintId(style, result.checkpoint)}: ${verdict}${exit}${score}, ${micros(result.millis * 1000)}`,
    ...(evidence === '' ? [] : evidence.split('\n').map((line) => `  ${line}`)),
  ]);
}

export function renderCollapse(result: Result<'collapse'>, style: Style): string {
  return lines([
    `collapsed to ${paintId(style, result.winner)} at ${paintId(style, result.checkpoint)}`,
    result.commit === null ? '  no Git commit' : `  commit ${paintId(style, result.commit)}`,
    ...(result.discarded.length === 0 ? [] : [`  discarded ${count(result.discarded.length, 'fork')}; "pyi undo --fork ${result.winner.slice(0, 12)}" takes all of it back`]),
    ...fileLines(result, style),
  ]);
}

export function renderRace(result: Result<'race'>, style: Style): string {
  const attempts = table(['FORK', 'NAME', 'RESULT', 'SCORE', 'TRY', 'VALIDATE', 'TIME'], result.attempts.map((attempt) => [
    paintId(style, attempt.fork), safe(attempt.name), paint(style, attempt.ok ? 'green' : 'red', attempt.ok ? 'ok' : 'failed'),
    attempt.score === null ? '' : String(attempt.score), exitText(attempt.tryExit), exitText(attempt.exit), micros(attempt.millis * 1000),
  ]));
  const winner = result.winner === null
    ? 'no attempt passed; the forks are kept'
    : `winner ${paintId(style, result.winner)}${result.commit === null ? '' : `, commit ${paintId(style, result.commit)}`}; discarded ${count(result.discarded.length, 'fork')}`;
  return `${attempts}\n${winner}\n`;
}

function exitText(code: number | null): string {
  return code === null ? '-' : `exit ${code}`;
}
