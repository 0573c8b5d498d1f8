import { element } from './dom.ts';
import { MAX_HEIGHT, ScrollSpace } from './scroll-space.ts';

/** Where the items of a list are. Their heights are known beforehand; they need not be equal. */
export interface Layout {
  readonly count: number;
  readonly height: number;
  /** Upper edge of an item; that of the item after the last is the height. */
  topOf(index: number): number;
  /** The item at a position; the nearest one outside of the list. */
  indexAt(top: number): number;
}

export interface VirtualListOptions {
  /** The box that scrolls. The list fills it. */
  readonly node: HTMLElement;
  /** Items of a kind are drawn by nodes of a kind. */
  readonly kindOf: (index: number) => string;
  readonly create: (kind: string) => HTMLElement;
  /** Makes a node show an item: one that was just made, or that showed another one. */
  readonly bind: (node: HTMLElement, index: number) => void;
  /** Told after each change of what is drawn. */
  readonly onDrawn: () => void;
  /** See {@link MAX_HEIGHT}. */
  readonly maxHeight?: number;
}

/** What is drawn beyond the edges, pixels: the browser scrolls before it asks us. */
const OVERSCAN = 320;
const REST_MILLIS = 150;

/**
 * A list of any length of which only what is seen is in the document. Nodes that leave the window show what enters it.
 * Rows are placed by transforms alone, so that scrolling lays nothing out.
 */
export class VirtualList {
  readonly #options: VirtualListOptions;
  readonly #space: ScrollSpace;
  readonly #box = element('div', { class: 'box', attributes: { role: 'presentation' } });
  readonly #drawn = new Map<number, HTMLElement>();
  readonly #kinds = new Map<HTMLElement, string>();
  readonly #free = new Map<string, HTMLElement[]>();
  #layout: Layout = { count: 0, height: 0, topOf: () => 0, indexAt: () => 0 };
  #viewport = 0;
  #restTimer = 0;

  constructor(options: VirtualListOptions) {
    this.#options = options;
    this.#space = new ScrollSpace(options.maxHeight ?? MAX_HEIGHT);
    const { node } = options;
    node.append(this.#box);
    node.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    new ResizeObserver(() => this.#onResize()).observe(node);
  }

  /** What of the content is at the upper edge, pixels. */
  get top(): number {
    return this.#space.top;
  }

  get viewport(): number {
    return this.#viewport;
  }

  /** The items that can be seen, at least in part. */
  get visible(): { readonly from: number; readonly to: number } {
    return this.#range(0);
  }

  /** Shows another content, with `top` at the upper edge. */
  show(layout: Layout, top = this.top): void {
    this.#layout = layout;
    this.#space.resize(layout.height, this.#viewport, top);
    this.#place();
    this.redraw();
  }

  /** Binds everything that is drawn anew. */
  redraw(): void {
    this.#draw(true);
  }

  scrollTo(top: number): void {
    this.#space.moveTo(top);
    this.#place();
    this.#draw(false);
  }

  /** Scrolls as little as needed to have an item whole in the window. `margin`: height of what covers the upper edge. */
  reveal(index: number, margin = 0): void {
    const top = this.#layout.topOf(index);
    const bottom = this.#layout.topOf(index + 1);
    if (top - margin < this.top) this.scrollTo(top - margin);
    else if (bottom > this.top + this.#viewport) this.scrollTo(bottom - this.#viewport);
  }

  /** The node that shows an item; undefined while it is out of sight. */
  nodeOf(index: number): HTMLElement | undefined {
    return this.#drawn.get(index);
  }

  /** The item that an element of the document is in. */
  indexOf(target: Element): number | undefined {
    for (const [index, node] of this.#drawn) if (node.contains(target)) return index;
    return undefined;
  }

  #onScroll(): void {
    const { scrollTop } = this.#options.node;
    // The echo of our own doing.
    if (Math.abs(scrollTop - this.#space.boxTop) < 1) return;
    const shift = this.#space.shift;
    this.#space.scrolledTo(scrollTop);
    this.#draw(false, this.#space.shift !== shift);
    clearTimeout(this.#restTimer);
    this.#restTimer = window.setTimeout(() => this.#rest(), REST_MILLIS);
  }

  #rest(): void {
    if (!this.#space.settle()) return;
    this.#place();
    this.#draw(false, true);
  }

  #onResize(): void {
    const { clientHeight } = this.#options.node;
    if (clientHeight === this.#viewport) return;
    this.#viewport = clientHeight;
    this.show(this.#layout);
  }

  /** Makes the browser's box what the space says. */
  #place(): void {
    this.#box.style.height = `${this.#space.boxHeight}px`;
    this.#options.node.scrollTop = this.#space.boxTop;
  }

  #range(beyond: number): { from: number; to: number } {
    const { count } = this.#layout;
    if (count === 0 || this.#viewport === 0) return { from: 0, to: 0 };
    return { from: this.#layout.indexAt(this.top - beyond), to: this.#layout.indexAt(this.top + this.#viewport - 1 + beyond) + 1 };
  }

  #draw(all: boolean, moved = all): void {
    const { from, to } = this.#range(OVERSCAN);
    for (const [index, node] of this.#drawn) if (index < from || index >= to || (all && this.#kinds.get(node) !== this.#options.kindOf(index))) this.#release(index, node);
    for (let index = from; index < to; index++) {
      const known = this.#drawn.get(index);
      const node = known ?? this.#take(index);
      if (known === undefined || moved) node.style.transform = `translateY(${this.#layout.topOf(index) + this.#space.shift}px)`;
      if (known === undefined || all) this.#options.bind(node, index);
    }
    for (const nodes of this.#free.values()) for (const node of nodes) node.hidden = true;
    this.#options.onDrawn();
  }

  #release(index: number, node: HTMLElement): void {
    this.#drawn.delete(index);
    const kind = this.#kinds.get(node) ?? '';
    const free = this.#free.get(kind);
    if (free === undefined) this.#free.set(kind, [node]);
    else free.push(node);
  }

  #take(index: number): HTMLElement {
    const kind = this.#options.kindOf(index);
    let node = this.#free.get(kind)?.pop();
    if (node === undefined) {
      node = this.#options.create(kind);
      this.#kinds.set(node, kind);
      this.#box.append(node);
    }
    node.hidden = false;
    this.#drawn.set(index, node);
    return node;
  }
}
