import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PyiError } from '../../../protocol/errors.ts';
import { readCheckpoint } from '../../../server/engine/checkpoint-object.ts';
import { storeConflict } from '../../../server/engine/merge.ts';
import {
  baseForkOf, checkCollapse, collapse, decayed, expiryOf, followersOf, losersOf, superpositionOf, updatedProbability,
} from '../../../server/engine/superposition.ts';
import type { Fork } from '../../../server/engine/state.ts';
import { EngineFixture, stateOf } from '../../support/engine-fixture.ts';
import { hasCode } from '../../support/store.ts';
import { path } from '../../support/tree-model.ts';

const ids = (forks: readonly Fork[]): string[] => forks.map((fork) => fork.id);

describe('the compare of a collapse', () => {
  it('refuses a base that changed, and counts content, not checkpoints', () => {
    const t = new EngineFixture();
    const winner = t.fork();
    t.checkpoint(winner, { 'a.txt': 'won' });
    t.checkpoint(t.workspace, {}, { message: 'same files' });
    t.checkpoint(t.workspace, { 'b.txt': 'changed' });
    assert.throws(() => { checkCollapse(t.engine, winner, t.workspace); }, hasCode('BRANCH_STALE'));
    t.checkpoint(t.workspace, { 'b.txt': 'b' });
    checkCollapse(t.engine, winner, t.workspace);
  });

  it('refuses forks that ended, on either side', () => {
    const t = new EngineFixture();
    const outer = t.fork();
    const winner = t.child(outer);
    const refused = (expected: PyiError['code']): void => { assert.throws(() => { checkCollapse(t.engine, winner, outer); }, hasCode(expected)); };
    collapse(t.engine, { winner: outer, into: t.workspace, losers: [], checkpoint: {} });
    refused('FORK_MERGED');
    t.engine.discard([winner]);
    refused('FORK_DISCARDED');
  });

  it('refuses writes that no checkpoint holds, on either side: they would be lost or slip in', () => {
    const t = new EngineFixture();
    const winner = t.fork();
    t.write(winner, 'a.txt', 'pending');
    assert.throws(() => { checkCollapse(t.engine, winner, t.workspace); }, hasCode('CONFLICT'));
    t.checkpoint(winner);
    checkCollapse(t.engine, winner, t.workspace);
    t.write(t.workspace, 'b.txt', 'pending');
    assert.throws(() => { checkCollapse(t.engine, winner, t.workspace); }, hasCode('CONFLICT'));
  });

  it('refuses a winner with conflicts until their files are written', () => {
    const t = new EngineFixture();
    const winner = t.fork();
    const edits = Array.from({ length: 7 }, (_, n) => storeConflict(t.store, t.engine.headRoot(winner), {
      path: path(`f${n}`), reason: 'both-added', base: undefined, ours: t.put('o'), theirs: t.put('t'),
    }));
    t.engine.checkpoint(winner, { edits });
    assert.throws(() => { checkCollapse(t.engine, winner, t.workspace); }, (error: PyiError) => hasCode('CONFLICT')(error) && error.message.includes('f0, f1, f2, f3, f4, …'));
    t.checkpoint(winner, Object.fromEntries(edits.map((edit) => [edit.path, 'resolved'])));
    checkCollapse(t.engine, winner, t.workspace);
  });

  it('knows into what a fork collapses', () => {
    const t = new EngineFixture();
    const outer = t.fork();
    const inner = t.child(outer);
    assert.equal(baseForkOf(t.engine, inner), outer);
    assert.throws(() => baseForkOf(t.engine, t.workspace), hasCode('INVALID_ARGUMENT'));
    t.engine.discard([outer]);
    t.engine.transact([{ type: 'purge', forks: [outer.id] }], 'process');
    assert.throws(() => baseForkOf(t.engine, inner), hasCode('NOT_FOUND'));
  });
});

describe('a collapse', () => {
  it('moves the base, merges the winner, discards the losers and closes the intent, in one batch', () => {
    const t = new EngineFixture();
    const [winner, loser] = [t.fork({ task: 'x' }), t.fork({ task: 'x' })];
    const before = t.workspace.head;
    t.checkpoint(winner, { 'a.txt': 'won' });
    const operation = t.engine.newId();
    const intent = {
      type: 'intent', id: operation, abandoned: false, into: t.workspace.id, winner: winner.id, fromRoot: '', toRoot: '', losers: [loser.id],
      git: null, message: '', time: 1,
    } as const;
    t.engine.transact([intent], 'process');
    const sequence = t.store.lastSequence;
    const taken = collapse(t.engine, { winner, into: t.workspace, losers: [loser], operation, checkpoint: { edits: t.edits({ 'a.txt': 'won' }), message: 'done' } });
    assert.equal(t.store.lastSequence, sequence + 1);
    assert.equal(taken.operation, operation);
    assert.equal(t.workspace.head, taken.checkpoint);
    const { kind, parents } = readCheckpoint(t.store, taken.checkpoint);
    assert.deepEqual([kind, parents], ['collapse', [before, winner.head]]);
    assert.deepEqual([winner.state, loser.state, t.engine.state.intents.size], ['merged', 'discarded', 0]);
    t.engine.transact([{ ...intent, id: 'other' }, { ...intent, id: 'other', abandoned: true }], 'process');
    assert.equal(t.engine.state.intents.size, 0);
  });

  it('that cannot be written changes nothing', () => {
    const t = new EngineFixture();
    const winner = t.fork();
    t.checkpoint(winner, { 'a.txt': 'won' });
    const before = stateOf(t.engine);
    t.fillDisk();
    assert.throws(() => collapse(t.engine, { winner, into: t.workspace, losers: [], checkpoint: { edits: t.edits({ 'a.txt': 'won' }) } }), hasCode('NO_SPACE'));
    assert.deepEqual(stateOf(t.engine), before);
  });
});

describe('rivals and ties', () => {
  it('a superposition is what shares parent and task', () => {
    const t = new EngineFixture();
    const [one, two] = [t.fork({ task: 'x' }), t.fork({ task: 'x' })];
    t.child(one, { task: 'x' });
    t.fork({ task: 'y' });
    const alone = t.fork();
    t.fork();
    assert.deepEqual(ids(superpositionOf(t.engine, two)), ids([one, two]));
    assert.deepEqual(ids(superpositionOf(t.engine, alone)), [alone.id]);
  });

  it('a conflict tie loses whoever did not win, in either direction', () => {
    const t = new EngineFixture();
    const [one, two, three] = [t.fork(), t.fork(), t.fork()];
    t.engine.entangle(one, two, 'conflict');
    t.engine.entangle(three, one, 'conflict');
    assert.deepEqual(ids(losersOf(t.engine, one, [])), ids([two, three]));
    assert.deepEqual(ids(losersOf(t.engine, two, [two])), [one.id]);
    t.engine.discard([two]);
    assert.deepEqual(ids(losersOf(t.engine, one, [one, three])), [three.id]);
  });

  it('nobody can make the base of a collapse, or the work tree, lose', () => {
    const t = new EngineFixture();
    const outer = t.fork();
    const winner = t.child(outer);
    t.engine.entangle(winner, outer, 'conflict');
    t.engine.entangle(winner, t.workspace, 'conflict');
    t.engine.entangle(winner, outer, 'causal');
    assert.deepEqual(losersOf(t.engine, winner, [outer]), []);
    assert.deepEqual(followersOf(t.engine, winner), [], 'nor rebase onto itself');
  });

  it('a follower rebases instead of losing as a rival, unless it is tied in conflict as well', () => {
    const t = new EngineFixture();
    const [winner, follower, enemy] = [t.fork({ task: 'x' }), t.fork({ task: 'x' }), t.fork({ task: 'x' })];
    t.engine.entangle(winner, follower, 'causal');
    t.engine.entangle(winner, enemy, 'causal');
    t.engine.entangle(enemy, winner, 'conflict');
    assert.deepEqual(ids(losersOf(t.engine, winner, superpositionOf(t.engine, winner))), [enemy.id]);
    assert.deepEqual(ids(followersOf(t.engine, winner)), [follower.id]);
    assert.deepEqual(followersOf(t.engine, follower), [], 'a causal tie has a direction');
    t.engine.discard([follower]);
    assert.deepEqual(followersOf(t.engine, winner), []);
  });

  it('ties end when one of the two is purged, at a replay too', () => {
    const t = new EngineFixture();
    const [one, two] = [t.fork(), t.fork()];
    t.engine.entangle(one, two, 'conflict');
    t.engine.discard([two]);
    t.engine.transact([{ type: 'purge', forks: [two.id] }], 'process');
    assert.deepEqual(t.engine.state.entanglements, []);
    t.store.compact((payload) => payload.includes('"type":"fork"') && payload.includes(two.id));
    t.reopen();
    assert.deepEqual(t.engine.state.entanglements, []);
    assert.equal(t.engine.state.operations.size, 0, 'nor does the discard outlive what it discarded');
  });
});

describe('observation and decay', () => {
  const observation = (ok: boolean, time: number) => ({ checkpoint: '', ok, exit: 0, score: null, evidence: '', command: [], millis: 1, time });

  it('belief moves half way to what the validator said', () => {
    assert.equal(updatedProbability(0.5, true, null), 0.75);
    assert.equal(updatedProbability(0.5, true, 0.2), 0.35);
    assert.equal(updatedProbability(0.5, true, 42), 0.75, 'a score that is no share says no more than that it passed');
    assert.equal(updatedProbability(0.5, true, NaN), 0.75);
    assert.equal(updatedProbability(0.5, false, 1), 0.25);
    assert.equal(updatedProbability(1 / 3, false, null), 0.1667);
  });

  it('the last hundred observations are kept', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    for (let n = 0; n < 103; n++) t.engine.observe(fork, observation(n % 2 === 0, n), n / 200);
    assert.equal(fork.observations.length, 100);
    assert.deepEqual([fork.observations[0]?.time, fork.observations[99]?.time], [3, 102]);
    assert.equal(fork.probability, 0.51);
  });

  it('the less likely a fork is to win the sooner it may go; the work tree never', () => {
    const t = new EngineFixture();
    const [mortal, immortal] = [t.fork({ ttl: 1000 }), t.fork()];
    assert.equal(expiryOf(mortal), mortal.lastActive + 1000);
    assert.equal(expiryOf(immortal), null);
    assert.equal(expiryOf(t.fork({ workspace: true, ttl: 1 })), null);
    t.engine.observe(mortal, observation(false, mortal.lastActive), 0.25);
    assert.equal(expiryOf(mortal), mortal.lastActive + 250);
    assert.deepEqual(decayed(t.engine, mortal.lastActive + 249), []);
    assert.deepEqual(decayed(t.engine, mortal.lastActive + 250), [mortal]);
    t.engine.discard([mortal]);
    assert.deepEqual(decayed(t.engine, mortal.lastActive + 250), []);
  });
});
