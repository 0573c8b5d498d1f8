import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderWindow } from '../../../client/diagnostics.ts';
import type { WindowFacts } from '../../../client/diagnostics.ts';
import { PyiError } from '../../../protocol/errors.ts';

const FACTS: WindowFacts = {
  time: Date.UTC(2026, 0, 2, 3, 4, 5), extension: '0.1.0', editor: 'Test 1.100.0', platform: 'linux x64', activationMillis: 41.26, trusted: true, troubles: [], gitPanel: { lack: undefined, path: undefined },
  state: { kind: 'connected', server: { server: 'pyi', version: '0.1.0', protocol: 1, pid: 4711 } },
};
const LOST = new PyiError('INTERNAL', 'The server\u202e ended.', 'It is started again.');

test('says how the window is connected, and how long the extension took to start', () => {
  const text = renderWindow(FACTS);
  assert.match(text, /time: +2026-01-02T03:04:05\.000Z/);
  assert.match(text, /activation: +41\.3 ms/);
  assert.match(text, /connection: +to server 0\.1\.0, protocol 1, process 4711/);
  assert.doesNotMatch(renderWindow({ ...FACTS, activationMillis: undefined }), /activation/, 'nothing is shown where nothing was measured');
});

test('says what the Git panel runs', () => {
  const text = (some: Partial<WindowFacts['gitPanel']>): string => renderWindow({ ...FACTS, gitPanel: { ...FACTS.gitPanel, ...some } });
  assert.match(text({ path: ['/x/pyi', 'git'] }), /git panel: +"git\.path" is \["\/x\/pyi","git"\], set by PYI/);
  assert.match(text({ lack: 'absent' }), /git panel: +git; this package has no native front/);
  assert.match(text({ lack: 'elsewhere' }), /on Linux only/);
});

test('says why there is no connection', () => {
  assert.match(renderWindow({ ...FACTS, state: { kind: 'waiting', reason: LOST, attempt: 3, retryMillis: 1000 } }), /attempt 3 failed, the next in 1000 ms: The server\\u\{202e\} ended\. It is started again\./);
  assert.match(renderWindow({ ...FACTS, state: { kind: 'failed', reason: LOST } }), /not tried again: The server/);
  assert.match(renderWindow({ ...FACTS, state: { kind: 'off' } }), /not running/);
  assert.match(renderWindow({ ...FACTS, trusted: false }), /not trusted/);
});

test('lists when the connection was lost, as text', () => {
  const text = renderWindow({ ...FACTS, troubles: [{ time: FACTS.time, reason: LOST }, { time: FACTS.time + 250, reason: LOST }] });
  assert.match(text, /The last 2 times that the connection was lost/);
  assert.match(text, /2026-01-02T03:04:05\.250Z {2}INTERNAL: The server\\u\{202e\} ended\.\n/);
});
