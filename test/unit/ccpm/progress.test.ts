import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEpic } from '../../../ccpm/epic.ts';
import { progressOf } from '../../../ccpm/progress.ts';
import type { EpicProgress } from '../../../ccpm/progress.ts';
import type { ForkInfo } from '../../../protocol/values.ts';
import { CHECKOUT, filesInMemory, streamFork, task } from '../../support/ccpm-project.ts';
import type { Tree } from '../../support/ccpm-project.ts';

async function progress(forks: readonly ForkInfo[], files: Tree = {}): Promise<EpicProgress> {
  const read = filesInMemory({ ...CHECKOUT, ...files });
  return progressOf(read, await readEpic(read, 'checkout'), forks);
}

const statesOf = ({ tasks }: EpicProgress): string[] => tasks.map(({ task, state, streams }) => `${task.number} ${state} ${streams.map((stream) => stream.state).join(' ')}`);

test('before anything is started', async () => {
  const told = await progress([]);
  assert.deepEqual(statesOf(told), ['12 ready none none', '13 waiting none', '14 ready none', '15 closed none']);
  assert.deepEqual(told.tasks.map(({ waitsFor }) => waitsFor), [[], ['12'], [], []]);
  assert.deepEqual(told.counts, { tasks: 4, closed: 1, done: 0, streams: 5, collapsed: 0 });
});

test('a task is done when each of its streams is committed, and then others no longer wait for it', async () => {
  const half = await progress([streamFork('checkout #12 A', { state: 'merged' }), streamFork('checkout #12 B', {}), streamFork('checkout #13 A', { state: 'discarded' })]);
  assert.deepEqual(statesOf(half), ['12 running merged live', '13 waiting discarded', '14 ready none', '15 closed none']);
  const done = await progress([streamFork('checkout #12 A', { state: 'merged' }), streamFork('checkout #12 B', { state: 'merged' })]);
  assert.deepEqual(statesOf(done), ['12 done merged merged', '13 ready none', '14 ready none', '15 closed none']);
  assert.deepEqual(done.counts, { tasks: 4, closed: 1, done: 1, streams: 5, collapsed: 2 });
});

test('of several forks of a stream the live one counts, by its own name first; else the one that won', async () => {
  const streamOf = async (...forks: ForkInfo[]): Promise<string | undefined> => (await progress(forks)).tasks[0]?.streams[0]?.fork?.fork;
  assert.equal(await streamOf(streamFork('checkout #12 A', { fork: 'old', state: 'discarded' }), streamFork('checkout #12 A', { fork: 'second', name: 'other', created: 9 }), streamFork('checkout #12 A', { fork: 'own', created: 5 })), 'own');
  assert.equal(await streamOf(streamFork('checkout #12 A', { fork: 'lost', state: 'discarded', created: 9 }), streamFork('checkout #12 A', { fork: 'won', state: 'merged', created: 5 })), 'won');
  assert.equal(await streamOf(streamFork('checkout #12 A', { fork: 'one', state: 'discarded', created: 1 }), streamFork('checkout #12 A', { fork: 'two', state: 'discarded', created: 2 })), 'two');
  assert.equal(await streamOf(streamFork('checkout #123 A', {}), streamFork('other #12 A', {})), undefined);
});

test('what agents say of their streams is read from their progress files', async () => {
  const told = await progress([], { '.claude/epics/checkout/updates/12/stream-A.md': '---\nstatus: In Progress\n---\n', '.claude/epics/checkout/updates/12/stream-B.md': '---\nstatus: [\n' });
  assert.deepEqual(told.tasks[0]?.streams.map((stream) => stream.told), ['in_progress', null]);
});

test('an agent may say so where it works: that it is done counts wherever it stands', async () => {
  const file = '.claude/epics/checkout/updates/12/stream-A.md';
  const toldOf = async (inProject: string, inFork: string): Promise<string | null | undefined> => {
    const files = filesInMemory({ ...CHECKOUT, [file]: task({ status: inProject }) });
    const { tasks } = await progressOf(files, await readEpic(files, 'checkout'), [streamFork('checkout #12 A', {})], (directory) => filesInMemory(directory === '/forks/x' ? { [file]: task({ status: inFork }) } : {}));
    return tasks[0]?.streams[0]?.told;
  };
  assert.equal(await toldOf('in_progress', 'completed'), 'completed');
  assert.equal(await toldOf('completed', 'in_progress'), 'completed');
  assert.equal(await toldOf('in_progress', 'blocked'), 'blocked');
});
