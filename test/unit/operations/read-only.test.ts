import assert from 'node:assert/strict';
import * as path from 'node:path';
import { test } from 'node:test';
import { GitRepository } from '../../support/git-repository.ts';
import { setUp } from '../../support/host.ts';
import { mountReadOnly, unmount } from '../../support/read-only-mount.ts';

test('a store whose disk has become read-only is let go of without an error, and is whole afterwards', async (context) => {
  const repository = GitRepository.create();
  const host = await setUp(repository);
  const store = path.join(repository.root, '.git', 'pyi');
  try {
    repository.write('a.txt', 'recorded\n');
    const { checkpoint } = await host.call('checkpoint', {});
    if (!mountReadOnly(store)) return context.skip('only root may mount a directory read-only');
    await host.restart();
    unmount(store);
    assert.equal(await host.text(checkpoint, 'a.txt'), 'recorded\n');
    assert.ok((await host.call('verify', {})).ok);
  } finally {
    unmount(store);
    await host.close();
  }
});
