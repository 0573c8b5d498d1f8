import { shortId } from '../../protocol/ids.ts';
import { safe } from '../../protocol/text.ts';
import { itemWords } from '../../webview/superposition/contract.ts';
import type { ForkNode, TaskNode } from '../../webview/superposition/forest.ts';
import * as texts from '../../webview/superposition/texts.ts';
import { noIcons } from '../choices.ts';
import { t } from '../l10n.ts';
import type { ItemText } from './timeline-items.ts';
import { ago } from '../../webview/shared/ago.ts';

/** What an item of the native superposition shows. */
export interface SuperpositionItem extends ItemText {
  /** Colour of the icon, which says the same as its shape. */
  readonly color: string | undefined;
}

export function taskItem(node: TaskNode): SuperpositionItem {
  const name = texts.taskName(node);
  const told = texts.taskText(node);
  return {
    label: noIcons(name), description: told, tooltip: [name, told, ...(node.best === undefined ? [] : [t('Best: {0}', safe(node.best.name))])].join('\n'),
    spoken: node.task === null ? `${name}, ${told}` : t('Task {0}, {1}', name, told), icon: 'target', color: undefined, context: 'task',
  };
}

export function forkItem(node: ForkNode, names: ReadonlyMap<string, string>, now: number): SuperpositionItem {
  const { fork, base, best } = node;
  const overlap = texts.overlapText(fork);
  const facts = base ? [fork.here ? t('this window') : t('work tree'), texts.agentText(fork)]
    : [`${texts.verdictText(fork)} ${texts.scoreText(fork)}`.trim(), fork.state === 'live' ? '' : texts.stateText(fork), texts.filesText(fork), overlap === '' ? '' : `⚠ ${overlap}`];
  return {
    label: noIcons(best ? `★ ${texts.nameText(fork)}` : texts.nameText(fork)),
    description: noIcons([...facts, texts.isWorking(fork, now) ? t('at work') : ''].filter((fact) => fact !== '').join(' · ')),
    tooltip: tooltip(node, names, now), spoken: texts.rowLabel(node, names, now), ...look(node), context: itemWords(fork),
  };
}

function look({ fork, base }: ForkNode): Pick<SuperpositionItem, 'icon' | 'color'> {
  if (base) return { icon: 'home', color: undefined };
  if (fork.state !== 'live') return { icon: fork.state === 'merged' ? 'git-merge' : 'circle-slash', color: 'disabledForeground' };
  if (fork.observed === null) return { icon: 'circle-outline', color: undefined };
  return fork.observed.ok ? { icon: 'pass', color: 'charts.green' } : { icon: 'error', color: 'charts.red' };
}

function tooltip({ fork, base }: ForkNode, names: ReadonlyMap<string, string>, now: number): string {
  const overlap = texts.overlapText(fork);
  const expires = texts.expiresText(fork, now);
  return [
    texts.nameText(fork), t('Agent: {0}', texts.agentText(fork)), ...(base ? [] : [t('Probability: {0}', texts.probabilityText(fork))]),
    ...(fork.observed?.current === false ? [t('Observed before the last change.')] : []),
    t('Changes: {0}', [texts.filesText(fork), texts.bytesText(fork)].filter((part) => part !== '').join(' · ')), ...(overlap === '' ? [] : [t('Overlap: {0}', overlap)]),
    ...texts.entanglementSentences(fork, names), t('Made {0}, last active {1}', ago(fork.created, now, t), ago(fork.lastActive, now, t)),
    ...(expires === '' ? [] : [t('Expires {0}', expires)]), t('Fork {0}', shortId(fork.fork)),
  ].join('\n');
}
