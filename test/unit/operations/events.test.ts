import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { GitRepository } from '../../support/git-repository.ts';
import { inFork, setUp } from '../../support/host.ts';
import type { TestHost } from '../../support/host.ts';

let host: TestHost;
let repository: GitRepository;
beforeEach(async () => {
  repository = GitRepository.create();
  host = await setUp(repository);
  host.events.length = 0;
});
afterEach(() => host.close());

/** What was told, once everything that happened before was: a look waits for that. */
async function told(directory = repository.root): Promise<(string | null)[][]> {
  await host.call('changes', { repository: directory });
  return host.events.splice(0).map((event) => [event.kind, event.fork]);
}

test('a change of a file is told of its fork, once until the next look', async () => {
  const { fork: workspace } = await host.call('where', {});
  assert.deepEqual(await told(), []);
  repository.write('a.txt', 'changed\n');
  repository.write('new/file.txt', 'new\n');
  assert.deepEqual(await told(), [['edit', workspace]]);
  assert.deepEqual(await told(), []);

  const { fork, dir } = await host.call('fork', { name: 'other' });
  const there = inFork(dir, '');
  await told(there);
  fs.writeFileSync(inFork(dir, 'a.txt'), 'there\n');
  assert.deepEqual(await told(there), [['edit', fork]]);
});

test('a store that was removed is told to be gone', async () => {
  fs.rmSync(path.join(repository.root, '.git', 'pyi'), { recursive: true });
  await host.upkeep();
  assert.deepEqual(host.events.map(({ kind, store }) => [kind, path.relative(repository.root, store)]), [['gone', path.join('.git', 'pyi')]]);
  await host.upkeep();
  assert.equal(host.events.length, 1);
});
