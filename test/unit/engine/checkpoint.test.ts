import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeCheckpoint, encodeCheckpoint, readCheckpoint, rootOfCheckpoint } from '../../../server/engine/checkpoint-object.ts';
import type { EngineListener } from '../../../server/engine/engine.ts';
import { EngineFixture, stateOf } from '../../support/engine-fixture.ts';
import { hasCode } from '../../support/store.ts';
import { entry, path } from '../../support/tree-model.ts';

const counts = ({ filesAdded, filesChanged, filesDeleted, bytesAdded, bytesReused }: ReturnType<EngineFixture['checkpoint']>['insight']): number[] => (
  [filesAdded, filesChanged, filesDeleted, bytesAdded, bytesReused]);

describe('a checkpoint', () => {
  it('counts what was added, changed and deleted, and the bytes', () => {
    const t = new EngineFixture({ 'a.txt': 'aaaa', 'b.txt': 'bb', 'c.txt': 'c' });
    const fork = t.fork();
    assert.deepEqual(counts(readCheckpoint(t.store, fork.head).insight), [3, 0, 0, 7, 0]);
    assert.deepEqual(counts(t.checkpoint(fork, { 'a.txt': 'AAAAA', 'new.txt': '123', 'c.txt': null }).insight), [1, 1, 1, 8, 2]);
    assert.deepEqual(counts(t.checkpoint(fork).insight), [0, 0, 0, 0, 10]);
  });

  it('does not count edits that change nothing', () => {
    const t = new EngineFixture({ 'a.txt': 'aaaa', 'b.txt': 'bb' });
    const fork = t.fork();
    assert.deepEqual(counts(t.checkpoint(fork, { 'a.txt': 'aaaa', 'b.txt': 'BBB', 'gone.txt': null }).insight), [0, 1, 0, 3, 4]);
  });

  it('counts a file once that was written several times', () => {
    const t = new EngineFixture({ 'a.txt': 'aaaa' });
    const fork = t.fork();
    t.write(fork, 'a.txt', '0123456789');
    t.write(fork, 'new.txt', '01234');
    assert.deepEqual(counts(t.checkpoint(fork, { 'a.txt': '12', 'new.txt': null }).insight), [0, 1, 0, 2, 0]);
  });

  it('counts edits on top of each other at setup too', () => {
    const t = new EngineFixture();
    const edits = [...t.edits({ 'x.txt': 'long content' }), ...t.edits({ 'x.txt': 'abc' })];
    const made = t.engine.createWorkspace({ name: 'second', agent: 'you', dir: null, edits, git: null });
    assert.deepEqual(counts(readCheckpoint(t.store, made.head).insight), [1, 0, 0, 3, 0]);
  });

  it('says who, when, why, from what, and where Git stood', () => {
    const t = new EngineFixture();
    const fork = t.fork({ agent: 'grace' });
    const before = fork.head;
    const git = { head: 'c0ffee', branch: 'refs/heads/main' };
    const taken = t.checkpoint(fork, { 'a.txt': '1' }, { message: 'Füge "x" hinzu\n', cause: 'Edit', kind: 'tool', git, merged: [t.workspace.head] });
    const body = readCheckpoint(t.store, taken.checkpoint);
    assert.deepEqual([body.agent, body.fork, body.message, body.cause, body.kind, body.git, body.parents],
      ['grace', fork.id, 'Füge "x" hinzu\n', 'Edit', 'tool', git, [before, t.workspace.head]]);
    assert.equal(rootOfCheckpoint(t.store, taken.checkpoint).toString('hex'), body.root);
    assert.equal(encodeCheckpoint(body).compare(t.store.get(Buffer.from(taken.checkpoint, 'hex'))), 0, 'canonical');
    assert.throws(() => decodeCheckpoint(Buffer.from('{"v":2}')), hasCode('UNSUPPORTED_VERSION'));
  });

  it('that fails changes nothing and leaves nothing staged behind', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    t.write(fork, 'pending.txt', 'p');
    const before = stateOf(t.engine);
    const size = t.store.size;
    const attempts: [() => unknown, 'INVALID_PATH' | 'NOT_FOUND' | 'NO_SPACE'][] = [
      [() => t.checkpoint(fork, { 'ok.txt': 'staged', 'a.txt/b': 'clash' }), 'INVALID_PATH'],
      [() => t.checkpoint(fork, { 'ok.txt': 'staged', pending: 'fine', 'pending.txt/x': 'below a pending file' }), 'INVALID_PATH'],
      [() => t.checkpoint(fork, { 'ok.txt': 'staged', '.git/config': 'evil' }), 'INVALID_PATH'],
      [() => t.engine.checkpoint(fork, { edits: [{ path: path('x'), entry: entry(3) }] }), 'NOT_FOUND'],
      [() => { t.fillDisk(); return t.checkpoint(fork, { 'ok.txt': 'staged' }); }, 'NO_SPACE'],
    ];
    for (const [attempt, expected] of attempts) {
      assert.throws(attempt, hasCode(expected));
      assert.deepEqual(stateOf(t.engine), before);
      assert.equal(t.store.size, size);
    }
    const { checkpoint } = t.checkpoint(fork);
    assert.deepEqual(t.filesAt(checkpoint), { 'a.txt': 'a', 'b.txt': 'b', 'dir/c.txt': 'c', 'pending.txt': 'p' });
  });

  it('that fails while a store is set up leaves it empty', () => {
    const t = new EngineFixture();
    const size = t.store.size;
    const edits = t.edits({ x: '1', 'x/y': '2' });
    assert.throws(() => t.engine.createWorkspace({ name: 'second', agent: 'you', dir: null, edits, git: null }), hasCode('INVALID_PATH'));
    assert.equal(t.store.size, size);
  });

  it('is remembered even if it is alike to another to the last digit', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const start = fork.head;
    t.clock.step = 0;
    const first = t.checkpoint(fork, { 'a.txt': 'same' }).checkpoint;
    t.engine.rewind(fork, start);
    const second = t.checkpoint(fork, { 'a.txt': 'same' }).checkpoint;
    assert.notEqual(second, first);
    assert.equal(fork.head, second);
    t.reopen();
    assert.equal(t.live(fork).head, second);
    assert.equal(t.live(fork).checkpoints, 2);
  });

  it('is told to listeners after its whole batch was applied, until they stop listening', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const told: string[] = [];
    const listener: EngineListener = {
      checkpointTaken: (id) => { told.push(`checkpoint ${fork.head === id} ${fork.dir}`); },
      recordApplied: ({ type }) => { told.push(type); },
    };
    const stop = t.engine.listen(listener);
    t.engine.listen({});
    t.engine.checkpointWith(fork, {}, () => [{ type: 'directory', fork: fork.id, dir: '/there' }]);
    t.engine.createWorkspace({ name: 'second', agent: 'you', dir: null, edits: [], git: null });
    assert.deepEqual(told, ['checkpoint true /there', 'directory', 'fork', 'checkpoint false /there']);
    stop();
    t.checkpoint(fork);
    assert.equal(told.length, 4);
  });
});
