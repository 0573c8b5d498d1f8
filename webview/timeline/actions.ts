import { element } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { iconButton, labelButton } from '../shared/ui.ts';
import type { CheckpointRow } from './contract.ts';
import { icon } from './icons.ts';

/** What the buttons do. */
export interface RowActions {
  readonly rewind: (row: CheckpointRow) => void;
  readonly fork: (row: CheckpointRow) => void;
  readonly pin: (row: CheckpointRow) => void;
  /** Opens the menu at a point of the page. */
  readonly menu: (x: number, y: number) => void;
}

/** The buttons of a row: one set of them, which moves to the row that is pointed at. They are for the mouse; keys and the menu do the same. */
export class ActionBar {
  readonly node = element('div', { class: 'buttons' });
  readonly #pin: HTMLElement;
  #row: CheckpointRow | undefined;

  constructor({ rewind, fork, pin, menu }: RowActions) {
    const run = (action: (row: CheckpointRow) => void) => () => {
      if (this.#row !== undefined) action(this.#row);
    };
    this.#pin = iconButton({ picture: icon('pin'), label: t('Pin'), onClick: run(pin) });
    this.node.append(
      iconButton({ picture: icon('rewind'), label: t('Rewind to this checkpoint…'), onClick: run(rewind) }),
      iconButton({ picture: icon('fork'), label: t('New fork from here…'), onClick: run(fork) }),
      this.#pin,
      iconButton({ picture: icon('more'), label: t('More actions'), onClick: ({ clientX, clientY }) => menu(clientX, clientY) }));
    for (const button of Array.from(this.node.children)) button.setAttribute('tabindex', '-1');
    // A click on a button is none on the row.
    for (const event of ['click', 'dblclick', 'mousedown'] as const) this.node.addEventListener(event, (happened) => happened.stopPropagation());
  }

  /** Moves to a row. */
  show(place: HTMLElement, row: CheckpointRow): void {
    if (this.#row?.checkpoint !== row.checkpoint || this.#row.pinned !== row.pinned) labelButton(this.#pin, row.pinned ? t('Unpin') : t('Pin'));
    this.#row = row;
    if (this.node.parentElement !== place) place.append(this.node);
  }

  hide(): void {
    this.#row = undefined;
    this.node.remove();
  }
}
