import type { Row } from '../shared/dom.ts';
import { element, setText } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import type { Axis, Tick } from './axis.ts';
import { itemWords } from './contract.ts';
import type { ForkRow } from './contract.ts';
import type { ForkNode, Item, Node, TaskNode } from './forest.ts';
import { icon } from './icons.ts';
import type { IconName } from './icons.ts';
import type { LanePicture } from './lane-view.ts';
import { LANE_HEIGHT, LaneView, nearestShare } from './lane-view.ts';
import type { Crossing } from './lane.ts';
import { laneOf } from './lane.ts';
import * as texts from './texts.ts';

/** What all rows are drawn from. */
export interface Scene {
  readonly repository: string;
  readonly now: number;
  /** Names of all forks by their ids. */
  readonly names: ReadonlyMap<string, string>;
  /** Width of the column with the lanes, pixels. */
  readonly width: number;
  readonly axisOf: (node: Node) => Axis;
  readonly ticksOf: (node: Node) => readonly Tick[];
  readonly crossingsOf: (index: number) => readonly Crossing[];
  /** Keys of the rows that were chosen together. */
  readonly selected: ReadonlySet<string>;
  /** Key of the row that has the focus, or gets it when the tree does. */
  readonly active: string | undefined;
}

export interface RowItem {
  readonly item: Item;
  readonly index: number;
  readonly scene: Scene;
}

/** What the buttons of a row do. */
export type RowAction = 'compareWithBase' | 'observe' | 'collapse' | 'race' | 'more';

export interface RowHandlers {
  readonly onFold: (key: string) => void;
  readonly onAction: (action: RowAction, node: Node) => void;
}

/** The columns after the name and the lane. */
const TEXT_COLUMNS = ['files', 'bytes', 'entangled', 'age', 'expires'] as const;

export function columnTitles(): readonly (readonly [column: string, title: string])[] {
  return [
    ['name', t('Fork')], ['time', t('Checkpoints')], ['verdict', t('Verdict')], ['score', t('Score')], ['chance', t('Probability')], ['files', t('Files')],
    ['bytes', t('Size')], ['overlap', t('Overlap')], ['entangled', t('Entangled')], ['agent', t('Agent')], ['age', t('Made')], ['expires', t('Expires')],
  ];
}

/** A row of the tree. It stays with its key, so a task never becomes a fork. */
export function createRow(node: Node, handlers: RowHandlers): Row<RowItem> {
  return node.kind === 'task' ? taskRow(node, handlers) : forkRow(node, handlers);
}

interface Frame {
  readonly row: HTMLElement;
  readonly name: HTMLElement;
  readonly lane: LaneView;
  update(item: Item, index: number, scene: Scene, label: string): void;
}

/** What rows of both kinds have: indentation, twistie, name, lane and state. */
function frame(node: Node, handlers: RowHandlers): Frame {
  const twistie = element('span', { class: 'twistie', attributes: { 'aria-hidden': 'true' }, onClick: () => handlers.onFold(node.key) });
  const name = element('span', { class: 'name', attributes: { dir: 'auto' } });
  const lane = new LaneView();
  const time = element('div', { class: 'cell time', attributes: { role: 'gridcell' } }, lane.node);
  const row = element('div', { class: `row ${node.kind}`, attributes: { role: 'row', 'data-key': node.key } },
    element('div', { class: 'cell tree', attributes: { role: 'gridcell' } }, twistie, name), time);
  let shown = 0;
  let place = -1;
  let isActive = false;
  let hasActions = false;
  // A third of a row, and seldom seen: made when the mouse or the focus comes.
  const addActions = (): void => {
    if (hasActions) return;
    hasActions = true;
    row.append(actionsCell(node, handlers));
  };
  row.addEventListener('mouseenter', addActions);
  time.addEventListener('mousemove', ({ offsetX, target }) => {
    const mark = target === time || time.contains(target as globalThis.Node) ? lane.markAt(offsetX) : undefined;
    const text = mark === undefined ? '' : texts.markText(mark, shown);
    if (time.title !== text) time.title = text;
  });
  return {
    row, name, lane,
    update: ({ level, expanded, position, siblings, node: current }, index, scene, label) => {
      shown = scene.now;
      if (place !== index) {
        place = index;
        row.style.transform = `translateY(${index * LANE_HEIGHT}px)`;
      }
      const attributes: Record<string, string | undefined> = {
        'aria-level': String(level), 'aria-posinset': String(position), 'aria-setsize': String(siblings), 'aria-rowindex': String(index + 2), 'aria-label': label,
        'aria-expanded': expanded === undefined ? undefined : String(expanded), 'aria-selected': String(scene.selected.size === 0 ? scene.active === node.key : scene.selected.has(node.key)),
        tabindex: scene.active === node.key ? '0' : '-1', 'data-vscode-context': contextOf(current, scene),
      };
      for (const [attribute, value] of Object.entries(attributes)) setAttribute(row, attribute, value);
      row.classList.toggle('chosen', scene.selected.has(node.key));
      const wanted = expanded === undefined ? 'none' : expanded ? 'unfolded' : 'folded';
      if (twistie.dataset['state'] !== wanted) {
        twistie.dataset['state'] = wanted;
        twistie.replaceChildren(...(wanted === 'none' ? [] : [icon(wanted)]));
      }
      row.style.setProperty('--level', String(level - 1));
      lane.show(pictureOf(current, index, scene));
      const nowActive = row.classList.toggle('active', scene.active === node.key);
      if (isActive !== nowActive) {
        isActive = nowActive;
        addActions();
        for (const button of Array.from(row.querySelectorAll('button'))) button.tabIndex = isActive ? 0 : -1;
      }
    },
  };
}

function pictureOf(node: Node, index: number, scene: Scene): LanePicture {
  const axis = scene.axisOf(node);
  const common = { width: scene.width, axis, ticks: scene.ticksOf(node), crossings: scene.crossingsOf(index) };
  if (node.kind === 'task') return { ...common, lane: undefined, best: false, working: false, base: false };
  const { fork, best, base } = node;
  return { ...common, lane: laneOf(fork, axis, nearestShare(scene.width)), best, working: texts.isWorking(fork, scene.now), base };
}

function taskRow(first: TaskNode, handlers: RowHandlers): Row<RowItem> {
  const { row, name, update } = frame(first, handlers);
  const long = element('span', { class: 'long' });
  const short = element('span', { class: 'short' });
  row.append(element('div', { class: 'cell summary', attributes: { role: 'gridcell' } }, long, short));
  return {
    node: row,
    update: ({ item, index, scene }) => {
      if (item.node.kind !== 'task') return;
      setText(name, texts.taskName(item.node));
      setTitle(name, texts.taskName(item.node));
      setText(long, texts.taskText(item.node));
      setText(short, texts.taskSigns(item.node));
      update(item, index, scene, [t('Task {0}', texts.taskName(item.node)), texts.taskText(item.node)].join(', '));
    },
  };
}

function forkRow(first: ForkNode, handlers: RowHandlers): Row<RowItem> {
  const { row, name, update } = frame(first, handlers);
  const badge = element('span', { class: 'badge' });
  name.parentElement?.append(badge);
  const cell = (column: string, ...children: HTMLElement[]): HTMLElement => element('div', { class: `cell ${column}`, attributes: { role: 'gridcell' } }, ...children);
  const sign = element('span', { class: 'sign' });
  const word = element('span', { class: 'word' });
  const score = cell('score');
  const bar = element('span', { class: 'bar' });
  const chance = element('span', {});
  const light = element('span', { class: 'light' });
  const agent = element('span', { class: 'agent-name', attributes: { dir: 'auto' } });
  const overlapLong = element('span', { class: 'long' });
  const overlapShort = element('span', { class: 'short' });
  const overlap = cell('overlap', overlapLong, overlapShort);
  const cells = new Map(TEXT_COLUMNS.map((column) => [column, cell(column)]));
  row.append(cell('verdict', sign, word), score, cell('chance', element('span', { class: 'track', attributes: { 'aria-hidden': 'true' } }, bar), chance),
    ...TEXT_COLUMNS.slice(0, 2).flatMap((column) => cells.get(column) ?? []), overlap, cells.get('entangled') ?? '', cell('agent', light, agent),
    ...TEXT_COLUMNS.slice(3).flatMap((column) => cells.get(column) ?? []));
  return {
    node: row,
    update: ({ item, index, scene }) => {
      if (item.node.kind !== 'fork') return;
      const { node: { fork, base, best } } = item;
      const told = cellTexts(item.node, scene);
      row.classList.toggle('ended', fork.state !== 'live');
      row.classList.toggle('base', base);
      row.classList.toggle('working', texts.isWorking(fork, scene.now));
      row.dataset['state'] = fork.state;
      row.dataset['verdict'] = fork.observed === null ? 'none' : fork.observed.ok ? 'passed' : 'failed';
      row.classList.toggle('stale', fork.observed?.current === false);
      setText(name, texts.nameText(fork));
      setTitle(name, texts.nameText(fork));
      setText(badge, badgeText(item.node));
      badge.className = `badge ${base ? 'tree' : best ? 'best' : fork.state}`;
      setText(sign, told.verdict.slice(0, 1));
      setText(word, told.verdict.slice(1));
      setTitle(word.parentElement, told.verdictTitle);
      setText(score, told.score);
      bar.style.width = base ? '0' : `${Math.round(fork.probability * 100)}%`;
      setText(chance, base ? '' : texts.probabilityText(fork));
      setText(agent, told.agent);
      setTitle(agent.parentElement, texts.isWorking(fork, scene.now) ? `${told.agent}: ${t('at work now')}` : told.agent);
      setText(overlapLong, told.overlap);
      setText(overlapShort, texts.overlapSign(fork));
      setTitle(overlap, told.overlap);
      for (const [column, node] of cells) {
        setText(node, told[column]);
        setTitle(node, told[column]);
      }
      update(item, index, scene, texts.rowLabel(item.node, scene.names, scene.now));
    },
  };
}

function cellTexts({ fork, base }: ForkNode, { names, now }: Scene): Record<(typeof TEXT_COLUMNS)[number] | 'verdict' | 'verdictTitle' | 'score' | 'overlap' | 'agent', string> {
  const verdict = base ? '' : texts.verdictText(fork);
  return {
    // A fork that nobody observed has a sign too, so that the words stand below each other.
    verdict: fork.observed === null && verdict !== '' ? `·${verdict}` : verdict,
    verdictTitle: verdictTitle(fork, verdict),
    score: texts.scoreText(fork), files: base ? '' : texts.filesText(fork), bytes: base ? '' : texts.bytesText(fork), overlap: overlapText(fork),
    entangled: texts.entangledText(fork, names), agent: texts.agentText(fork), age: texts.ageText(fork, now), expires: texts.expiresText(fork, now),
  };
}

function verdictTitle({ observed }: ForkRow, verdict: string): string {
  return observed === null || observed.current ? verdict : t('{0} Observed before the last change.', verdict);
}

function overlapText(fork: ForkRow): string {
  const text = texts.overlapText(fork);
  return text === '' ? '' : `⚠ ${text}`;
}

function badgeText({ fork, base, best }: ForkNode): string {
  if (base) return fork.here ? t('this window') : t('work tree');
  if (fork.state !== 'live') return texts.stateText(fork);
  return best ? t('★ best') : '';
}

const ACTIONS: Readonly<Record<Exclude<RowAction, 'more'>, IconName>> = { compareWithBase: 'changes', observe: 'observe', collapse: 'collapse', race: 'race' };

function actionsCell(node: Node, { onAction }: RowHandlers): HTMLElement {
  const titles: Readonly<Record<RowAction, string>> = {
    compareWithBase: t('Changes against base'), observe: t('Observe: run the validator'), collapse: t('Collapse to a Git commit'), race: t('Start a race'), more: t('More actions'),
  };
  const cell = element('div', { class: 'cell actions', attributes: { role: 'gridcell' } });
  for (const action of actionsOf(node)) {
    const button = element('button', { attributes: { type: 'button', title: titles[action], 'aria-label': titles[action], tabindex: '-1' } }, icon(action === 'more' ? 'more' : ACTIONS[action]));
    button.addEventListener('click', (event) => {
      event.stopPropagation();
      onAction(action, node);
    });
    cell.append(button);
  }
  return cell;
}

function actionsOf(node: Node): RowAction[] {
  if (node.kind === 'task') return ['race', 'more'];
  if (node.base) return ['more'];
  return node.fork.state === 'live' ? ['compareWithBase', 'observe', 'collapse', 'more'] : ['compareWithBase', 'more'];
}

/** What VS Code's own context menu gives its commands, and looks at to choose them. */
function contextOf(node: Node, { repository, selected, active }: Scene): string {
  const common = { repository, preventDefaultContextMenuItems: true };
  if (node.kind === 'task') return JSON.stringify({ ...common, pyiItem: 'task', ...(node.task === null ? {} : { task: node.task }) });
  if (selected.size > 1 && selected.has(node.key) && active === node.key) {
    return JSON.stringify({ ...common, pyiItem: selected.size === 2 ? 'forks pair' : 'forks', targets: [...selected].map((fork) => ({ repository, fork })) });
  }
  return JSON.stringify({ ...common, pyiItem: itemWords(node.fork), fork: node.fork.fork });
}

function setAttribute(node: Element, name: string, value: string | undefined): void {
  if (value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

function setTitle(node: HTMLElement | null, title: string): void {
  if (node !== null && node.title !== title) node.title = title;
}
