import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidates, checkpointChoices, findFork, forkChoices } from '../../../client/choices.ts';
import { filesPreview } from '../../../client/preview.ts';
import { PyiError } from '../../../protocol/errors.ts';
import { NOW, checkpointInfo, forkInfo, observation } from './samples.ts';

test('forks come with the best score first, then those not observed, then those that failed', () => {
  const forks = [
    forkInfo({ name: 'failed high', observations: [observation(false, 0.99)] }),
    forkInfo({ name: 'unseen' }),
    forkInfo({ name: 'good', observations: [observation(false, 1), observation(true, 0.7)] }),
    forkInfo({ name: 'best', observations: [observation(true, 0.9)] }),
    forkInfo({ name: 'passed', observations: [observation(true, null)] }),
  ];
  assert.deepEqual(forkChoices(forks, NOW).map(({ label }) => label), ['best', 'good', 'passed', 'unseen', 'failed high']);
  assert.equal(forkChoices(forks, NOW)[0]?.description, 'ok, score 0.9 · files +1 ~2');
});

test('only live forks that were made from something can be collapsed', () => {
  const kept = forkInfo({ name: 'kept' });
  assert.deepEqual(candidates([forkInfo({ parent: null }), forkInfo({ state: 'merged' }), forkInfo({ state: 'discarded' }), kept]), [kept]);
});

test('a checkpoint tells its message, fork, agent, age and changes', () => {
  const fork = forkInfo({ fork: '1'.repeat(32), name: 'try' });
  const [choice] = checkpointChoices([checkpointInfo({ fork: fork.fork, message: 'Parse comments\n\nmore', pinned: true })], [fork], NOW);
  assert.deepEqual([choice?.label, choice?.description, choice?.detail],
    ['Parse comments', '1 min ago · aaaaaaaaaaaa', 'fork try · agent ada · manual (pinned) · files ~2']);
  assert.equal(checkpointChoices([checkpointInfo({ message: '', kind: 'setup' })], [], NOW)[0]?.label, 'setup');
});

test('text from agents stays text: no icons, no overrides', () => {
  const [choice] = checkpointChoices([checkpointInfo({ message: '$(trash) \u202eevil', agent: '$(x)' })], [], NOW);
  assert.equal(choice?.label, '$\u200b(trash) \\u{202e}evil');
  assert.ok(choice?.detail.includes('agent $\u200b(x)'));
});

test('a preview names files until they are too many', () => {
  assert.equal(filesPreview({ written: [], removed: [] }), 'No file changes.');
  assert.equal(filesPreview({ written: ['a', 'b\n'], removed: ['c'] }), '2 files to write, 1 to remove:\nwrite  a\nwrite  b\\n\nremove  c');
  const many = filesPreview({ written: Array.from({ length: 14 }, (_, index) => `f${index}`), removed: [] }).split('\n');
  assert.deepEqual([many.length, many.at(-1)], [14, 'and 2 more files']);
});

test('a fork is named by its id, a prefix of it, or its name', () => {
  const [ended, live, other] = [
    forkInfo({ fork: `aa${'1'.repeat(30)}`, name: 'try', state: 'discarded' }), forkInfo({ fork: `aa${'2'.repeat(30)}`, name: 'try' }), forkInfo({ fork: `aa22${'3'.repeat(28)}`, name: 'other' }),
  ];
  const forks = [ended, live, other];
  assert.deepEqual([ended.fork, 'try', 'other', 'aa223', 'AA11'].map((reference) => findFork(forks, reference)), [ended, live, other, other, ended]);
  assert.throws(() => findFork(forks, 'aa22'), (error) => PyiError.is(error, 'INVALID_ARGUMENT'));
  for (const reference of ['none', 'ffff', '']) assert.throws(() => findFork(forks, reference), (error) => PyiError.is(error, 'NOT_FOUND'));
});
