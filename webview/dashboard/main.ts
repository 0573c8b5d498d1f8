import { safe } from '../../protocol/text.ts';
import { element, setText } from '../shared/dom.ts';
import { Host } from '../shared/host.ts';
import { t } from '../shared/l10n.ts';
import { Dropdown, button, registerControls } from '../shared/ui.ts';
import { parsePosition } from './contract.ts';
import type { DashboardMethods, DashboardPosition, DashboardState, StoreView } from './contract.ts';
import { clock, storeFigures } from './figures.ts';
import { gitCommandPanel } from './git-commands.ts';
import { gitFaultTexts } from './git-figures.ts';
import { TrendTable, operationTable } from './operation-table.ts';
import { inGroup } from './operations.ts';
import { agentPanel, figureList, phasePanel, problemPanel, retentionPanel, section, serverPanel } from './panels.ts';
import type { Run } from './panels.ts';

/** The page of the dashboard: draws the state that the extension sends, sends back what the user asks for. */

/** How long ago things were is told in minutes. */
const TICK_MILLIS = 60_000;

registerControls();
const host = new Host<DashboardState, DashboardMethods, DashboardPosition>(show);
const saved = parsePosition(host.saved);
let state: DashboardState | undefined;

const refusal = element('p', { class: 'refusal', attributes: { role: 'alert' } });

/** Asks the host; what it refuses is said on the page. */
function ask<T>(answer: Promise<T>, done: (result: T) => void = () => undefined): void {
  setText(refusal, '');
  answer.then(done, (error: unknown) => setText(refusal, safe(error instanceof Error ? error.message : String(error))));
}

const run: Run = (command) => ask(host.request('command', command));

const folders = new Dropdown(t('Repository'), (folder) => ask(host.request('select', folder), show));
const server = element('p', { class: 'status', attributes: { role: 'status' } });
const restart = button({ text: t('Start Server'), onClick: () => run('restart') });
const note = element('p', { class: 'note', attributes: { role: 'status' } });
const setup = button({ text: t('Set Up Repository'), onClick: () => run('setup') });

const problems = problemPanel(run);
const figures = figureList();
const operations = operationTable({ id: 'operations', caption: t('What changes states'), captionShown: true, subject: t('Operation') });
const nothingYet = element('p', { class: 'hint' });
const trendTable = new TrendTable();
const questions = operationTable({ id: 'questions', caption: t('What views and agents ask'), captionShown: false, subject: t('Operation') });
const git = operationTable({ id: 'git', caption: t('Processes of git that the server ran, by subcommand'), captionShown: true, subject: t('Subcommand') });
const gitSection = section(t('Git'), 'latencies', git.node);
const questionDetails = element('details', {}, element('summary', {}, t('What views and agents ask')), questions.node);
const gitCommands = gitCommandPanel();
const agents = agentPanel(run);
const retention = retentionPanel({
  run,
  measure: () => ask(host.request('measure', null), show),
});
const phase = phasePanel(run);
const serverFacts = serverPanel();
const exports = element('div', { class: 'buttons' },
  button({ text: t('Export as JSON…'), secondary: true, onClick: () => ask(host.request('export', 'json')) }),
  button({ text: t('Export as CSV…'), secondary: true, onClick: () => ask(host.request('export', 'csv')) }));
const content = element('div', {},
  figures.node,
  section(t('Latencies'), 'latencies', nothingYet, operations.node, trendTable.node, questionDetails),
  gitSection,
  gitCommands.node,
  agents.node,
  element('div', { class: 'columns' }, retention.node, phase.node, serverFacts.node));

document.getElementById('root')?.append(
  element('header', {}, element('h1', {}, t('Dashboard')), folders.node, server, restart, exports,
    button({ text: t('Diagnostics'), secondary: true, onClick: () => run('diagnostics') })),
  refusal, note, setup, problems.node, content);

function draw(): void {
  host.save({ folder: state?.selected ?? saved.folder });
  if (state === undefined) return;
  const { store, server: { connected, text, facts } } = state;
  folders.show(state.folders.map(({ folder, name }) => ({ value: folder, text: safe(name) })), state.selected);
  folders.node.hidden = state.folders.length < 2;
  setText(server, text);
  server.classList.toggle('bad', !connected);
  restart.hidden = connected;
  setText(note, noteOf(state));
  note.hidden = note.textContent === '';
  setup.hidden = store.kind !== 'none' || state.selected === undefined || !connected;
  exports.hidden = store.kind !== 'ready';
  content.hidden = store.kind !== 'ready';
  problems.show([...(state.gitCommands === undefined ? [] : gitFaultTexts(state.gitCommands)), ...(store.kind === 'ready' ? store.sample.warnings : []), ...state.failing.map(({ name, message }) => `${name}: ${message}`)]);
  gitCommands.show({ git: state.gitCommands, now: Date.now() });
  serverFacts.show({ facts: connected ? facts : undefined, memory: store.kind === 'ready' ? store.sample.memory : undefined, now: Date.now() });
  if (store.kind === 'ready') drawStore(store);
}

function noteOf({ store, selected, server: { connected } }: DashboardState): string {
  if (selected === undefined) return t('No folder is open.');
  switch (store.kind) {
    case 'loading':
      return connected ? t('Loading…') : '';
    case 'none':
      return t('PYI is not set up in this repository yet. Setting it up takes the tree in and writes nothing but its own store.');
    case 'problem':
      return safe(store.message);
    case 'ready':
      return connected ? '' : t('These are the figures that the server told last.');
  }
}

function drawStore(store: Extract<StoreView, { kind: 'ready' }>): void {
  const { sample, trends } = store;
  const now = Date.now();
  const opened = clock(sample.openedAt, now);
  const names = Object.keys(sample.latencies);
  const changing = inGroup('changing', names);
  const asking = inGroup('asking', names);
  const processes = inGroup('git', names);
  figures.show(storeFigures(sample, opened));
  setText(nothingYet, changing.length > 0 ? '' : t('Nothing measured yet: since the server opened this store at {0}, nobody has changed a state.', opened));
  operations.node.hidden = changing.length === 0;
  operations.show(changing, sample, trends, opened);
  trendTable.node.hidden = changing.length === 0;
  trendTable.show(changing, trends);
  questionDetails.hidden = asking.length === 0;
  questions.show(asking, sample, trends, opened);
  gitSection.hidden = processes.length === 0;
  git.show(processes, sample, trends, opened);
  agents.show({ agents: store.agents, more: store.moreAgents, now });
  retention.show({ retention: store.retention, now });
  phase.show(store.phase);
}

function show(next: DashboardState): void {
  state = next;
  draw();
}

setInterval(draw, TICK_MILLIS);
host.ready();
