import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeRecord } from '../../../server/engine/records.ts';
import { encodeSnapshot } from '../../../server/engine/snapshot.ts';
import { EngineFixture, stateOf } from '../../support/engine-fixture.ts';
import { hasCode } from '../../support/store.ts';

describe('forks', () => {
  it('start with what their base holds and go their own way', () => {
    const t = new EngineFixture();
    const one = t.fork();
    const two = t.fork();
    t.checkpoint(one, { 'a.txt': 'one', 'new.txt': 'n' });
    t.checkpoint(two, { 'b.txt': null });
    assert.deepEqual(t.files(one), { 'a.txt': 'one', 'b.txt': 'b', 'dir/c.txt': 'c', 'new.txt': 'n' });
    assert.deepEqual(t.files(two), { 'a.txt': 'a', 'dir/c.txt': 'c' });
    assert.deepEqual(t.files(t.workspace), { 'a.txt': 'a', 'b.txt': 'b', 'dir/c.txt': 'c' });
  });

  it('nest, and start from any checkpoint', () => {
    const t = new EngineFixture();
    const outer = t.fork();
    const early = t.checkpoint(outer, { 'a.txt': '1' }).checkpoint;
    t.checkpoint(outer, { 'a.txt': '2' });
    assert.deepEqual(t.files(t.child(outer))['a.txt'], '2');
    assert.deepEqual(t.files(t.child(outer, { base: early }))['a.txt'], '1');
  });

  it('have unique names while they live', () => {
    const t = new EngineFixture();
    const first = t.fork({ name: 'idea' });
    const before = stateOf(t.engine);
    assert.throws(() => t.fork({ name: 'idea' }), hasCode('NAME_EXISTS'));
    assert.throws(() => t.engine.createWorkspace({ name: 'idea', agent: 'you', dir: null, edits: [], git: null }), hasCode('NAME_EXISTS'));
    assert.deepEqual(stateOf(t.engine), before);
    t.engine.discard([first]);
    assert.notEqual(t.fork({ name: 'idea' }).id, first.id);
  });

  it('need a base that is there', () => {
    const t = new EngineFixture();
    const before = stateOf(t.engine);
    for (const base of ['', 'ab', 'f'.repeat(64), t.workspace.head.slice(0, 60), `${t.workspace.head}zz`, t.engine.headRoot(t.workspace).toString('hex')]) {
      assert.throws(() => t.fork({ base }), hasCode('NOT_FOUND'), base);
    }
    assert.deepEqual(stateOf(t.engine), before);
  });

  it('are refused writes, checkpoints and more once they are discarded', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const other = t.fork();
    t.engine.discard([fork]);
    const before = stateOf(t.engine);
    const observation = { checkpoint: fork.head, ok: true, exit: 0, score: null, evidence: '', command: [], millis: 1, time: 1 };
    for (const attempt of [
      () => { t.write(fork, 'a.txt', 'x'); }, () => { t.remove(fork, 'a.txt'); }, () => t.checkpoint(fork), () => t.engine.rewind(fork, fork.base),
      () => t.engine.discard([other, fork]), () => { t.engine.observe(fork, observation, 1); }, () => { t.engine.entangle(other, fork, 'causal'); },
    ]) assert.throws(attempt, hasCode('FORK_DISCARDED'));
    assert.deepEqual(stateOf(t.engine), before);
  });

  it('that stand for a work tree cannot be discarded', () => {
    const t = new EngineFixture();
    assert.throws(() => t.engine.discard([t.fork(), t.workspace]), hasCode('INVALID_ARGUMENT'));
    assert.equal(t.engine.state.list().length, 2);
  });

  it('are listed oldest first, by task, with ended ones on demand', () => {
    const t = new EngineFixture();
    const [one, two, three] = [t.fork({ task: 'x' }), t.fork({ task: 'y' }), t.fork({ task: 'x' })];
    t.engine.discard([one]);
    const ids = (filter: { task?: string; all?: boolean }): string[] => t.engine.state.list(filter).map((fork) => fork.id);
    assert.deepEqual(ids({}), [t.workspace.id, two.id, three.id]);
    assert.deepEqual(ids({ task: 'x' }), [three.id]);
    assert.deepEqual(ids({ task: 'x', all: true }), [one.id, three.id]);
  });

  it('remember directory, phase, pins and ties', () => {
    const t = new EngineFixture();
    const [one, two] = [t.fork(), t.fork()];
    t.engine.setDirectory(one, '/elsewhere');
    t.engine.setPhase('machine');
    t.engine.pin(one.head, true);
    t.engine.entangle(one, two, 'conflict');
    const sequence = t.store.lastSequence;
    t.engine.setPhase('machine');
    t.engine.pin(one.head, true);
    assert.equal(t.store.lastSequence, sequence, 'what changes nothing is not recorded');
    assert.throws(() => { t.engine.pin('0'.repeat(64), true); }, hasCode('NOT_FOUND'));
    assert.throws(() => { t.engine.entangle(one, one, 'causal'); }, hasCode('INVALID_ARGUMENT'));
    assert.throws(() => { t.engine.entangle(one, two, 'conflict'); }, hasCode('NAME_EXISTS'));
    t.reopen();
    assert.equal(t.live(one).dir, '/elsewhere');
    assert.equal(t.engine.state.phase, 'machine');
    assert.deepEqual([...t.engine.state.pins.keys()], [one.head]);
    assert.deepEqual(t.engine.state.entanglements, [{ first: one.id, second: two.id, kind: 'conflict' }]);
    t.engine.pin(one.head, false);
    assert.equal(t.engine.state.pins.size, 0);
  });

  it('remember what a pinned checkpoint is called, from the journal, a snapshot or what compaction left', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const head = t.checkpoint(fork, { 'a.txt': '1' }).checkpoint;
    const name = (): string | null | undefined => t.engine.state.pins.get(head);
    assert.equal(t.engine.pin(head, true, 'good'), true);
    assert.equal(t.engine.pin(head, true), false, 'the name stays');
    assert.equal(t.engine.pin(head, true, 'good'), false);
    for (const again of [() => { t.reopen(); }, () => { t.saveSnapshot(); t.reopen(); }, () => { t.store.compact(); t.reopen(); }]) {
      again();
      assert.equal(name(), 'good');
    }
    assert.equal(t.engine.pin(head, true, null), true);
    t.reopen();
    assert.equal(name(), null);
    t.engine.pin(head, true, 'again');
    t.engine.pin(head, false);
    t.reopen();
    assert.equal(name(), undefined);
    t.engine.pin(head, true);
    assert.equal(name(), null, 'a name is lost when the checkpoint is let go');
  });

  it('are read from records of pins that know no names, and without a snapshot of an older version', () => {
    const t = new EngineFixture();
    const { head } = t.fork();
    t.engine.state.apply(decodeRecord(Buffer.from(JSON.stringify({ type: 'pin', checkpoint: head, pinned: true }))));
    assert.equal(t.engine.state.pins.get(head), null);
    t.engine.pin(head, true, 'good');
    const old = { ...(JSON.parse(encodeSnapshot(t.engine.state).toString('utf8')) as object), version: 1, pins: [head] };
    t.store.writeSnapshot(t.store.lastSequence, Buffer.from(JSON.stringify(old)));
    t.reopen();
    assert.equal(t.engine.state.pins.get(head), 'good', 'the journal has it');
  });
});
