import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemWords, parseCommandRequest, parsePosition } from '../../../../webview/superposition/contract.ts';
import { plant } from '../../../../webview/superposition/forest.ts';
import * as texts from '../../../../webview/superposition/texts.ts';
import { NOW, id, passed, row, workspace } from './samples.ts';

const NONE = new Map<string, string>();

test('a verdict is a sign and a word, and says when it is of an earlier state', () => {
  assert.equal(texts.verdictText(row({ observed: passed(1) })), '✓ passed');
  assert.equal(texts.verdictText(row({ observed: { ok: false, score: null, current: false } })), '✗ failed*');
  assert.equal(texts.verdictText(row({})), 'not observed');
  assert.equal(texts.verdictText(row({ state: 'discarded' })), '');
});

test('numbers are short', () => {
  assert.deepEqual([0, 1, 0.123456, -2.5, 1234.5678, 12_345_678, 0.000012].map(texts.numberText), ['0', '1', '0.123', '-2.5', '1234.568', '1.2e+7', '1.2e-5']);
  assert.equal(texts.scoreText(row({ observed: passed(null) })), '');
  assert.equal(texts.probabilityText(row({ probability: 0.964 })), '96 %');
});

test('the size of a change, and what it shares with siblings', () => {
  assert.deepEqual([texts.filesText(row({})), texts.bytesText(row({}))], ['+1 ~2 −3', '2.0 KiB']);
  assert.deepEqual([texts.filesText(row({ changes: { added: 0, changed: 0, deleted: 0, conflicts: 0 } })), texts.bytesText(row({ bytes: 0 }))], ['no change', '']);
  assert.deepEqual([[0, 0], [1, 1], [1, 4], [3, 1], [3, 4]].map(([paths = 0, siblings = 0]) => texts.overlapText(row({ overlaps: { paths, siblings } }))),
    ['', '1 file with 1 sibling', '1 file with 4 siblings', '3 files with 1 sibling', '3 files with 4 siblings']);
});

test('entanglement has a direction and names', () => {
  const fork = row({ entangled: [{ fork: id(2), kind: 'causal', role: 'first' }, { fork: id(3), kind: 'causal', role: 'second' }, { fork: id(4), kind: 'conflict', role: 'second' }] });
  const names = new Map([[id(2), 'client'], [id(3), 'api']]);
  assert.equal(texts.entangledText(fork, names), '→ client, ← api, ⚔ 000000');
  assert.deepEqual(texts.entanglementSentences(fork, names), [
    '“client” rebases when this fork collapses.', 'This fork rebases when “api” collapses.', 'If one of this fork and “000000” wins, the other is discarded.',
  ]);
});

test('a fork is at work for half a minute after something happened on it', () => {
  const fork = row({ lastActive: NOW - 29_999 });
  assert.deepEqual([texts.isWorking(fork, NOW), texts.isWorking(fork, NOW + 1), texts.isWorking({ ...fork, state: 'merged' }, NOW)], [true, false, false]);
  assert.equal(texts.nextRest([fork, row({ lastActive: NOW - 10 }), row({ lastActive: 0 })], NOW), NOW + 1);
  assert.equal(texts.nextRest([row({ lastActive: 0 })], NOW), undefined);
});

test('expiry is told of live forks that have one', () => {
  assert.deepEqual([row({ expires: NOW + 7_200_000 }), row({ expires: NOW }), row({}), row({ expires: NOW + 1000, state: 'merged' })].map((fork) => texts.expiresText(fork, NOW)), ['in 2 h', 'due', '', '']);
});

test('a row is told in words', () => {
  const [tree] = plant([workspace(), row({ observed: passed(0.9), overlaps: { siblings: 1, paths: 2 }, lastActive: NOW })], 'score');
  const [task] = tree?.children ?? [];
  assert.ok(tree !== undefined && task?.kind === 'task' && task.children[0] !== undefined);
  assert.equal(texts.rowLabel(task.children[0], NONE, NOW),
    'try, leads its task, ✓ passed, score 0.9, probability 50 %, +1 ~2 −3, overlap: 2 files with 1 sibling, agent ada, at work now, made 1 min ago');
  assert.equal(texts.rowLabel(tree, NONE, NOW), 'workspace, work tree, +1 ~2 −3, agent ada, made 1 min ago');
  assert.deepEqual([texts.taskText(task), texts.taskSigns(task)], ['1 live · 1 passed', '✓1']);
});

test('what agents call things cannot repaint or reorder the page', () => {
  const fork = row({ name: '<img src=x>\u202e', agent: 'a\u0007\u2066b', task: 'x\ny', entangled: [{ fork: id(2), kind: 'causal', role: 'first' }] });
  const names = new Map([[id(2), '\u200fevil']]);
  const [tree] = plant([workspace(), fork], 'score');
  const [task] = tree?.children ?? [];
  assert.ok(task?.kind === 'task' && task.children[0] !== undefined);
  const told = [texts.nameText(fork), texts.agentText(fork), texts.taskName(task), texts.entangledText(fork, names), ...texts.entanglementSentences(fork, names), texts.rowLabel(task.children[0], names, NOW)];
  for (const text of told) assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u, JSON.stringify(text));
  assert.equal(texts.nameText(fork), '<img src=x>\\u{202e}');
});

test('menus know what can be done with a fork', () => {
  assert.deepEqual([workspace(), row({}), row({ directory: false }), row({ state: 'merged' })].map(itemWords),
    ['fork live directory', 'fork live candidate directory', 'fork live candidate', 'fork directory']);
});

test('a request of the page is taken only when it is one', () => {
  assert.deepEqual(parseCommandRequest({ command: 'discard', forks: [id(1), id(2)], more: 1 }), { command: 'discard', forks: [id(1), id(2)] });
  assert.deepEqual(parseCommandRequest({ command: 'race', task: 'parser' }), { command: 'race', task: 'parser' });
  for (const wrong of [undefined, null, {}, { command: 'workbench.action.quit' }, { command: 'discard', forks: 'x' }, { command: 'discard', forks: ['../x'] }, { command: 'race', task: 7 }, { command: 'race', task: 'x'.repeat(201) }]) {
    assert.equal(parseCommandRequest(wrong), undefined, JSON.stringify(wrong));
  }
});

test('a saved position of any shape is read', () => {
  const position = { folder: '/x', filter: 'ada', sort: 'size', ended: true, folded: ['a'], active: 'b', scrollTop: 26, wish: 3, details: false };
  assert.deepEqual(parsePosition(position), position);
  const none = { folder: undefined, filter: '', sort: 'score', ended: false, folded: [], active: undefined, scrollTop: 0, wish: 0, details: undefined };
  for (const wrong of [undefined, null, 7, { folder: 1, filter: {}, sort: 'x', ended: 'no', folded: 'a', active: 2, scrollTop: -1, wish: '1', details: 0 }]) assert.deepEqual(parsePosition(wrong), none);
});
