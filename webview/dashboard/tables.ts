import { relativeTime, safe } from '../../protocol/text.ts';
import { KeyedRows, element, setText } from '../shared/dom.ts';
import type { Row } from '../shared/dom.ts';
import type { CheckpointRow, DashboardCommand, ForkRow } from './contract.ts';
import { button } from '../shared/ui.ts';
import { CHECKPOINT_COLUMNS, FORK_COLUMNS, checkpointCells, forkCells, observedText } from './rows.ts';

/** Runs a command about a fork or a checkpoint. */
export type Run = (command: DashboardCommand, about?: { readonly fork?: string; readonly checkpoint?: string }) => void;

/** A captioned table whose rows follow their items. */
export interface Table<T> {
  readonly node: HTMLElement;
  show(items: readonly T[], now: number): void;
}

export function forkTable(run: Run): Table<ForkRow> {
  return table('forks', 'Live forks', [...FORK_COLUMNS, 'Observed', 'Made'], ({ fork }) => fork, (first, now) => {
    const cells = FORK_COLUMNS.map((_, column) => cell(column));
    const observed = element('td');
    const made = timeCell();
    const action = element('td', { class: 'action' });
    if (!first.workTree) action.append(button({ text: 'Collapse', label: `Collapse fork ${safe(first.name)}`, secondary: true, onClick: () => run('collapse', { fork: first.fork }) }));
    return {
      node: element('tr', {}, ...cells, observed, made.node, action),
      update: (item) => {
        forkCells(item).forEach((text, column) => setCell(cells[column], text));
        setText(observed, observedText(item));
        observed.className = item.observed === null ? '' : item.observed.ok ? 'good' : 'bad';
        made.show(item.created, now());
      },
    };
  });
}

export function checkpointTable(run: Run): Table<CheckpointRow> {
  return table('checkpoints', 'Last checkpoints', [...CHECKPOINT_COLUMNS, 'When'], ({ checkpoint }) => checkpoint, (first, now) => {
    const cells = CHECKPOINT_COLUMNS.map((_, column) => cell(column));
    cells.at(-1)?.classList.add('id');
    const when = timeCell();
    const what = checkpointCells(first)[0] ?? '';
    const action = element('td', { class: 'action' }, button({ text: 'Rewind…', label: `Rewind to ${what}`, secondary: true, onClick: () => run('rewind', { checkpoint: first.checkpoint }) }));
    return {
      node: element('tr', {}, ...cells, when.node, action),
      update: (item) => {
        checkpointCells(item).forEach((text, column) => setCell(cells[column], text));
        when.show(item.time, now());
      },
    };
  });
}

function table<T>(id: string, caption: string, columns: readonly string[], keyOf: (item: T) => string, create: (item: T, now: () => number) => Row<T>): Table<T> {
  let time = 0;
  const body = element('tbody');
  const heads = columns.map((column) => element('th', { attributes: { scope: 'col' } }, column));
  const actions = element('th', { attributes: { scope: 'col' } }, element('span', { class: 'unseen' }, 'Actions'));
  const rows = new KeyedRows(body, keyOf, (item) => create(item, () => time));
  return {
    node: element('table', { attributes: { id } }, element('caption', {}, caption), element('thead', {}, element('tr', {}, ...heads, actions)), body),
    show: (items, now) => {
      time = now;
      rows.show(items);
    },
  };
}

/** The first cell names its row. */
function cell(column: number): HTMLElement {
  return column === 0 ? element('th', { attributes: { scope: 'row', dir: 'auto' } }) : element('td', { attributes: { dir: 'auto' } });
}

/** Long text is cut by the style sheet; the tooltip has it whole. */
function setCell(node: HTMLElement | undefined, text: string): void {
  if (node === undefined) return;
  setText(node, text);
  if (node.title !== text) node.title = text;
}

function timeCell(): { readonly node: HTMLElement; show(time: number, now: number): void } {
  const stamp = element('time');
  return {
    node: element('td', {}, stamp),
    show: (time, now) => {
      setText(stamp, relativeTime(time, now));
      stamp.dateTime = new Date(time).toISOString();
      stamp.title = new Date(time).toLocaleString();
    },
  };
}
