import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { FramedReader } from '../../../server/transport/framing.ts';
import { frame } from './fakes.ts';

function reading(limit = 1000): { input: PassThrough; messages: unknown[]; errors: string[]; reader: FramedReader } {
  const input = new PassThrough();
  const reader = new FramedReader(input, limit);
  const messages: unknown[] = [];
  const errors: string[] = [];
  reader.onError((error) => errors.push(error.message));
  reader.listen((message) => messages.push(message));
  return { input, messages, errors, reader };
}

/** Writes and lets the stream deliver. */
async function feed(input: PassThrough, ...parts: Buffer[]): Promise<void> {
  for (const part of parts) input.write(part);
  await new Promise(setImmediate);
}

test('messages are found however the bytes are cut', async () => {
  const first = { jsonrpc: '2.0', method: 'a', params: { text: 'grün \udc80' } };
  const second = { jsonrpc: '2.0', method: 'b' };
  const bytes = Buffer.concat([frame(JSON.stringify(first)), frame(JSON.stringify(second))]);
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const { input, messages, errors } = reading();
    const parts: Buffer[] = [];
    for (let i = 0; i < bytes.length; i += size) parts.push(bytes.subarray(i, i + size));
    await feed(input, ...parts);
    assert.deepEqual(messages, [first, second], `in pieces of ${size}`);
    assert.deepEqual(errors, []);
  }
});

test('other headers are passed over, names are not case sensitive', async () => {
  const { input, messages } = reading();
  await feed(input, Buffer.from('content-type: application/vscode-jsonrpc; charset=utf-8\r\nCONTENT-LENGTH:2 \r\n\r\n{}'));
  assert.deepEqual(messages, [{}]);
});

test('a length over the limit ends the reading before any of the body is kept', async () => {
  const { input, messages, errors } = reading();
  await feed(input, Buffer.from('Content-Length: 4294967296\r\n\r\n'), frame('{}'));
  assert.deepEqual(messages, []);
  assert.deepEqual(errors, ['A message of 4294967296 bytes passes the limit of 1000']);
});

test('the limit can be raised between messages', async () => {
  const { input, messages, reader } = reading(4);
  reader.limit = 1000;
  await feed(input, frame('{"a":"long enough"}'));
  assert.equal(messages.length, 1);
});

for (const [name, bytes] of Object.entries({
  'no length': 'Content-Type: x\r\n\r\n{}',
  'a negative length': 'Content-Length: -5\r\n\r\n{}',
  'a length that is no number': 'Content-Length: 1e3\r\n\r\n{}',
  'a header without end': 'X'.repeat(5000),
  'no JSON': 'Content-Length: 3\r\n\r\n{"}',
  'no object': 'Content-Length: 4\r\n\r\nnull',
  'nothing': 'Content-Length: 0\r\n\r\n',
})) {
  test(`a message with ${name} is an error, once`, async () => {
    const { input, messages, errors } = reading();
    await feed(input, Buffer.from(bytes), frame('{}'));
    assert.deepEqual(messages, []);
    assert.equal(errors.length, 1);
  });
}

test('deep JSON does not overflow the stack', async () => {
  const { input, messages, errors } = reading(1_000_000);
  await feed(input, frame(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`));
  assert.equal(messages.length + errors.length, 1);
});
