import { element, setText } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { VirtualList } from '../shared/virtual-list.ts';
import { ActionBar } from './actions.ts';
import type { RowActions } from './actions.ts';
import type { Anchor, CheckpointRow, Group } from './contract.ts';
import type { Wanted } from './feed.ts';
import { icon } from './icons.ts';
import { strokeOf } from './keys.ts';
import type { Act, Move } from './keys.ts';
import { Marks } from './marks.ts';
import { GroupView, RowView } from './row-view.ts';
import type { RowContext } from './row-view.ts';
import { tooltipOf } from './row-text.ts';
import { Sections, placeAfter } from './sections.ts';
import type { Spot } from './sections.ts';
import { StickyHeader } from './sticky-header.ts';

/** What a list is told to show. */
export interface Shown {
  readonly groups: readonly Group[];
  /** False for a list without groups. */
  readonly headers: boolean;
  readonly titleOf: (group: Group) => string;
  readonly row: (key: string | null, place: number) => CheckpointRow | undefined;
  readonly context: RowContext;
}

export interface ListEvents {
  /** What is looked at, so that it is loaded. */
  readonly onWanted: (places: readonly Wanted[]) => void;
  /** The user was somewhere else, folded something, or scrolled. */
  readonly onMoved: () => void;
  readonly onAct: (act: Act, row: CheckpointRow) => void;
}

const NOTHING: Shown = { groups: [], headers: true, titleOf: () => '', row: () => undefined, context: { by: 'day', times: undefined as never, now: 0 } };

/** The checkpoints: a tree grid of any length, for mouse, keys and screen readers. */
export class TimelineList {
  readonly node: HTMLElement;
  readonly folded = new Set<string | null>();
  readonly #events: ListEvents;
  readonly #grid = element('div', { class: 'grid', attributes: { role: 'treegrid', 'tabindex': '0', 'aria-multiselectable': 'true' } });
  readonly #list: VirtualList;
  readonly #views = new Map<HTMLElement, RowView | GroupView>();
  readonly #sticky = new StickyHeader((number) => {
    const section = this.#sections.list[number];
    if (section !== undefined) this.#toggle(section.key);
  });
  readonly #newer = element('button', { class: 'newer', attributes: { type: 'button' } });
  readonly #newerText = element('span');
  readonly #bar: ActionBar;
  readonly #marks = new Marks();
  #shown = NOTHING;
  #sections = new Sections([], { header: 1, row: 1 });
  /** What the keys act on. */
  #active: Pick<Spot, 'key' | 'place'> | undefined;
  #hovered: number | undefined;
  #opened: string | undefined;
  #pendingAnchor: Anchor | undefined;
  #newCount = 0;

  constructor(actions: Omit<RowActions, 'menu'>, events: ListEvents) {
    this.#events = events;
    this.#bar = new ActionBar({ ...actions, menu: (x, y) => this.#openMenu(x, y) });
    this.#newer.append(icon('up'), this.#newerText);
    this.#newer.hidden = true;
    this.#newer.addEventListener('click', () => this.toTop());
    this.node = element('div', { class: 'list' }, this.#grid, this.#sticky.node, this.#newer);
    this.#list = new VirtualList({
      node: this.#grid,
      kindOf: (index) => (this.#sections.at(index)?.place === -1 ? 'group' : 'row'),
      create: (kind) => this.#create(kind),
      bind: (node, index) => this.#bind(node, index),
      onDrawn: () => this.#onDrawn(),
    });
    this.#hear();
  }

  /** Checkpoints marked to compare, the older first. */
  get marked(): readonly CheckpointRow[] {
    return this.#marks.all;
  }

  get activeRow(): CheckpointRow | undefined {
    return this.#active === undefined ? undefined : this.#shown.row(this.#active.key, this.#active.place);
  }

  /** Where the user is, to come back there. */
  get anchor(): Anchor | undefined {
    return this.#pendingAnchor ?? (this.#list.top === 0 ? undefined : this.#sections.anchorAt(this.#list.top));
  }

  /** Goes there with the next content that has it. */
  set anchor(anchor: Anchor | undefined) {
    this.#pendingAnchor = anchor;
  }

  set label(label: string) {
    this.#grid.setAttribute('aria-label', label);
  }

  /** What VS Code's menu is about, on the rows alone: the header that sticks to the upper edge has no menu. */
  set menuContext(context: string) {
    this.#grid.dataset['vscodeContext'] = context;
  }

  set description(text: string) {
    this.#grid.setAttribute('aria-description', text);
  }

  /** Shows other content. What is looked at stays where it is; at the very top, what is new comes into sight. `older`: so many places came before all others. */
  show(shown: Shown, older = 0): void {
    const anchor = this.#pendingAnchor ?? (this.#list.top === 0 ? undefined : this.#sections.anchorAt(this.#list.top));
    const before = this.#sections;
    this.#shown = shown;
    this.#layOut();
    if (this.#active !== undefined) this.#active = { ...this.#active, place: placeAfter(this.#active, older, before, this.#sections) };
    if (anchor !== undefined && this.#sections.count > 0) this.#pendingAnchor = undefined;
    const top = anchor === undefined ? 0 : this.#sections.topFor({ ...anchor, place: placeAfter(anchor, older, before, this.#sections) });
    this.#list.show(this.#sections, top ?? this.#list.top);
  }

  /** Draws again what is shown: rows have come, or time has gone by. */
  redraw(shown = this.#shown): void {
    this.#shown = shown;
    this.#list.redraw();
  }

  /** The style sheet says how high rows are, which depends on how wide the list is. */
  remeasure(): void {
    const { header, row } = this.#heights();
    const { heights } = this.#sections;
    if (heights.row === row && (heights.header === header || heights.header === 0)) return;
    const anchor = this.#sections.anchorAt(this.#list.top);
    this.#layOut();
    this.#list.show(this.#sections, anchor === undefined ? 0 : this.#sections.topFor({ ...anchor, above: 0 }));
  }

  /** So many checkpoints are new. Those that are above the window are told of, with a way to them. */
  tellNew(count: number): void {
    this.#newCount = this.#list.top === 0 ? 0 : this.#newCount + count;
    this.#drawNewer();
  }

  toTop(): void {
    this.#list.scrollTo(0);
    this.#activate(this.#sections.at(this.#shown.headers ? 1 : 0));
    this.#grid.focus();
  }

  clearMarks(): void {
    this.#marks.clear();
    this.#opened = undefined;
    this.#active = undefined;
    this.#newCount = 0;
    this.#list.redraw();
  }

  unmark(): void {
    this.#marks.clear();
    this.#list.redraw();
  }

  focus(): void {
    this.#grid.focus();
  }

  #layOut(): void {
    const { groups, headers } = this.#shown;
    const { header, row } = this.#heights();
    this.#sections = new Sections(groups.map((group) => ({ ...group, folded: headers && this.folded.has(group.key) })), { header: headers ? header : 0, row });
    this.#grid.setAttribute('aria-rowcount', String(this.#sections.count));
  }

  #heights(): { header: number; row: number } {
    const style = getComputedStyle(this.#grid);
    const pixels = (name: string): number => Number.parseFloat(style.getPropertyValue(name)) || 1;
    return { header: pixels('--group-height'), row: pixels('--row-height') };
  }

  #hear(): void {
    const grid = this.#grid;
    grid.addEventListener('keydown', (event) => this.#onKey(event));
    grid.addEventListener('click', (event) => this.#onClick(event));
    grid.addEventListener('focus', () => this.#onFocus());
    grid.addEventListener('blur', () => this.#drawActions());
    grid.addEventListener('pointerover', (event) => this.#onHover(event));
    grid.addEventListener('pointerleave', () => {
      this.#hovered = undefined;
      this.#drawActions();
    });
    grid.addEventListener('contextmenu', (event) => this.#onMenu(event));
    grid.addEventListener('copy', (event) => this.#onCopy(event));
    new ResizeObserver(() => this.remeasure()).observe(grid);
  }

  #create(kind: string): HTMLElement {
    const view = kind === 'group' ? new GroupView() : new RowView();
    this.#views.set(view.node, view);
    return view.node;
  }

  #bind(node: HTMLElement, index: number): void {
    const spot = this.#sections.at(index);
    const view = this.#views.get(node);
    const section = spot === undefined ? undefined : this.#sections.list[spot.section];
    if (spot === undefined || section === undefined || view === undefined) return;
    node.id = idOf(spot);
    node.setAttribute('aria-rowindex', String(index + 1));
    node.classList.toggle('active', this.#isActive(spot));
    if (view instanceof GroupView) {
      node.setAttribute('aria-setsize', String(this.#sections.list.length));
      node.setAttribute('aria-posinset', String(spot.section + 1));
      view.show(this.#shown.titleOf(section), section.count, section.folded);
      return;
    }
    node.setAttribute('aria-setsize', String(section.count));
    node.setAttribute('aria-posinset', String(section.count - spot.place));
    const row = this.#shown.row(spot.key, spot.place);
    view.show(row, this.#shown.context, { marked: row === undefined ? 0 : this.#marks.numberOf(row), opened: row !== undefined && row.checkpoint === this.#opened });
  }

  #onDrawn(): void {
    const { from, to } = this.#list.visible;
    this.#events.onWanted(this.#sections.between(from, to));
    this.#drawSticky();
    this.#drawActive();
    this.#drawActions();
    if (this.#list.top === 0 && this.#newCount > 0) {
      this.#newCount = 0;
      this.#drawNewer();
    }
    this.#events.onMoved();
  }

  #drawSticky(): void {
    if (this.#shown.headers) this.#sticky.draw(this.#sections, this.#list.top, this.#list.visible.from, this.#shown.titleOf);
    else this.#sticky.node.hidden = true;
  }

  #drawNewer(): void {
    this.#newer.hidden = this.#newCount === 0;
    setText(this.#newerText, this.#newCount === 1 ? t('1 new checkpoint') : t('{0} new checkpoints', this.#newCount));
  }

  #drawActive(): void {
    const index = this.#active === undefined ? undefined : this.#sections.indexOf(this.#active);
    const node = index === undefined ? undefined : this.#list.nodeOf(index);
    if (node === undefined) this.#grid.removeAttribute('aria-activedescendant');
    else this.#grid.setAttribute('aria-activedescendant', node.id);
  }

  /** The buttons are on the row under the pointer, else on the one that has the focus. */
  #drawActions(): void {
    const index = this.#hovered ?? (document.activeElement === this.#grid && this.#active !== undefined ? this.#sections.indexOf(this.#active) : undefined);
    const spot = index === undefined ? undefined : this.#sections.at(index);
    const row = spot === undefined || spot.place === -1 ? undefined : this.#shown.row(spot.key, spot.place);
    const node = index === undefined ? undefined : this.#list.nodeOf(index);
    const view = node === undefined ? undefined : this.#views.get(node);
    if (row !== undefined && view instanceof RowView) this.#bar.show(view.actions, row);
    else this.#bar.hide();
  }

  #isActive(spot: Pick<Spot, 'key' | 'place'>): boolean {
    return this.#active !== undefined && this.#active.key === spot.key && this.#active.place === spot.place;
  }

  #activate(spot: Pick<Spot, 'key' | 'place'> | undefined): void {
    const index = spot === undefined ? undefined : this.#sections.indexOf(spot);
    if (index !== undefined) this.#list.reveal(index, spot?.place === -1 ? 0 : this.#sections.heights.header);
    this.#stand(spot);
  }

  /** As `#activate`, and nothing scrolls: while a button of the mouse is down, what it is on must stay under it. */
  #stand(spot: Pick<Spot, 'key' | 'place'> | undefined): void {
    if (spot === undefined) return;
    this.#active = { key: spot.key, place: spot.place };
    this.#list.redraw();
  }

  #onFocus(): void {
    // The first row that can be seen: who comes by the keyboard stands somewhere at once.
    if (this.#active === undefined || this.#sections.indexOf(this.#active) === undefined) {
      const { from } = this.#list.visible;
      const first = this.#sections.at(from);
      const spot = first?.place === -1 && this.#sections.count > from + 1 ? this.#sections.at(from + 1) : first;
      if (this.#grid.matches(':focus-visible')) this.#activate(spot);
      else this.#stand(spot);
    } else {
      this.#list.redraw();
    }
  }

  #onKey(event: KeyboardEvent): void {
    const stroke = strokeOf(event);
    if (stroke === undefined) return;
    event.preventDefault();
    // Letters are ours here; VS Code need not look for a keybinding.
    event.stopPropagation();
    if (stroke.kind === 'move') this.#move(stroke.move);
    else this.#act(stroke.act);
  }

  #move(move: Move): void {
    const index = this.#active === undefined ? 0 : this.#sections.indexOf(this.#active) ?? 0;
    const screen = Math.max(1, Math.floor(this.#list.viewport / this.#sections.heights.row) - 1);
    switch (move) {
      case 'up': return this.#goTo(index - 1);
      case 'down': return this.#goTo(index + 1);
      case 'pageUp': return this.#goTo(index - screen);
      case 'pageDown': return this.#goTo(index + screen);
      case 'first': return this.#goTo(0);
      case 'last': return this.#goTo(this.#sections.count - 1);
      case 'in': return this.#goIn(index);
      case 'out': return this.#goOut(index);
    }
  }

  #goTo(index: number): void {
    this.#activate(this.#sections.at(Math.min(Math.max(0, index), this.#sections.count - 1)));
  }

  #goIn(index: number): void {
    const spot = this.#sections.at(index);
    if (spot === undefined || spot.place !== -1) return;
    if (this.folded.has(spot.key)) this.#toggle(spot.key);
    else this.#goTo(index + 1);
  }

  #goOut(index: number): void {
    const spot = this.#sections.at(index);
    if (spot === undefined || !this.#shown.headers) return;
    if (spot.place !== -1) this.#activate({ key: spot.key, place: -1 });
    else if (!this.folded.has(spot.key)) this.#toggle(spot.key);
  }

  #act(act: Act): void {
    if (this.#active?.place === -1) {
      if (act === 'open' || act === 'mark') this.#toggle(this.#active.key);
      return;
    }
    const row = this.activeRow;
    if (act === 'unmark') this.#clear();
    if (row === undefined) return;
    if (act === 'mark') this.#mark(row);
    else if (act === 'open') this.#open(row);
    else if (act === 'menu') this.#openMenuAtActive();
    else this.#events.onAct(act, row);
  }

  #clear(): void {
    this.unmark();
    this.#events.onMoved();
  }

  #open(row: CheckpointRow): void {
    this.#opened = row.checkpoint;
    this.#list.redraw();
    this.#events.onAct('open', row);
  }

  #mark(row: CheckpointRow): void {
    this.#marks.toggle(row);
    this.#list.redraw();
    this.#events.onAct('mark', row);
  }

  #toggle(key: string | null): void {
    if (!this.folded.delete(key)) this.folded.add(key);
    const header = this.#sections.indexOf({ key, place: -1 }) ?? 0;
    const top = Math.min(this.#list.top, this.#sections.topOf(header));
    this.#active = { key, place: -1 };
    this.#layOut();
    // The header that was folded, which may have been stuck to the upper edge, is where the eyes are.
    this.#list.show(this.#sections, this.folded.has(key) ? top : this.#list.top);
  }

  #onClick(event: MouseEvent): void {
    const index = this.#list.indexOf(event.target as Element);
    const spot = index === undefined ? undefined : this.#sections.at(index);
    if (spot === undefined) return;
    if (spot.place === -1) {
      this.#toggle(spot.key);
      return;
    }
    this.#stand(spot);
    const row = this.#shown.row(spot.key, spot.place);
    if (row === undefined) return;
    if (event.ctrlKey || event.metaKey) this.#mark(row);
    else this.#open(row);
  }

  #onHover({ target }: PointerEvent): void {
    this.#hovered = this.#list.indexOf(target as Element);
    const spot = this.#hovered === undefined ? undefined : this.#sections.at(this.#hovered);
    const row = spot === undefined || spot.place === -1 ? undefined : this.#shown.row(spot.key, spot.place);
    const node = this.#hovered === undefined ? undefined : this.#list.nodeOf(this.#hovered);
    if (node !== undefined && row !== undefined) node.title = tooltipOf(row, this.#shown.context.times, this.#shown.context.now);
    this.#drawActions();
  }

  /** The menu is VS Code's own (`webview/context` in package.json): it asks the nodes what it is about. */
  #onMenu(event: MouseEvent): void {
    const index = this.#list.indexOf(event.target as Element);
    const spot = index === undefined ? undefined : this.#sections.at(index);
    const row = spot === undefined || spot.place === -1 ? undefined : this.#shown.row(spot.key, spot.place);
    if (spot === undefined || row === undefined) {
      event.preventDefault();
      return;
    }
    this.#stand(spot);
    this.#events.onAct('menu', row);
  }

  #openMenu(x: number, y: number): void {
    const index = this.#hovered ?? (this.#active === undefined ? undefined : this.#sections.indexOf(this.#active));
    const node = index === undefined ? undefined : this.#list.nodeOf(index);
    node?.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: x, clientY: y }));
  }

  #openMenuAtActive(): void {
    const index = this.#active === undefined ? undefined : this.#sections.indexOf(this.#active);
    const node = index === undefined ? undefined : this.#list.nodeOf(index);
    if (node === undefined) return;
    const { left, bottom } = node.getBoundingClientRect();
    node.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: left + 24, clientY: bottom }));
  }

  #onCopy(event: ClipboardEvent): void {
    const row = this.activeRow;
    if (row === undefined) return;
    event.clipboardData?.setData('text/plain', row.checkpoint);
    event.preventDefault();
  }
}

function idOf({ section, place }: Spot): string {
  return place === -1 ? `group-${section}` : `row-${section}-${place}`;
}
