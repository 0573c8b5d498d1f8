import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { ObjectType } from '../../../server/engine/ports.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { openStore } from '../../support/store.ts';

const LIMITS = { segmentBytes: 8 * 1024, cacheBytes: 16 * 1024 };
const BATCHES = 14;

const content = (i: number): Buffer => Buffer.from(`content ${i} `.repeat(100));

for (const kind of ['ENOSPC', 'EIO', 'short'] as const) {
  for (const once of [true, false]) {
    test(`the N-th write fails, for every N (${kind}, ${once ? 'once' : 'until there is room'}): nothing acknowledged is lost, then it works again`, async () => {
      for (let at = 1; ; at++) {
        const disk = new MemoryDisk();
        let store = openStore(disk, { limits: LIMITS });
        disk.failAt(at, kind, once);
        const expected = new Map<number, { id: Buffer; sequence: number }>();
        let failures = 0;
        const attempt = (i: number): void => {
          const id = store.put(ObjectType.checkpoint, content(i));
          try {
            expected.set(i, { id, sequence: store.commit(i % 3 === 0 ? 'memory' : 'process') });
          } catch (error) {
            assert.ok(PyiError.is(error, kind === 'ENOSPC' ? 'NO_SPACE' : 'INTERNAL'), String(error));
            assert.equal(store.typeOf(id), undefined, 'on error nothing of the batch exists');
            failures++;
          }
        };
        for (let i = 0; i < BATCHES; i++) attempt(i);
        const reached = disk.operations >= at;
        if (kind === 'short' || !reached) assert.equal(failures, 0);
        disk.heal();
        for (let i = 0; i < BATCHES; i++) if (!expected.has(i)) attempt(i);
        attempt(BATCHES);
        store.flush();
        disk.restart('kill');
        store = openStore(disk, { limits: LIMITS });
        assert.deepEqual(store.faults, [], `fault at ${at}`);
        for (const [i, { id }] of expected) assert.deepEqual(store.get(id), content(i));
        const byOrder = [...expected.values()].sort((a, b) => a.sequence - b.sequence);
        assert.deepEqual([...store.journal(0)].map((entry) => [entry.sequence, entry.id.toString('hex')]), byOrder.map(({ id, sequence }) => [sequence, id.toString('hex')]));
        assert.equal(expected.size, BATCHES + 1);
        assert.equal((await store.verify()).ok, true);
        if (!reached) break;
      }
    });
  }
}

test('the process dies at any operation: what was acknowledged is there after the restart', () => {
  for (let at = 1; ; at++) {
    const disk = new MemoryDisk();
    const acknowledged: { id: Buffer; i: number }[] = [];
    disk.failAt(at, 'crash', false);
    let crashed = false;
    try {
      const store = openStore(disk, { limits: LIMITS });
      for (let i = 0; i < BATCHES; i++) {
        const id = store.put(ObjectType.checkpoint, content(i));
        store.commit('process');
        acknowledged.push({ id, i });
      }
    } catch (error) {
      crashed = true;
      assert.ok(disk.operations >= at, String(error));
    }
    disk.restart('kill');
    const store = openStore(disk, { limits: LIMITS });
    for (const { id, i } of acknowledged) assert.deepEqual(store.get(id), content(i), `crash at ${at}`);
    const sequences = [...store.journal(0)].map((entry) => entry.sequence);
    assert.ok(sequences.length === acknowledged.length || sequences.length === acknowledged.length + 1);
    assert.deepEqual(sequences, sequences.map((_, i) => i + 1));
    if (!crashed) break;
  }
});

test('the power goes at any operation: what was synced is there, and what is there is a past state', async () => {
  for (let at = 1; ; at++) {
    const disk = new MemoryDisk();
    const synced: { id: Buffer; i: number }[] = [];
    disk.failAt(at, 'crash', false);
    let crashed = false;
    try {
      const store = openStore(disk, { limits: LIMITS });
      let pending: { id: Buffer; i: number }[] = [];
      for (let i = 0; i < BATCHES; i++) {
        pending.push({ id: store.put(ObjectType.checkpoint, content(i)), i });
        store.commit('process');
        if (i % 4 !== 3) continue;
        await store.sync();
        synced.push(...pending);
        pending = [];
      }
    } catch {
      crashed = true;
    }
    disk.restart('power');
    const store = openStore(disk, { limits: LIMITS });
    for (const { id, i } of synced) assert.deepEqual(store.get(id), content(i), `power cut at ${at}`);
    const sequences = [...store.journal(0)].map((entry) => entry.sequence);
    assert.deepEqual(sequences, sequences.map((_, i) => i + 1));
    if (!crashed) break;
  }
});
