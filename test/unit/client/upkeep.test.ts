import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentChoices } from '../../../client/agent-choices.ts';
import { canMend, findingsDetail, isSwept, sweepDetail, sweptText, verifiedText } from '../../../client/store-texts.ts';
import { NOW, agentRow, forkInfo } from './samples.ts';

const NOTHING = { forks: [], decayed: [], checkpoints: 0, objects: 0, bytes: 0, bytesFreed: 0, millis: 1 };

test('a sweep that would leave everything is told from one that would not', () => {
  assert.equal(isSwept(NOTHING), true);
  for (const some of [{ objects: 1 }, { checkpoints: 1 }, { forks: ['a'] }, { decayed: ['a'] }]) assert.equal(isSwept({ ...NOTHING, ...some }), false);
});

test('before a sweep a person reads what goes, by name, and that it stays gone', () => {
  const forks = [forkInfo({ fork: '1'.repeat(32), name: 'old\u202e' }), ...Array.from({ length: 10 }, (_, index) => forkInfo({ fork: `a${index}`, name: `lost-${index}` }))];
  const detail = sweepDetail({ ...NOTHING, objects: 12, bytes: 2048, checkpoints: 1, forks: ['1'.repeat(32), '9'.repeat(32)], decayed: forks.slice(1).map(({ fork }) => fork) }, forks);
  assert.deepEqual(detail.split('\n\n'), [
    '12 objects that nothing keeps, 2.0 KiB.', 'One checkpoint past the retention rules.',
    'Ended forks, gone for good with their directories: old\\u{202e}, 999999999999.',
    'Forks past their time to live, discarded now: lost-0, lost-1, lost-2, lost-3, lost-4, lost-5, lost-6, lost-7, 2 more.',
    'What is swept cannot be brought back. Pinned checkpoints and live forks stay.',
  ]);
  assert.equal(sweptText({ ...NOTHING, objects: 1, bytesFreed: 1024 }), 'Swept one object; 1.0 KiB given back on disk.');
});

test('a damaged store is not called whole', () => {
  const fault = { segment: 's', offset: 1, id: null, problem: 'checksum' };
  assert.match(verifiedText({ ok: true, objects: 3, bytes: 2048, faults: [] }), /^The store is whole: 3 objects, 2\.0 KiB/);
  assert.match(verifiedText({ ok: false, objects: 3, bytes: 2048, faults: [fault] }), /damaged in one place/);
  assert.match(verifiedText({ ok: false, objects: 3, bytes: 2048, faults: [fault, fault] }), /damaged in 2 places/);
});

test('a repair is offered for what it can mend only, and what is wrong is told with what to do', () => {
  const finding = (check: string, ok: boolean) => ({ check, ok, detail: `about ${check}`, fix: ok ? null : `mend ${check}` });
  assert.deepEqual([finding('catalog', false), finding('catalog', true), finding('objects', false), finding('directories', false)].map(canMend), [true, false, false, true]);
  assert.equal(findingsDetail([finding('heads', true), finding('objects', false), { ...finding('git', false), fix: null }]), 'objects: about objects\nmend objects\n\ngit: about git');
  assert.match(findingsDetail(Array.from({ length: 12 }, () => finding('warning', false))), /\n\n4 more$/);
});

test('agents come with the one that was active last first, as text', () => {
  const choices = agentChoices([agentRow({ agent: 'idle', lastActive: null }), agentRow({ agent: 'old', lastActive: NOW - 3_600_000 }), agentRow({ agent: '$(trash) \u202e', lastActive: NOW })], NOW);
  assert.deepEqual(choices.map(({ label, description }) => [label, description]), [['$\u200b(trash) \\u{202e}', 'at work'], ['old', '1 h ago'], ['idle', 'never active']]);
  assert.equal(choices[0]?.detail, 'Forks: 1 live, 0 merged, 0 discarded · Checkpoints: 3');
});
