import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateReader } from '../../../../client/fs/state-reader.ts';
import type { StateLocation } from '../../../../client/fs/state-path.ts';
import { PyiError } from '../../../../protocol/errors.ts';
import { CHECKPOINT, FORK, FakeStore } from './fake-store.ts';

const NOW = 9000;

function setUp(): { store: FakeStore; reader: StateReader; text: (at: StateLocation) => Promise<string> } {
  const store = new FakeStore();
  store.put('README.md', 'hello');
  store.put('src/a.ts', 'export {}');
  store.put('src/deep/b.ts', '');
  store.put('link', 'src/a.ts', 'symlink');
  store.put('vendor/lib', '', 'submodule');
  const reader = new StateReader({ client: async () => store.client, now: () => NOW });
  return { store, reader, text: async (at) => Buffer.from(await reader.content(at)).toString() };
}

const inFork = (path: string): StateLocation => ({ repository: '/r', state: FORK, path });
const inCheckpoint = (path: string): StateLocation => ({ repository: '/r', state: CHECKPOINT, path });

test('directories, files and links are told as they are', async () => {
  const { reader, text } = setUp();
  for (const at of [inFork, inCheckpoint]) {
    assert.deepEqual((await reader.list(at(''))).map(({ name, type }) => [name, type]), [['README.md', 'file'], ['src', 'directory'], ['link', 'symlink'], ['vendor', 'directory']]);
    assert.deepEqual((await reader.list(at('src'))).map(({ name, size }) => [name, size]), [['a.ts', 9], ['deep', 0]]);
    assert.equal((await reader.entry(at(''))).type, 'directory');
    assert.equal((await reader.entry(at('src'))).type, 'directory');
    assert.equal((await reader.entry(at('src/deep/b.ts'))).size, 0);
    assert.deepEqual([await text(at('src/a.ts')), await text(at('link')), await text(at('src/deep/b.ts'))], ['export {}', 'src/a.ts', '']);
    // A submodule is a directory that is empty here.
    assert.deepEqual(await reader.list(at('vendor/lib')), []);
  }
});

test('what is not there is not found, and a file is no directory', async () => {
  const { reader } = setUp();
  for (const at of [inFork, inCheckpoint]) {
    await assert.rejects(reader.entry(at('src/none')), (error) => PyiError.is(error, 'NOT_FOUND'));
    await assert.rejects(reader.entry(at('none/a')), (error) => PyiError.is(error, 'NOT_FOUND'));
    await assert.rejects(reader.content(at('none')), (error) => PyiError.is(error, 'NOT_FOUND'));
    await assert.rejects(reader.list(at('src/a.ts')), (error) => PyiError.is(error, 'INVALID_ARGUMENT'));
  }
});

test('a checkpoint is asked for once', async () => {
  const { store, reader, text } = setUp();
  await reader.list(inCheckpoint('src'));
  await reader.entry(inCheckpoint('src/a.ts'));
  await text(inCheckpoint('src/a.ts'));
  assert.deepEqual(store.calls, ['ls c src', 'timeline', 'read c src/a.ts 0']);
  await reader.list(inCheckpoint('src'));
  await reader.entry(inCheckpoint('src/deep'));
  await text(inCheckpoint('src/a.ts'));
  assert.equal(store.calls.length, 3);
  // The same content in another state comes from memory, too.
  store.calls.length = 0;
  await text(inFork('src/a.ts'));
  assert.deepEqual(store.calls, ['ls f src/a.ts', 'forks f']);
});

test('the same question at the same time is asked once', async () => {
  const { store, text } = setUp();
  assert.deepEqual(await Promise.all(Array.from({ length: 5 }, async () => text(inCheckpoint('README.md')))), Array.from({ length: 5 }, () => 'hello'));
  assert.deepEqual(store.calls, ['ls c ', 'timeline', 'read c README.md 0']);
});

test('a failed question is asked again', async () => {
  const { store, text } = setUp();
  store.before = () => {
    throw new PyiError('BUSY', 'busy', '');
  };
  await assert.rejects(text(inCheckpoint('README.md')), (error) => PyiError.is(error, 'BUSY'));
  store.before = () => undefined;
  assert.equal(await text(inCheckpoint('README.md')), 'hello');
});

test('a fork shows what it holds now, with a new time for what changed and the old for what did not', async () => {
  const { store, reader, text } = setUp();
  assert.equal(await text(inFork('README.md')), 'hello');
  const [before, other] = [await reader.entry(inFork('README.md')), await reader.entry(inFork('src/a.ts'))];
  assert.equal(before.time, 1000);
  store.put('README.md', 'HELLO');
  reader.moved(FORK, 2000);
  assert.equal(await text(inFork('README.md')), 'HELLO');
  assert.deepEqual([(await reader.entry(inFork('README.md'))).time, await reader.entry(inFork('src/a.ts'))], [NOW, other]);
  // Twice in the same millisecond are two times.
  store.put('README.md', 'Hello');
  assert.equal((await reader.entry(inFork('README.md'))).time, NOW + 1);
});

test('a file of a fork that changes between its parts is read again, and given up when it does not rest', async () => {
  const { store, text } = setUp();
  const big = (fill: string): Buffer => Buffer.alloc(5 * 1024 * 1024, fill);
  store.put('big', big('a'));
  let reads = 0;
  store.before = (name) => {
    if (name === 'read' && ++reads === 2) store.put('big', big('b'));
  };
  assert.match(await text(inFork('big')), /^b+$/);
  let fill = 99;
  store.put('big', big('c'));
  store.before = (name) => {
    if (name === 'read') store.put('big', big(String.fromCharCode(fill++)));
  };
  await assert.rejects(text(inFork('big')), (error) => PyiError.is(error, 'BRANCH_STALE'));
});

test('a connection that breaks on the way is made again', async () => {
  const { store } = setUp();
  const clients = [{ call: async () => Promise.reject(new PyiError('INTERNAL', 'ended', '')) }, store.client];
  const reader = new StateReader({ client: async () => clients[0] === undefined ? store.client : clients.shift() as typeof store.client, now: () => NOW });
  assert.equal((await reader.entry(inFork('README.md'))).size, 5);
});
