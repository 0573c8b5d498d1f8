import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageHtml } from '../../../client/views/page.ts';
import { Refresher } from '../../../client/views/refresher.ts';
import { parsePageMessage } from '../../../webview/shared/wire.ts';
import { FakeTimers } from '../transport/fakes.ts';
import { settle } from './fakes.ts';

test('the page allows its own script and style sheets and nothing inline', () => {
  const html = pageHtml({
    title: '</title><script>', language: 'de', source: 'https://view"><script>', script: 'https://view/a.js?x&y', styles: ['https://view/a.css', 'https://view/b.css'],
    nonce: 'N0nce', place: 'editor', strings: { 'Say "{0}"': '<img onerror=x>' },
    state: { message: '</script><img src=x onerror=alert(1)>\u2028' },
  });
  assert.ok(html.includes("default-src 'none'; style-src https://view&quot;>&lt;script> 'nonce-N0nce'; script-src 'nonce-N0nce'"));
  assert.ok(!html.includes('unsafe'));
  assert.deepEqual(html.match(/<script[^>]*>/g), ['<script type="application/json" id="state">', '<script nonce="N0nce" src="https://view/a.js?x&amp;y">']);
  assert.equal(html.match(/<link /g)?.length, 2);
  assert.equal(/<style|<img|\sstyle=/.test(html), false);
  const [, written = ''] = /id="state">([^]*?)<\/script>/.exec(html) ?? [];
  assert.deepEqual(JSON.parse(written), { message: '</script><img src=x onerror=alert(1)>\u2028' }, 'the state is data, whatever stands in it');
});

test('a message from the page is taken only when it is one', () => {
  assert.deepEqual(parsePageMessage({ type: 'ready', more: 1 }), { type: 'ready' });
  assert.deepEqual(parsePageMessage({ type: 'request', id: 1, method: 'select', params: '/x', more: 1 }), { type: 'request', id: 1, method: 'select', params: '/x' });
  for (const wrong of [undefined, null, 'ready', [], {}, { type: 'request' }, { type: 'request', id: '1', method: 'x' }, { type: 'request', id: 1 }]) {
    assert.equal(parsePageMessage(wrong), undefined, JSON.stringify(wrong));
  }
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
