import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collapse } from '../../../server/engine/superposition.ts';
import type { Fork } from '../../../server/engine/state.ts';
import { diff } from '../../../server/engine/tree/diff.ts';
import { commitUndo, planUndo } from '../../../server/engine/undo.ts';
import { EngineFixture, stateOf } from '../../support/engine-fixture.ts';
import { hasCode } from '../../support/store.ts';

/** Undoes the last operation of a fork and tells how it is called. */
function undo(t: EngineFixture, fork: Fork): string {
  const plan = planUndo(t.engine, fork);
  commitUndo(t.engine, plan);
  for (const step of plan.steps) assert.deepEqual(t.engine.headRoot(step.fork), step.root, 'the plan told where each fork ends');
  return plan.undone;
}

function win(t: EngineFixture, winner: Fork, into: Fork, losers: readonly Fork[] = []): void {
  const edits = Array.from(diff(t.store, t.engine.headRoot(into), t.engine.headRoot(winner)), ({ path, after }) => ({ path, entry: after ?? null }));
  collapse(t.engine, { winner, into, losers, checkpoint: { edits }, git: { branch: 'refs/heads/main', from: 'c1', to: 'c2' } });
}

describe('rewind and undo', () => {
  it('go back, forth, and back again', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const first = t.checkpoint(fork, { 'a.txt': '1' }).checkpoint;
    const second = t.checkpoint(fork, { 'a.txt': '2' }).checkpoint;
    t.engine.rewind(fork, first);
    assert.equal(t.files(fork)['a.txt'], '1');
    assert.equal(undo(t, fork), 'rewind');
    assert.equal(fork.head, second);
    assert.equal(undo(t, fork), 'undo of rewind');
    assert.equal(fork.head, first);
    assert.equal(undo(t, fork), 'undo of rewind');
    assert.equal(fork.head, second);
    t.reopen();
    assert.equal(t.live(fork).head, second);
    undo(t, t.live(fork));
    assert.equal(t.live(fork).head, first);
  });

  it('take a fork back as a whole, even when it went on since', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const far = t.checkpoint(fork, { 'a.txt': 'far' }).checkpoint;
    t.engine.rewind(fork, fork.base);
    const later = t.checkpoint(fork, { 'b.txt': 'later' }).checkpoint;
    undo(t, fork);
    assert.equal(fork.head, far);
    undo(t, fork);
    assert.equal(fork.head, later);
  });

  it('refuse what would lose pending writes', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    t.checkpoint(fork, { 'a.txt': '1' });
    t.engine.rewind(fork, fork.base);
    t.write(fork, 'a.txt', 'pending');
    const before = stateOf(t.engine);
    assert.throws(() => t.engine.rewind(fork, fork.base), hasCode('CONFLICT'));
    assert.throws(() => commitUndo(t.engine, planUndo(t.engine, fork)), hasCode('CONFLICT'));
    assert.throws(() => t.engine.rewind(fork, '0'.repeat(64)), hasCode('NOT_FOUND'));
    assert.deepEqual(stateOf(t.engine), before);
  });

  it('have nothing to do on a fork that nothing happened to', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    t.checkpoint(fork, { 'a.txt': '1' });
    assert.throws(() => planUndo(t.engine, fork), hasCode('NOT_FOUND'));
  });

  it('change nothing when the disk is full', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    t.checkpoint(fork, { 'a.txt': '1' });
    t.engine.rewind(fork, fork.base);
    const before = stateOf(t.engine);
    t.fillDisk();
    assert.throws(() => undo(t, fork), hasCode('NO_SPACE'));
    t.fillDisk();
    assert.throws(() => t.engine.rewind(fork, fork.base), hasCode('NO_SPACE'));
    assert.deepEqual(stateOf(t.engine), before);
  });
});

describe('discard and undo', () => {
  it('bring a fork back with its name, its history and what was pending', () => {
    const t = new EngineFixture();
    const fork = t.fork({ name: 'idea' });
    t.checkpoint(fork, { 'a.txt': '1' });
    t.write(fork, 'b.txt', 'pending');
    t.engine.discard([fork]);
    assert.equal(t.engine.state.names.get('idea'), undefined);
    assert.notEqual(fork.ended, null);
    t.reopen();
    assert.equal(undo(t, t.live(fork)), 'discard');
    assert.equal(t.live(fork).state, 'live');
    assert.equal(t.live(fork).ended, null);
    assert.equal(t.engine.state.names.get('idea'), fork.id);
    assert.deepEqual(t.files(t.live(fork)), { 'a.txt': '1', 'b.txt': 'pending', 'dir/c.txt': 'c' });
  });

  it('of several forks are one step', () => {
    const t = new EngineFixture();
    const [one, two] = [t.fork(), t.fork()];
    t.engine.discard([one, two]);
    undo(t, two);
    assert.deepEqual([one.state, two.state], ['live', 'live']);
    assert.equal(undo(t, one), 'undo of discard');
    assert.deepEqual([one.state, two.state], ['discarded', 'discarded']);
  });

  it('wait while another live fork has the name', () => {
    const t = new EngineFixture();
    const fork = t.fork({ name: 'idea' });
    t.engine.discard([fork]);
    const usurper = t.fork({ name: 'idea' });
    const before = stateOf(t.engine);
    assert.throws(() => planUndo(t.engine, fork), hasCode('NAME_EXISTS'));
    assert.deepEqual(stateOf(t.engine), before);
    t.engine.discard([usurper]);
    undo(t, fork);
    assert.equal(t.engine.state.names.get('idea'), fork.id);
    assert.throws(() => planUndo(t.engine, usurper), hasCode('NAME_EXISTS'));
  });

  it('of one of them only, once the others had another operation since, is refused', () => {
    const t = new EngineFixture();
    const [one, two] = [t.fork(), t.fork()];
    t.engine.discard([one, two]);
    undo(t, one);
    t.engine.rewind(one, one.base);
    assert.throws(() => planUndo(t.engine, two), hasCode('CONFLICT'));
    assert.equal(undo(t, one), 'rewind');
  });
});

describe('undo of a collapse', () => {
  it('takes the base back and revives winner and losers; again redoes it', () => {
    const t = new EngineFixture();
    const [winner, loser] = [t.fork(), t.fork()];
    const base = t.workspace.head;
    t.checkpoint(winner, { 'a.txt': 'won', 'new.txt': 'n' });
    t.checkpoint(loser, { 'a.txt': 'lost' });
    win(t, winner, t.workspace, [loser]);
    assert.deepEqual([winner.state, loser.state, t.files(t.workspace)['a.txt']], ['merged', 'discarded', 'won']);
    const collapsed = t.workspace.head;
    assert.equal(undo(t, t.workspace), 'collapse');
    assert.deepEqual([winner.state, loser.state, t.workspace.head], ['live', 'live', base]);
    assert.equal(undo(t, loser), 'undo of collapse');
    assert.deepEqual([winner.state, loser.state, t.workspace.head], ['merged', 'discarded', collapsed]);
  });

  it('reverses the move of the Git branch with it', () => {
    const t = new EngineFixture();
    const winner = t.fork();
    t.checkpoint(winner, { 'a.txt': 'won' });
    win(t, winner, t.workspace);
    const record = commitUndo(t.engine, planUndo(t.engine, t.workspace));
    assert.deepEqual(record.git, { branch: 'refs/heads/main', from: 'c2', to: 'c1' });
    assert.deepEqual(commitUndo(t.engine, planUndo(t.engine, t.workspace)).git, { branch: 'refs/heads/main', from: 'c1', to: 'c2' });
  });

  it('keeps what was done on the base since, however often it is undone and redone', () => {
    const t = new EngineFixture();
    const outer = t.fork();
    const winner = t.child(outer);
    t.checkpoint(winner, { 'a.txt': 'won', 'b.txt': null });
    const edits = t.edits({ 'a.txt': 'won', 'b.txt': null });
    collapse(t.engine, { winner, into: outer, losers: [], checkpoint: { edits } });
    t.checkpoint(outer, { 'dir/c.txt': 'saved later' });
    assert.equal(undo(t, outer), 'collapse');
    assert.deepEqual(t.files(outer), { 'a.txt': 'a', 'b.txt': 'b', 'dir/c.txt': 'saved later' });
    assert.equal(winner.state, 'live');
    t.checkpoint(outer, { 'd.txt': 'later still' });
    assert.equal(undo(t, outer), 'undo of collapse');
    assert.deepEqual(t.files(outer), { 'a.txt': 'won', 'd.txt': 'later still', 'dir/c.txt': 'saved later' });
    assert.equal(winner.state, 'merged');
    t.reopen();
    assert.deepEqual(t.files(t.live(outer)), { 'a.txt': 'won', 'd.txt': 'later still', 'dir/c.txt': 'saved later' });
  });

  it('is refused where the base changed the same files since', () => {
    const t = new EngineFixture();
    const winner = t.fork();
    t.checkpoint(winner, { 'a.txt': 'won' });
    win(t, winner, t.workspace);
    t.checkpoint(t.workspace, { 'a.txt': 'by hand' });
    const before = stateOf(t.engine);
    assert.throws(() => planUndo(t.engine, t.workspace), hasCode('CONFLICT'));
    assert.deepEqual(stateOf(t.engine), before);
    t.engine.rewind(t.workspace, t.workspace.base);
    assert.throws(() => planUndo(t.engine, winner), hasCode('CONFLICT'), 'the rewind comes first');
  });

  it('is refused with pending writes on the base, and changes nothing', () => {
    const t = new EngineFixture();
    const winner = t.fork();
    t.checkpoint(winner, { 'a.txt': 'won' });
    win(t, winner, t.workspace);
    t.write(t.workspace, 'b.txt', 'pending');
    const before = stateOf(t.engine);
    assert.throws(() => undo(t, t.workspace), hasCode('CONFLICT'));
    assert.deepEqual(stateOf(t.engine), before);
    t.checkpoint(t.workspace, { 'dir/c.txt': 'went on' });
    t.write(t.workspace, 'b.txt', 'pending again');
    assert.throws(() => undo(t, t.workspace), hasCode('CONFLICT'));
  });

  it('is out of reach once a loser was purged', () => {
    const t = new EngineFixture();
    const [winner, loser] = [t.fork(), t.fork()];
    t.checkpoint(winner, { 'a.txt': 'won' });
    win(t, winner, t.workspace, [loser]);
    t.engine.transact([{ type: 'purge', forks: [loser.id] }], 'process');
    assert.throws(() => planUndo(t.engine, t.workspace), hasCode('NOT_FOUND'));
  });
});
