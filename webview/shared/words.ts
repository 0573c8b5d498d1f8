import type { CheckpointKind, ForkInfo } from '../../protocol/values.ts';
import type { Translate } from './fill.ts';

/** Words that the extension and its pages, which have a `t` each, have in common. */

/** What a kind of checkpoint is called, within a text. */
export function kindWord(kind: CheckpointKind, t: Translate): string {
  switch (kind) {
    case 'manual': return t('manual');
    case 'automatic': return t('automatic');
    case 'tool': return t('tool step');
    case 'recovery': return t('recovery');
    case 'setup': return t('setup');
    case 'merge': return t('merge');
    case 'collapse': return t('collapse');
  }
}

/** As {@link kindWord}, where it stands alone. */
export function kindTitle(kind: CheckpointKind, t: Translate): string {
  const word = kindWord(kind, t);
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** What has become of a fork. */
export function stateWord(state: ForkInfo['state'], t: Translate): string {
  switch (state) {
    case 'live': return t('live');
    case 'merged': return t('merged');
    case 'discarded': return t('discarded');
  }
}
