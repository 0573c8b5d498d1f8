import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMMAND_IDS, NEEDS, WHEN, needsTrust, offered } from '../../../client/menu.ts';
import { storeOf, summarize } from '../../../client/roots/overview.ts';
import type { StoreSummary } from '../../../client/roots/overview.ts';
import type { ServerState } from '../../../client/server-process.ts';
import { statusOf } from '../../../client/status.ts';
import { parseTarget, parseTargets } from '../../../client/target.ts';
import { PyiError } from '../../../protocol/errors.ts';

const CONNECTED: ServerState = { kind: 'connected', server: { server: 'pyi', version: '1.2.3', protocol: 1, pid: 7 } };
const READY: StoreSummary = { kind: 'ready', openedAt: 1, liveForks: 3, checkpoints: 1, warnings: [] };
const folder = (store: StoreSummary, name = 'work'): { folder: string; name: string; store: StoreSummary } => ({ folder: `/home/${name}`, name, store });

test('the status bar sums up the folders', () => {
  assert.equal(statusOf(CONNECTED, [folder(READY)], true).text, '$(layers) PYI: 3 forks, 1 checkpoint');
  assert.equal(statusOf(CONNECTED, [folder(READY), folder({ kind: 'none' }, 'other')], true).tooltip,
    'PYI server 1.2.3, process 7\nwork: 3 live forks, 1 checkpoint\nother: not set up');
  assert.equal(statusOf(CONNECTED, [folder(READY), folder(READY, 'other')], true).label, 'PYI: 6 forks, 2 checkpoints');
  assert.equal(statusOf(CONNECTED, [folder({ kind: 'none' })], true).label, 'PYI: not set up');
  assert.equal(statusOf(CONNECTED, [folder({ kind: 'none' }), folder({ kind: 'unknown' }, 'other')], true).label, 'PYI: opening');
});

test('the status bar warns of what needs a look', () => {
  const full = statusOf(CONNECTED, [folder({ ...READY, warnings: ['The store is 85 % full.'] })], true);
  assert.deepEqual([full.warning, full.tooltip.includes('85 % full')], [true, true]);
  assert.equal(statusOf(CONNECTED, [folder({ kind: 'problem', message: 'The store is damaged.' })], true).label, 'PYI: problem');
  const reason = new PyiError('INTERNAL', 'The server ended unexpectedly.', '');
  const waiting = statusOf({ kind: 'waiting', reason, attempt: 2, retryMillis: 500 }, [], true);
  assert.deepEqual([waiting.label, waiting.warning], ['PYI: reconnecting', true]);
  assert.equal(statusOf({ kind: 'failed', reason }, [], true).label, 'PYI: not connected');
  assert.equal(statusOf({ kind: 'off' }, [], true).warning, false);
  assert.equal(statusOf(CONNECTED, [folder(READY)], false).label, 'PYI: restricted');
});

test('names of folders cannot repaint the tooltip', () => {
  assert.ok(statusOf(CONNECTED, [folder(READY, 'a\u202eb')], true).tooltip.includes('a\\u{202e}b'));
});

test('a folder without a store is no problem, any other error is one', async () => {
  const failing = (error: PyiError): Parameters<typeof summarize>[0] => ({ call: async () => Promise.reject(error) });
  assert.deepEqual(await summarize(failing(new PyiError('NOT_FOUND', 'no store', '')), '/x'), { kind: 'none' });
  assert.deepEqual(await summarize(failing(new PyiError('CORRUPT_OBJECT', 'Segment 3 is damaged.', 'Run "pyi doctor".')), '/x'),
    { kind: 'problem', message: 'Segment 3 is damaged. Run "pyi doctor".' });
});

test('the menu offers what makes sense now', () => {
  const of = (...needs: string[]): string[] => COMMAND_IDS.filter((id) => needs.includes(NEEDS[id]));
  assert.deepEqual(offered({ trusted: true, virtual: false, connected: true, folders: 1, ready: true, broken: false, showsState: false }), of('nothing', 'server', 'folder', 'git', 'store', 'damaged', 'state'));
  assert.deepEqual(offered({ trusted: true, virtual: false, connected: true, folders: 1, ready: false, broken: true, showsState: false }), of('nothing', 'server', 'folder', 'git', 'damaged'));
  assert.deepEqual(offered({ trusted: true, virtual: false, connected: false, folders: 1, ready: false, broken: false, showsState: false }), of('nothing', 'folder', 'git'));
  assert.deepEqual(offered({ trusted: true, virtual: true, connected: false, folders: 0, ready: false, broken: false, showsState: true }), of('nothing', 'state'));
  assert.deepEqual(offered({ trusted: false, virtual: false, connected: true, folders: 1, ready: true, broken: false, showsState: true }), of('nothing', 'server'));
});

test('what reads a repository needs trust, however it was called', () => {
  assert.deepEqual(COMMAND_IDS.filter((id) => !needsTrust(id)), ['pyi.switchViews', 'pyi.openWalkthrough', 'pyi.showDiagnostics', 'pyi.showOutput', 'pyi.restartServer', 'pyi.stopServer']);
});

test('package.json contributes the commands of the menu, shown under the same conditions', () => {
  const { contributes } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    contributes: { commands: { command: string; category: string }[]; menus: { commandPalette: { command: string; when: string }[] } };
  };
  assert.deepEqual(contributes.commands.map(({ command }) => command), COMMAND_IDS);
  assert.ok(contributes.commands.every(({ category }) => category === 'PYI'));
  const conditions = new Map(contributes.menus.commandPalette.map(({ command, when }) => [command, when]));
  assert.deepEqual(COMMAND_IDS.map((id) => conditions.get(id)), COMMAND_IDS.map((id) => WHEN[NEEDS[id]]));
});

test('a command takes text from its argument and nothing else', () => {
  assert.deepEqual(parseTarget({ fork: 'abc', message: 7, checkpoint: null, unknown: 'x' }), { fork: 'abc' });
  for (const nothing of [undefined, null, 'abc', 7, []]) assert.deepEqual(parseTarget(nothing), {});
});

test('a command hears of everything that was chosen, however VS Code tells it', () => {
  const [one, two] = [{ path: 'a', repository: '/r' }, { path: 'b', repository: '/r' }];
  assert.deepEqual(parseTargets([one, two]), [one, two]);
  assert.deepEqual(parseTargets([one, [one, two]]), [one, two]);
  assert.deepEqual(parseTargets([one, []]), [one]);
  assert.deepEqual(parseTargets([one, undefined]), [one]);
  assert.deepEqual(parseTargets([undefined, 7]), []);
});

test('a window is set up when a folder is, and is not when that is known of all', () => {
  assert.equal(storeOf(['none', 'problem', 'ready']), 'ready');
  assert.equal(storeOf(['none', 'problem']), 'problem');
  assert.equal(storeOf(['none', 'unknown']), 'unknown');
  assert.equal(storeOf(['none', 'none']), 'none');
  assert.equal(storeOf([]), 'unknown');
});
