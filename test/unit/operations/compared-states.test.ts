import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { GitRepository } from '../../support/git-repository.ts';
import { inFork, setUp } from '../../support/host.ts';
import type { TestHost } from '../../support/host.ts';

describe('which states were compared', () => {
  let host: TestHost;
  before(async () => { host = await setUp(GitRepository.create()); });
  after(() => host.close());

  test('checkpoints are told by id or prefix, in the order in which they are named', async () => {
    host.repository.write('a.txt', 'second\n');
    const second = await host.call('checkpoint', { message: 'second' });
    host.repository.write('a.txt', 'third\n');
    const third = await host.call('checkpoint', { message: 'third' });
    const found = await host.call('timeline', { checkpoints: [second.checkpoint, third.checkpoint.slice(0, 20), second.checkpoint] });
    assert.deepEqual(found.map(({ message }) => message), ['second', 'third', 'second']);
    assert.deepEqual(found[0]?.parents, second.parents);
    await host.refusal('timeline', { checkpoints: ['0'.repeat(64)] }, 'NOT_FOUND');
  });

  test('a comparison tells the full ids of its sides, and null for a directory', async () => {
    const { head, fork } = await host.call('where', {});
    const commit = host.repository.git(['rev-parse', 'main']);
    const made = await host.call('fork', { name: 'no directory', dir: false });
    const details = async (params: { from?: string; to?: string }): Promise<unknown> => {
      const { details } = await host.call('changes', { ...params, details: true });
      return [details?.from, details?.to];
    };
    assert.deepEqual(await details({}), [head, null]);
    assert.deepEqual(await details({ from: 'main' }), [commit, null]);
    assert.deepEqual(await details({ from: 'main', to: (head ?? '').slice(0, 12) }), [commit, head]);
    assert.deepEqual(await details({ from: 'no directory' }), [made.base, made.fork]);
    assert.deepEqual(await details({ from: made.base, to: fork ?? '' }), [made.base, null]);
    assert.equal((await host.call('changes', {})).details, undefined, 'only when asked');
  });

  test('files that are no plain files are told, for each side', async () => {
    const { dir } = await host.call('fork', { name: 'kinds' });
    fs.writeFileSync(inFork(dir, 'plain.txt'), 'plain\n');
    fs.symlinkSync('a.txt', inFork(dir, 'link'));
    fs.rmSync(inFork(dir, 'a.txt'));
    fs.symlinkSync('plain.txt', inFork(dir, 'a.txt'));
    const { details } = await host.call('changes', { from: 'kinds', details: true });
    assert.deepEqual(details?.unusual.map(({ path, side, type }) => [path, side, type]), [['a.txt', 'to', 'symlink'], ['link', 'to', 'symlink']]);
    const turned = await host.call('changes', { from: (await host.call('checkpoint', { fork: 'kinds' })).checkpoint, to: 'main', details: true });
    assert.deepEqual(turned.details?.unusual.map(({ path, side }) => [path, side]), [['a.txt', 'from'], ['link', 'from']]);
  });

  test('a Git commit that was compared is read like a checkpoint, after a restart too', async () => {
    const commit = host.repository.git(['rev-parse', 'main']);
    await host.call('changes', { from: 'main' });
    await host.restart();
    assert.equal(await host.text(commit, 'a.txt'), 'a\n');
    assert.deepEqual(await host.paths(commit), host.repository.git(['ls-tree', '-r', '--name-only', 'main']).split('\n'));
    assert.equal((await host.call('find', { fork: commit, text: 'a' })).matches[0]?.path, 'a.txt');
    await host.refusal('ls', { fork: '0'.repeat(40) }, 'NOT_FOUND');
  });
});
