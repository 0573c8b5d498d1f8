import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckpointBody } from '../../../server/engine/checkpoint-object.ts';
import { decodeCheckpoint, decodePlace, encodeCheckpoint } from '../../../server/engine/checkpoint-object.ts';
import { hasCode } from '../../support/store.ts';

const BODY: CheckpointBody = {
  root: 'ab'.repeat(32), parents: [], fork: 'cd'.repeat(16), agent: 'agent', time: 1_700_000_000_123, kind: 'manual', message: 'm', cause: '', git: null,
  insight: { filesAdded: 1, filesChanged: 2, filesDeleted: 3, bytesAdded: 4, bytesReused: 5, micros: 6.7 },
};

describe('a checkpoint as bytes', () => {
  const agents = ['', ',"bytesAdded":9,', '","insight":{"bytesAdded":9,', 'agent', '"', '\\', '","time":7,', '"],"fork":"ee","time":7,', '","time":7,\\', 'Füchse 🦊', '\ud800', '\u0000\n'];
  for (const agent of agents) {
    it(`says fork, time and bytes without being parsed, for the agent ${JSON.stringify(agent)}`, () => {
      for (const parents of [[], ['12'.repeat(32)], ['12'.repeat(32), '34'.repeat(32)]]) {
        const body = { ...BODY, agent, parents, message: agent, cause: agent };
        const bytes = encodeCheckpoint(body);
        const { fork, time, insight: { bytesAdded } } = decodeCheckpoint(bytes);
        assert.deepEqual(decodePlace(bytes), { fork: BODY.fork, time: BODY.time, insight: { bytesAdded: 4 } });
        assert.deepEqual({ fork, time, bytesAdded }, { fork: BODY.fork, time: BODY.time, bytesAdded: 4 });
      }
    });
  }

  it('of another version is refused', () => {
    const newer = Buffer.from(encodeCheckpoint(BODY).toString('utf8').replace('{"v":1', '{"v":2'));
    assert.throws(() => decodePlace(newer), hasCode('UNSUPPORTED_VERSION'));
  });
});
