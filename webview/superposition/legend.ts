import { element } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { svg } from '../shared/svg.ts';
import { LANE_HEIGHT, SHAPES } from './lane-view.ts';
import { kindText } from './texts.ts';

const SIZE = 14;

/** What the shapes on the lanes mean. */
export function legend(): HTMLElement {
  const kinds = (Object.keys(SHAPES) as (keyof typeof SHAPES)[]).map((kind) => element('span', { class: 'kind' },
    svg('svg', { class: 'lane', width: SIZE, height: SIZE, viewBox: `0 ${(LANE_HEIGHT - SIZE) / 2} ${SIZE} ${SIZE}`, 'aria-hidden': 'true' }, svg('path', { class: `mark ${kind}`, d: SHAPES[kind](SIZE / 2, 1) })),
    kindText(kind)));
  return element('footer', { class: 'legend', attributes: { 'aria-label': t('Shapes of checkpoints') } }, ...kinds);
}
