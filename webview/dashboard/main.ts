import { bytes, count, safe } from '../../protocol/text.ts';
import { element, setText } from '../shared/dom.ts';
import { Host } from '../shared/host.ts';
import { parsePosition } from './contract.ts';
import type { DashboardMethods, DashboardPosition, DashboardState, StoreView } from './contract.ts';
import { Dropdown, button, registerControls, textField } from '../shared/ui.ts';
import { checkpointCells, forkCells, matches, observedText, ranked } from './rows.ts';
import { checkpointTable, forkTable } from './tables.ts';
import type { Run } from './tables.ts';

/** The page of the dashboard: draws the state that the extension sends, sends back what the user asks for. */

/** Relative times grow old by themselves. */
const TICK_MILLIS = 15_000;

registerControls();
const host = new Host<DashboardState, DashboardMethods, DashboardPosition>(show);
const saved = parsePosition(host.saved);
let filter = saved.filter;
let state: DashboardState | undefined;

const run: Run = (command, about = {}) => void host.request('command', { command, ...about });

const folders = new Dropdown('Repository', (folder) => void host.request('select', folder).then(show));
const server = element('p', { class: 'server', attributes: { role: 'status' } });
const note = element('div', { class: 'note', attributes: { role: 'status' } });
const figures = element('dl', { class: 'figures' });
const warnings = element('ul', { class: 'warnings', attributes: { 'aria-label': 'Warnings' } });
const forks = forkTable(run);
const moreForks = element('p', { class: 'hint' });
const checkpoints = checkpointTable(run);
const noCheckpoints = element('p', { class: 'hint' });
const noForks = element('p', { class: 'hint' });
const setup = button({ text: 'Set Up Repository', onClick: () => run('setup') });
const content = element('div', { class: 'content' },
  element('div', { class: 'toolbar', attributes: { role: 'toolbar', 'aria-label': 'Actions' } },
    button({ text: 'Take Checkpoint', onClick: () => run('checkpoint') }),
    button({ text: 'New Fork', secondary: true, onClick: () => run('newFork') }),
    button({ text: 'Undo…', label: 'Undo the last rewind, collapse or discard of a fork', secondary: true, onClick: () => run('undo') }),
    textField({ label: 'Filter forks and checkpoints', placeholder: 'Filter', value: filter, onInput: (value) => {
      filter = value;
      draw();
    } })),
  warnings, figures,
  element('section', {}, forks.node, noForks, moreForks),
  element('section', {}, checkpoints.node, noCheckpoints));

document.getElementById('root')?.append(
  element('header', {}, element('h1', {}, 'PYI'), folders.node, server, button({ text: 'Diagnostics', secondary: true, onClick: () => run('diagnostics') })),
  note, setup, content);

function draw(): void {
  host.save({ folder: state?.selected ?? saved.folder, filter });
  if (state === undefined) return;
  const { store } = state;
  folders.show(state.folders.map(({ folder, name }) => ({ value: folder, text: safe(name) })), state.selected);
  folders.node.hidden = state.folders.length < 2;
  setText(server, state.server.text);
  server.classList.toggle('bad', !state.server.connected);
  setText(note, noteOf(state));
  note.hidden = note.textContent === '';
  setup.hidden = store.kind !== 'none' || state.selected === undefined;
  content.hidden = store.kind !== 'ready';
  if (store.kind === 'ready') drawStore(store);
}

function noteOf({ store, selected, server: { connected } }: DashboardState): string {
  if (selected === undefined) return 'No folder is open.';
  switch (store.kind) {
    case 'loading':
      return connected ? 'Loading…' : '';
    case 'none':
      return 'PYI is not set up in this repository yet. Setting it up takes the tree in and writes nothing but its own store.';
    case 'problem':
      return safe(store.message);
    case 'ready':
      return '';
  }
}

function drawStore({ totals, warnings: told, forks: allForks, checkpoints: allCheckpoints, moreForks: more }: Extract<StoreView, { kind: 'ready' }>): void {
  const now = Date.now();
  drawFigures([
    ['Live forks', String(totals.live)], ['Merged', String(totals.merged)], ['Discarded', String(totals.discarded)],
    ['Checkpoints', String(totals.checkpoints)], ['On disk', bytes(totals.bytesOnDisk)],
  ]);
  warnings.replaceChildren(...told.map((warning) => element('li', {}, safe(warning))));
  warnings.hidden = told.length === 0;
  const shownForks = ranked(allForks).filter((fork) => matches(filter, [...forkCells(fork), observedText(fork)]));
  const shownCheckpoints = allCheckpoints.filter((checkpoint) => matches(filter, checkpointCells(checkpoint)));
  forks.show(shownForks, now);
  checkpoints.show(shownCheckpoints, now);
  setText(noForks, shownForks.length > 0 ? '' : 'No fork matches the filter.');
  setText(moreForks, more === 0 ? '' : `${count(more, 'more live fork')}: “pyi forks” lists all.`);
  setText(noCheckpoints, shownCheckpoints.length > 0 ? '' : 'No checkpoint matches the filter.');
}

function drawFigures(pairs: readonly (readonly [name: string, value: string])[]): void {
  pairs.forEach(([name, value], index) => {
    const group = figures.children[index] ?? figures.appendChild(element('div', {}, element('dt', {}, name), element('dd')));
    if (group.lastChild !== null) setText(group.lastChild, value);
  });
}

function show(next: DashboardState): void {
  state = next;
  draw();
}

setInterval(draw, TICK_MILLIS);
host.ready();
