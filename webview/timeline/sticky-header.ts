import type { Group } from './contract.ts';
import { GroupView } from './row-view.ts';
import type { Sections } from './sections.ts';

/** The header of the group at the upper edge, which stays in sight until the next one pushes it away. */
export class StickyHeader {
  readonly #view = new GroupView(true);
  #section = -1;

  /** `onClick` is given the number of its section. */
  constructor(onClick: (section: number) => void) {
    this.#view.node.addEventListener('click', () => onClick(this.#section));
    // As on the headers that it stands for, there is nothing to choose.
    this.#view.node.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  get node(): HTMLElement {
    return this.#view.node;
  }

  /** For a list that is scrolled to `top`, where the row with index `from` is the first that is seen. */
  draw(sections: Sections, top: number, from: number, titleOf: (group: Group) => string): void {
    const number = sections.at(from)?.section ?? -1;
    const section = sections.list[number];
    const shown = top > 0 && section !== undefined && !section.folded;
    this.node.hidden = !shown;
    if (!shown) return;
    this.#section = number;
    this.node.style.transform = `translateY(${Math.min(0, sections.endOf(number) - top - sections.heights.header)}px)`;
    this.#view.show(titleOf(section), section.count, section.folded);
  }
}
