import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Result } from '../../../protocol/registry.ts';
import { FrameWriter } from '../../../server/transport/frame-writer.ts';
import { Turns } from '../../../server/transport/turns.ts';
import { HELLO, frame } from './fakes.ts';
import { RawClient, serve } from './served.ts';
import type { Heard } from './served.ts';

const repository = '/r';

const file = (path: string, base64 = ''): Result<'read'> => ({ path, mode: 'file', size: 0, base64, end: true });
const request = (id: string | number, method: string, params: object): object => ({ jsonrpc: '2.0', id, method, params });

/** The error of the answer that belongs to no request. */
async function complaint(client: RawClient): Promise<NonNullable<Heard['error']>> {
  const { error } = await client.hears((message) => !Array.isArray(message) && message.id === null) as Heard;
  assert.ok(error);
  return error;
}

test('hello and what follows may come in one piece, or byte by byte', async () => {
  const { connectSocket, token } = await serve({ read: async ({ path }) => file(path, 'x'.repeat(3)) });
  const long = 'ä'.repeat(40_000);
  const bytes = Buffer.concat([request(1, 'pyi/hello', { ...HELLO, token }), request(2, 'pyi/observe', { text: long }), request('three', 'pyi/read', { repository, fork: 'f', path: 'ü' })]
    .map((message) => frame(JSON.stringify(message))));
  const whole = new RawClient(await connectSocket());
  whole.socket.write(bytes);
  const inBytes = new RawClient(await connectSocket());
  inBytes.socket.setNoDelay(true);
  for (let at = 0; at < 500; at++) inBytes.socket.write(bytes.subarray(at, at + 1));
  inBytes.socket.write(bytes.subarray(500));
  for (const client of [whole, inBytes]) {
    await client.hearsAll(3);
    const [hello, refused, read] = client.heard as Heard[];
    assert.deepEqual([hello?.id, refused?.id, refused?.error?.data?.code, read], [1, 2, 'INVALID_ARGUMENT', { jsonrpc: '2.0', id: 'three', result: file('ü', 'xxx') }]);
  }
});

test('replies of one turn leave in one write, whatever characters they have', async () => {
  const output = new PassThrough();
  const writes: string[] = [];
  output.on('data', (chunk: Buffer) => writes.push(chunk.toString('utf8')));
  const writer = new FrameWriter(output);
  const sent = ['{"a":1}', '{"b":"é"}', '{"c":"😀"}'];
  for (const json of sent) writer.send(json);
  assert.ok(writer.unread > 0);
  await new Promise<void>((resolve) => writer.flush(resolve));
  assert.deepEqual(writes, [sent.map((json) => frame(json).toString()).join('')]);
  writer.send('{"d":1}');
  await new Promise(setImmediate);
  assert.equal(writes[1], frame('{"d":1}').toString());
});

test('a client that reads no replies is asked to wait: nothing more is done for it until it reads', async () => {
  let reads = 0;
  const { raw } = await serve({ read: async ({ path }) => {
    reads++;
    return file(path, 'x'.repeat(100_000));
  } });
  const [greedy, other] = [await raw(), await raw()];
  greedy.socket.pause();
  for (let id = 0; id < 1000; id++) greedy.send(request(id, 'pyi/read', { repository, fork: 'f', path: String(id) }));
  let before: number;
  do {
    before = reads;
    for (let turn = 0; turn < 5; turn++) await other.call('pyi/read', { repository, fork: 'f', path: 'x' });
  } while (reads > before + 5);
  const done = reads;
  assert.ok(done < 300, `${done} replies of 100 KB were made for a client that reads none`);
  greedy.socket.resume();
  await greedy.hearsAll(1001);
  assert.deepEqual(new Set((greedy.heard.slice(1) as Heard[]).map(({ id }) => id)).size, 1000);
});

test('a client that leaves its events unread is cut off, and only that one', async () => {
  const { raw, events, log } = await serve();
  const [deaf, other] = [await raw(), await raw()];
  for (const client of [deaf, other]) await client.call('pyi/subscribe', {});
  deaf.socket.pause();
  const long = `/${'r'.repeat(8_000_000)}`;
  for (let count = 0; count < 12; count++) {
    events.tell(long);
    await other.hearsAll(3 + count);
  }
  assert.ok(log.entries.some(({ message }) => message === 'A client does not read what it is sent'));
  deaf.socket.resume();
  await deaf.closed;
  assert.equal((await other.call('pyi/retire', {})).error, undefined, 'it is the only client left');
});

for (const [name, bytes, message] of [
  ['no length', 'Content-Type: x\r\n\r\n{}', /no usable Content-Length/],
  ['no JSON', 'Content-Length: 3\r\n\r\n{"}', /is not JSON/],
  ['a wrong length', 'Content-Length: 5\r\n\r\n{"jsonrpc":"2.0","id":1,"method":"pyi/stop"}', /is not JSON/],
  ['1 GB announced', 'Content-Length: 1073741824\r\n\r\n{', /1073741824 bytes passes the limit of 67108864/],
  ['a number for a body', 'Content-Length: 1\r\n\r\n7', /not a JSON object/],
  ['10 MB of brackets', frame('['.repeat(10_000_000)), /nested more than 1000 deep/],
  ['10 MB of nested lists', frame('['.repeat(5_000_000) + ']'.repeat(5_000_000)), /nested more than 1000 deep/],
] as const) {
  test(`who sends ${name} is told why and cut off; others are served on`, async () => {
    const { raw } = await serve({ read: async ({ path }) => file(path) });
    const [wrong, other] = [await raw(), await raw()];
    wrong.socket.write(bytes);
    const error = await complaint(wrong);
    assert.equal(error.code, -32700);
    assert.match(error.message, message);
    assert.notEqual(error.data?.hint, '');
    await wrong.closed;
    assert.deepEqual((await other.call('pyi/read', { repository, fork: 'f', path: 'p' })).result, file('p'));
  });
}

test('half a message and its end later is a message; half a message and the end of the connection is nothing', async () => {
  const { raw, dispatcher } = await serve({ read: async ({ path }) => file(path) });
  const [one, gone] = [await raw(), await raw()];
  const bytes = frame(JSON.stringify(request(7, 'pyi/read', { repository, fork: 'f', path: 'p' })));
  for (const client of [one, gone]) client.socket.write(bytes.subarray(0, 40));
  const fewer = new Promise((resolve) => dispatcher.onClients(resolve));
  gone.socket.destroy();
  assert.equal(await fewer, 1);
  one.socket.write(bytes.subarray(40));
  assert.deepEqual((await one.hears((message) => !Array.isArray(message) && message.id === 7) as Heard).result, file('p'));
});

test('what is no request is answered with an error that belongs to none', async () => {
  const { raw } = await serve();
  const client = await raw();
  client.send({ jsonrpc: '2.0', id: null, method: 'pyi/stop' });
  assert.equal((await complaint(client)).code, -32600);
});

test('who has much to ask takes turns with all others', () => {
  const done: string[] = [];
  const turns: (() => void)[] = [];
  const circle = new Turns((turn) => turns.push(turn));
  const worker = (name: string, left: number): { step: () => boolean } => ({ step: () => {
    if (left === 0) return false;
    left--;
    done.push(name);
    return true;
  } });
  assert.equal(circle.begin(worker('a', 1000)), true);
  assert.equal(circle.begin(worker('b', 6)), true);
  assert.equal(circle.begin(worker('c', 1)), false, 'who asks little never waits');
  assert.equal(done.join(''), 'aaaabbbbc');
  turns.shift()?.();
  assert.equal(done.splice(0).slice(9).join(''), 'ababaaa');
  assert.equal(turns.length, 1, 'and the others are looked at between the turns');
});
