import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFiles } from '../../../../client/fs/file-search.ts';
import { StateReader } from '../../../../client/fs/state-reader.ts';
import { CHECKPOINT, FakeStore } from './fake-store.ts';

function setUp(paths: readonly string[]): { store: FakeStore; find: (text: string, options?: { below?: string; limit?: number; signal?: AbortSignal }) => Promise<string[]> } {
  const store = new FakeStore();
  for (const path of paths) store.put(path, '');
  const reader = new StateReader({ client: async () => store.client, now: () => 0 });
  return {
    store,
    find: async (text, { below = '', limit = 100, signal = new AbortController().signal } = {}) => (await findFiles({
      list: async (path) => reader.list({ repository: '/r', state: CHECKPOINT, path }), below, text, limit, signal, onFound: () => undefined,
    })).map(({ path }) => path),
  };
}

test('letters in order, in any case, wherever they are in the path; the nearest file first', async () => {
  const { find } = setUp(['deep/er/still/parser.ts', 'Parser.md', 'src/parse/index.ts', 'src/other.ts']);
  assert.deepEqual(await find('parse'), ['Parser.md', 'src/parse/index.ts', 'deep/er/still/parser.ts']);
  assert.deepEqual(await find('srcother'), ['src/other.ts']);
  assert.deepEqual(await find('parse index', { below: 'src' }), ['src/parse/index.ts']);
  assert.deepEqual(await find('src', { below: 'src' }), [], 'only the path below counts');
  assert.deepEqual(await find('nothing'), []);
});

test('the search ends at its limit, and when nobody waits for it', async () => {
  const { store, find } = setUp(Array.from({ length: 50 }, (_, index) => `d${index}/file.ts`));
  assert.equal((await find('file', { limit: 3 })).length, 3);
  assert.ok(store.calls.length < 15, `${store.calls.length} calls for three files`);
  const abort = new AbortController();
  abort.abort();
  assert.deepEqual(await setUp(['a']).find('a', { signal: abort.signal }), []);
});
