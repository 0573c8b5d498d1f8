import { safe } from '../../protocol/text.ts';
import { element, setText } from '../shared/dom.ts';
import { Host } from '../shared/host.ts';
import { t } from '../shared/l10n.ts';
import { mark } from '../shared/moments.ts';
import { Dropdown, registerControls } from '../shared/ui.ts';
import { parsePosition } from './contract.ts';
import type { CheckpointRow, Folder, Group, Grouping, TimelineCommand, TimelineMethods, TimelinePosition, TimelineState } from './contract.ts';
import { HistoryFeed, TimelineFeed } from './feed.ts';
import type { Asked, Feed, OnFeed } from './feed.ts';
import { FilterBar } from './filter-bar.ts';
import type { Act } from './keys.ts';
import { TimelineList } from './list.ts';
import { isHistoryRow } from './row-text.ts';
import { ordered } from './sections.ts';
import { Blank, CompareStrip, HistoryStrip, Note } from './strips.ts';
import { Times } from './times.ts';

/** The page of the timeline: shows the checkpoints of one folder, and sends back what the user asks for. */

mark('pyi:start');

/** What is told to a screen reader is told when it has settled: agents make many checkpoints a second. */
const ANNOUNCE_MILLIS = 1000;
const SAVE_MILLIS = 300;
/** Today becomes yesterday, a minute ago becomes two. */
const TICK_MILLIS = 60_000;

registerControls();
const host = new Host<TimelineState, TimelineMethods, TimelinePosition>(show);
const place = document.body.dataset['place'] ?? 'editor';
const times = new Times(document.documentElement.lang);
const asked: Asked = {
  overview: async (request) => host.request('overview', request),
  rows: async (request) => host.request('rows', request),
  history: async (request) => host.request('history', request),
};

let position = parsePosition(host.saved);
let state: TimelineState | undefined;
let feed: Feed | undefined;
let groups: readonly Group[] = [];
/** What `feed` is about; another one is made when this changes. */
let subject = '';
let told: Pick<Folder, 'news' | 'past' | 'forks'> = { news: 0, past: 0, forks: -1 };
let arrived = 0;
let waitsForEvent = false;
let drewRows = false;
let announceTimer = 0;
let saveTimer: number | undefined;

const folders = new Dropdown(t('Repository'), (folder) => change({ folder, filter: {}, folded: [], path: undefined }));
const bar = new FilterBar({
  filter: position.filter, panelShown: position.filtersShown,
  onFilter: (filter) => change({ filter }),
  onGrouping: (by) => change({ by, folded: [] }),
  onPanel: (filtersShown) => change({ filtersShown }),
});
const history = new HistoryStrip(() => change({ path: undefined }));
const note = new Note();
const blank = new Blank();
const announcer = element('div', { class: 'unseen', attributes: { 'role': 'status', 'aria-live': 'polite' } });
const list = new TimelineList({
  rewind: (row) => run('rewind', row), fork: (row) => run('forkFromHere', row), pin: (row) => run(row.pinned ? 'unpin' : 'pin', row),
}, { onWanted: (places) => feed?.want(places), onMoved: saveSoon, onAct: act });
const compare = new CompareStrip(compareMarked, () => {
  list.unmark();
  compare.show([]);
  list.focus();
});
const columns = element('div', { class: 'columns', attributes: { 'aria-hidden': 'true' } },
  ...[['kind', t('Kind')], ['message', t('Message')], ['fork', t('Fork')], ['agent', t('Agent')], ['files', t('Files')], ['bytes', t('Bytes')], ['took', t('Took')], ['id', t('Id')], ['time', t('Time')]]
    .map(([name = '', text = '']) => element('span', { class: name }, text)));

list.label = t('Checkpoints');
list.description = t('Enter opens the changes, Space marks to compare, C compares, R rewinds, F forks from here, P pins, F2 names, O opens as a folder, Shift+F10 has all actions, Ctrl+C copies the id.');
list.anchor = position.anchor;
for (const key of position.folded) list.folded.add(key);
document.getElementById('root')?.append(element('div', { class: 'timeline' }, folders.node, bar.node, history.node, note.node, columns, list.node, blank.node, compare.node, announcer));

function show(next: TimelineState): void {
  state = next;
  fulfil(next);
  draw();
}

/** The folder that is shown: the chosen one while it is open, else the first that is set up. */
function folderOf({ folders: open }: TimelineState): Folder | undefined {
  return open.find(({ folder }) => folder === position.folder) ?? open.find(({ store }) => store.kind === 'ready') ?? open[0];
}

function fulfil({ wish }: TimelineState): void {
  if (wish === undefined || wish.place !== place || wish.id === position.wish) return;
  const { id, folder = position.folder, filter, path } = wish;
  position = { ...position, wish: id, folder, path, filter: filter ?? (path === undefined && folder === position.folder ? position.filter : {}) };
  bar.set(position.filter);
  list.focus();
}

function change(some: Partial<TimelinePosition>): void {
  position = { ...position, ...some };
  if (some.filter !== undefined) bar.set(some.filter);
  if (some.folded !== undefined) list.folded.clear();
  saveSoon();
  draw();
}

function draw(): void {
  if (state === undefined) return;
  const folder = folderOf(state);
  const by = position.by ?? state.grouping;
  folders.show(state.folders.map((known) => ({ value: known.folder, text: safe(known.name) })), folder?.folder);
  folders.node.hidden = state.folders.length < 2;
  bar.showGrouping(by);
  bar.showAlone(position.path !== undefined);
  history.show(position.path);
  if (folder !== undefined && folder.store.kind === 'ready' && state.server.connected) follow(folder, by);
  else if (folder === undefined || folder.store.kind === 'none') forget();
  drawList();
}

/** There is no store: nothing of one that was there is shown. */
function forget(): void {
  if (subject === '') return;
  feed?.close();
  feed = undefined;
  subject = '';
  groups = [];
  list.clearMarks();
  compare.show([]);
  list.show(shown());
}

/** Asks what there is to ask about the folder: everything when it is another one, what is new when something happened. */
function follow(folder: Folder, by: Grouping): void {
  const { filter, path } = position;
  const now = JSON.stringify([folder.folder, path, path === undefined ? [filter, by] : []]);
  if (now !== subject) {
    feed?.close();
    const isFirst = subject === '';
    subject = now;
    groups = [];
    arrived = 0;
    if (!isFirst) list.anchor = undefined;
    list.clearMarks();
    compare.show([]);
    const question = { folder: folder.folder, filter, by, timeZone: times.timeZone };
    const known = isFirst && JSON.stringify(state?.first?.question) === JSON.stringify(question) ? state?.first?.overview : undefined;
    feed = path === undefined ? new TimelineFeed(asked, question, onFeed, known) : new HistoryFeed(asked, { folder: folder.folder, path }, onFeed);
  } else if (folder.news !== told.news || folder.past !== told.past) {
    mark('pyi:event');
    waitsForEvent = true;
    feed?.expect(folder.past !== told.past);
  }
  if (folder.forks !== told.forks) void host.request('forks', folder.folder).then((forks) => bar.showForks(forks), () => undefined);
  told = { news: folder.news, past: folder.past, forks: folder.forks };
}

const onFeed: OnFeed = (event) => {
  if (event.kind === 'groups') {
    const before = total(groups);
    const isFirst = groups.length === 0;
    groups = position.path === undefined ? ordered(groups, feed?.groups ?? []) : feed?.groups ?? [];
    list.show(shown(), event.older);
    const more = total(groups) - before - event.older;
    if (more > 0 && !isFirst) tellNew(more);
  } else if (event.kind === 'rows') {
    list.redraw(shown());
  }
  drawList();
  markDrawn();
};

function shown(): Parameters<TimelineList['show']>[0] {
  const by = position.by ?? state?.grouping ?? 'day';
  const now = Date.now();
  return {
    groups, headers: position.path === undefined, row: (key, at) => feed?.row(key, at), context: { by, times, now },
    titleOf: ({ key }) => (by === 'day' ? times.day(key ?? '', now) : key === null ? t('No task') : safe(key)),
  };
}

/** What is said where there is nothing to show, or beside it. */
function drawList(): void {
  if (state === undefined) return;
  const folder = folderOf(state);
  const hasRows = total(groups) > 0;
  document.body.classList.toggle('history', position.path !== undefined);
  document.body.dataset['by'] = position.by ?? state.grouping;
  note.show(noteOf(state, hasRows));
  list.node.hidden = !hasRows;
  columns.hidden = !hasRows;
  if (hasRows) blank.hide();
  else drawBlank(state, folder);
}

function noteOf({ server }: TimelineState, hasRows: boolean): string {
  if (!server.connected) return hasRows ? t('{0}. What you see is from before.', server.text) : '';
  const store = state === undefined ? undefined : folderOf(state)?.store;
  if (store?.kind === 'problem') return hasRows ? t('{0} What you see is from before.', safe(store.message)) : '';
  return hasRows ? safe(feed?.problem ?? '') : '';
}

function drawBlank({ server }: TimelineState, folder: Folder | undefined): void {
  if (folder === undefined) return blank.show(t('No folder is open.'));
  if (folder.store.kind === 'none') return blank.show(t('PYI is not set up in this repository yet.'), { text: t('Set Up Repository'), run: () => run('setup') });
  if (folder.store.kind === 'problem') return blank.show(safe(folder.store.message));
  if (!server.connected) return blank.show(t('{0}.', server.text));
  if (feed?.problem !== undefined) return blank.show(safe(feed.problem), bar.isFiltering ? { text: t('Clear Filters'), run: () => bar.clear() } : undefined);
  if (feed?.groups === undefined) return blank.show('');
  if (position.path !== undefined) return blank.show(t('No checkpoint of any fork has changed this file.'), { text: t('All Checkpoints'), run: () => change({ path: undefined }) });
  if (bar.isFiltering) return blank.show(t('No checkpoint matches the filters.'), { text: t('Clear Filters'), run: () => bar.clear() });
  return blank.show(t('No checkpoints yet. They come by themselves while you and your agents work.'), { text: t('Take Checkpoint'), run: () => run('checkpoint') });
}

function tellNew(count: number): void {
  list.tellNew(count);
  arrived += count;
  clearTimeout(announceTimer);
  announceTimer = window.setTimeout(() => {
    setText(announcer, arrived === 1 ? t('1 new checkpoint') : t('{0} new checkpoints', arrived));
    arrived = 0;
  }, ANNOUNCE_MILLIS);
}

/** For figures: when the user sees what there is to see. */
function markDrawn(): void {
  const first = groups.find(({ key }) => !list.folded.has(key));
  if (first === undefined || feed?.row(first.key, first.count - 1) === undefined) return;
  if (!drewRows) mark('pyi:first-rows');
  drewRows = true;
  if (waitsForEvent) mark('pyi:event-drawn');
  waitsForEvent = false;
}

function act(what: Act, row: CheckpointRow): void {
  switch (what) {
    case 'open': return isHistoryRow(row) && position.path !== undefined
      ? run('openDiff', row, { path: position.path, ...(row.parent === null ? {} : { other: row.parent }) }) : run('openChanges', row);
    case 'mark': return compare.show(list.marked);
    case 'unmark': return compare.show([]);
    case 'compare': return compareMarked();
    case 'rewind': return run('rewind', row);
    case 'fork': return run('forkFromHere', row);
    case 'pin': return run(row.pinned ? 'unpin' : 'pin', row);
    case 'name': return run('nameCheckpoint', row);
    case 'folder': return run('openState', row);
    case 'menu': return tellMenu(row);
  }
}

/** What VS Code's menu gives to the commands in it, and decides by what is in it. */
function tellMenu(row: CheckpointRow): void {
  list.menuContext = JSON.stringify({
    webviewSection: 'checkpoint', preventDefaultContextMenuItems: true, pinned: row.pinned,
    repository: currentFolder(), checkpoint: row.checkpoint, fork: row.fork,
  });
}

function compareMarked(): void {
  const [first, second] = list.marked;
  if (first !== undefined && second !== undefined) run('compare', first, { other: second.checkpoint });
}

function run(command: TimelineCommand, row?: CheckpointRow, more: { readonly other?: string; readonly path?: string } = {}): void {
  const folder = currentFolder();
  if (folder === undefined) return;
  const about = row === undefined ? {} : { checkpoint: row.checkpoint, fork: row.fork };
  void host.request('command', { command, folder, ...about, ...more }).catch((error: Error) => note.show(safe(error.message)));
}

function currentFolder(): string | undefined {
  return state === undefined ? undefined : folderOf(state)?.folder;
}

function total(counted: readonly Group[]): number {
  return counted.reduce((sum, { count }) => sum + count, 0);
}

function saveSoon(): void {
  saveTimer ??= window.setTimeout(save, SAVE_MILLIS);
}

function save(): void {
  clearTimeout(saveTimer);
  saveTimer = undefined;
  host.save({ ...position, folded: [...list.folded], anchor: list.anchor });
}

// A page that goes away, because its view is hidden or the window reloads, says where it was.
window.addEventListener('pagehide', save);
setInterval(() => list.redraw(shown()), TICK_MILLIS);
host.ready();
