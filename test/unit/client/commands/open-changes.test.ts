import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executed, toasts } from '../fake-vscode.ts';
import { FOLDER, fakeServices } from '../fake-services.ts';
import { checkpointInfo } from '../samples.ts';

const { openChanges } = await import('../../../../client/commands/compare.ts');

test('the oldest checkpoint has nothing before it: that is said, and is no error', async () => {
  const oldest = checkpointInfo({ message: 'Start', parents: [] });
  const swept = checkpointInfo({ message: 'After the gap', parents: ['9'.repeat(64)] });
  for (const checkpoint of [oldest, swept]) {
    const { services } = fakeServices({ timeline: ({ checkpoints }) => (Array.isArray(checkpoints) && checkpoints.includes(checkpoint.checkpoint) ? [checkpoint] : []) });
    const target = { repository: FOLDER, checkpoint: checkpoint.checkpoint };
    assert.equal(await openChanges(services, target, [target]), undefined);
  }
  assert.deepEqual(toasts, ['Start', 'After the gap'].map((message) => `aaaaaaaaaaaa "${message}" is the first checkpoint that is kept: there is nothing before it.`));
  assert.deepEqual(executed, [], 'nothing opens by itself');
});
