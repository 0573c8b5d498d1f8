import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import type { Random } from '../../../server/engine/ports.ts';
import { openEngine } from '../../../server/engine/open.ts';
import { findCheckpoint, findFork, resolveCheckpoint, resolveFork } from '../../../server/engine/references.ts';
import { EngineFixture } from '../../support/engine-fixture.ts';
import { hasCode } from '../../support/store.ts';

/** Ids that begin alike, so that prefixes are ambiguous. */
class CloseRandom implements Random {
  #next = 0;

  bytes(length: number): Uint8Array {
    return Buffer.alloc(length, 0xab).fill(this.#next++, length - 1);
  }
}

describe('how forks are named', () => {
  it('by name, id, or unique prefix of an id in any case', () => {
    const t = new EngineFixture();
    const fork = t.fork({ name: 'idea' });
    for (const reference of ['idea', fork.id, fork.id.slice(0, 12), fork.id.slice(0, 4).toUpperCase()]) assert.equal(resolveFork(t.engine, reference), fork);
    for (const reference of ['', 'ide', fork.id.slice(0, 3), `${fork.id}0`, 'zzzz', '0'.repeat(32)]) {
      assert.throws(() => resolveFork(t.engine, reference), hasCode('NOT_FOUND'), reference);
      assert.equal(findFork(t.engine, reference), undefined);
    }
  });

  it('ambiguous prefixes are refused with what they could mean, a whole id is not', () => {
    const t = new EngineFixture();
    t.engine = openEngine({ store: t.store, clock: t.clock, random: new CloseRandom() });
    t.workspace = t.live(t.workspace);
    const forks = Array.from({ length: 7 }, () => t.fork());
    assert.throws(() => resolveFork(t.engine, 'abab'), (error) => (
      PyiError.is(error, 'INVALID_ARGUMENT') && error.message.includes('fork-1') && error.message.includes('fork-5') && error.message.endsWith('…')));
    assert.equal(resolveFork(t.engine, forks[3]?.id ?? ''), forks[3]);
  });

  it('a live name comes before an id, an ended one after, the newest of them first', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const namesake = t.fork({ name: fork.id.slice(0, 8) });
    assert.equal(resolveFork(t.engine, fork.id.slice(0, 8)), namesake);
    t.engine.discard([namesake]);
    assert.equal(resolveFork(t.engine, fork.id.slice(0, 8)), fork);
    const old = t.fork({ name: 'idea' });
    t.engine.discard([old]);
    assert.equal(resolveFork(t.engine, 'idea'), old);
    const again = t.fork({ name: 'idea' });
    t.engine.discard([again]);
    assert.equal(resolveFork(t.engine, 'idea'), again);
    assert.equal(t.fork({ name: 'idea' }), resolveFork(t.engine, 'idea'));
  });
});

describe('how checkpoints are named', () => {
  it('by id, unique prefix, or a fork for its head', () => {
    const t = new EngineFixture();
    const fork = t.fork({ name: 'idea' });
    const { checkpoint } = t.checkpoint(fork, { 'a.txt': '1' });
    for (const reference of [checkpoint, checkpoint.slice(0, 8), checkpoint.toUpperCase(), 'idea', fork.id]) assert.equal(resolveCheckpoint(t.engine, reference), checkpoint);
    assert.equal(findCheckpoint(t.engine, checkpoint.slice(0, 3)), undefined, 'too short');
    assert.throws(() => resolveCheckpoint(t.engine, 'nothing'), hasCode('NOT_FOUND'));
  });

  it('a live fork\'s name comes before a prefix', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const { checkpoint } = t.checkpoint(fork, { 'a.txt': '1' });
    const namesake = t.fork({ name: checkpoint.slice(0, 4) });
    assert.equal(resolveCheckpoint(t.engine, checkpoint.slice(0, 4)), namesake.head);
    assert.equal(resolveCheckpoint(t.engine, checkpoint.slice(0, 5)), checkpoint);
  });

  it('a prefix that fits a checkpoint and a fork is refused: to take one of the two would be a guess', () => {
    const t = new EngineFixture();
    const { checkpoint } = t.engine.checkpoint(t.workspace);
    // A fork whose random id happens to begin as the checkpoint's does.
    t.engine = openEngine({ store: t.store, clock: t.clock, random: { bytes: (length) => Buffer.from(checkpoint, 'hex').subarray(0, length) } });
    t.workspace = t.live(t.workspace);
    const fork = t.fork({ name: 'twin' });
    assert.throws(() => resolveCheckpoint(t.engine, checkpoint.slice(0, 12)), (error) => (
      PyiError.is(error, 'INVALID_ARGUMENT') && error.message.includes('twin') && error.message.includes(checkpoint.slice(0, 16))));
    assert.equal(resolveCheckpoint(t.engine, checkpoint), checkpoint);
    assert.equal(resolveFork(t.engine, fork.id), fork);
  });

  it('ambiguous prefixes are refused', () => {
    const t = new EngineFixture();
    const fork = t.fork();
    const byPrefix = new Map<string, string>();
    for (let n = 0; ; n++) {
      const { checkpoint } = t.checkpoint(fork, {}, { message: String(n) });
      const prefix = checkpoint.slice(0, 4);
      if (byPrefix.has(prefix)) {
        assert.throws(() => resolveCheckpoint(t.engine, prefix), hasCode('INVALID_ARGUMENT'));
        assert.equal(resolveCheckpoint(t.engine, checkpoint), checkpoint);
        return;
      }
      byPrefix.set(prefix, checkpoint);
    }
  });
});
