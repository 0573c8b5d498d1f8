/** Elements without a framework. Text from outside becomes text nodes only, so markup in a name stays text. */

type Child = Node | string;

interface Properties {
  readonly class?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly onClick?: () => void;
}

export function element<K extends keyof HTMLElementTagNameMap>(tag: K, properties: Properties = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (properties.class !== undefined) made.className = properties.class;
  for (const [name, value] of Object.entries(properties.attributes ?? {})) made.setAttribute(name, value);
  if (properties.onClick !== undefined) made.addEventListener('click', properties.onClick);
  made.append(...children);
  return made;
}

/** Sets the text of a node, touching it only when it differs: a live region speaks, and a selection goes, at each touch. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** One row of a keyed list. */
export interface Row<T> {
  readonly node: HTMLElement;
  update(item: T): void;
}

/**
 * A list whose rows follow its items: a row stays the same node as long as its key is there, so focus,
 * selection and scroll position survive live updates.
 */
export class KeyedRows<T> {
  readonly #parent: HTMLElement;
  readonly #keyOf: (item: T) => string;
  readonly #create: (item: T) => Row<T>;
  readonly #rows = new Map<string, Row<T>>();

  constructor(parent: HTMLElement, keyOf: (item: T) => string, create: (item: T) => Row<T>) {
    this.#parent = parent;
    this.#keyOf = keyOf;
    this.#create = create;
  }

  show(items: readonly T[]): void {
    const keys = new Set(items.map(this.#keyOf));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.node.remove();
      this.#rows.delete(key);
    }
    let before = this.#parent.firstChild;
    for (const item of items) {
      const key = this.#keyOf(item);
      let row = this.#rows.get(key);
      if (row === undefined) {
        row = this.#create(item);
        this.#rows.set(key, row);
      }
      row.update(item);
      if (row.node === before) before = before.nextSibling;
      else this.#parent.insertBefore(row.node, before);
    }
  }
}
