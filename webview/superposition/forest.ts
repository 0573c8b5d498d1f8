import { compareAttempts } from '../shared/rank.ts';
import type { ForkRow, SortKey } from './contract.ts';
import { searchText, taskName } from './texts.ts';

/** The forks as a tree: work trees, their tasks, the forks of each, and what was forked from these. */

/** Forks that share a time axis: those of one task of one work tree, with all that was forked from them. */
export interface Section {
  readonly key: string;
  /** Everything in it, whatever is folded or filtered away. */
  readonly forks: readonly ForkRow[];
}

export interface ForkNode {
  readonly kind: 'fork';
  readonly key: string;
  readonly fork: ForkRow;
  /** True for a fork that was made from none: the work tree of the user. */
  readonly base: boolean;
  /** Leads its task: observed as passed, with no better one among those that compete with it. */
  readonly best: boolean;
  readonly section: Section;
  readonly children: readonly Node[];
}

/** Forks that compete, of one task and one parent; or those of a work tree that compete with none. */
export interface TaskNode {
  readonly kind: 'task';
  readonly key: string;
  readonly task: string | null;
  /** The fork that its forks were made from. */
  readonly parent: string;
  readonly section: Section;
  readonly children: readonly ForkNode[];
  readonly live: number;
  readonly passed: number;
  readonly failed: number;
  /** The fork that leads; undefined when none has passed. */
  readonly best: ForkRow | undefined;
}

export type Node = ForkNode | TaskNode;

/** The whole tree. A fork whose parent is not among the forks stands at the top. */
export function plant(forks: readonly ForkRow[], sort: SortKey): readonly ForkNode[] {
  const known = new Set(forks.map(({ fork }) => fork));
  const children = new Map<string, ForkRow[]>();
  const roots: ForkRow[] = [];
  for (const fork of forks) {
    if (fork.parent === null || !known.has(fork.parent)) roots.push(fork);
    else add(children, fork.parent, fork);
  }
  return roots.sort((a, b) => Number(b.here) - Number(a.here) || comparator(sort)(a, b)).map((root) => grow(root, undefined, false, { children, sort }));
}

interface Planting {
  readonly children: ReadonlyMap<string, readonly ForkRow[]>;
  readonly sort: SortKey;
}

function grow(fork: ForkRow, inherited: Section | undefined, best: boolean, planting: Planting): ForkNode {
  const section = inherited ?? { key: fork.fork, forks: [fork] };
  const base = fork.parent === null;
  return { kind: 'fork', key: fork.fork, fork, base, best, section, children: branches(fork, base ? undefined : section, planting) };
}

/** What was forked from a fork: a group for each task that is not its own; what stands alone comes last. */
function branches(parent: ForkRow, inherited: Section | undefined, planting: Planting): Node[] {
  const tasks = new Map<string, ForkRow[]>();
  const alone: ForkRow[] = [];
  for (const fork of planting.children.get(parent.fork) ?? []) {
    if (fork.task === null || (parent.parent !== null && fork.task === parent.task)) alone.push(fork);
    else add(tasks, fork.task, fork);
  }
  const groups = [...tasks].map(([task, forks]) => group(parent, task, forks, inherited, planting)).sort(taskComparator(planting.sort));
  if (alone.length === 0) return groups;
  if (inherited === undefined) return [...groups, group(parent, null, alone, undefined, planting)];
  return [...groups, ...alone.sort(comparator(planting.sort)).map((fork) => grow(fork, inherited, false, planting))];
}

function group(parent: ForkRow, task: string | null, forks: readonly ForkRow[], inherited: Section | undefined, planting: Planting): TaskNode {
  const key = `${parent.fork}:${task ?? ''}`;
  const section = inherited ?? { key, forks: withDescendants(forks, planting) };
  const live = forks.filter(({ state }) => state === 'live');
  const passed = live.filter(({ observed }) => observed?.ok === true);
  const best = task === null ? undefined : [...passed].sort(comparator('score'))[0];
  return {
    kind: 'task', key, task, parent: parent.fork, section, live: live.length, passed: passed.length, failed: live.filter(({ observed }) => observed?.ok === false).length, best,
    children: [...forks].sort(comparator(planting.sort)).map((fork) => grow(fork, section, fork === best, planting)),
  };
}

function add(lists: Map<string, ForkRow[]>, key: string, fork: ForkRow): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [fork]);
  else list.push(fork);
}

function withDescendants(forks: readonly ForkRow[], planting: Planting): ForkRow[] {
  const found = [...forks];
  // It grows while it is walked through.
  for (const fork of found) found.push(...planting.children.get(fork.fork) ?? []);
  return found;
}

const STATE_RANK = { live: 0, merged: 1, discarded: 2 } as const;

function comparator(sort: SortKey): (a: ForkRow, b: ForkRow) => number {
  const by = COMPARATORS[sort];
  return (a, b) => STATE_RANK[a.state] - STATE_RANK[b.state] || by(a, b) || compareNames(a.name, b.name) || (a.fork < b.fork ? -1 : 1);
}

const COMPARATORS: Readonly<Record<SortKey, (a: ForkRow, b: ForkRow) => number>> = {
  score: compareAttempts,
  age: (a, b) => b.created - a.created,
  size: (a, b) => b.bytes - a.bytes || fileCount(b) - fileCount(a),
  name: (a, b) => compareNames(a.name, b.name),
};

function fileCount({ changes: { added, changed, deleted } }: ForkRow): number {
  return added + changed + deleted;
}

/** `try-2` before `try-10`. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** The task that was joined last leads. Not the busiest: rows that keep changing places cannot be read. */
function taskComparator(sort: SortKey): (a: TaskNode, b: TaskNode) => number {
  const newest = ({ children }: TaskNode): number => children.reduce((latest, { fork }) => Math.max(latest, fork.created), 0);
  return (a, b) => (sort === 'name' ? 0 : newest(b) - newest(a)) || compareNames(a.task ?? '', b.task ?? '');
}

/** A row of the tree as it is shown now. */
export interface Item {
  readonly node: Node;
  /** From 1. */
  readonly level: number;
  /** Undefined when there is nothing to fold. */
  readonly expanded: boolean | undefined;
  /** Place among its siblings, from 1, and their number. */
  readonly position: number;
  readonly siblings: number;
  /** Index of the row that it hangs on; -1 at the top. */
  readonly anchor: number;
}

/** The rows to show: what is not folded, or what fits the filter, with what it hangs on. A filter looks into folded rows. */
export function visibleItems(roots: readonly Node[], folded: ReadonlySet<string>, filter: string, now: number): Item[] {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const items: Item[] = [];
  const show = (nodes: readonly Node[], level: number, anchor: number, kept: boolean): void => {
    const chosen = kept ? nodes : nodes.filter((node) => fits(node, words, now));
    chosen.forEach((node, index) => {
      const expanded = node.children.length === 0 ? undefined : words.length > 0 || !folded.has(node.key);
      items.push({ node, level, expanded, position: index + 1, siblings: chosen.length, anchor });
      // All forks of a task that fits by its own name fit.
      if (expanded === true) show(node.children, level + 1, items.length - 1, kept || (node.kind === 'task' && has(taskName(node), words)));
    });
  };
  show(roots, 1, -1, words.length === 0);
  return items;
}

function fits(node: Node, words: readonly string[], now: number): boolean {
  return has(node.kind === 'task' ? taskName(node) : searchText(node.fork, now), words) || node.children.some((child) => fits(child, words, now));
}

function has(text: string, words: readonly string[]): boolean {
  const told = text.toLowerCase();
  return words.every((word) => told.includes(word));
}
