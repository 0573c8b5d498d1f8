import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { fifo, makeFifo } from '../support/fifo.ts';
import { KilledSession } from '../support/killed-session.ts';

/**
 * kill -9 in the middle of a collapse, at a moment that a hook holds fast: after the restart the collapse is there as a
 * whole or not at all, and the user's own files are as they left them.
 */

const FILES = { 'a.txt': 'a\n', 'b.txt': 'b\n', 'mine.txt': 'mine\n', 'old.txt': 'old\n' };

/** A session with a fork that won, a rival, an edit of the user's, and a hook that never ends once it was entered. */
async function prepare(hook: string): Promise<{ session: KilledSession; entered: Promise<unknown>; left: Promise<unknown>; base: string }> {
  const session = await KilledSession.start(FILES);
  const { repository } = session;
  // The user's own work, in and beside the index.
  repository.write('mine.txt', 'staged\n');
  repository.git(['add', 'mine.txt']);
  repository.write('mine.txt', 'staged, then edited\n');
  await session.call('setup', {});
  for (const name of ['winner', 'rival']) await session.call('fork', { name, task: 'parser', dir: false });
  await session.call('write', { fork: 'winner', path: 'a.txt', content: { text: 'a of the winner\n' } });
  await session.call('write', { fork: 'winner', path: 'new/file.txt', content: { text: 'new\n' } });
  await session.call('remove', { fork: 'winner', path: 'old.txt' });
  await session.call('checkpoint', { fork: 'winner' });
  const base = repository.git(['rev-parse', 'HEAD']);
  const [enters, holds] = [path.join(repository.directory, 'enters'), path.join(repository.directory, 'holds')];
  const life = fifo(enters);
  makeFifo(holds); // nobody writes to it
  repository.hook(hook, `exec 3>'${enters}'\nread line <'${holds}'`);
  return { session, entered: life.opened, left: life.closed, base };
}

test('between writing the work tree and the commit: taken back, the orphaned git ended, the index free, and repeatable', async () => {
  const { session, entered, left, base } = await prepare('pre-commit');
  const { repository } = session;
  try {
    const before = repository.state();
    assert.equal(await session.killDuring('collapse', { fork: 'winner', message: 'Win' }, entered), true);
    assert.equal(repository.read('a.txt'), 'a of the winner\n', 'the kill came too early to test anything');
    await session.restart();
    const forks = await session.call('forks', {});
    await left; // the hook would have gone on, and git would have committed
    assert.deepEqual(repository.state(), before);
    assert.equal(repository.git(['rev-parse', 'HEAD']), base);
    assert.equal(repository.exists('.git/index.lock'), false);
    assert.deepEqual(forks.map((fork) => fork.name), ['workspace', 'winner', 'rival']);
    fs.rmSync(path.join(repository.root, '.git/hooks/pre-commit'));
    await repeat(session);
  } finally {
    await session.end();
  }
});

test('between the commit and the swap: completed, the index moved along, the losers discarded, and undoable', async () => {
  const { session, entered, left, base } = await prepare('post-commit');
  const { repository } = session;
  try {
    assert.equal(await session.killDuring('collapse', { fork: 'winner', message: 'Win' }, entered), true);
    assert.notEqual(repository.git(['rev-parse', 'HEAD']), base, 'the kill came too early to test anything');
    await session.restart();
    await checkCollapsed(session);
    await left;
    fs.rmSync(path.join(repository.root, '.git/hooks/post-commit'));
    await session.call('undo', {});
    assert.equal(repository.git(['rev-parse', 'HEAD']), base);
    assert.deepEqual([repository.read('a.txt'), repository.read('old.txt'), repository.read('mine.txt')], ['a\n', 'old\n', 'staged, then edited\n']);
    assert.deepEqual((await session.call('forks', {})).map((fork) => fork.name).sort(), ['rival', 'winner', 'workspace']);
  } finally {
    await session.end();
  }
});

test('files that the user changed between the crash and the restart stand', async () => {
  const { session, entered } = await prepare('pre-commit');
  const { repository } = session;
  try {
    assert.equal(await session.killDuring('collapse', { fork: 'winner', message: 'Win' }, entered), true);
    repository.write('a.txt', 'what the user made of it\n');
    repository.write('mine.txt', 'and of this\n');
    await session.restart();
    await session.call('checkpoint', {});
    assert.deepEqual([repository.read('a.txt'), repository.read('mine.txt')], ['what the user made of it\n', 'and of this\n']);
    assert.match(fs.readFileSync(path.join(repository.root, '.git/pyi/logs/pyi.log'), 'utf8'), /could not be settled; the work tree was left as it is/);
    assert.match((await session.call('stats', {})).warnings.join('\n'), /collapse of winner was cut short, and files changed since/);
    assert.equal((await session.call('forks', {})).length, 3);
  } finally {
    await session.end();
  }
});

test('a hook that ran on after the kill cannot commit an index that is gone', async () => {
  const { session, entered, left, base } = await prepare('pre-commit');
  const { repository } = session;
  try {
    assert.equal(await session.killDuring('collapse', { fork: 'winner', message: 'Win' }, entered), true);
    // Another collapse in the same repository takes the dead server's lock over, before and after the hook could go on.
    await session.restart();
    fs.rmSync(path.join(repository.root, '.git/hooks/pre-commit'));
    await session.call('collapse', { fork: 'winner', message: 'Win' });
    await left;
    assert.equal(repository.git(['rev-list', '--count', `${base}..HEAD`]), '1');
    assert.equal(repository.git(['ls-tree', '-r', '--name-only', 'HEAD']), 'a.txt\nb.txt\nmine.txt\nnew/file.txt');
  } finally {
    await session.end();
  }
});

test('a hook that changes files and then refuses: all is taken back, and its version is in a recovery checkpoint', async () => {
  const session = await KilledSession.start(FILES);
  const { repository } = session;
  try {
    await session.call('setup', {});
    await session.call('fork', { name: 'winner', dir: false });
    await session.call('write', { fork: 'winner', path: 'a.txt', content: { text: 'a of the winner\n' } });
    repository.hook('pre-commit', 'echo formatted >>a.txt\nexit 1');
    const before = repository.state();
    await assert.rejects(session.call('collapse', { fork: 'winner' }), /refused/);
    assert.deepEqual(repository.state(), before);
    const recovery = (await session.call('timeline', {})).find((row) => row.cause === 'before a collapse is taken back');
    const read = await session.call('read', { fork: recovery?.checkpoint ?? '', path: 'a.txt' });
    assert.equal(Buffer.from(read.base64, 'base64').toString(), 'a of the winner\nformatted\n');
  } finally {
    await session.end();
  }
});

async function repeat(session: KilledSession): Promise<void> {
  await session.call('collapse', { fork: 'winner', message: 'Win' });
  await checkCollapsed(session);
}

async function checkCollapsed(session: KilledSession): Promise<void> {
  const { repository } = session;
  const forks = await session.call('forks', { all: true });
  assert.deepEqual(forks.map(({ name, state }) => `${name} ${state}`).sort(), ['rival discarded', 'winner merged', 'workspace live']);
  assert.match(repository.git(['log', '-1', '--format=%B']), /^Win\n\nPyi-Checkpoint: [0-9a-f]{64}\nPyi-Agent: /);
  assert.equal(repository.git(['show', 'HEAD:a.txt']), 'a of the winner');
  assert.equal(repository.git(['show', 'HEAD:mine.txt']), 'mine');
  assert.equal(repository.git(['status', '--porcelain']), 'MM mine.txt');
  assert.equal(repository.git(['diff', '--cached', '--name-only']), 'mine.txt');
  assert.equal(repository.git(['show', ':mine.txt']), 'staged');
  assert.equal(repository.read('mine.txt'), 'staged, then edited\n');
  assert.equal(repository.git(['fsck', '--strict', '--no-dangling']), '');
  const changes = await session.call('changes', { from: 'workspace' });
  assert.deepEqual([changes.added, changes.changed, changes.deleted], [[], [], []]);
}
