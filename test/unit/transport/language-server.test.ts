import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { StreamMessageReader, StreamMessageWriter, createProtocolConnection } from 'vscode-languageserver/node';
import { serveLanguageClient } from '../../../server/transport/language-server.ts';
import { HELLO, bench } from './fakes.ts';

test('an editor initializes, shakes hands, calls, hears of errors and leaves', async () => {
  const { dispatcher, events } = bench({ phase: async () => ({ phase: 'hybrid', previous: 'compatible' }) });
  const toServer = new PassThrough();
  const fromServer = new PassThrough();
  const served = serveLanguageClient({ dispatcher, version: '1.2.3', reader: new StreamMessageReader(toServer), writer: new StreamMessageWriter(fromServer) });
  const editor = createProtocolConnection(new StreamMessageReader(fromServer), new StreamMessageWriter(toServer));
  editor.listen();

  const initialized: { serverInfo: unknown } = await editor.sendRequest('initialize', { processId: null, rootUri: null, capabilities: {} });
  assert.deepEqual(initialized.serverInfo, { name: 'pyi', version: '1.2.3' });
  await assert.rejects(editor.sendRequest('pyi/phase', { repository: '/r' }), (error: { data?: { code?: string } }) => error.data?.code === 'UNAUTHORIZED');
  await editor.sendRequest('pyi/hello', HELLO);
  assert.equal(dispatcher.clients, 1);
  assert.deepEqual(await editor.sendRequest('pyi/phase', { repository: '/r' }), { phase: 'hybrid', previous: 'compatible' });
  await assert.rejects(editor.sendRequest('pyi/phase', {}), (error: { code?: number; message?: string; data?: { code?: string } }) =>
    error.code === -32602 && error.message === 'phase: "repository" is missing.' && error.data?.code === 'INVALID_ARGUMENT');

  const heard = new Promise((resolve) => editor.onNotification('pyi/event', resolve));
  await editor.sendRequest('pyi/subscribe', {});
  events.emit('/r');
  assert.deepEqual(await heard, { repository: '/r', kind: 'checkpoint', fork: 'f', checkpoint: 'c', time: 1 });

  await editor.sendRequest('shutdown');
  await editor.sendNotification('exit');
  await served;
  assert.equal(dispatcher.clients, 0, 'the server goes on without the editor');
  editor.dispose();
});
