import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { GitRepository } from '../../support/git-repository.ts';
import { inFork, setUp } from '../../support/host.ts';
import type { TestHost } from '../../support/host.ts';

describe('collapse', () => {
  let host: TestHost;
  let repository: GitRepository;
  beforeEach(async () => {
    repository = GitRepository.create();
    host = await setUp(repository);
  });
  afterEach(() => host.close());

  async function attempt(name: string, files: Readonly<Record<string, string>>, task: string | undefined = 't'): Promise<string> {
    const made = await host.call('fork', { name, agent: `agent-${name}`, task });
    for (const [file, content] of Object.entries(files)) fs.writeFileSync(inFork(made.dir, file), content);
    await host.call('checkpoint', { fork: name });
    return made.dir ?? '';
  }

  test('the best observed fork becomes a commit; the user\'s own work stays as it is', async () => {
    await attempt('good', { 'a.txt': 'good\n', 'extra.txt': 'x\n' });
    await attempt('bad', { 'a.txt': 'bad\n' });
    await host.call('observe', { fork: 'good', command: ['sh', '-c', 'grep -q good a.txt && echo "score: 7"'] });
    await host.call('observe', { fork: 'bad', command: ['false'] });
    repository.write('b.txt', 'mine, staged\n');
    repository.git(['add', 'b.txt']);
    repository.write('b.txt', 'mine, staged and changed again\n');
    repository.write('untracked.txt', 'mine\n');
    // The user's edits moved the base: the winner has to be rebased first.
    await host.refusal('collapse', { task: 't' }, 'BRANCH_STALE');
    await host.call('integrate', { fork: 'workspace', into: 'good' });
    const done = await host.call('collapse', { task: 't', message: 'Good wins' });
    assert.equal(repository.git(['rev-parse', 'HEAD']), done.commit);
    assert.equal(repository.git(['show', '--format=', '--name-status', 'HEAD']), 'M\ta.txt\nA\textra.txt');
    const message = repository.git(['log', '-1', '--format=%an%n%B']);
    assert.match(message, /^Test Author\nGood wins\n\nPyi-Checkpoint: [0-9a-f]{64}\nPyi-Agent: agent-good\nPyi-Evidence: of an earlier state, [0-9a-f]{12}: passed, score 7: /);
    assert.equal(repository.git(['status', '--porcelain']), 'MM b.txt\n?? untracked.txt');
    assert.equal(repository.read('b.txt'), 'mine, staged and changed again\n');
    assert.deepEqual((await host.call('forks', { all: true })).map((fork) => [fork.name, fork.state]), [['workspace', 'live'], ['good', 'merged'], ['bad', 'discarded']]);
    repository.git(['fsck', '--strict']);
  });

  test('from the directory of a fork that has ended: undo means that fork, everything else says what happened', async () => {
    const dir = await attempt('good', { 'a.txt': 'good\n' });
    const other = await attempt('other', { 'a.txt': 'other\n' });
    await host.call('collapse', { fork: 'good' });
    await host.refusal('checkpoint', { repository: dir }, 'FORK_MERGED');
    await host.refusal('checkpoint', { repository: other }, 'FORK_DISCARDED');
    assert.match((await host.refusal('fork', { repository: dir, name: 'next' }, 'FORK_MERGED')).hint, /pyi fork NAME --from workspace/);
    const undone = await host.call('undo', { repository: dir });
    assert.deepEqual([undone.undone, (await host.call('forks', { forks: ['good', 'other'] })).map(({ state }) => state)], ['collapse', ['live', 'live']]);
    await host.call('undo', { repository: other });
    assert.deepEqual((await host.call('forks', { forks: ['good', 'other', 'good'] })).map(({ name, state }) => [name, state]), [['good', 'merged'], ['other', 'discarded']]);
  });

  test('a name that was given back is used again, in a directory beside the old one', async () => {
    const first = await attempt('good', { 'a.txt': 'good\n' });
    await host.call('discard', { forks: ['good'] });
    const second = (await host.call('fork', { name: 'good' })).dir ?? '';
    assert.deepEqual([second, fs.readFileSync(inFork(first, 'a.txt'), 'utf8')], [`${first}-2`, 'good\n']);
  });

  test('evidence says when it is of an earlier state', async () => {
    const dir = await attempt('good', { 'a.txt': 'good\n' });
    // Named alone, a fork is compared with its base, from its own directory too.
    assert.deepEqual((await host.call('changes', { repository: dir, from: 'good' })).changed, ['a.txt']);
    const seen = await host.call('observe', { fork: 'good', command: ['true'] });
    fs.writeFileSync(inFork(dir, 'a.txt'), 'changed since\n');
    await host.call('collapse', { fork: 'good' });
    assert.match(repository.git(['log', '-1', '--format=%B']), new RegExp(`Pyi-Evidence: of an earlier state, ${seen.checkpoint.slice(0, 12)}: passed, score 1: true`));
  });

  test('a task without forks, a task without observations, and a slip of the keyboard get hints of their own', async () => {
    await attempt('good', { 'a.txt': 'good\n' });
    assert.match((await host.refusal('collapse', { task: 'none' }, 'NOT_FOUND')).message, /no live fork of task "none"/);
    assert.match((await host.refusal('collapse', { task: 't' }, 'NOT_FOUND')).hint, /pyi observe good -- COMMAND/);
    assert.match((await host.refusal('collapse', { fork: 'godo' }, 'NOT_FOUND')).hint, /^Did you mean good\?/);
    assert.match((await host.refusal('observe', { fork: 'good', command: ['npm test'] }, 'INVALID_ARGUMENT')).hint, /^Give it in words, without quotes: -- npm test\./);
  });

  test('undo takes all of it back, redo makes it again', async () => {
    await attempt('good', { 'a.txt': 'good\n' });
    await attempt('other', { 'a.txt': 'other\n' });
    const state = repository.state();
    const { commit } = await host.call('collapse', { fork: 'good' });
    const collapsed = repository.state();
    await host.call('undo', {});
    assert.deepEqual(repository.state(), state);
    assert.deepEqual((await host.call('forks', {})).map((fork) => fork.name), ['workspace', 'good', 'other']);
    await host.call('undo', {});
    assert.deepEqual(repository.state(), collapsed);
    assert.equal(repository.git(['rev-parse', 'HEAD']), commit);
  });

  test('undo keeps what the user did after the collapse, and refuses where that overlaps', async () => {
    await attempt('good', { 'a.txt': 'good\n' });
    await host.call('collapse', { fork: 'good' });
    repository.write('b.txt', 'later\n');
    await host.call('undo', {});
    assert.deepEqual([repository.read('a.txt'), repository.read('b.txt')], ['a\n', 'later\n']);
    await host.call('undo', {});
    repository.write('a.txt', 'good, then mine\n');
    await host.refusal('undo', {}, 'CONFLICT');
    assert.equal(repository.read('a.txt'), 'good, then mine\n');
  });

  test('a winner that changes what the user changed is refused, with nothing changed', async () => {
    repository.write('a.txt', 'dirty before the fork\n');
    await attempt('good', { 'a.txt': 'good\n' });
    const state = repository.state();
    const error = await host.refusal('collapse', { fork: 'good' }, 'CONFLICT');
    assert.match(error.message, /a\.txt/);
    assert.deepEqual(repository.state(), state);
  });

  test('a hook that refuses leaves the work tree, the index and the branch as they were', async () => {
    await attempt('good', { 'a.txt': 'good\n' });
    repository.hook('pre-commit', 'grep -q good a.txt && echo "no good" >&2; exit 1');
    const state = repository.state();
    const error = await host.refusal('collapse', { fork: 'good' }, 'CONFLICT');
    assert.match(error.message, /no good/);
    assert.deepEqual(repository.state(), state);
    assert.equal((await host.call('forks', { task: 't' })).length, 1);
  });

  test('what a hook changes on the way is part of the commit and of the next checkpoint', async () => {
    await attempt('good', { 'a.txt': 'good\n' });
    repository.hook('pre-commit', 'echo formatted >> a.txt; git add a.txt');
    await host.call('collapse', { fork: 'good' });
    assert.equal(repository.git(['show', 'HEAD:a.txt']), 'good\nformatted');
    assert.equal(await host.text('workspace', 'a.txt'), 'good\nformatted\n');
    assert.equal(repository.git(['status', '--porcelain']), '');
  });

  test('a preview changes nothing and names the losers', async () => {
    await attempt('good', { 'a.txt': 'good\n' });
    await attempt('other', { 'b.txt': 'other\n' });
    const state = repository.state();
    const preview = await host.call('collapse', { fork: 'good', dryRun: true });
    assert.deepEqual([preview.commit, preview.written, preview.discarded.length], [null, ['a.txt'], 1]);
    assert.deepEqual(repository.state(), state);
  });

  test('a switched branch is stale', async () => {
    await attempt('good', { 'a.txt': 'good\n' });
    repository.git(['switch', '-q', '-c', 'elsewhere']);
    const error = await host.refusal('collapse', { fork: 'good' }, 'BRANCH_STALE');
    assert.match(error.message, /main/);
  });

  test('the winner of a fork of a fork moves that fork, not Git', async () => {
    const parent = await attempt('parent', { 'a.txt': 'parent\n' });
    await host.call('fork', { name: 'child', from: 'parent' });
    fs.writeFileSync(inFork(`${repository.root}.forks/child`, 'b.txt'), 'child\n');
    const head = repository.git(['rev-parse', 'HEAD']);
    const done = await host.call('collapse', { fork: 'child' });
    assert.equal(done.commit, null);
    assert.equal(fs.readFileSync(inFork(parent, 'b.txt'), 'utf8'), 'child\n');
    assert.equal(repository.git(['rev-parse', 'HEAD']), head);
  });

  test('entangled forks: conflict loses, causal is rebased', async () => {
    await attempt('api', { 'a.txt': 'api\n' }, undefined);
    await attempt('rival', { 'a.txt': 'rival\n' }, undefined);
    const client = await attempt('client', { 'b.txt': 'client\n' }, undefined);
    await host.call('entangle', { first: 'api', second: 'rival', kind: 'conflict' });
    await host.call('entangle', { first: 'api', second: 'client', kind: 'causal' });
    await host.call('collapse', { fork: 'api' });
    const states = new Map((await host.call('forks', { all: true })).map((fork) => [fork.name, fork.state]));
    assert.deepEqual([states.get('rival'), states.get('client')], ['discarded', 'live']);
    assert.equal(fs.readFileSync(inFork(client, 'a.txt'), 'utf8'), 'api\n');
    assert.ok((await host.call('collapse', { fork: 'client' })).commit);
  });
});

describe('collapse in unusual places', () => {
  const cases = {
    'a repository without a commit': () => GitRepository.create(),
    'a SHA-256 repository': () => GitRepository.create({ objectFormat: 'sha256' }),
    'a separate git directory': () => GitRepository.create({ separateGitDir: true }),
    'a folder without Git': () => GitRepository.plain(),
  };
  for (const [name, create] of Object.entries(cases)) {
    test(name, async () => {
      const repository = create();
      const host = await (name === 'a repository without a commit' ? bare(repository) : setUp(repository));
      try {
        const made = await host.call('fork', { name: 'try' });
        fs.writeFileSync(inFork(made.dir, 'a.txt'), 'tried\n');
        const done = await host.call('collapse', { fork: 'try', message: 'Tried' });
        assert.equal(repository.read('a.txt'), 'tried\n');
        assert.equal(done.commit !== null, name !== 'a folder without Git');
        if (done.commit !== null) assert.equal(repository.git(['show', 'HEAD:a.txt']), 'tried');
        await host.call('undo', {});
        assert.equal(repository.exists('a.txt') ? repository.read('a.txt') : '', name === 'a repository without a commit' ? 'a\n' : 'a\n');
      } finally {
        await host.close();
      }
    });
  }

  test('a linked work tree has its own workspace and commits to its own branch', async () => {
    const repository = GitRepository.create();
    const host = await setUp(repository);
    try {
      const linked = `${repository.directory}/linked`;
      repository.git(['worktree', 'add', '-q', '-b', 'side', linked]);
      await host.refusal('checkpoint', { repository: linked }, 'NOT_FOUND');
      await host.call('setup', { repository: linked });
      const made = await host.call('fork', { repository: linked, name: 'try' });
      fs.writeFileSync(inFork(made.dir, 'a.txt'), 'side\n');
      await host.call('collapse', { repository: linked, fork: 'try' });
      assert.equal(repository.git(['show', 'side:a.txt']), 'side');
      assert.equal(repository.git(['show', 'main:a.txt']), 'a');
    } finally {
      await host.close();
    }
  });

  async function bare(repository: GitRepository): Promise<TestHost> {
    const { TestHost: Host } = await import('../../support/host.ts');
    repository.write('a.txt', 'a\n');
    const host = new Host(repository);
    await host.call('setup', {});
    // A file that the branch does not have would be the user's own untracked one: the winner may not take it.
    await host.refusal('collapse', { fork: (await untrackedAttempt(host)) }, 'CONFLICT');
    repository.git(['add', '-A']);
    repository.git(['commit', '-q', '-m', 'start']);
    return host;
  }

  async function untrackedAttempt(host: TestHost): Promise<string> {
    const made = await host.call('fork', { name: 'early' });
    fs.writeFileSync(inFork(made.dir, 'a.txt'), 'early\n');
    return made.fork;
  }
});

describe('observe and race', () => {
  let host: TestHost;
  let repository: GitRepository;
  beforeEach(async () => {
    repository = GitRepository.create();
    host = await setUp(repository);
  });
  afterEach(() => host.close());

  test('a validator runs in the directory, or in a scratch copy of a fork that has none', async () => {
    await host.call('fork', { name: 'idea', dir: false });
    await host.call('write', { fork: 'idea', path: 'a.txt', content: { text: 'idea\n' } });
    const seen = await host.call('observe', { fork: 'idea', command: ['sh', '-c', 'cat a.txt; echo "Score: 2.5"'] });
    assert.deepEqual([seen.ok, seen.exit, seen.score], [true, 0, 2.5]);
    assert.match(seen.evidence, /idea/);
    const failed = await host.call('observe', { fork: 'idea', command: ['sh', '-c', 'exit 3'] });
    assert.deepEqual([failed.ok, failed.exit, failed.score], [false, 3, 0]);
    const fork = (await host.call('forks', {})).find((row) => row.name === 'idea');
    assert.equal(fork?.observations.length, 2);
    assert.equal(fork.probability, 0.5);
  });

  test('a validator that hangs or does not exist is told apart from one that fails', async () => {
    await host.call('fork', { name: 'idea', dir: false });
    const late = await host.call('observe', { fork: 'idea', command: ['sh', '-c', 'sleep 60'], timeoutSeconds: 0.1 });
    assert.deepEqual([late.ok, late.exit], [false, null]);
    assert.match(late.evidence, /time limit/);
    await host.refusal('observe', { fork: 'idea', command: ['/no/such/program'] }, 'INVALID_ARGUMENT');
  });

  test('a cancelled validator records nothing', async () => {
    await host.call('fork', { name: 'idea', dir: false });
    const abort = new AbortController();
    const call = host.call('observe', { fork: 'idea', command: ['sh', '-c', 'sleep 60'] }, { signal: abort.signal });
    abort.abort();
    await assert.rejects(call, { code: 'CANCELLED' });
    assert.equal((await host.call('forks', {})).find((row) => row.name === 'idea')?.observations.length, 0);
  });

  test('a race forks, tries, validates and collapses the best', async () => {
    const done = await host.call('race', {
      count: 3, task: 'number', try: 'echo "$PYI_RACE_INDEX" > a.txt', validate: 'test "$(cat a.txt)" -ge 2 && echo "score: $(cat a.txt)"', message: 'Raced',
    });
    assert.deepEqual(done.attempts.map(({ ok, score }) => [ok, score]), [[false, 0], [true, 2], [true, 3]]);
    assert.equal(repository.git(['show', 'HEAD:a.txt']), '3');
    assert.equal(done.discarded.length, 2);
  });

  test('a race ends as soon as an attempt is good enough, and takes nothing of those that it ended', async () => {
    const done = await host.call('race', {
      count: 4, parallel: 2, task: 'enough', enough: 5, collapse: false,
      try: 'test "$PYI_RACE_INDEX" = 1 || exec sleep 60; echo good > a.txt', validate: 'echo score: 5',
    });
    assert.deepEqual([done.stopped, done.attempts.map(({ score }) => score)], ['enough', [5]]);
    assert.deepEqual((await host.call('forks', { task: 'enough' })).map(({ fork }) => fork), [done.winner], 'the one that was ended is discarded');
  });

  test('when the budget is used up, the best so far is taken', async () => {
    const done = await host.call('race', {
      count: 3, parallel: 3, task: 'budget', budgetSeconds: 1.5, collapse: false,
      try: 'test "$PYI_RACE_INDEX" = 2 || exec sleep 60', validate: 'true',
    });
    assert.equal(done.stopped, 'budget');
    assert.deepEqual((await host.call('forks', { task: 'budget' })).map(({ fork }) => fork), done.attempts.map(({ fork }) => fork));
  });

  test('a task may be raced for again while its first attempts live', async () => {
    const request = { count: 2, task: 'again', try: 'echo "$PYI_RACE_INDEX" > a.txt', validate: 'true', collapse: false };
    const first = await host.call('race', request);
    const second = await host.call('race', request);
    assert.deepEqual([first, second].map(({ attempts }) => attempts.map(({ name }) => name)), [['again-1', 'again-2'], ['again-3', 'again-4']]);
  });
});
