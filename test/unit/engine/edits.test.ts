import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FileMode } from '../../../server/engine/tree/entry.ts';
import { EngineFixture, stateOf } from '../../support/engine-fixture.ts';
import { hasCode } from '../../support/store.ts';
import { entry, path } from '../../support/tree-model.ts';

describe('edits of a fork without a directory', () => {
  it('are seen at once, and in the next checkpoint', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    t.write(fork, 'a.txt', 'new');
    t.write(fork, 'dir/d.txt', 'd');
    t.remove(fork, 'b.txt');
    assert.equal(t.engine.lookup(fork, path('b.txt')), undefined);
    assert.equal(t.engine.lookup(fork, path('a.txt'))?.size, 3);
    assert.deepEqual(t.filesAt(fork.head), { 'a.txt': 'a', 'b.txt': 'b', 'dir/c.txt': 'c' });
    const current = t.engine.currentRoot(fork);
    const taken = t.checkpoint(fork);
    assert.equal(taken.root, current.toString('hex'));
    assert.deepEqual(t.filesAt(taken.checkpoint), { 'a.txt': 'new', 'dir/c.txt': 'c', 'dir/d.txt': 'd' });
    assert.equal(fork.pending.size, 0);
  });

  it('survive a restart', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    t.write(fork, 'a.txt', 'new');
    t.remove(fork, 'b.txt');
    t.reopen();
    assert.deepEqual(t.files(t.live(fork)), { 'a.txt': 'new', 'dir/c.txt': 'c' });
  });

  it('cannot put a file where a directory is, nor below a file, pending ones included', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    t.write(fork, 'x/y/z.txt', 'z');
    const before = stateOf(t.engine);
    for (const at of ['dir', 'a.txt/b', 'a.txt/b/c', 'x', 'x/y', 'x/y/z.txt/w']) assert.throws(() => { t.write(fork, at, '?'); }, hasCode('INVALID_PATH'), at);
    assert.deepEqual(stateOf(t.engine), before);
  });

  it('may turn a file into a directory and back, once what was in the way is removed', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    t.remove(fork, 'a.txt');
    t.write(fork, 'a.txt/inner', 'i');
    t.remove(fork, 'dir/c.txt');
    t.write(fork, 'dir', 'now a file');
    assert.throws(() => { t.write(fork, 'a.txt', '?'); }, hasCode('INVALID_PATH'));
    const { checkpoint } = t.checkpoint(fork);
    assert.deepEqual(t.filesAt(checkpoint), { 'a.txt/inner': 'i', 'b.txt': 'b', dir: 'now a file' });
    t.remove(fork, 'a.txt/inner');
    t.write(fork, 'a.txt', 'back');
    assert.equal(t.filesAt(t.checkpoint(fork).checkpoint)['a.txt'], 'back');
  });

  it('with bad paths, of what is not there, or without their content change nothing', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    t.write(fork, 'a.txt', 'pending');
    t.remove(fork, 'b.txt');
    const before = stateOf(t.engine);
    for (const at of ['', '/a', '../a', 'a/../b', 'a//b', './a', '.git/config', 'x/.GIT/hooks/post-commit', 'git~1', 'a\0b', 'x'.repeat(256), `${'d/'.repeat(2100)}f`]) {
      assert.throws(() => { t.write(fork, at, '?'); }, hasCode('INVALID_PATH'), JSON.stringify(at));
    }
    for (const at of ['nothing', 'b.txt', 'dir']) assert.throws(() => { t.remove(fork, at); }, hasCode('NOT_FOUND'), at);
    assert.throws(() => { t.engine.edit(fork, path('x'), entry(7)); }, hasCode('NOT_FOUND'), 'content that was never put');
    assert.throws(() => { t.engine.edit(fork, path('x'), { mode: FileMode.file, size: 1, id: t.engine.headRoot(fork) }); }, hasCode('NOT_FOUND'), 'a node is no content');
    assert.deepEqual(stateOf(t.engine), before);
    assert.deepEqual(t.files(fork), { 'a.txt': 'pending', 'dir/c.txt': 'c' });
  });

  it('are kept when the disk is full, as they were', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    t.write(fork, 'a.txt', 'kept');
    const before = stateOf(t.engine);
    t.fillDisk();
    assert.throws(() => { t.write(fork, 'a.txt', 'lost'); }, hasCode('NO_SPACE'));
    assert.deepEqual(stateOf(t.engine), before);
    t.write(fork, 'b.txt', 'after');
    t.reopen();
    assert.deepEqual(t.files(t.live(fork)), { 'a.txt': 'kept', 'b.txt': 'after', 'dir/c.txt': 'c' });
  });
});
