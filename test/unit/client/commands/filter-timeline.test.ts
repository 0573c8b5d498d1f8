import { FOLDER, fakeServices } from '../fake-services.ts';
import { answers, toasts } from '../fake-vscode.ts';
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { checkpointInfo, forkInfo } from '../samples.ts';

const { filterTimeline } = await import('../../../../client/commands/filter-timeline.ts');
const { pin } = await import('../../../../client/commands/checkpoints.ts');

beforeEach(() => {
  answers.splice(0);
  toasts.splice(0);
});

const forks = [forkInfo({ fork: 'f1', name: 'one', agent: 'ada', task: 'parser', head: 'h1' }), forkInfo({ fork: 'f2', name: 'two', agent: '[x](command:y)', task: null, head: 'h2' })];

test('the timeline is filtered by what its checkpoints have in common', async () => {
  const wishes: unknown[] = [];
  const { services } = fakeServices({ forks: () => forks, agents: () => [] }, { views: { showTimeline: async (wish: object) => void wishes.push(wish) } });
  const filtered = async (...chosen: (string | readonly string[] | undefined)[]): Promise<unknown> => {
    answers.push(...chosen);
    return filterTimeline(services, { repository: FOLDER }, []);
  };
  assert.deepEqual(await filtered('Text…', '  needle '), { text: 'needle' });
  assert.deepEqual(await filtered('Fork…', 'two'), { fork: 'f2' });
  assert.deepEqual(await filtered('Task…', 'No task'), { task: null });
  assert.deepEqual(await filtered('Task…', 'parser'), { task: 'parser' });
  assert.deepEqual(await filtered('All Checkpoints'), {});
  assert.equal(await filtered('Text…', ''), undefined, 'nothing was typed');
  assert.equal(await filtered(undefined), undefined);
  assert.equal(wishes.length, 5);
  assert.deepEqual(wishes[1], { place: 'sidebar', folder: FOLDER, filter: { fork: 'f2' } });
});

test('of a fork its newest checkpoint is pinned, of checkpoints each of them', async () => {
  const { services, calls } = fakeServices({ forks: () => forks, pin: ({ checkpoint }) => checkpointInfo({ checkpoint: String(checkpoint) }) });
  const of = async (...targets: object[]): Promise<unknown[]> => {
    calls.splice(0);
    await pin(services, targets[0] ?? {}, targets);
    return calls.filter(([name]) => name === 'pin').map(([, { checkpoint }]) => checkpoint);
  };
  assert.deepEqual(await of({ repository: FOLDER, fork: 'f2' }), ['h2']);
  assert.deepEqual(await of({ repository: FOLDER, fork: 'f1', checkpoint: 'c1' }, { repository: FOLDER, fork: 'f1', checkpoint: 'c2' }), ['c1', 'c2']);
});
