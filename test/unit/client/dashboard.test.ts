import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadStore } from '../../../client/views/dashboard-state.ts';
import { pageHtml } from '../../../client/views/page.ts';
import { Refresher } from '../../../client/views/refresher.ts';
import type { Client } from '../../../connect/client.ts';
import { PyiError } from '../../../protocol/errors.ts';
import type { ForkInfo } from '../../../protocol/values.ts';
import { checkpointCells, forkCells, matches, observedText, ranked } from '../../../webview/dashboard/rows.ts';
import { parseCommandRequest, parsePosition } from '../../../webview/dashboard/contract.ts';
import { parsePageMessage } from '../../../webview/shared/wire.ts';
import { FakeTimers } from '../transport/fakes.ts';
import { settle } from './fakes.ts';
import { NOW, checkpointInfo, forkInfo, observation } from './samples.ts';

function storeOf(forks: readonly ForkInfo[]): Pick<Client, 'call'> {
  const results = {
    stats: { forks: { live: forks.length, merged: 1, discarded: 2 }, checkpoints: 9, bytesOnDisk: 2048, warnings: ['nearly full'] },
    forks, timeline: [checkpointInfo({ fork: forks[0]?.fork ?? '' }), checkpointInfo({ fork: '9'.repeat(32) })],
  };
  return { call: async (name) => (results as Record<string, unknown>)[name] as never };
}

test('the state of a store is what its tables show', async () => {
  const store = await loadStore(storeOf([forkInfo({ fork: '1'.repeat(32), name: 'workspace', parent: null }), forkInfo({ observations: [observation(false, 0), observation(true, 0.5)] })]), '/x');
  assert.ok(store.kind === 'ready');
  assert.deepEqual(store.totals, { live: 2, merged: 1, discarded: 2, checkpoints: 9, bytesOnDisk: 2048 });
  assert.deepEqual(store.forks.map(({ workTree, observed }) => [workTree, observed]), [[true, null], [false, { ok: true, score: 0.5 }]]);
  assert.deepEqual(store.checkpoints.map(({ forkName }) => forkName), ['workspace', '999999999999']);
});

test('hundreds of forks are cut, and the rest is counted', async () => {
  const store = await loadStore(storeOf(Array.from({ length: 850 }, (_, index) => forkInfo({ fork: index.toString(16).padStart(32, '0') }))), '/x');
  assert.ok(store.kind === 'ready');
  assert.deepEqual([store.forks.length, store.moreForks], [200, 650]);
});

test('no store and a broken store are told apart', async () => {
  const failing = (error: PyiError): Pick<Client, 'call'> => ({ call: async () => Promise.reject(error) });
  assert.deepEqual(await loadStore(failing(new PyiError('NOT_FOUND', '', '')), '/x'), { kind: 'none' });
  assert.deepEqual(await loadStore(failing(new PyiError('BUSY', 'Locked.', 'Wait.')), '/x'), { kind: 'problem', message: 'Locked. Wait.' });
});

test('the page allows its own script and style sheets and nothing inline', () => {
  const html = pageHtml({
    title: '</title><script>', language: 'de', source: 'https://view"><script>', script: 'https://view/a.js?x&y', styles: ['https://view/a.css', 'https://view/b.css'],
    nonce: 'N0nce', place: 'editor', strings: { 'Say "{0}"': '<img onerror=x>' },
  });
  assert.ok(html.includes("default-src 'none'; style-src https://view&quot;>&lt;script> 'nonce-N0nce'; script-src 'nonce-N0nce'"));
  assert.ok(!html.includes('unsafe'));
  assert.deepEqual(html.match(/<script[^>]*>/g), ['<script nonce="N0nce" src="https://view/a.js?x&amp;y">']);
  assert.equal(html.match(/<link /g)?.length, 2);
  assert.equal(/<style|<img|\sstyle=/.test(html), false);
});

test('a message from the page is taken only when it is one', () => {
  assert.deepEqual(parsePageMessage({ type: 'ready', more: 1 }), { type: 'ready' });
  assert.deepEqual(parsePageMessage({ type: 'request', id: 1, method: 'select', params: '/x', more: 1 }), { type: 'request', id: 1, method: 'select', params: '/x' });
  for (const wrong of [undefined, null, 'ready', [], {}, { type: 'request' }, { type: 'request', id: '1', method: 'x' }, { type: 'request', id: 1 }]) {
    assert.equal(parsePageMessage(wrong), undefined, JSON.stringify(wrong));
  }
  assert.deepEqual(parseCommandRequest({ command: 'collapse', fork: 'abcd12' }), { command: 'collapse', fork: 'abcd12' });
  for (const wrong of [undefined, null, {}, { command: 'workbench.action.quit' }, { command: 'collapse', fork: '../x' }, { command: 'rewind', checkpoint: 7 }]) {
    assert.equal(parseCommandRequest(wrong), undefined, JSON.stringify(wrong));
  }
});

test('a saved position of any shape is read', () => {
  assert.deepEqual(parsePosition({ folder: '/x', filter: 'ada' }), { folder: '/x', filter: 'ada' });
  for (const wrong of [undefined, null, 7, { folder: 1, filter: {} }]) assert.deepEqual(parsePosition(wrong), { folder: undefined, filter: '' });
});

test('rows tell forks and checkpoints as harmless text', async () => {
  const store = await loadStore(storeOf([forkInfo({ name: '<b>\u202e', task: null, parent: null })]), '/x');
  assert.ok(store.kind === 'ready');
  const [fork] = store.forks;
  const [checkpoint] = store.checkpoints;
  assert.ok(fork !== undefined && checkpoint !== undefined);
  assert.deepEqual(forkCells(fork), ['<b>\\u{202e} (work tree)', 'ada', '', '+1 ~2', '3']);
  assert.deepEqual(checkpointCells({ ...checkpoint, message: '', pinned: true }), ['(manual)', '<b>\\u{202e}', 'ada', 'manual, pinned', '~2', 'aaaaaaaaaaaa']);
});

test('the work tree leads, then what passed by score, then what nobody observed, then what failed', async () => {
  const store = await loadStore(storeOf([
    forkInfo({ name: 'failed', observations: [observation(false, 0)] }), forkInfo({ name: 'new', created: NOW }), forkInfo({ name: 'old', created: NOW - 5 }),
    forkInfo({ name: 'good', observations: [observation(true, 0.5)] }), forkInfo({ name: 'best', observations: [observation(true, 0.8)] }), forkInfo({ name: 'tree', parent: null }),
  ]), '/x');
  assert.ok(store.kind === 'ready');
  assert.deepEqual(ranked(store.forks).map(({ name }) => name), ['tree', 'best', 'good', 'new', 'old', 'failed']);
  assert.deepEqual(ranked(store.forks).map(observedText), ['', '✓ ok 0.8', '✓ ok 0.5', '', '', '✗ failed 0']);
});

test('a filter finds rows that have all its words, in any case', () => {
  assert.equal(matches('ADA pars', ['try', 'ada', 'parser']), true);
  assert.equal(matches('ada lexer', ['try', 'ada', 'parser']), false);
  assert.equal(matches('  ', ['x']), true);
});

test('a refresher runs at once, then not again before its interval is over, and never twice at a time', async () => {
  const timers = new FakeTimers();
  const ends: (() => void)[] = [];
  const refresher = new Refresher({ intervalMillis: 300, after: timers.after, work: async () => new Promise((resolve) => ends.push(resolve)) });
  for (let i = 0; i < 1000; i++) refresher.request();
  assert.equal(ends.length, 1);
  timers.fire(300);
  assert.equal(ends.length, 1, 'the first run is not done yet');
  ends[0]?.();
  await settle();
  assert.equal(ends.length, 2, 'what was asked for meanwhile');
  ends[1]?.();
  await settle();
  timers.fire(300);
  assert.equal(ends.length, 2, 'nobody asked');
  refresher.request();
  assert.equal(ends.length, 3);
  refresher.dispose();
  ends[2]?.();
  await settle();
  refresher.request();
  assert.deepEqual([ends.length, timers.pending.length], [3, 0]);
});
