import type { Axis, Tick } from './axis.ts';
import { axisOf, ticksOf } from './axis.ts';
import type { ForkRow, SortKey, SuperpositionPosition, SuperpositionState } from './contract.ts';
import { plant, visibleItems } from './forest.ts';
import type { Item, Node, Section } from './forest.ts';
import { crossingsOf, momentsOf, trunksOf } from './lane.ts';
import { place } from './axis.ts';
import type { Scene } from './row.ts';

/** What of a scene the page knows, and not the tree itself. */
export type StageScene = Omit<Scene, 'selected' | 'active'>;

/** Turns states into rows: keeps what was folded, filtered and sorted, and works out again what changed only. */
export class Stage {
  filter: string;
  #sort: SortKey;
  #folded: Set<string>;
  #forks: readonly ForkRow[] = [];
  #names: ReadonlyMap<string, string> = new Map();
  #roots: readonly Node[] = [];
  /** What the clock of the forks' machine is ahead of this one, ms. */
  #ahead = 0;
  #items: readonly Item[] = [];

  constructor({ filter, sort, folded }: Pick<SuperpositionPosition, 'filter' | 'sort' | 'folded'>) {
    this.filter = filter;
    this.#sort = sort;
    this.#folded = new Set(folded);
  }

  get sort(): SortKey {
    return this.#sort;
  }

  set sort(sort: SortKey) {
    this.#sort = sort;
    this.#plant();
  }

  /** Keys of what is folded and still there. */
  get folded(): readonly string[] {
    return [...this.#folded];
  }

  /** How many forks fit the filter, without those that only hold some. */
  get matches(): number {
    return this.#items.filter(({ node }) => node.kind === 'fork' && !node.base).length;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  take({ store, now }: SuperpositionState, here: number): void {
    this.#ahead = now - here;
    this.#forks = store.kind === 'ready' ? store.forks : [];
    this.#names = new Map(this.#forks.map(({ fork, name }) => [fork, name]));
    this.#plant();
  }

  now(here: number): number {
    return here + this.#ahead;
  }

  toggle(key: string): void {
    if (!this.#folded.delete(key)) this.#folded.add(key);
  }

  /** Unfolds what a fork is in, and lets go of a filter that hides it. */
  uncover(fork: string): void {
    const above = pathTo(this.#roots, fork);
    for (const { key } of above) this.#folded.delete(key);
    if (above.length > 0 && !this.#items.some(({ node }) => node.key === fork)) this.filter = '';
  }

  /** Folds everything below the work trees; when all is folded, unfolds it. */
  foldAll(): void {
    const keys = foldable(this.#roots.flatMap(({ children }) => children));
    this.#folded = keys.every((key) => this.#folded.has(key)) ? new Set() : new Set(keys);
  }

  /** The rows, and what they are drawn from, at a moment of this machine's clock. */
  view(here: number, width: number, repository: string): { readonly items: readonly Item[]; readonly scene: StageScene } {
    const now = this.now(here);
    const items = visibleItems(this.#roots, this.#folded, this.filter, now);
    this.#items = items;
    const axes = new Map<string, { readonly axis: Axis; readonly ticks: readonly Tick[] }>();
    const axisOfNode = ({ section }: { readonly section: Section }): { readonly axis: Axis; readonly ticks: readonly Tick[] } => {
      let known = axes.get(section.key);
      if (known === undefined) {
        const axis = axisOf(section.forks.flatMap(momentsOf), now);
        known = { axis, ticks: ticksOf(axis, width, { locale: document.documentElement.lang }) };
        axes.set(section.key, known);
      }
      return known;
    };
    const trunks = trunksOf(items, (index) => {
      const node = items[index]?.node;
      return node?.kind !== 'fork' || node.base ? undefined : place(axisOfNode(node).axis, node.fork.began);
    });
    return { items, scene: { repository, now, names: this.#names, width, axisOf: axisOfNode, crossingsOf: (index) => crossingsOf(trunks, index) } };
  }

  #plant(): void {
    this.#roots = plant(this.#forks, this.#sort);
  }
}

/** The nodes above one; none when it is not there. */
function pathTo(nodes: readonly Node[], key: string): readonly Node[] {
  for (const node of nodes) {
    if (node.children.some((child) => child.key === key)) return [node];
    const below = pathTo(node.children, key);
    if (below.length > 0) return [node, ...below];
  }
  return [];
}

function foldable(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => (node.children.length === 0 ? [] : [node.key, ...foldable(node.children)]));
}
