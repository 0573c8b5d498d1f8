import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeRows, changeSummary, changeTooltip, forkLabel, forkRows } from '../../../../client/scm/rows.ts';

const NONE = { added: [], changed: [], deleted: [], renamed: [] };

test('changed files stand in one list by path, each with what became of it', () => {
  const { rows, more } = changeRows({ added: ['b'], changed: ['d', 'a'], deleted: ['e'], renamed: [{ from: 'x', to: 'c' }] });
  assert.deepEqual(rows.map(({ path, kind, oldPath }) => [path, kind, oldPath]),
    [['a', 'changed', undefined], ['b', 'added', undefined], ['c', 'renamed', 'x'], ['d', 'changed', undefined], ['e', 'deleted', undefined]]);
  assert.equal(more, 0);
});

test('a list that is too long ends with a count of the rest', () => {
  const changed = Array.from({ length: 12 }, (_, index) => `f${index}`);
  const { rows, more } = changeRows({ ...NONE, changed }, 10);
  assert.deepEqual([rows.length, more], [10, 2]);
  assert.equal(changeRows({ ...NONE, changed }).more, 0);
  assert.equal(changeRows({ ...NONE, changed: Array.from({ length: 5001 }, (_, index) => `f${index}`) }).more, 1);
});

test('each fork that changed a file has a row of its own', () => {
  const fork = { fork: 'f'.repeat(32), name: 'try', agent: 'ada', head: 'c'.repeat(64), change: 'changed' } as const;
  const { rows } = forkRows({ touched: [{ path: 'b', forks: [fork, { ...fork, name: 'other', change: 'deleted' }] }, { path: 'a', forks: [{ ...fork, change: 'added' }] }] });
  assert.deepEqual(rows.map((row) => [row.path, forkLabel(row)]), [['a', 'try (ada) added it'], ['b', 'try (ada) changed it'], ['b', 'other (ada) deleted it']]);
});

test('names cannot pretend to be something else', () => {
  assert.equal(changeTooltip({ path: 'a\u202etxt.exe', oldPath: undefined, kind: 'added' }), 'a\\u{202e}txt.exe · added');
  assert.equal(changeTooltip({ path: 'b', oldPath: 'caf\udce9', kind: 'renamed' }), 'b · renamed, was caf\\xe9');
  const [row] = forkRows({ touched: [{ path: 'a', forks: [{ fork: 'f', name: '../../etc/passwd', agent: '<b>\u202e', head: 'c', change: 'changed' }] }] }).rows;
  assert.ok(row !== undefined);
  assert.equal(forkLabel(row), '..\u2215..\u2215etc\u2215passwd (<b>\\u{202e}) changed it');
});

test('the summary counts a renamed file as a changed one', () => {
  assert.equal(changeSummary({ added: ['a'], changed: ['b'], deleted: ['c', 'd'], renamed: [{ from: 'e', to: 'f' }] }), '+1 ~2 -2');
  assert.equal(changeSummary(NONE), 'none');
});
