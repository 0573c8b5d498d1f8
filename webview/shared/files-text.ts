import { changeCounts } from '../../protocol/text.ts';
import type { Translate } from './fill.ts';

/** `+1 ~2 -3`: files added, changed and deleted, and conflicts. For the extension and its pages, which have a `t` each. */
export function filesText(changes: Parameters<typeof changeCounts>[0], t: Translate): string {
  return changeCounts(changes) || t('none');
}
