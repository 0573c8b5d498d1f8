import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEpic } from '../../../ccpm/epic.ts';
import { commitMessage, inOrder, streamForks, ties } from '../../../ccpm/plan.ts';
import { PyiError } from '../../../protocol/errors.ts';
import { CHECKOUT, analysis, filesInMemory, task } from '../../support/ccpm-project.ts';

test('every stream has a fork and a task of its own: streams do not compete', async () => {
  const epic = await readEpic(filesInMemory(CHECKOUT), 'checkout');
  const forks = streamForks(epic, epic.tasks);
  assert.deepEqual(forks.map(({ name, attempt }) => [name, attempt]), [
    ['checkout-12-A', 'checkout #12 A'], ['checkout-12-B', 'checkout #12 B'], ['checkout-13-A', 'checkout #13 A'], ['checkout-14-A', 'checkout #14 A'], ['checkout-15-A', 'checkout #15 A'],
  ]);
  assert.equal(new Set(forks.map(({ attempt }) => attempt)).size, forks.length);
});

test('dependencies are causal, from the earlier to the later, between all streams; conflicts are tied once', async () => {
  const epic = await readEpic(filesInMemory(CHECKOUT), 'checkout');
  assert.deepEqual(ties(epic, streamForks(epic, epic.tasks)).map(({ first, second, kind }) => `${first} ${kind} ${second}`).sort(), [
    'checkout-12-A causal checkout-12-B', 'checkout-12-A causal checkout-13-A', 'checkout-12-A conflict checkout-14-A',
    'checkout-12-B causal checkout-13-A', 'checkout-12-B conflict checkout-14-A',
  ]);
});

test('tasks that wait for each other are not tied in conflict, also not over others', async () => {
  const epic = await readEpic(filesInMemory({
    '.claude/epics/x/1.md': task({ conflicts_with: '[2, 3]' }), '.claude/epics/x/2.md': task({ depends_on: '[1]' }), '.claude/epics/x/3.md': task({ depends_on: '[2]', conflicts_with: '[1]' }),
  }), 'x');
  assert.deepEqual(ties(epic, streamForks(epic, epic.tasks)).map(({ kind }) => kind), ['causal', 'causal']);
});

test('streams are put in the order in which they can be committed', async () => {
  const epic = await readEpic(filesInMemory({ '.claude/epics/x/1.md': task({}), '.claude/epics/x/1-analysis.md': analysis({ A: { files: [], after: 'Stream C' }, B: { files: [] }, C: { files: [], after: 'Stream B' } }) }), 'x');
  assert.deepEqual(inOrder(streamForks(epic, epic.tasks)).map(({ stream }) => stream.id), ['B', 'C', 'A']);
});

test('commits are called "Issue #N: …"', async () => {
  const [first, , third] = streamForks(await readEpic(filesInMemory(CHECKOUT), 'checkout'), (await readEpic(filesInMemory(CHECKOUT), 'checkout')).tasks);
  assert.ok(first !== undefined && third !== undefined);
  assert.equal(commitMessage(first), 'Issue #12: Part A');
  assert.equal(commitMessage(third), 'Issue #13: Pages', 'a task that was not analysed has one stream, called as the task');
  assert.equal(commitMessage(first, 'Add totals'), 'Issue #12: Add totals');
  assert.equal(commitMessage(first, 'Issue #12: Add totals'), 'Issue #12: Add totals');
});

test('a folder whose name can be no fork is refused; odd characters are replaced', async () => {
  const epic = await readEpic(filesInMemory({ '.claude/epics/a:b/1.md': task({}) }), 'a:b');
  assert.equal(streamForks(epic, epic.tasks)[0]?.name, 'a-b-1-A');
  assert.throws(() => streamForks({ name: '-x' }, epic.tasks), (error) => PyiError.is(error, 'INVALID_ARGUMENT'));
});
