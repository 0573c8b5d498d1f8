import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { GitRepository } from '../../support/git-repository.ts';
import { inFork, setUp } from '../../support/host.ts';
import type { TestHost } from '../../support/host.ts';

describe('checkpoint and rewind in the work tree', () => {
  let host: TestHost;
  let repository: GitRepository;
  before(async () => {
    repository = GitRepository.create();
    host = await setUp(repository);
  });
  after(() => host.close());

  test('a checkpoint records what any process wrote, and Git notices nothing', async () => {
    const state = repository.state();
    repository.write('a.txt', 'changed\n');
    repository.write('new/file.txt', 'new\n');
    repository.unlink('b.txt');
    const taken = await host.call('checkpoint', { message: 'work' });
    assert.deepEqual({ ...taken.insight, micros: 0 }, { filesAdded: 1, filesChanged: 1, filesDeleted: 1, bytesAdded: 12, bytesReused: 2, micros: 0 });
    assert.deepEqual(await host.paths(taken.checkpoint), ['a.txt', 'new/file.txt', 'src/c.txt']);
    const now = repository.state();
    assert.deepEqual([now.head, now.refs, now.index], [state.head, state.refs, state.index]);
  });

  test('a rewind preview names what it would do and does nothing', async () => {
    const first = (await host.call('timeline', {})).at(-1);
    const files = repository.state().files;
    const preview = await host.call('rewind', { checkpoint: first?.checkpoint ?? '', dryRun: true });
    assert.deepEqual([preview.written, preview.removed], [['a.txt', 'b.txt'], ['new/file.txt']]);
    assert.deepEqual(repository.state().files, files);
  });

  test('a rewind brings deleted files back, keeps untracked and ignored ones, and can be undone and redone', async () => {
    repository.write('.gitignore', 'secret\n');
    await host.call('checkpoint', {});
    repository.write('secret', 'ignored\n');
    repository.write('unsaved.txt', 'written after the last checkpoint\n');
    const before = repository.state().files;
    const first = (await host.call('timeline', {})).at(-1)?.checkpoint ?? '';
    const done = await host.call('rewind', { checkpoint: first });
    assert.equal(repository.read('b.txt'), 'b\n');
    assert.equal(repository.exists('unsaved.txt'), false);
    assert.equal(repository.read('secret'), 'ignored\n');
    assert.ok((await host.paths(done.recovery)).includes('unsaved.txt'), 'the recovery checkpoint holds what was never recorded');
    await host.call('undo', {});
    assert.deepEqual(repository.state().files, before);
    await host.call('undo', {});
    assert.equal(repository.exists('unsaved.txt'), false);
    await host.call('undo', {});
    assert.deepEqual(repository.state().files, before);
  });

  test('chosen paths come back alone; a path that nobody knows is refused', async () => {
    const first = (await host.call('timeline', {})).at(-1)?.checkpoint ?? '';
    repository.write('src/c.txt', 'other\n');
    const done = await host.call('rewind', { checkpoint: first, paths: ['a.txt'] });
    assert.deepEqual(done.written, ['a.txt']);
    assert.deepEqual([repository.read('a.txt'), repository.read('src/c.txt')], ['a\n', 'other\n']);
    await host.refusal('rewind', { checkpoint: first, paths: ['no/such'] }, 'NOT_FOUND');
    await host.call('undo', {});
    assert.equal(repository.read('a.txt'), 'changed\n');
  });

  test('everything is there after a restart', async () => {
    const timeline = await host.call('timeline', {});
    await host.restart();
    assert.deepEqual(await host.call('timeline', {}), timeline);
    assert.equal((await host.call('changes', {})).changed.length, 0);
  });
});

describe('forks with directories', () => {
  let host: TestHost;
  let repository: GitRepository;
  before(async () => {
    repository = GitRepository.create();
    repository.write('.gitignore', 'node_modules/\n.env\n');
    repository.write('node_modules/dep/index.js', 'dep\n');
    repository.write('.env', 'KEY=1\n');
    host = await setUp(repository);
  });
  after(() => host.close());

  test('a fork is a clean linked work tree with dependencies, and plain git works in it', async () => {
    const made = await host.call('fork', { name: 'one', agent: 'ada' });
    const dir = made.dir ?? '';
    assert.equal(dir, `${repository.root}.forks/one`);
    assert.match(repository.git(['worktree', 'list']), /\.forks\/one/);
    assert.equal(repository.git(['status', '--porcelain'], { cwd: dir }), '');
    assert.equal(fs.readFileSync(inFork(dir, 'node_modules/dep/index.js'), 'utf8'), 'dep\n');
    assert.equal(fs.readFileSync(inFork(dir, '.env'), 'utf8'), 'KEY=1\n');
    fs.writeFileSync(inFork(dir, 'a.txt'), 'from one\n');
    assert.equal(repository.git(['status', '--porcelain'], { cwd: dir }), ' M a.txt');
    const taken = await host.call('checkpoint', { fork: 'one' });
    assert.equal(taken.insight.filesChanged, 1);
    assert.deepEqual(await host.paths('one'), ['.gitignore', 'a.txt', 'b.txt', 'src/c.txt']);
    assert.equal(repository.read('a.txt'), 'a\n');
  });

  test('forks of forks, and forks of what was not committed', async () => {
    repository.write('b.txt', 'dirty\n');
    const two = await host.call('fork', { name: 'two', from: 'one' });
    assert.equal(fs.readFileSync(inFork(two.dir, 'a.txt'), 'utf8'), 'from one\n');
    const three = await host.call('fork', { name: 'three' });
    assert.equal(fs.readFileSync(inFork(three.dir, 'b.txt'), 'utf8'), 'dirty\n');
    assert.equal(repository.git(['status', '--porcelain'], { cwd: three.dir ?? '' }), ' M b.txt');
    repository.write('b.txt', 'b\n');
    await host.call('checkpoint', {});
  });

  test('called from a directory of a fork, that fork is meant', async () => {
    const taken = await host.call('checkpoint', { repository: inFork(`${repository.root}.forks/one`, 'src') });
    const fork = (await host.call('forks', {})).find((row) => row.name === 'one');
    assert.equal(taken.fork, fork?.fork);
  });

  test('bad requests are refused and leave nothing behind', async () => {
    const forks = await host.call('forks', { all: true });
    await host.refusal('fork', { name: 'one' }, 'NAME_EXISTS');
    await host.refusal('fork', { name: 'inside', dir: `${repository.root}/inside` }, 'INVALID_PATH');
    await host.refusal('fork', { name: 'full', dir: `${repository.root}/src` }, 'INVALID_PATH');
    await host.refusal('fork', { name: 'git', dir: `${repository.root}/../x/.GIT/y` }, 'INVALID_PATH');
    await host.refusal('fork', { name: 'lost', from: 'deadbeef' }, 'NOT_FOUND');
    await host.refusal('discard', { forks: ['workspace'] }, 'INVALID_ARGUMENT');
    assert.deepEqual(await host.call('forks', { all: true }), forks);
  });

  test('a directory that vanished is an error, never a checkpoint without files', async () => {
    const made = await host.call('fork', { name: 'gone' });
    fs.rmSync(made.dir ?? '', { recursive: true });
    await host.refusal('checkpoint', { fork: 'gone' }, 'NOT_FOUND');
    assert.equal((await host.paths('gone')).length, 4);
  });
});

describe('forks without a directory', () => {
  let host: TestHost;
  before(async () => {
    host = await setUp(GitRepository.create());
    await host.call('fork', { name: 'idea', dir: false });
  });
  after(() => host.close());

  test('write, read, list and remove', async () => {
    await host.call('write', { fork: 'idea', path: 'src/new.txt', content: { text: 'héllo\n' } });
    await host.call('write', { fork: 'idea', path: 'bin', content: { base64: Buffer.from([0, 255, 1]).toString('base64') }, mode: 'executable' });
    await host.call('remove', { fork: 'idea', path: 'a.txt' });
    assert.equal(await host.text('idea', 'src/new.txt'), 'héllo\n');
    assert.deepEqual(await host.paths('idea'), ['b.txt', 'bin', 'src/c.txt', 'src/new.txt']);
    const taken = await host.call('checkpoint', { fork: 'idea', level: 'disk' });
    assert.equal(taken.level, 'disk');
    const rows = await host.call('ls', { fork: taken.checkpoint });
    assert.deepEqual(rows.map((row) => `${row.type} ${row.path}`), ['file b.txt', 'executable bin', 'directory src']);
  });

  test('what was written and not yet checkpointed survives a restart', async () => {
    await host.call('write', { fork: 'idea', path: 'pending.txt', content: { text: 'p\n' } });
    await host.restart();
    assert.equal(await host.text('idea', 'pending.txt'), 'p\n');
  });

  test('names that could escape or deceive are refused', async () => {
    const paths = ['../x', '/etc/passwd', 'a/../b', 'a//b', './a', 'a\0b', '.git/config', 'src/.GiT/x', '.git\u200c/x', 'git~1/x', `${'n'.repeat(256)}`, 'd/'.repeat(2100) + 'f'];
    for (const path of paths) await host.refusal('write', { fork: 'idea', path, content: { text: 'x' } }, 'INVALID_PATH');
    await host.refusal('write', { fork: 'idea', path: 'b.txt/below', content: { text: 'x' } }, 'INVALID_PATH');
    await host.refusal('write', { fork: 'idea', path: 'src', content: { text: 'x' } }, 'INVALID_PATH');
    await host.refusal('remove', { fork: 'idea', path: 'nothing' }, 'NOT_FOUND');
    await host.refusal('read', { fork: 'idea', path: 'nothing' }, 'NOT_FOUND');
    await host.refusal('ls', { fork: 'idea', path: 'nothing' }, 'NOT_FOUND');
  });

  test('unusual but honest names are kept byte for byte', async () => {
    for (const path of ['new\nline', 'sp ace', '-dash', 'q"uote', 'caf\udcc3\udc28', 'con', 'x:y']) {
      await host.call('write', { fork: 'idea', path, content: { text: path.length.toString() } });
      assert.equal(await host.text('idea', path), path.length.toString());
    }
  });
});
