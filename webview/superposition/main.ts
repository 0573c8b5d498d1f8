import { safe } from '../../protocol/text.ts';
import { element, setText } from '../shared/dom.ts';
import { Host } from '../shared/host.ts';
import { t } from '../shared/l10n.ts';
import { Dropdown, button, checkbox, iconButton, registerControls, textField } from '../shared/ui.ts';
import { SORT_KEYS, parsePosition } from './contract.ts';
import type { ForkDetails, ForkRow, SortKey, SuperpositionCommand, SuperpositionMethods, SuperpositionPosition, SuperpositionState } from './contract.ts';
import { DetailsPane } from './details.ts';
import type { Node } from './forest.ts';
import { TreeGrid } from './grid.ts';
import { icon } from './icons.ts';
import type { RowAction } from './row.ts';
import { Stage } from './stage.ts';
import { legend } from './legend.ts';
import { nextRest } from './texts.ts';

/** The page of the superposition: draws the state that the extension sends, sends back what the user asks for. */

performance.mark('pyi:start');
registerControls();

/** Relative times grow old by themselves. */
const TICK_MILLIS = 15_000;
const SAVE_MILLIS = 300;
/** Here the pane fits beside the tree; the style sheet says the same. */
const WIDE_PIXELS = 900;

const host = new Host<SuperpositionState, SuperpositionMethods, SuperpositionPosition>(show);
const saved = parsePosition(host.saved);
const stage = new Stage(saved);
let state: SuperpositionState | undefined;
let details: ForkDetails | undefined;
let wantsDetails = saved.details;
/** The wish that was granted last. */
let granted = saved.wish;
/** The row whose details were asked for last, as it was then. */
let asked = '';
let drawn = false;
let timer = 0;
let saving = 0;

const run = (command: SuperpositionCommand, about: { forks?: readonly string[]; task?: string } = {}): void => {
  void host.request('command', { command, ...about }).catch(() => undefined); // the extension has told the user
};

const folders = new Dropdown(t('Repository'), (folder) => void host.request('select', folder).then(show, showFault));
const filterField = textField({ label: t('Filter forks and tasks'), placeholder: t('Filter'), value: saved.filter, onInput: (value) => {
  stage.filter = value;
  draw();
} });
const sorts = new Dropdown(t('Sort by'), (value) => {
  stage.sort = SORT_KEYS.find((key) => key === value) ?? 'score';
  draw();
});
const ended = checkbox({ text: t('Ended'), label: t('Show merged and discarded forks, too'), checked: saved.ended, onChange: (checked) => void host.request('showEnded', checked).then(show, showFault) });
const foldAll = iconButton({ label: t('Fold or unfold all'), picture: icon('foldAll'), onClick: () => {
  stage.foldAll();
  draw();
} });
const detailsButton = iconButton({ label: t('Details'), picture: icon('details'), onClick: () => {
  wantsDetails = !showsDetails();
  draw();
} });
const server = element('p', { class: 'server', attributes: { role: 'status' } });
const tally = element('span', { class: 'tally', attributes: { role: 'status' } });
const note = element('p', { class: 'note', attributes: { role: 'status' } });
const starts = element('div', { class: 'starts' },
  button({ text: t('New Fork'), onClick: () => run('newFork') }), button({ text: t('Start Race'), secondary: true, onClick: () => run('race') }));
const setup = button({ text: t('Set Up Repository'), onClick: () => run('setup') });
const grid = new TreeGrid({ onFold: fold, onAction: act, onChoice: draw, onResize: drawRows, onScroll: save }, saved.active);
const pane = new DetailsPane((command) => {
  const { active } = grid;
  if (active !== undefined) run(command, { forks: [active] });
});
const chosen = element('span');
const compare = button({ text: t('Compare'), onClick: () => run('compare', { forks: [...grid.selected] }) });
const selection = element('div', { class: 'selection', attributes: { role: 'toolbar', 'aria-label': t('Chosen forks') } }, chosen, compare,
  button({ text: t('Discard…'), secondary: true, onClick: () => run('discard', { forks: [...grid.selected] }) }),
  button({ text: t('Clear'), secondary: true, onClick: () => grid.clearSelection() }));
const content = element('div', { class: 'content' }, grid.node, pane.node);

document.getElementById('root')?.append(
  element('h1', { class: 'unseen' }, t('Superposition')),
  element('div', { class: 'toolbar', attributes: { role: 'toolbar', 'aria-label': t('View') } }, folders.node, filterField, sorts.node, ended, foldAll, detailsButton, tally,
    element('span', { class: 'wide-only' }, button({ text: t('New Fork'), onClick: () => run('newFork') }), button({ text: t('Start Race'), secondary: true, onClick: () => run('race') }))),
  server, note, setup, content, starts, selection, legend());

function show(next: SuperpositionState): void {
  state = next;
  stage.take(next, Date.now());
  draw();
  const { wish } = next;
  if (wish === undefined || wish.id <= granted || next.store.kind !== 'ready') return;
  granted = wish.id;
  stage.uncover(wish.fork);
  filterField.value = stage.filter;
  draw();
  grid.reveal(wish.fork);
}

/** What was asked for is shown with the next state; until then it is said why not now. */
function showFault({ message }: Error): void {
  setText(note, safe(message));
  note.hidden = false;
}

function draw(): void {
  if (state === undefined) return;
  const { store, selected, server: { connected, text } } = state;
  folders.show(state.folders.map(({ folder, name }) => ({ value: folder, text: safe(name) })), selected);
  folders.node.hidden = state.folders.length < 2;
  sorts.show(SORT_KEYS.map((value) => ({ value, text: sortText(value) })), stage.sort);
  setText(server, connected ? '' : text);
  server.hidden = connected;
  const isReady = store.kind === 'ready';
  content.hidden = !isReady;
  setup.hidden = store.kind !== 'none' || selected === undefined;
  document.body.classList.toggle('with-details', isReady && showsDetails());
  pane.node.hidden = !showsDetails();
  detailsButton.setAttribute('aria-pressed', String(showsDetails()));
  drawRows();
  setText(note, noteText(state));
  note.hidden = note.textContent === '';
  starts.hidden = !isReady || store.forks.some(({ parent }) => parent !== null);
  setText(chosen, t('{0} chosen', grid.selected.size));
  selection.hidden = grid.selected.size === 0;
  compare.toggleAttribute('disabled', grid.selected.size !== 2);
  tick();
}

function drawRows(): void {
  if (state?.store.kind !== 'ready') return;
  const { items, scene } = stage.view(Date.now(), grid.laneWidth, state.selected ?? '');
  grid.show(items, scene);
  setText(tally, tallyText(state.store.forks, state.store.more));
  drawDetails(scene.names, scene.now);
  save();
  // Before the first layout the lanes have no width: nothing of them can be seen yet.
  if (drawn || items.length === 0 || grid.laneWidth === 0) return;
  drawn = true;
  grid.scrollTo(saved.scrollTop);
  performance.mark('pyi:rows');
  performance.measure('pyi:open', 'pyi:start', 'pyi:rows');
}

function drawDetails(names: ReadonlyMap<string, string>, now: number): void {
  const node = grid.activeItem?.node;
  const fork = node?.kind === 'fork' ? node : undefined;
  if (!showsDetails()) return;
  pane.show(fork, details?.fork === fork?.key ? details : undefined, names, now);
  const wanted = fork === undefined ? '' : JSON.stringify(fork.fork);
  if (wanted === asked) return;
  asked = wanted;
  if (fork === undefined) return;
  void host.request('details', fork.key).then((told) => {
    details = told;
    draw();
  }, () => undefined); // gone meanwhile: the next state says so
}

function showsDetails(): boolean {
  return wantsDetails ?? window.innerWidth >= WIDE_PIXELS;
}

function tallyText(forks: readonly ForkRow[], more: number): string {
  const attempts = forks.filter(({ parent }) => parent !== null).length;
  if (more > 0) return t('The newest {0} of {1} forks', attempts, attempts + more);
  if (stage.filter.trim() !== '') return t('{0} of {1} forks', stage.matches, attempts);
  return attempts === 1 ? t('1 fork') : t('{0} forks', attempts);
}

function noteText({ store, selected, server: { connected } }: SuperpositionState): string {
  if (selected === undefined) return t('No folder is open.');
  switch (store.kind) {
    case 'loading':
      return connected ? t('Loading…') : '';
    case 'none':
      return t('PYI is not set up in this repository yet. Setting it up takes the tree in and writes nothing but its own store.');
    case 'problem':
      return safe(store.message);
    case 'ready':
      if (store.forks.every(({ parent }) => parent === null)) return t('No forks yet. Each agent, or each attempt, gets a fork of its own.');
      return stage.isEmpty ? t('No fork matches the filter.') : '';
  }
}

function sortText(key: SortKey): string {
  switch (key) {
    case 'score':
      return t('By score');
    case 'age':
      return t('By age');
    case 'size':
      return t('By size');
    case 'name':
      return t('By name');
  }
}

function fold(key: string): void {
  stage.toggle(key);
  draw();
}

function act(action: RowAction | 'discard', node: Node): void {
  if (action === 'more') return;
  if (node.kind === 'task') {
    if (action === 'race') run('race', node.task === null ? {} : { task: node.task });
    return;
  }
  if (action === 'discard') {
    const forks = grid.selected.has(node.key) ? [...grid.selected] : [node.key];
    if (!node.base && node.fork.state === 'live') run('discard', { forks });
  } else run(action, { forks: [node.key] });
}

/** One timer, only while the page can be seen: for the fork that rests next, and for times that grow old. */
function tick(): void {
  clearTimeout(timer);
  if (document.visibilityState !== 'visible' || state?.store.kind !== 'ready') return;
  const now = stage.now(Date.now());
  const rest = nextRest(state.store.forks, now);
  timer = window.setTimeout(draw, Math.min(TICK_MILLIS, rest === undefined ? TICK_MILLIS : rest - now + 1));
}

function save(): void {
  clearTimeout(saving);
  saving = window.setTimeout(() => host.save({
    folder: state?.selected ?? saved.folder, filter: stage.filter, sort: stage.sort, ended: state?.ended ?? saved.ended, folded: stage.folded,
    active: grid.active, scrollTop: grid.scrollTop, wish: granted, details: wantsDetails,
  }), SAVE_MILLIS);
}

document.addEventListener('visibilitychange', draw);
window.addEventListener('resize', draw);
host.ready();
