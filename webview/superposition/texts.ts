import type { CheckpointKind } from '../../protocol/values.ts';
import { bytes, changeCounts, safe } from '../../protocol/text.ts';
import { AT_WORK_MILLIS } from '../shared/at-work.ts';
import { t } from '../shared/l10n.ts';
import { kindWord, stateWord } from '../shared/words.ts';
import type { ForkNode, TaskNode } from './forest.ts';
import type { ForkRow } from './contract.ts';
import { ago } from '../shared/ago.ts';

/** What the cells of a row say. Everything that comes from agents is made harmless here. */

export function isWorking({ state, lastActive }: Pick<ForkRow, 'state' | 'lastActive'>, now: number): boolean {
  return state === 'live' && now - lastActive < AT_WORK_MILLIS;
}

/** When the first fork that is at work now stops to be; undefined when none is. */
export function nextRest(forks: readonly Pick<ForkRow, 'state' | 'lastActive'>[], now: number): number | undefined {
  const ends = forks.filter((fork) => isWorking(fork, now)).map(({ lastActive }) => lastActive + AT_WORK_MILLIS);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

export function nameText({ name }: Pick<ForkRow, 'name'>): string {
  return safe(name);
}

export function agentText({ agent }: Pick<ForkRow, 'agent'>): string {
  return safe(agent);
}

/** The sign stands beside the word, so that colour is not needed; the star is for what was observed before the last change. */
export function verdictText({ observed, state }: Pick<ForkRow, 'observed' | 'state'>): string {
  if (observed === null) return state === 'live' ? t('not observed') : '';
  const word = observed.ok ? t('✓ passed') : t('✗ failed');
  return observed.current ? word : `${word}*`;
}

export function scoreText({ observed }: Pick<ForkRow, 'observed'>): string {
  return observed === null || observed.score === null ? '' : numberText(observed.score);
}

/** At most three decimals; very large and very small ones as powers. */
export function numberText(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e6 || size < 0.001 ? value.toExponential(1) : String(Math.round(value * 1000) / 1000);
}

export function probabilityText({ probability }: Pick<ForkRow, 'probability'>): string {
  return `${Math.round(probability * 100)} %`;
}

/** `+1 ~2 −1`, with a real minus sign, as columns want it. */
export function filesText({ changes }: Pick<ForkRow, 'changes'>): string {
  return changeCounts(changes).replace('-', '−') || t('no change');
}

export function bytesText({ bytes: size }: Pick<ForkRow, 'bytes'>): string {
  return size === 0 ? '' : bytes(size);
}

/** What it shares with its siblings, changed differently. */
export function overlapText({ overlaps: { siblings, paths } }: Pick<ForkRow, 'overlaps'>): string {
  if (paths === 0) return '';
  if (paths === 1) return siblings === 1 ? t('1 file with 1 sibling') : t('1 file with {0} siblings', siblings);
  return siblings === 1 ? t('{0} files with 1 sibling', paths) : t('{0} files with {1} siblings', paths, siblings);
}

/** The same where there is little room. */
export function overlapSign({ overlaps: { paths } }: Pick<ForkRow, 'overlaps'>): string {
  if (paths === 0) return '';
  return paths === 1 ? t('⚠ 1 file') : t('⚠ {0} files', paths);
}

/** `→ api` follows this one, `← api` is followed by it, `⚔ api` cannot win beside it. */
export function entangledText({ entangled }: Pick<ForkRow, 'entangled'>, names: ReadonlyMap<string, string>): string {
  return entangled.map(({ fork, kind, role }) => `${kind === 'conflict' ? '⚔' : role === 'first' ? '→' : '←'} ${safe(names.get(fork) ?? fork.slice(0, 6))}`).join(', ');
}

/** The same in words. */
export function entanglementSentences({ entangled }: Pick<ForkRow, 'entangled'>, names: ReadonlyMap<string, string>): string[] {
  return entangled.map(({ fork, kind, role }) => {
    const name = safe(names.get(fork) ?? fork.slice(0, 6));
    if (kind === 'conflict') return t('If one of this fork and “{0}” wins, the other is discarded.', name);
    return role === 'first' ? t('“{0}” rebases when this fork collapses.', name) : t('This fork rebases when “{0}” collapses.', name);
  });
}

/** Short: it is a column. */
export function ageText({ created }: Pick<ForkRow, 'created'>, now: number): string {
  return now - created < 60_000 ? t('now') : ago(created, now, t);
}

export function expiresText({ expires, state }: Pick<ForkRow, 'expires' | 'state'>, now: number): string {
  if (expires === null || state !== 'live') return '';
  return expires - now < 60_000 ? t('due') : ago(expires, now, t);
}

export function stateText({ state }: Pick<ForkRow, 'state'>): string {
  return stateWord(state, t);
}

export function kindText(kind: CheckpointKind): string {
  return kindWord(kind, t);
}

/** What a mark on a lane stands for. */
export function markText({ kind, count, pinned, time }: { readonly kind: CheckpointKind; readonly count: number; readonly pinned: boolean; readonly time: number }, now: number): string {
  const what = count === 1 ? t('Checkpoint: {0}', kindText(kind)) : t('{0} checkpoints: {1}', count, kindText(kind));
  return `${what}${pinned ? `, ${t('pinned')}` : ''} · ${ago(time, now, t)}`;
}

/** What the filter looks at. */
export function searchText(fork: ForkRow, now: number): string {
  return [
    nameText(fork), safe(fork.agent), safe(fork.task ?? ''), stateText(fork), verdictText(fork), overlapText(fork) === '' ? '' : t('conflict'),
    isWorking(fork, now) ? t('at work') : '', fork.parent === null ? t('work tree') : '', fork.fork,
  ].join('\n');
}

export function taskName({ task }: Pick<TaskNode, 'task'>): string {
  return task === null ? t('Without a task') : safe(task);
}

/** `4 live · 2 passed · 1 failed`. */
export function taskText({ live, passed, failed, children }: Pick<TaskNode, 'live' | 'passed' | 'failed' | 'children'>): string {
  const ended = children.length - live;
  return [
    live > 0 ? t('{0} live', live) : '', passed > 0 ? t('{0} passed', passed) : '', failed > 0 ? t('{0} failed', failed) : '', ended > 0 ? t('{0} ended', ended) : '',
  ].filter((part) => part !== '').join(' · ');
}

/** The same where there is little room. */
export function taskSigns({ passed, failed, live }: Pick<TaskNode, 'live' | 'passed' | 'failed'>): string {
  return [passed > 0 ? `✓${passed}` : '', failed > 0 ? `✗${failed}` : '', passed + failed === 0 ? String(live) : ''].filter((part) => part !== '').join(' ');
}

/** The whole row in words, for a screen reader. */
export function rowLabel(node: ForkNode, names: ReadonlyMap<string, string>, now: number): string {
  const { fork, base, best } = node;
  const score = scoreText(fork);
  const overlap = overlapText(fork);
  return [
    base ? t('{0}, work tree', nameText(fork)) : nameText(fork),
    best ? t('leads its task') : '', fork.state === 'live' ? '' : stateText(fork),
    base ? '' : verdictText(fork), score === '' ? '' : t('score {0}', score), base ? '' : t('probability {0}', probabilityText(fork)),
    filesText(fork), overlap === '' ? '' : t('overlap: {0}', overlap), ...entanglementSentences(fork, names),
    t('agent {0}', safe(fork.agent)), isWorking(fork, now) ? t('at work now') : '', t('made {0}', ageText(fork, now)),
  ].filter((part) => part !== '').join(', ');
}
