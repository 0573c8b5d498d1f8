import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { CancellationTokenSource, Message, StreamMessageReader, StreamMessageWriter, createMessageConnection } from 'vscode-jsonrpc/node';
import type { DataCallback, Disposable, MessageConnection } from 'vscode-jsonrpc/node';
import type { Handlers } from '../../../protocol/registry.ts';
import { HELLO, deferred, frame } from './fakes.ts';
import { cleanUp, serve as serveRaw } from './served.ts';
import type { Served } from './served.ts';

/** What a language client that knows nothing of PYI says, on the socket of a server, and what it hears. */

interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: { readonly code: string };
}

/** Keeps what the server says. */
class Ear extends StreamMessageReader {
  readonly heard: Message[] = [];

  override listen(callback: DataCallback): Disposable {
    return super.listen((message) => {
      this.heard.push(message);
      callback(message);
    });
  }
}

class Editor {
  readonly socket: Socket;
  readonly #ear: Ear;
  readonly connection: MessageConnection;
  readonly closed: Promise<unknown>;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#ear = new Ear(socket);
    this.connection = createMessageConnection(this.#ear, new StreamMessageWriter(socket));
    this.connection.onError(() => undefined);
    // Not events.once, which a reset of the connection would reject.
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    this.connection.listen();
    cleanUp.push(() => void socket.destroy());
  }

  /** Messages of the server that are no replies. */
  get unasked(): Message[] {
    return this.#ear.heard.filter((message) => !Message.isResponse(message));
  }

  async request(method: string, params?: object): Promise<unknown> {
    return params === undefined ? this.connection.sendRequest(method) : this.connection.sendRequest(method, params);
  }

  async initialize(): Promise<unknown> {
    return this.request('initialize', { processId: 999_999_999, rootUri: 'file:///r', capabilities: { workspace: { configuration: true, workspaceFolders: true } }, trace: 'verbose' });
  }

  /** The error that a request must get. */
  async refusal(method: string, params?: object): Promise<RpcError> {
    return this.request(method, params).then(() => assert.fail(`${method} was not refused`), (error: unknown) => error as RpcError);
  }
}

async function serve(handlers: Partial<Handlers> = {}): Promise<Served & { readonly editor: () => Promise<Editor> }> {
  const served = await serveRaw(handlers);
  return { ...served, editor: async () => new Editor(await served.connectSocket()) };
}

const PHASE = { phase: 'hybrid', previous: 'compatible' } as const;
const repository = '/r';

test('an editor initializes, shakes hands, calls, hears of errors, shuts down and leaves; the server stays', async () => {
  const { editor, token, events, dispatcher } = await serve({ phase: async () => PHASE });
  const one = await editor();
  assert.deepEqual(await one.initialize(), { capabilities: { textDocumentSync: 0 }, serverInfo: { name: 'pyi', version: '1.2.3' } });
  await one.connection.sendNotification('initialized', {});
  assert.equal(dispatcher.clients, 0, 'initialize alone makes nobody a client');
  await one.request('pyi/hello', { ...HELLO, token });
  assert.equal(dispatcher.clients, 1);
  assert.deepEqual(await one.request('pyi/phase', { repository }), PHASE);
  const error = await one.refusal('pyi/phase', {});
  assert.deepEqual([error.code, error.message, error.data?.code], [-32602, 'phase: "repository" is missing.', 'INVALID_ARGUMENT']);
  const heard = new Promise((resolve) => one.connection.onNotification('pyi/event', resolve));
  await one.request('pyi/subscribe', {});
  assert.deepEqual(one.unasked, [], 'the server asks nothing of the editor and says nothing unasked');
  events.tell('/r');
  assert.equal((await heard as { repository: string }).repository, '/r');
  assert.equal(await one.request('shutdown'), null);
  await one.connection.sendNotification('exit');
  await one.closed;
  assert.equal(dispatcher.clients, 0);

  const next = await editor();
  await next.request('pyi/hello', { ...HELLO, token });
  assert.deepEqual(await next.request('pyi/phase', { repository }), PHASE);
});

test('before hello an editor learns the name and version of the server, and no more', async () => {
  const { editor, token } = await serve({ phase: async () => PHASE });
  const one = await editor();
  for (const method of ['pyi/phase', 'pyi/subscribe', 'pyi/retire', 'textDocument/hover', 'workspace/executeCommand']) {
    assert.equal((await one.refusal(method, { repository })).data?.code, 'UNAUTHORIZED', method);
  }
  await one.initialize();
  assert.equal((await one.refusal('pyi/phase', { repository })).data?.code, 'UNAUTHORIZED');
  // The other order is as good.
  const other = await editor();
  await other.request('pyi/hello', { ...HELLO, token });
  await other.initialize();
  assert.deepEqual(await other.request('pyi/phase', { repository }), PHASE);
});

test('initialize a second time is refused, and the conversation goes on', async () => {
  const { editor, token } = await serve({ phase: async () => PHASE });
  const one = await editor();
  await one.initialize();
  const error = await one.refusal('initialize', { processId: null, rootUri: null, capabilities: {} });
  assert.deepEqual([error.code, error.message], [-32600, 'initialize came twice.']);
  await one.request('pyi/hello', { ...HELLO, token });
  assert.deepEqual(await one.request('pyi/phase', { repository }), PHASE);
});

test('after shutdown nothing is done any more, also without an exit', async () => {
  let calls = 0;
  const { editor, token } = await serve({ phase: async () => {
    calls++;
    return PHASE;
  } });
  const one = await editor();
  await one.initialize();
  await one.request('pyi/hello', { ...HELLO, token });
  await one.request('shutdown');
  for (const [method, params] of [['pyi/phase', { repository }], ['pyi/hello', { ...HELLO, token }], ['pyi/retire', {}]] as const) {
    assert.match((await one.refusal(method, params)).message, /came after shutdown/, method);
  }
  assert.equal(calls, 0);
});

test('exit without shutdown ends the connection and its calls, and no other', async () => {
  const started = deferred();
  const aborted = deferred();
  const { editor, token, dispatcher } = await serve({
    phase: async () => PHASE,
    verify: async (_params, { signal }) => {
      started.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => {
        aborted.resolve();
        reject(signal.reason as Error);
      }));
    },
  });
  const [one, other] = [await editor(), await editor()];
  for (const each of [one, other]) await each.request('pyi/hello', { ...HELLO, token });
  const call = one.refusal('pyi/verify', { repository });
  await started.promise;
  await one.connection.sendNotification('exit');
  await aborted.promise;
  assert.equal((await call).data?.code, 'CANCELLED', 'what was owed is said before the end');
  await one.closed;
  assert.equal(dispatcher.clients, 1);
  assert.deepEqual(await other.request('pyi/phase', { repository }), PHASE);

  const stranger = await editor();
  await stranger.connection.sendNotification('exit');
  await stranger.closed;
  assert.equal(dispatcher.clients, 1);
});

test('a wrong token ends the connection of an editor after the refusal', async () => {
  const { editor, dispatcher } = await serve();
  const one = await editor();
  await one.initialize();
  assert.equal((await one.refusal('pyi/hello', { ...HELLO, token: 'f'.repeat(64) })).data?.code, 'UNAUTHORIZED');
  await one.closed;
  assert.equal(dispatcher.clients, 0);
});

test('neither initialize nor a call may be huge', async () => {
  const { editor, token, log } = await serve();
  const stranger = await editor();
  stranger.socket.write(frame(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { rootPath: 'x'.repeat(70_000) } })));
  await stranger.closed;
  assert.match(String(log.entries.at(-1)?.details?.['reason']), /passes the limit of 65536/);
  const known = await editor();
  await known.request('pyi/hello', { ...HELLO, token });
  known.socket.write(`Content-Length: ${64 * 1024 * 1024 + 1}\r\n\r\n`);
  await known.closed;
  assert.match(String(log.entries.at(-1)?.details?.['reason']), /passes the limit of 67108864/);
});

test('what editors say besides does no harm, and what the server does not offer is refused', async () => {
  const { editor, token } = await serve({ phase: async () => PHASE });
  const one = await editor();
  await one.initialize();
  await one.request('pyi/hello', { ...HELLO, token });
  for (const [method, params] of [
    ['$/setTrace', { value: 'verbose' }], ['$/setTrace', { value: 7 }], ['$/cancelRequest', { id: 4711 }], ['window/workDoneProgress/cancel', { token: 1 }],
    ['workspace/didChangeConfiguration', { settings: null }], ['workspace/didChangeWorkspaceFolders', { event: { added: [], removed: [] } }],
    ['textDocument/didOpen', { textDocument: { uri: 'file:///r/a', languageId: 'x', version: 1, text: '' } }],
  ] as const) await one.connection.sendNotification(method, params);
  assert.equal((await one.refusal('textDocument/hover', {})).data?.code, 'INVALID_ARGUMENT');
  assert.deepEqual(await one.request('pyi/phase', { repository }), PHASE);
  assert.deepEqual(one.unasked, []);
});

test('a stock client may ask much at once, take back what it asked, and hear how far it is', async () => {
  const started = deferred();
  const { editor, token } = await serve({
    read: async ({ path }) => {
      if (Number(path) % 3 === 0) await new Promise(setImmediate);
      return { path, mode: 'file', size: 0, base64: '', end: true };
    },
    sweep: async (_params, { progress, signal }) => {
      progress({ what: 'objects', done: 1, total: 2 });
      started.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    },
  });
  const one = await editor();
  await one.request('pyi/hello', { ...HELLO, token });
  const paths = Array.from({ length: 500 }, (_, index) => String(index + 1));
  const read = await Promise.all(paths.map((path) => one.request('pyi/read', { repository, fork: 'f', path })));
  assert.deepEqual(read.map((result) => (result as { path: string }).path), paths);

  const heard = new Promise((resolve) => one.connection.onNotification('pyi/progress', resolve));
  const source = new CancellationTokenSource();
  const sweep = one.connection.sendRequest('pyi/sweep', { repository, progressToken: 'p' }, source.token).then(() => assert.fail('it was taken back'), (error: unknown) => error as RpcError);
  await started.promise;
  assert.deepEqual(await heard, { token: 'p', what: 'objects', done: 1, total: 2 });
  source.cancel();
  assert.deepEqual([(await sweep).code, (await sweep).data?.code], [-32800, 'CANCELLED']);
});

test('what is asked behind shutdown in the same breath is refused, and exit in that breath is heard', async () => {
  let calls = 0;
  const { editor, token } = await serve({ phase: async () => {
    calls++;
    return PHASE;
  } });
  const one = await editor();
  await one.initialize();
  await one.request('pyi/hello', { ...HELLO, token });
  const [shutdown, refused] = [one.request('shutdown'), one.refusal('pyi/phase', { repository })];
  void one.connection.sendNotification('exit');
  assert.equal(await shutdown, null);
  assert.match((await refused).message, /came after shutdown/);
  await one.closed;
  assert.equal(calls, 0);
});
