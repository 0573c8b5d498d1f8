import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkEpic, epicNames, readEpic, taskOfEpic } from '../../../ccpm/epic.ts';
import { PyiError } from '../../../protocol/errors.ts';
import { CHECKOUT, filesInMemory, task } from '../../support/ccpm-project.ts';
import type { Tree } from '../../support/ccpm-project.ts';

const at = (files: Tree): Tree => Object.fromEntries(Object.entries({ 'epic.md': task({ name: 'x', status: 'open' }), ...files }).map(([name, text]) => [`.claude/epics/x/${name}`, text]));

test('tasks are the files that are a number, and nothing else', async () => {
  const files = filesInMemory({
    ...CHECKOUT, '.claude/epics/checkout/26-analysis.md': '', '.claude/epics/checkout/2b.md': '', '.claude/epics/checkout/7.md.bak': '', '.claude/epics/checkout/updates/12/stream-A.md': '', '.claude/epics/checkout/updates/99.md': '',
    '.claude/epics/checkout/github-mapping.md': '', '.claude/epics/checkout/execution-status.md': '',
  });
  const epic = await readEpic(files, 'checkout');
  assert.deepEqual(epic.tasks.map(({ number, title, status }) => [number, title, status]), [
    ['12', 'Cart: lines and totals', 'open'], ['13', 'Pages', 'open'], ['14', 'Other cart', 'open'], ['15', 'Plans', 'closed'],
  ]);
  assert.deepEqual(epic.problems, []);
  assert.deepEqual(epic.tasks.map(({ dependsOn, conflictsWith }) => [dependsOn, conflictsWith]), [[[], ['14']], [['12'], []], [[], ['12']], [[], []]]);
  assert.deepEqual(epic.tasks.map(({ streams, isAnalysed }) => [isAnalysed, streams.map(({ id, title }) => `${id} ${title}`)]), [
    [true, ['A Part A', 'B Part B']], [false, ['A Pages']], [false, ['A Other cart']], [false, ['A Plans']],
  ]);
  checkEpic(epic);
});

test('epics are folders with an epic or tasks in them', async () => {
  const files = filesInMemory({ ...CHECKOUT, '.claude/epics/notes.md': '', '.claude/epics/empty/readme.md': '', '.claude/epics/archived/1.md': '', '.claude/epics/.archived/old/epic.md': '', '.claude/epics/raw/001.md': '' });
  assert.deepEqual(await epicNames(files), ['checkout', 'raw']);
  assert.deepEqual(await epicNames(filesInMemory({})), []);
});

test('an epic that is not there is an error with a hint', async () => {
  await assert.rejects(readEpic(filesInMemory(CHECKOUT), 'chekout'), (error) => PyiError.is(error, 'NOT_FOUND') && /Did you mean "checkout"/.test(error.hint));
  await assert.rejects(readEpic(filesInMemory({}), 'checkout'), (error) => PyiError.is(error, 'NOT_FOUND') && error.hint !== '');
  await assert.rejects(readEpic(filesInMemory(CHECKOUT), '../checkout'), PyiError);
});

test('tasks before their synchronisation are named with zeros, and come in the order of their numbers', async () => {
  const epic = await readEpic(filesInMemory(at({ '010.md': task({ name: 'c', depends_on: '[1, #2]' }), '002.md': task({ name: 'b' }), '001.md': task({ name: 'a' }) })), 'x');
  assert.deepEqual(epic.tasks.map(({ number, dependsOn }) => [number, dependsOn]), [['001', []], ['002', []], ['010', ['001', '002']]]);
  assert.equal(taskOfEpic(epic, '#1').number, '001');
  assert.equal(taskOfEpic(epic, '10').number, '010');
  assert.throws(() => taskOfEpic(epic, '11'), (error) => PyiError.is(error, 'NOT_FOUND') && /001, 002, 010/.test(error.hint));
});

for (const [written, status] of [['open', 'open'], ['', 'open'], ['Closed', 'closed'], ['completed', 'closed'], ['in_progress', 'in-progress'], ['in-progress', 'in-progress'], ['backlog', 'backlog'], ['whatever', 'open']] as const) {
  test(`status ${JSON.stringify(written)} is ${status}`, async () => {
    assert.equal((await readEpic(filesInMemory(at({ '1.md': task({ name: 'a', status: written }) })), 'x')).tasks[0]?.status, status);
  });
}

test('a task without front matter is called by its heading', async () => {
  const epic = await readEpic(filesInMemory(at({ '1.md': '# Do it\n', '2.md': 'text\n' })), 'x');
  assert.deepEqual(epic.tasks.map(({ title }) => title), ['Do it', 'Task 2']);
});

test('cycles are a clear error', async () => {
  const epic = await readEpic(filesInMemory(at({ '1.md': task({ depends_on: '[3]' }), '2.md': task({ depends_on: '[1]' }), '3.md': task({ depends_on: '[2]' }) })), 'x');
  assert.throws(() => checkEpic(epic), (error) => PyiError.is(error, 'INVALID_ARGUMENT') && /1 → 3 → 2 → 1/.test(error.message) && error.hint !== '');
  const self = await readEpic(filesInMemory(at({ '1.md': task({ depends_on: '[1]' }) })), 'x');
  assert.throws(() => checkEpic(self), /1 → 1/);
  const streams = await readEpic(filesInMemory(at({ '1.md': task({}), '1-analysis.md': '### Stream A: a\n**Dependencies**: Stream B\n### Stream B: b\n**Dependencies**: Stream A\n' })), 'x');
  assert.throws(() => checkEpic(streams), /Streams of task 1 wait for each other: A → B → A/);
});

test('one broken file is told, and hides no other task; started it is not', async () => {
  const epic = await readEpic(filesInMemory(at({ '1.md': '---\nname: [\n---\n', '2.md': task({ name: 'b', depends_on: '[7]' }) })), 'x');
  assert.deepEqual(epic.tasks.map(({ number }) => number), ['2']);
  assert.equal(epic.problems.length, 2);
  assert.match(epic.problems.join('\n'), /1\.md/);
  assert.match(epic.problems.join('\n'), /task 2: depends_on names "7", which is no task of this epic/);
  assert.throws(() => checkEpic(epic), (error) => PyiError.is(error, 'INVALID_ARGUMENT') && /lists all 2 problems/.test(error.hint));
});
