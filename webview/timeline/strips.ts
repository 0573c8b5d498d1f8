import { safe } from '../../protocol/text.ts';
import { element, setText } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { button } from '../shared/ui.ts';
import type { CheckpointRow } from './contract.ts';
import { icon } from './icons.ts';
import { titleOf } from './row-text.ts';

/** A line that says something, while there is something to say. */
export class Note {
  readonly node = element('div', { class: 'note', attributes: { role: 'status' } });

  constructor() {
    this.show('');
  }

  show(text: string): void {
    setText(this.node, text);
    this.node.hidden = text === '';
  }
}

/** What stands in the place of the list when it has nothing to show. */
export class Blank {
  readonly node = element('div', { class: 'blank' });
  readonly #text = element('p', { attributes: { role: 'status' } });
  readonly #button: HTMLElement;
  #action: () => void = () => undefined;

  constructor() {
    this.#button = button({ text: '', onClick: () => this.#action() });
    this.node.append(this.#text, this.#button);
    this.hide();
  }

  show(text: string, action?: { readonly text: string; readonly run: () => void }): void {
    setText(this.#text, text);
    this.#button.hidden = action === undefined;
    if (action !== undefined) setText(this.#button, action.text);
    this.#action = action?.run ?? (() => undefined);
    this.node.hidden = false;
  }

  hide(): void {
    this.node.hidden = true;
  }
}

/** Says of which file the history is shown, and leads back to all checkpoints. */
export class HistoryStrip {
  readonly node = element('div', { class: 'strip history' });
  readonly #path = element('span', { class: 'path', attributes: { dir: 'auto' } });

  constructor(onBack: () => void) {
    const back = element('button', { class: 'link', attributes: { type: 'button' }, onClick: onBack }, icon('back'), element('span', {}, t('All checkpoints')));
    this.node.append(back, element('span', { class: 'what' }, t('History of'), ' ', this.#path));
    this.node.hidden = true;
  }

  show(path: string | undefined): void {
    this.node.hidden = path === undefined;
    setText(this.#path, safe(path ?? ''));
    this.#path.title = safe(path ?? '');
  }
}

/** What is marked to compare. */
export class CompareStrip {
  readonly node = element('div', { class: 'strip compare', attributes: { role: 'region', 'aria-label': t('Marked to compare') } });
  readonly #text = element('span', { class: 'what', attributes: { dir: 'auto' } });
  readonly #compare: HTMLElement;

  constructor(onCompare: () => void, onClear: () => void) {
    this.#compare = button({ text: t('Compare'), onClick: onCompare });
    this.node.append(this.#text, this.#compare, button({ text: t('Clear'), label: t('Clear marks'), secondary: true, onClick: onClear }));
    this.node.hidden = true;
  }

  show(marked: readonly CheckpointRow[]): void {
    const [first, second] = marked;
    this.node.hidden = first === undefined;
    this.#compare.hidden = second === undefined;
    if (first === undefined) return;
    setText(this.#text, second === undefined ? t('{0}: mark another one to compare with', titleOf(first)) : t('{0} and {1}', titleOf(first), titleOf(second)));
    this.#text.title = this.#text.textContent ?? '';
  }
}
