import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baselineOf } from '../../../../client/scm/baseline.ts';
import type { CheckpointInfo, CheckpointKind } from '../../../../protocol/values.ts';
import { checkpointInfo } from '../samples.ts';

const FORK = 'f'.repeat(32);

/** A fork whose timeline is `infos`, newest first, and how many questions were asked. */
function forkWith(infos: readonly CheckpointInfo[]): { asked: number; client: Parameters<typeof baselineOf>[0] } {
  const world = {
    asked: 0,
    client: {
      call: async (_name: string, { limit, offset }: { limit: number; offset: number }) => {
        world.asked++;
        return infos.slice(offset, offset + limit) as never;
      },
    } as Parameters<typeof baselineOf>[0],
  };
  return world;
}

/** Checkpoints of these kinds, oldest first, each the parent of the next; returned newest first. */
function chain(...kinds: CheckpointKind[]): CheckpointInfo[] {
  return kinds.map((kind, index) => checkpointInfo({ checkpoint: `c${index}`, parents: index === 0 ? [] : [`c${index - 1}`], kind })).reverse();
}

const at = (head: string, base: string | null = null): Parameters<typeof baselineOf>[2] => ({ fork: FORK, head, base });

test('a checkpoint taken on purpose is what changes are shown against', async () => {
  for (const kind of ['manual', 'tool', 'setup', 'merge', 'collapse'] as const) {
    assert.equal(await baselineOf(forkWith(chain('setup', kind)).client, '/r', at('c1')), 'c1');
  }
});

test('safety nets are passed over', async () => {
  assert.equal(await baselineOf(forkWith(chain('setup', 'manual', 'automatic', 'recovery', 'automatic')).client, '/r', at('c4')), 'c1');
});

test('after a rewind the line of the head counts, not the newest of the fork', async () => {
  const infos = chain('setup', 'automatic', 'manual');
  assert.equal(await baselineOf(forkWith(infos).client, '/r', at('c1')), 'c0');
});

test('a fork that took none of its own is compared with what it began with', async () => {
  assert.equal(await baselineOf(forkWith([]).client, '/r', at('base', 'base')), 'base');
  const own = checkpointInfo({ checkpoint: 'c1', parents: ['base'], kind: 'automatic' });
  assert.equal(await baselineOf(forkWith([own]).client, '/r', at('c1', 'base')), 'base');
});

test('many safety nets cost a few questions, and one is enough as a rule', async () => {
  const long = forkWith(chain('setup', ...Array.from({ length: 1000 }, () => 'automatic' as const)));
  assert.equal(await baselineOf(long.client, '/r', at('c1000')), 'c0');
  assert.equal(long.asked, 3);
  const short = forkWith(chain('setup', 'manual', 'automatic'));
  await baselineOf(short.client, '/r', at('c2'));
  assert.equal(short.asked, 1);
});
