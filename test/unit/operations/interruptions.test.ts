import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { GitRepository } from '../../support/git-repository.ts';
import { inFork, setUp } from '../../support/host.ts';
import type { TestHost } from '../../support/host.ts';

/** What happens beside and in the middle of an operation: other calls, the user's editor, errors. */
describe('while others work', () => {
  let host: TestHost;
  let repository: GitRepository;
  beforeEach(async () => {
    repository = GitRepository.create();
    host = await setUp(repository);
  });
  afterEach(() => host.close());

  async function attempt(name: string, content: string, task?: string): Promise<string> {
    const { dir } = await host.call('fork', { name, task });
    fs.writeFileSync(inFork(dir, 'a.txt'), content);
    return dir ?? '';
  }

  test('what the user changes while a hook runs that refuses stays; the winner\'s files go back, with the hook\'s version kept', async () => {
    await attempt('good', 'good\n');
    repository.hook('pre-commit', 'echo formatted >> a.txt; echo mine > b.txt; echo mine > new.txt; exit 1');
    await host.refusal('collapse', { fork: 'good' }, 'CONFLICT');
    assert.deepEqual([repository.read('a.txt'), repository.read('b.txt'), repository.read('new.txt')], ['a\n', 'mine\n', 'mine\n']);
    assert.equal(repository.git(['status', '--porcelain']), ' M b.txt\n?? new.txt');
    const [recovery] = await host.call('timeline', { limit: 1 });
    assert.equal(recovery?.kind, 'recovery');
    assert.equal(await host.text(recovery.checkpoint, 'a.txt'), 'good\nformatted\n');
  });

  test('a collapse stands though a fork that should follow cannot; the user is told how to rebase it', async () => {
    await attempt('good', 'good\n');
    const follower = await host.call('fork', { name: 'follower' });
    await host.call('entangle', { first: 'good', second: 'follower', kind: 'causal' });
    await host.call('checkpoint', { fork: 'follower' });
    fs.rmSync(follower.dir ?? '', { recursive: true });
    const { commit } = await host.call('collapse', { fork: 'good' });
    assert.equal(repository.git(['rev-parse', 'HEAD']), commit);
    assert.match((await host.call('stats', {})).warnings.join('\n'), /follower did not follow .* pyi integrate workspace --into follower/);
  });

  test('of two collapses and a discard at once each does all of its work or none', async () => {
    for (const name of ['one', 'two', 'three']) await attempt(name, `${name}\n`, 't');
    const ends = await Promise.allSettled([
      host.call('collapse', { fork: 'one' }), host.call('discard', { forks: ['two'] }), host.call('collapse', { fork: 'three' }),
    ]);
    const states = Object.fromEntries((await host.call('forks', { all: true })).map((fork) => [fork.name, fork.state]));
    const won = ends[0].status === 'fulfilled' ? 'one' : 'three';
    assert.equal([ends[0], ends[2]].filter((end) => end.status === 'fulfilled').length, 1);
    assert.deepEqual(states, { workspace: 'live', one: 'discarded', two: 'discarded', three: 'discarded', [won]: 'merged' });
    assert.equal(repository.read('a.txt'), `${won}\n`);
    assert.equal(repository.git(['rev-list', '--count', 'HEAD']), '2');
  });

  test('many undos at once: each is one step, and the fork ends where one of these steps leads', async () => {
    const { checkpoint } = await host.call('checkpoint', {});
    repository.write('a.txt', 'later\n');
    await host.call('rewind', { checkpoint });
    const before = repository.read('a.txt');
    const undone = await Promise.all(Array.from({ length: 5 }, () => host.call('undo', {}).then((done) => done.undone)));
    assert.deepEqual(undone.map((what) => what.startsWith('undo')), [false, true, true, true, true]);
    assert.deepEqual([before, repository.read('a.txt'), await host.text('workspace', 'a.txt')], ['a\n', 'later\n', 'later\n']);
  });

  test('calls on one fork in turn with refused calls on another: nothing that was staged is lost', async () => {
    const { dir } = await host.call('fork', { name: 'real' });
    await host.call('fork', { name: 'bare', dir: false });
    const base = (await host.call('checkpoint', { fork: 'bare' })).checkpoint;
    for (let round = 0; round < 20; round++) {
      fs.writeFileSync(inFork(dir, 'b.txt'), `round ${round}\n`);
      // A refused rewind rolls back what is staged.
      const [, , changes] = await Promise.all([
        host.call('write', { fork: 'real', path: 'c.txt', content: { text: `round ${round}\n` } }).then(() => host.call('checkpoint', { fork: 'real' })),
        host.call('write', { fork: 'bare', path: 'a.txt', content: { text: `round ${round}\n` } }),
        host.call('changes', { from: 'bare', to: 'real' }),
        host.refusal('rewind', { fork: 'bare', checkpoint: base, paths: ['not-there'] }, 'NOT_FOUND'),
      ]);
      assert.ok(changes.changed.length + changes.added.length > 0);
      assert.equal(await host.text('real', 'c.txt'), `round ${round}\n`);
    }
    assert.ok((await host.call('verify', {})).ok);
  });
});

describe('a race that is cut short', () => {
  let host: TestHost;
  beforeEach(async () => { host = await setUp(GitRepository.create()); });
  afterEach(() => host.close());

  async function liveNames(): Promise<string[]> {
    return (await host.call('forks', {})).map((fork) => fork.name);
  }

  test('leaves a fork alone that has a name of its attempts, and gives its own names back', async () => {
    await host.call('fork', { name: 't-2', dir: false });
    const { attempts, discarded } = await host.call('race', { count: 3, task: 't', parallel: 1, try: 'echo $PYI_RACE_INDEX > a.txt', validate: 'true' });
    assert.deepEqual([attempts.map(({ name }) => name), discarded.length], [['t-1', 't-3', 't-4'], 2]);
    assert.deepEqual(await liveNames(), ['workspace', 't-2']);
    const again = await host.call('race', { count: 1, task: 't', try: 'echo again > a.txt', validate: 'true' });
    assert.deepEqual(again.attempts.map(({ name }) => name), ['t-1']);
  });

  test('collapses nothing when it is cancelled, and discards what it made', async () => {
    const stop = new AbortController();
    const race = host.call('race', { count: 4, task: 't', try: 'true', validate: 'true' }, {
      signal: stop.signal, progress: ({ what }) => { if (what === 'attempts') stop.abort(); },
    });
    await assert.rejects(race, (error: Error & { code?: unknown }) => error.name === 'AbortError' || error.code === 'CANCELLED');
    assert.deepEqual(await liveNames(), ['workspace']);
  });

  test('starts every attempt from the same state, whatever the user does meanwhile', async () => {
    const { repository } = host;
    const { attempts } = await host.call('race', {
      count: 3, task: 't', parallel: 1, collapse: false, validate: 'true', try: `echo more >> '${repository.root}/b.txt'`,
    });
    const forks = await host.call('forks', { task: 't' });
    assert.equal(attempts.length, 3);
    assert.equal(new Set(forks.map((fork) => fork.base)).size, 1);
  });
});
