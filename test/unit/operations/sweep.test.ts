import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { GitRepository } from '../../support/git-repository.ts';
import { inFork, setUp } from '../../support/host.ts';
import type { TestHost } from '../../support/host.ts';

const DAY = 86_400_000;

describe('sweep', () => {
  let host: TestHost;
  let repository: GitRepository;
  beforeEach(async () => {
    repository = GitRepository.create();
    host = await setUp(repository);
  });
  afterEach(() => host.close());

  async function liveNames(): Promise<string[]> {
    return (await host.call('forks', {})).map((fork) => fork.name);
  }

  test('a preview names what would go and changes nothing; then it goes, with its directory and Git\'s record of it', async () => {
    const { fork, dir } = await host.call('fork', { name: 'lost' });
    fs.writeFileSync(inFork(dir, 'a.txt'), 'only in the fork that is lost\n');
    await host.call('discard', { forks: ['lost'] });
    host.offset += 8 * DAY;
    const preview = await host.call('sweep', { dryRun: true });
    assert.deepEqual(preview.forks, [fork]);
    assert.ok(fs.existsSync(dir ?? ''));
    const done = await host.call('sweep', {});
    assert.deepEqual([done.forks, done.checkpoints, done.objects], [[fork], preview.checkpoints, preview.objects]);
    assert.ok(done.objects > 0);
    assert.ok(!fs.existsSync(dir ?? ''));
    assert.doesNotMatch(repository.git(['worktree', 'list']), /lost/);
    await host.refusal('undo', { fork: 'lost' }, 'NOT_FOUND');
    assert.ok((await host.call('verify', {})).ok);
    assert.equal(await host.text('workspace', 'a.txt'), 'a\n');
  });

  test('within the grace period a discarded fork stays and can come back', async () => {
    const { dir } = await host.call('fork', { name: 'back' });
    fs.writeFileSync(inFork(dir, 'a.txt'), 'kept\n');
    await host.call('discard', { forks: ['back'] });
    host.offset += 6 * DAY;
    assert.deepEqual((await host.call('sweep', {})).forks, []);
    await host.call('undo', { fork: 'back' });
    assert.equal(await host.text('back', 'a.txt'), 'kept\n');
    assert.equal(fs.readFileSync(inFork(dir, 'a.txt'), 'utf8'), 'kept\n');
  });

  test('a fork past its time is discarded, and can come back; one with work that no checkpoint holds lives on', async () => {
    await host.call('fork', { name: 'idle', ttlSeconds: 60 });
    const busy = await host.call('fork', { name: 'busy', ttlSeconds: 60 });
    await host.call('fork', { name: 'endless' });
    host.offset += 61_000;
    fs.writeFileSync(inFork(busy.dir, 'new.txt'), 'work\n');
    const swept = await host.call('sweep', { graceSeconds: 3600 });
    assert.equal(swept.decayed.length, 1);
    assert.deepEqual(await liveNames(), ['workspace', 'busy', 'endless']);
    assert.equal(await host.text('busy', 'new.txt'), 'work\n');
    await host.call('undo', { fork: 'idle' });
    assert.deepEqual(await liveNames(), ['workspace', 'idle', 'busy', 'endless']);
  });

  test('a directory in which somebody went on after the end of its fork is left, and said to be', async () => {
    const { dir } = await host.call('fork', { name: 'ended' });
    await host.call('discard', { forks: ['ended'] });
    fs.writeFileSync(inFork(dir, 'later.txt'), 'work after the discard\n');
    host.offset += 8 * DAY;
    assert.equal((await host.call('sweep', {})).forks.length, 1);
    assert.equal(fs.readFileSync(inFork(dir, 'later.txt'), 'utf8'), 'work after the discard\n');
    assert.match((await host.call('stats', {})).warnings.join('\n'), /ended has changes from after the end of its fork/);
  });

  test('checkpoints beyond what the rules keep go, heads and pinned ones never', async () => {
    const config = { retention: { keepLast: 1, keepDays: 0 } };
    const { store } = await host.call('setup', {});
    fs.writeFileSync(`${store}/config.json`, JSON.stringify(config));
    await host.restart();
    await host.call('fork', { name: 'f', dir: false });
    const ids: string[] = [];
    for (const text of ['1', '2', '3', '4']) {
      await host.call('write', { fork: 'f', path: 'a.txt', content: { text } });
      ids.push((await host.call('checkpoint', { fork: 'f', pin: text === '2' })).checkpoint);
    }
    host.offset += DAY;
    assert.equal((await host.call('sweep', {})).checkpoints, 2);
    assert.equal(await host.text(ids[1] ?? '', 'a.txt'), '2');
    assert.equal(await host.text(ids[3] ?? '', 'a.txt'), '4');
    for (const gone of [ids[0], ids[2]]) await host.refusal('rewind', { fork: 'f', checkpoint: gone ?? '' }, 'NOT_FOUND');
    await host.restart();
    assert.equal(await host.text('f', 'a.txt'), '4');
  });
});
