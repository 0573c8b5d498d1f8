import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { bytePathFromBytes, textFromBytePath } from '../../../protocol/paths.ts';
import { CHUNK_THRESHOLD, readContent } from '../../../server/engine/content/content.ts';
import type { CommitLevel } from '../../../server/engine/ports.ts';
import { FileMode } from '../../../server/engine/tree/entry.ts';
import { entries, summary } from '../../../server/engine/tree/read.ts';
import { importCommit } from '../../../server/git/import-commit.ts';
import { discoverLayout, requireGit } from '../../../server/git/layout.ts';
import type { GitLayout } from '../../../server/git/layout.ts';
import { GitRepository } from '../../support/git-repository.ts';
import { MemoryStore } from '../../support/memory-store.ts';

async function open(t: TestContext, objectFormat: 'sha1' | 'sha256' = 'sha1'): Promise<{ repository: GitRepository; layout: GitLayout; store: MemoryStore }> {
  const repository = GitRepository.create({ objectFormat });
  t.after(() => { repository.remove(); });
  return { repository, layout: requireGit(await discoverLayout(repository.adapter, repository.root)), store: new MemoryStore() };
}

for (const objectFormat of ['sha1', 'sha256'] as const) {
  test(`the tree holds what the commit holds (${objectFormat})`, async (t) => {
    const { repository, layout, store } = await open(t, objectFormat);
    const large = Buffer.alloc(3 * CHUNK_THRESHOLD + 17);
    for (let i = 0; i < large.length; i++) large[i] = (i * i * 31 + (i >> 7)) & 0xff;
    repository.write('large', large);
    repository.write('exactly', large.subarray(0, CHUNK_THRESHOLD));
    repository.write('empty', '');
    repository.write('dir/executable', '#!/bin/sh\n', 0o755);
    repository.write('new\nline *', 'x');
    repository.write(Buffer.from([0x66, 0xff]), 'not UTF-8');
    repository.write('same', 'x');
    fs.symlinkSync('dir/executable', repository.at('link'));
    repository.git(['add', '-A']);
    const gitlink = 'a'.repeat(objectFormat === 'sha1' ? 40 : 64);
    repository.git(['update-index', '--add', '--cacheinfo', `160000,${gitlink},sub`]);
    repository.git(['commit', '-q', '-m', 'm']);

    const root = await importCommit(store, repository.adapter, layout, 'HEAD');
    const found = new Map([...entries(store, root)].map(({ path, entry }) => [path, entry]));
    const expect = (name: string | Buffer, mode: FileMode, content: Buffer | string): void => {
      const entry = found.get(bytePathFromBytes(Buffer.from(name)));
      assert.ok(entry !== undefined, String(name));
      assert.deepEqual([entry.mode, entry.size], [mode, Buffer.byteLength(content)], String(name));
      assert.ok(readContent(store, entry.id).equals(Buffer.from(content)), String(name));
    };
    expect('large', FileMode.file, large);
    expect('exactly', FileMode.file, large.subarray(0, CHUNK_THRESHOLD));
    expect('empty', FileMode.file, '');
    expect('dir/executable', FileMode.executable, '#!/bin/sh\n');
    expect('new\nline *', FileMode.file, 'x');
    expect(Buffer.from([0x66, 0xff]), FileMode.file, 'not UTF-8');
    expect('same', FileMode.file, 'x');
    expect('link', FileMode.symlink, 'dir/executable');
    expect('sub', FileMode.submodule, gitlink);
    assert.equal(found.size, 9);
  });
}

test('thousands of files: the listing, the contents and the tree keep step', async (t) => {
  const { repository, layout, store } = await open(t);
  const stream: string[] = ['commit refs/heads/main\ncommitter x <x> 0 +0000\ndata 0\n'];
  const content = (i: number): string => `file ${i}\n`.repeat(i % 40);
  const count = 5_000;
  for (let i = 0; i < count; i++) stream.push(`M 100644 inline d${i % 70}/f${i}\ndata ${content(i).length}\n${content(i)}\n`);
  repository.git(['fast-import', '--quiet'], { input: stream.join('') });
  const seen: number[] = [];
  const root = await importCommit(store, repository.adapter, layout, 'main', { progress: (files) => seen.push(files) });
  assert.equal(summary(store, root).files, count);
  for (const { path, entry } of entries(store, root)) {
    assert.equal(readContent(store, entry.id).toString(), content(Number(/f(\d+)$/.exec(path)?.[1])), textFromBytePath(path));
  }
  assert.ok(seen.length > 1 && seen.at(-1) === count);
  assert.deepEqual(await importCommit(store, repository.adapter, layout, 'main'), root);
});

test('an empty commit is the empty tree; no commit is NOT_FOUND', async (t) => {
  const { repository, layout, store } = await open(t);
  repository.git(['commit', '-q', '--allow-empty', '-m', 'nothing']);
  assert.deepEqual(summary(store, await importCommit(store, repository.adapter, layout, 'HEAD')), { files: 0, bytes: 0 });
  await assert.rejects(importCommit(store, repository.adapter, layout, '1'.repeat(40)), { code: 'NOT_FOUND' });
});

test('an object that git lost is named', async (t) => {
  const { repository, layout, store } = await open(t);
  repository.commit({ a: 'precious' });
  const id = repository.git(['rev-parse', 'HEAD:a']);
  fs.rmSync(`${layout.commonDir}/objects/${id.slice(0, 2)}/${id.slice(2)}`);
  await assert.rejects(importCommit(store, repository.adapter, layout, 'HEAD'), { code: 'NOT_FOUND', message: new RegExp(id) });
});

test('a hostile tree is refused', async (t) => {
  const { repository, layout, store } = await open(t);
  const blob = repository.git(['hash-object', '-w', '--stdin'], { input: 'x' });
  for (const name of ['.git', '.GIT', 'git~1', '..', '.']) {
    const tree = repository.git(['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], {
      input: Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]),
    });
    const commit = repository.git(['commit-tree', '-m', 'm', tree]);
    await assert.rejects(importCommit(store, repository.adapter, layout, commit), { code: 'INVALID_PATH' }, name);
  }
});

for (const room of [0, 1, 2]) {
  test(`a store that is full after ${room} batches stops the import with its own error`, async (t) => {
    const { repository, layout } = await open(t);
    repository.commit({ a: 'x', b: 'y' });
    let left = room;
    class FullStore extends MemoryStore {
      override commit(level: CommitLevel): number {
        if (left-- === 0) throw new PyiError('NO_SPACE', 'The disk is full', 'Make room.');
        return super.commit(level);
      }
    }
    await assert.rejects(importCommit(new FullStore(), repository.adapter, layout, 'HEAD'), { code: 'NO_SPACE' });
  });
}

test('cancelled', async (t) => {
  const { repository, layout, store } = await open(t);
  repository.commit({ a: 'x' });
  const controller = new AbortController();
  const run = importCommit(store, repository.adapter, layout, 'HEAD', { signal: controller.signal });
  controller.abort();
  await assert.rejects(run, { code: 'CANCELLED' });
});
