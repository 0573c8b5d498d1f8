import type { Axis, Tick } from './axis.ts';
import { axisOf, place, ticksOf } from './axis.ts';
import type { ForkRow, SortKey, SuperpositionPosition, SuperpositionState } from './contract.ts';
import { plant, visibleItems } from './forest.ts';
import type { Item, Node } from './forest.ts';
import { crossingsOf, momentsOf, trunksOf } from './lane.ts';
import type { Scene } from './row.ts';

/** What of a scene the page knows, and not the tree itself. */
export type StageScene = Omit<Scene, 'selected' | 'active'>;

/** An axis may be so old: a second of a lane is less than a pixel. */
const AXIS_MILLIS = 1000;

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
  readonly #axes = new Map<string, Axis>();
  /** When they were made. */
  #axesOf = 0;

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
    if (now - this.#axesOf > AXIS_MILLIS) {
      this.#axes.clear();
      this.#axesOf = now;
    }
    const axisOfNode = ({ section }: Node): Axis => remember(this.#axes, section.key, () => axisOf(section.forks.flatMap(momentsOf), now));
    const ticks = new Map<string, readonly Tick[]>();
    const trunks = trunksOf(items, (index) => {
      const node = items[index]?.node;
      return node?.kind !== 'fork' || node.base ? undefined : place(axisOfNode(node), node.fork.began);
    });
    const scene = {
      repository, now, names: this.#names, width, axisOf: axisOfNode, crossingsOf: (index: number) => crossingsOf(trunks, index),
      // Of the rows that are seen only: most tasks are out of sight.
      ticksOf: (node: Node) => remember(ticks, node.section.key, () => ticksOf(axisOfNode(node), width, { locale: document.documentElement.lang })),
    };
    return { items, scene };
  }

  #plant(): void {
    this.#axes.clear();
    this.#roots = plant(this.#forks, this.#sort);
  }
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
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
