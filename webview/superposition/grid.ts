import { KeyedRows, element } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import type { Item, Node } from './forest.ts';
import { LANE_HEIGHT } from './lane-view.ts';
import { columnTitles, createRow } from './row.ts';
import type { RowAction, RowItem, Scene } from './row.ts';
import type { StageScene } from './stage.ts';

/** What the tree asks of the page. */
export interface GridHandlers {
  readonly onFold: (key: string) => void;
  readonly onAction: (action: RowAction | 'discard', node: Node) => void;
  /** Another row has the focus now, or other rows are chosen. */
  readonly onChoice: () => void;
  /** The width of the lanes is another now. */
  readonly onResize: () => void;
  readonly onScroll: () => void;
}

const ROW = LANE_HEIGHT;
/** Height of the titles above the rows; the style sheet says the same. */
const HEAD = 24;
/** Rows drawn beyond the edges, so that scrolling shows no gaps. */
const OVERSCAN = 8;

/** The tree as a treegrid (WAI-ARIA). Only rows that can be seen are drawn; the one with the focus always is. */
export class TreeGrid {
  readonly node: HTMLElement;
  readonly #handlers: GridHandlers;
  readonly #laneHead: HTMLElement;
  readonly #canvas = element('div', { class: 'canvas', attributes: { role: 'presentation' } });
  readonly #rows: KeyedRows<RowItem>;
  #items: readonly Item[] = [];
  #scene: StageScene | undefined;
  /** Kept, because asking the browser after something was changed makes it lay the page out. */
  #laneWidth = 0;
  #height = 0;
  #top = 0;
  #frame = 0;
  #active: string | undefined;
  #selected: ReadonlySet<string> = new Set();
  /** Where a range begins. */
  #pivot: string | undefined;

  constructor(handlers: GridHandlers, active: string | undefined) {
    this.#handlers = handlers;
    this.#active = active;
    const heads = columnTitles().map(([column, title]) => element('div', { class: `cell ${column}`, attributes: { role: 'columnheader' } }, title));
    this.#laneHead = heads[1] ?? element('div');
    const head = element('div', { class: 'row head', attributes: { role: 'row', 'aria-rowindex': '1' } }, ...heads,
      element('div', { class: 'cell actions', attributes: { role: 'columnheader' } }, element('span', { class: 'unseen' }, t('Actions'))));
    const rowHandlers = { onFold: handlers.onFold, onAction: (action: RowAction, node: Node) => this.#act(action, node) };
    this.#rows = new KeyedRows(this.#canvas, ({ item }) => item.node.key, ({ item }) => createRow(item.node, rowHandlers));
    this.node = element('div', { class: 'grid', attributes: { role: 'treegrid', 'aria-label': t('Forks by task'), 'aria-multiselectable': 'true' } },
      element('div', { class: 'head-group', attributes: { role: 'rowgroup' } }, head), element('div', { attributes: { role: 'rowgroup' } }, this.#canvas));
    this.node.addEventListener('scroll', () => this.#drawSoon(), { passive: true });
    this.node.addEventListener('keydown', (event) => this.#onKey(event));
    this.node.addEventListener('mousedown', (event) => this.#onMouse(event));
    this.node.addEventListener('contextmenu', (event) => this.#onContextMenu(event), { capture: true });
    this.node.addEventListener('dblclick', ({ target }) => {
      const item = this.#itemOf(target);
      if (item?.node.kind === 'fork') handlers.onAction('compareWithBase', item.node);
    });
    new ResizeObserver(() => this.#onResize()).observe(this.#laneHead);
    new ResizeObserver(() => this.#onResize()).observe(this.node);
  }

  /** Width of the column with the lanes, pixels. */
  get laneWidth(): number {
    return this.#laneWidth;
  }

  get scrollTop(): number {
    return this.#top;
  }

  scrollTo(top: number): void {
    this.node.scrollTop = top;
    this.#top = this.node.scrollTop;
    this.draw();
  }

  get active(): string | undefined {
    return this.#active;
  }

  get activeItem(): Item | undefined {
    return this.#items.find(({ node }) => node.key === this.#active);
  }

  /** Keys of the forks that were chosen together. */
  get selected(): ReadonlySet<string> {
    return this.#selected;
  }

  /** Makes a row the active one and brings it into sight. */
  reveal(key: string): void {
    if (!this.#items.some(({ node }) => node.key === key)) return;
    this.#active = key;
    this.#scrollTo(key);
    this.#choose(new Set());
  }

  clearSelection(): void {
    this.#choose(new Set());
  }

  /** Draws what can be seen. Rows stay the same nodes, so focus and scroll position stay, too. */
  show(items: readonly Item[], scene: StageScene): void {
    const before = this.#items.findIndex(({ node }) => node.key === this.#active);
    this.#items = items;
    this.#scene = scene;
    const keys = new Set(items.map(({ node }) => node.key));
    // Where the row with the focus was, its neighbour takes over.
    if (this.#active === undefined || !keys.has(this.#active)) this.#active = items[Math.min(Math.max(before, 0), items.length - 1)]?.node.key;
    if ([...this.#selected].some((key) => !keys.has(key))) this.#selected = new Set([...this.#selected].filter((key) => keys.has(key)));
    const height = `${items.length * ROW}px`;
    if (this.#canvas.style.height !== height) this.#canvas.style.height = height;
    this.node.setAttribute('aria-rowcount', String(items.length + 1));
    this.draw();
  }

  /** Draws again, with the same rows: the window onto them has moved. */
  draw(): void {
    const scene = this.#scene;
    if (scene === undefined) return;
    const hadFocus = this.#canvas.contains(document.activeElement);
    const first = Math.max(0, Math.floor(this.#top / ROW) - OVERSCAN);
    const end = Math.ceil((this.#top + this.#height) / ROW) + OVERSCAN;
    const current: Scene = { ...scene, active: this.#active, selected: this.#selected };
    const shown = this.#items.map((item, index): RowItem => ({ item, index, scene: current }))
      .filter(({ item, index }) => (index >= first && index < end) || item.node.key === this.#active);
    this.#rows.show(shown);
    if (hadFocus && !this.#canvas.contains(document.activeElement)) this.#focus();
  }

  #drawSoon(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#top = this.node.scrollTop;
      this.draw();
      this.#handlers.onScroll();
    });
  }

  #onResize(): void {
    const width = this.#laneHead.clientWidth;
    const isOther = width !== this.#laneWidth;
    this.#laneWidth = width;
    this.#height = this.node.clientHeight;
    if (isOther) this.#handlers.onResize();
    else this.draw();
  }

  #rowOf(key: string): HTMLElement | undefined {
    return Array.from(this.#canvas.children).find((node): node is HTMLElement => node instanceof HTMLElement && node.dataset['key'] === key);
  }

  #itemOf(target: EventTarget | null): Item | undefined {
    const key = target instanceof Element ? target.closest<HTMLElement>('[data-key]')?.dataset['key'] : undefined;
    return this.#items.find(({ node }) => node.key === key);
  }

  #act(action: RowAction, node: Node): void {
    if (action !== 'more') {
      this.#handlers.onAction(action, node);
      return;
    }
    this.#moveTo(node.key);
    const row = this.#rowOf(node.key);
    const button = row?.querySelector('.actions button:last-child');
    const { left = 0, bottom = 0 } = button?.getBoundingClientRect() ?? {};
    row?.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, clientX: left, clientY: bottom }));
  }

  /** The menu is about what it is opened on. */
  #onContextMenu({ target }: MouseEvent): void {
    const item = this.#itemOf(target);
    if (item === undefined || item.node.key === this.#active) return;
    if (!this.#selected.has(item.node.key)) this.#selected = new Set();
    this.#moveTo(item.node.key);
  }

  #onMouse(event: MouseEvent): void {
    const item = this.#itemOf(event.target);
    if (item === undefined || event.button !== 0) return;
    if (event.target instanceof Element && event.target.closest('button, .twistie') !== null) return;
    // The row takes the focus, not what lies in it; and a double click selects no text.
    event.preventDefault();
    const { key } = item.node;
    if (event.shiftKey) this.#chooseRange(key);
    else if (event.ctrlKey || event.metaKey) this.#toggle(item.node);
    else {
      this.#selected = new Set();
      this.#pivot = key;
    }
    this.#moveTo(key);
  }

  #onKey(event: KeyboardEvent): void {
    const index = this.#items.findIndex(({ node }) => node.key === this.#active);
    const item = this.#items[index];
    const onButton = event.target instanceof Element && event.target.closest('button') !== null;
    if (item === undefined || event.altKey || (onButton && (event.key === 'Enter' || event.key === ' '))) return;
    const page = Math.max(1, Math.floor(this.#height / ROW) - 2);
    const steps: Readonly<Record<string, number>> = { ArrowDown: index + 1, ArrowUp: index - 1, PageDown: index + page, PageUp: index - page, Home: 0, End: this.#items.length - 1 };
    const to = steps[event.key];
    if (to !== undefined) this.#step(to, event.shiftKey);
    else if (!this.#onOtherKey(event, item, index)) return;
    event.preventDefault();
  }

  #step(to: number, extend: boolean): void {
    const key = this.#items[Math.min(Math.max(to, 0), this.#items.length - 1)]?.node.key;
    if (key === undefined) return;
    if (extend) this.#chooseRange(key);
    this.#moveTo(key);
  }

  /** True when the key meant something. */
  #onOtherKey({ key, ctrlKey, metaKey }: KeyboardEvent, { node, expanded, anchor }: Item, index: number): boolean {
    switch (key) {
      case 'ArrowRight':
        if (expanded === false) this.#handlers.onFold(node.key);
        else if (expanded === true) this.#step(index + 1, false);
        return true;
      case 'ArrowLeft':
        if (expanded === true) this.#handlers.onFold(node.key);
        else this.#step(anchor, false);
        return true;
      case 'Enter':
        if (node.kind === 'fork') this.#handlers.onAction('compareWithBase', node);
        else this.#handlers.onFold(node.key);
        return true;
      case ' ':
        this.#toggle(node);
        return true;
      case 'Delete':
        this.#handlers.onAction('discard', node);
        return true;
      case 'Escape':
        if (this.#selected.size === 0) return false;
        this.clearSelection();
        return true;
      case 'a':
        if (!ctrlKey && !metaKey) return false;
        this.#choose(new Set(this.#items.flatMap((item) => (isCandidate(item.node) ? [item.node.key] : []))));
        return true;
      default:
        return false;
    }
  }

  #toggle(node: Node): void {
    if (node.kind !== 'fork') return;
    const selected = new Set(this.#selected);
    // The first that is added to a row that was clicked makes two.
    if (selected.size === 0 && this.#pivot !== undefined && this.#pivot !== node.key && this.#active === this.#pivot && this.activeItem?.node.kind === 'fork') selected.add(this.#pivot);
    if (!selected.delete(node.key)) selected.add(node.key);
    this.#pivot = node.key;
    this.#choose(selected);
  }

  #chooseRange(to: string): void {
    const indexOf = (wanted: string | undefined): number => this.#items.findIndex(({ node }) => node.key === wanted);
    this.#pivot ??= this.#active;
    const [from, end] = [indexOf(this.#pivot), indexOf(to)].sort((a, b) => a - b);
    this.#choose(new Set(this.#items.slice(from, (end ?? 0) + 1).flatMap(({ node }) => (node.kind === 'fork' ? [node.key] : []))));
  }

  #choose(selected: ReadonlySet<string>): void {
    this.#selected = selected;
    this.draw();
    this.#handlers.onChoice();
  }

  #moveTo(key: string): void {
    if (this.#active !== key && this.#selected.size === 0) this.#pivot = key;
    this.#active = key;
    this.draw();
    this.#scrollTo(key);
    this.#focus();
    this.#handlers.onChoice();
  }

  #focus(): void {
    if (this.#active !== undefined) this.#rowOf(this.#active)?.focus({ preventScroll: true });
  }

  #scrollTo(key: string): void {
    const top = this.#items.findIndex(({ node }) => node.key === key) * ROW;
    const room = this.#height - HEAD;
    if (top < this.#top) this.scrollTo(top);
    else if (top + ROW > this.#top + room) this.scrollTo(top + ROW - room);
  }
}

/** Work trees are never chosen by the dozen: nothing can be done to them. */
function isCandidate(node: Node): boolean {
  return node.kind === 'fork' && !node.base;
}
