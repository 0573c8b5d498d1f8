import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkpointText, groupTitle } from '../../../client/views/timeline-items.ts';
import { choicesOf, keptChoices } from '../../../client/commands/rewind-files.ts';
import { parseCommandRequest, parseHistoryRequest, parseOverviewRequest, parsePosition, parseRowsRequest } from '../../../webview/timeline/contract.ts';
import type { CheckpointRow } from '../../../webview/timeline/contract.ts';
import { bytesText, fileCounts, labelOf, titleOf, tooltipOf } from '../../../webview/timeline/row-text.ts';
import { Times } from '../../../webview/timeline/times.ts';

const NOW = Date.UTC(2026, 2, 5, 12, 0, 0);
const TIMES = new Times('en', 'UTC');
const ROW: CheckpointRow = {
  checkpoint: 'ab'.repeat(32), fork: 'f'.repeat(32), forkName: 'try', agent: 'ada', time: NOW - 60_000, message: 'Parse\n\nmore', kind: 'tool', cause: 'Edit a.ts',
  pinned: false, name: null, added: 1, changed: 0, deleted: 2, bytes: 2048, micros: 30,
};
const HOSTILE = '<img src=x onerror=alert(1)> \u202e $(trash) \u001b[2J';

test('a checkpoint is called by its name, its message, its cause, its kind, whichever is there first', () => {
  assert.equal(titleOf({ ...ROW, name: 'Best' }), 'Best');
  assert.equal(titleOf(ROW), 'Parse');
  assert.equal(titleOf({ ...ROW, message: ' \n' }), 'Edit a.ts');
  assert.equal(titleOf({ ...ROW, message: '', cause: '' }), 'Tool step');
});

test('counts of files leave out what there is none of', () => {
  assert.deepEqual(fileCounts(ROW), { added: '+1', changed: '', deleted: '\u22122' });
  assert.deepEqual([bytesText(ROW), bytesText({ ...ROW, added: 0 })], ['2.0 KiB', '']);
});

test('hostile text is shown as text wherever it stands', () => {
  const row = { ...ROW, message: HOSTILE, name: HOSTILE, agent: HOSTILE, forkName: HOSTILE, cause: HOSTILE };
  const item = checkpointText(row, 'day', TIMES, NOW);
  for (const text of [titleOf(row), tooltipOf(row, TIMES, NOW), labelOf(row, 'day', TIMES, NOW, false), item.label, item.description, item.spoken, item.tooltip]) {
    assert.ok(!text.includes('\u202e') && !text.includes('\u001b'), JSON.stringify(text));
    assert.ok(text.includes('<img src=x'), 'it is told, not hidden');
  }
  for (const text of [item.label, item.description]) assert.ok(!text.includes('$(trash)'), 'no icon is drawn');
  assert.ok(!groupTitle(HOSTILE, 'agent', TIMES, NOW).includes('$(trash)'));
});

test('a native row has the words that its menu looks for', () => {
  assert.equal(checkpointText(ROW, 'day', TIMES, NOW).context, 'checkpoint');
  assert.equal(checkpointText({ ...ROW, pinned: true }, 'day', TIMES, NOW).context, 'checkpoint pinned');
});

test('days are named as people name them', () => {
  assert.deepEqual(['2026-03-05', '2026-03-04', '2026-03-02', '2025-12-31', 'odd'].map((day) => TIMES.day(day, NOW)), ['Today', 'Yesterday', 'Monday, March 2', 'Wednesday, December 31, 2025', 'odd']);
});

test('a rewind of all files is one of the whole fork, one of some names them, one of none is none', () => {
  const choices = choicesOf(['b', 'a$(x)'], ['c']);
  assert.deepEqual(choices.map(({ label, picked, removed }) => [label, picked, removed]), [['a$\u200b(x)', true, false], ['b', true, false], ['c', true, true]]);
  assert.deepEqual(keptChoices(choices, choices), { paths: undefined, written: ['a$(x)', 'b'], removed: ['c'] });
  assert.deepEqual(keptChoices(choices, choices.slice(1)), { paths: ['b', 'c'], written: ['b'], removed: ['c'] });
  assert.equal(keptChoices(choices, []), undefined);
});

test('what a page asks is taken only when it is understood', () => {
  const question = { folder: '/x', filter: { text: 'a', kinds: ['tool'], task: null }, by: 'day', timeZone: 'UTC' };
  assert.deepEqual(parseOverviewRequest({ ...question, newest: true, more: 1 }), { ...question, newest: true });
  for (const wrong of [undefined, null, {}, { ...question, by: 'size' }, { ...question, filter: { kinds: ['x'] } }, { ...question, filter: { text: 7 } }, { ...question, folder: 1 }]) assert.equal(parseOverviewRequest(wrong), undefined, JSON.stringify(wrong));
  assert.deepEqual(parseRowsRequest({ ...question, key: null, from: 0, count: 5 }), { ...question, key: null, from: 0, count: 5 });
  for (const wrong of [{ from: -1, count: 1 }, { from: 0, count: 0 }, { from: 0, count: 1e9 }, { from: 0.5, count: 1 }]) assert.equal(parseRowsRequest({ ...question, key: 'a', ...wrong }), undefined, JSON.stringify(wrong));
  assert.equal(parseHistoryRequest({ folder: '/x', path: '' }), undefined);
  assert.deepEqual(parseHistoryRequest({ folder: '/x', path: 'a', before: 5 }), { folder: '/x', path: 'a', before: 5 });
  assert.deepEqual(parseCommandRequest({ command: 'compare', folder: '/x', checkpoint: 'abcd', other: 'ef01' }), { command: 'compare', folder: '/x', checkpoint: 'abcd', other: 'ef01' });
  for (const wrong of [{ command: 'workbench.action.quit' }, { command: 'rewind', checkpoint: '../x' }, { command: 'pin', path: 7 }]) assert.equal(parseCommandRequest({ folder: '/x', ...wrong }), undefined, JSON.stringify(wrong));
});

test('a saved position of any shape is read', () => {
  const whole = { folder: '/x', filter: { agent: 'ada' }, by: 'task', folded: ['a', null], path: 'b', anchor: { key: null, place: 3, above: 2.5 }, wish: 'w', filtersShown: true };
  assert.deepEqual(parsePosition(whole), whole);
  const none = { folder: undefined, filter: {}, by: undefined, folded: [], path: undefined, anchor: undefined, wish: undefined, filtersShown: false };
  for (const wrong of [undefined, null, 7, { folder: 1, filter: 'x', by: 'y', folded: {}, anchor: { key: 1 } }]) assert.deepEqual(parsePosition(wrong), none, JSON.stringify(wrong));
});
