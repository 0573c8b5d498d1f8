import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { decodeRecord } from '../../../server/engine/records.ts';
import { EngineState } from '../../../server/engine/state.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../server/engine/snapshot.ts';
import { openEngine } from '../../../server/engine/open.ts';
import { commitUndo, planUndo } from '../../../server/engine/undo.ts';
import { EngineFixture, stateOf } from '../../support/engine-fixture.ts';
import { hasCode } from '../../support/store.ts';

/** Something of everything that a state can hold. */
function eventful(): EngineFixture {
  const t = new EngineFixture();
  const [one, two] = [t.fork({ name: 'Füchse 🦊', task: 'x', ttl: 5000, probability: 0.25 }), t.fork({ task: 'x' })];
  t.checkpoint(one, { 'a.txt': '1', '\xff\x80': 'not UTF-8' }, { message: 'a "message"\n\ud800' });
  t.write(one, 'p\xe9nding.txt', 'p');
  t.remove(one, 'b.txt');
  t.engine.observe(one, { checkpoint: one.head, ok: false, exit: null, score: 0.5, evidence: 'e', command: ['npm', 'test'], millis: 1.5, time: 7 }, 0.3);
  t.engine.entangle(one, two, 'causal');
  t.checkpoint(two, { 'b.txt': null });
  t.engine.rewind(two, two.base);
  commitUndo(t.engine, planUndo(t.engine, two));
  t.engine.discard([two]);
  t.engine.pin(one.head, true);
  t.engine.setPhase('machine');
  t.engine.transact([
    { type: 'commit-tree', commit: 'c1', root: t.engine.headRoot(one).toString('hex') },
    { type: 'retire', checkpoints: ['ab'.repeat(32)] },
    { type: 'intent', id: 'i', abandoned: false, into: t.workspace.id, winner: one.id, fromRoot: '00', toRoot: '00', losers: [two.id], git: { head: null, branch: 'b' }, message: 'm', time: 1 },
  ], 'process');
  return t;
}

function replayed(t: EngineFixture): EngineState {
  return openEngine({ store: t.store.reopened(), clock: t.clock, random: t.random }).state;
}

const withoutRetired = (state: unknown): unknown => ({ ...state as object, retired: [] });

describe('the state', () => {
  it('is what the journal says', () => {
    const t = eventful();
    assert.deepEqual(withoutRetired(stateOf({ state: replayed(t) })), withoutRetired(stateOf(t.engine)));
    assert.deepEqual(new Set(replayed(t).names), new Set(t.engine.state.names));
  });

  it('comes back whole from a snapshot', () => {
    const t = eventful();
    const decoded = decodeSnapshot(encodeSnapshot(t.engine.state));
    for (const fork of t.engine.state.forks.values()) fork.root = null;
    assert.deepEqual(decoded, t.engine.state);
  });

  it('comes from a snapshot and the journal after it, or from the journal alone when the snapshot is no good', () => {
    const t = eventful();
    t.saveSnapshot();
    const seen: number[] = [];
    const { store } = t;
    const journal = store.journal.bind(store);
    const reopened = t.store.reopened();
    reopened.journal = function* counted(after = 0) {
      seen.push(after);
      yield* journal(after);
    };
    t.checkpoint(t.fork(), { 'after.txt': 'snapshot' });
    const expected = withoutRetired(stateOf(t.engine));
    const open = (): unknown => withoutRetired(stateOf(openEngine({ store: reopened, clock: t.clock, random: t.random })));
    assert.deepEqual(open(), expected);
    for (const payload of ['', '{', '{"version":99}', 'null']) {
      reopened.writeSnapshot(store.lastSequence, Buffer.from(payload));
      assert.deepEqual(open(), expected);
    }
    assert.deepEqual(seen.slice(1), [0, 0, 0, 0]);
    assert.ok((seen[0] ?? 0) > 0, 'the snapshot spared its part of the journal');
  });

  it('can be told from records of a newer version and of forks that are gone', () => {
    const state = new EngineState();
    const before = stateOf({ state });
    const position = { head: '', base: '', state: 'live' } as const;
    for (const record of [
      { type: 'from-the-future', data: 1 }, { type: 'edit', fork: 'gone', path: 'x', entry: null }, { type: 'directory', fork: 'gone', dir: '/x' },
      { type: 'observation', fork: 'gone', probability: 1, observation: {} }, { type: 'entanglement', first: 'gone', second: 'gone', kind: 'causal' },
      { type: 'purge', forks: ['gone'] },
      { type: 'operation', id: 'o', kind: 'discard', about: 'discard', time: 1, moves: [{ fork: 'gone', before: position, after: position }], undoes: null, git: null },
    ]) state.apply(decodeRecord(Buffer.from(JSON.stringify(record))));
    assert.deepEqual(stateOf({ state }), before);
    assert.throws(() => decodeRecord(Buffer.from('{"type":')), hasCode('CORRUPT_OBJECT'));
  });

  it('is equal after a replay at every step of a random run, compacted or not', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const t = new EngineFixture({ 'a.txt': 'a' }, seed);
      const { random, engine } = t;
      for (let step = 0; step < 60; step++) {
        const forks = engine.state.list();
        const fork = random.pick(forks);
        try {
          const action = random.below(8);
          if (action === 0) t.fork({ parent: fork.id, base: fork.head });
          else if (action === 1) t.write(fork, `f${random.below(4)}`, String(step));
          else if (action === 2) t.remove(fork, `f${random.below(4)}`);
          else if (action <= 4) t.checkpoint(fork, { [`f${random.below(4)}`]: String(step) });
          else if (action === 5) engine.rewind(fork, random.pick(forks).head);
          else if (action === 6) commitUndo(engine, planUndo(engine, fork));
          else engine.discard(forks.filter((candidate) => !candidate.workspace && random.chance(0.2)));
        } catch (error) {
          if (!PyiError.is(error)) throw error;
        }
        if (random.chance(0.05)) t.saveSnapshot();
        if (random.chance(0.05)) t.store.compact();
        assert.deepEqual(stateOf({ state: replayed(t) }), stateOf(engine), `seed ${seed} step ${step}`);
      }
    }
  });
});
