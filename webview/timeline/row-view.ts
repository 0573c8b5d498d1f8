import { shortId } from '../../protocol/ids.ts';
import { micros, safe } from '../../protocol/text.ts';
import { element, setText } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import type { CheckpointRow, Grouping } from './contract.ts';
import { icon, setIcon } from './icons.ts';
import { besideName, bytesText, changeWord, fileCounts, isHistoryRow, isNameless, kindWord, labelOf, titleOf } from './row-text.ts';
import type { Times } from './times.ts';

/** What rows are drawn with, the same for all of them. */
export interface RowContext {
  readonly by: Grouping;
  readonly times: Times;
  readonly now: number;
}

export interface RowMarks {
  /** Its place among those that a person has marked to compare, from 1; 0: not marked. */
  readonly marked: number;
  /** What was opened last. */
  readonly opened: boolean;
}

/** The node of a checkpoint, used again for others as the list scrolls. What it shows is text, whatever it is. */
export class RowView {
  readonly node = element('div', { class: 'row', attributes: { role: 'row', 'aria-level': '2' } });
  /** Where buttons go. */
  readonly actions = cell('actions');
  readonly #picture = icon('manual');
  readonly #word = element('span', { class: 'word' });
  readonly #mark = element('span', { class: 'mark' });
  readonly #pin = element('span', { class: 'pin' }, icon('pin'));
  readonly #title = element('span', { class: 'title', attributes: { dir: 'auto' } });
  readonly #beside = element('span', { class: 'beside', attributes: { dir: 'auto' } });
  readonly #fork = cell('fork');
  readonly #agent = cell('agent');
  readonly #added = element('span', { class: 'added' });
  readonly #changed = element('span', { class: 'changed' });
  readonly #deleted = element('span', { class: 'deleted' });
  readonly #bytes = cell('bytes');
  readonly #took = cell('took');
  readonly #id = cell('id');
  readonly #time = cell('time');

  constructor() {
    for (const node of [this.#fork, this.#agent]) node.dir = 'auto';
    this.node.append(
      cell('kind', this.#picture, this.#word),
      cell('message', this.#mark, this.#pin, this.#title, this.#beside),
      element('div', { class: 'meta', attributes: { role: 'presentation' } },
        this.#fork, this.#agent, cell('files', this.#added, this.#changed, this.#deleted), this.#bytes, this.#took, this.#id),
      this.#time, this.actions);
  }

  /** Shows a checkpoint; undefined: one that is on its way. */
  show(row: CheckpointRow | undefined, context: RowContext, { marked, opened }: RowMarks): void {
    const { node } = this;
    node.classList.toggle('pending', row === undefined);
    node.classList.toggle('opened', opened);
    node.classList.toggle('marked', marked > 0);
    node.setAttribute('aria-selected', String(marked > 0));
    if (row === undefined) this.#showPending();
    else this.#showRow(row, context, marked);
  }

  #showRow(row: CheckpointRow, { by, times, now }: RowContext, marked: number): void {
    const { added, changed, deleted } = isHistoryRow(row) ? { added: '', changed: changeWord(row), deleted: '' } : fileCounts(row);
    setIcon(this.#picture, row.kind);
    setText(this.#word, kindWord(row.kind));
    setText(this.#mark, marked === 0 ? '' : String(marked));
    this.#pin.hidden = !row.pinned;
    setText(this.#title, titleOf(row));
    this.#title.classList.toggle('named', row.name !== null);
    this.#title.classList.toggle('nameless', isNameless(row));
    setText(this.#beside, besideName(row));
    setText(this.#fork, safe(row.forkName));
    setText(this.#agent, safe(row.agent));
    setText(this.#added, added);
    setText(this.#changed, changed);
    setText(this.#deleted, deleted);
    setText(this.#bytes, bytesText(row));
    setText(this.#took, micros(row.micros));
    setText(this.#id, shortId(row.checkpoint));
    setText(this.#time, by === 'day' && !isHistoryRow(row) ? times.clock(row.time) : times.stamp(row.time));
    this.node.removeAttribute('title');
    this.node.setAttribute('aria-label', labelOf(row, by, times, now, marked > 0));
  }

  #showPending(): void {
    for (const node of [this.#word, this.#mark, this.#title, this.#beside, this.#fork, this.#agent, this.#added, this.#changed, this.#deleted, this.#bytes, this.#took, this.#id, this.#time]) setText(node, '');
    this.#pin.hidden = true;
    this.node.removeAttribute('title');
    this.node.setAttribute('aria-label', t('Loading…'));
  }
}

/** The header of a group. */
export class GroupView {
  readonly node: HTMLElement;
  readonly #title = element('span', { class: 'group-title', attributes: { dir: 'auto' } });
  readonly #count = element('span', { class: 'count' });

  /** `copy`: one that is drawn over the list and that nobody needs to be told about. */
  constructor(copy = false) {
    this.node = element('div', { class: 'group', attributes: copy ? { 'aria-hidden': 'true' } : { role: 'row', 'aria-level': '1' } },
      element('div', copy ? { class: 'group-cell' } : { class: 'group-cell', attributes: { role: 'gridcell' } }, icon('chevron'), this.#title, this.#count));
  }

  show(title: string, count: number, folded: boolean): void {
    setText(this.#title, title);
    setText(this.#count, count.toLocaleString(document.documentElement.lang));
    this.node.classList.toggle('folded', folded);
    if (!this.node.hasAttribute('aria-hidden')) this.node.setAttribute('aria-expanded', String(!folded));
  }
}

function cell(name: string, ...children: Node[]): HTMLElement {
  return element('div', { class: name, attributes: { role: 'gridcell' } }, ...children);
}
