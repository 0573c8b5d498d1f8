import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffList, pathOf, turned } from '../../../../client/fs/diff-list.ts';

const CHANGES = { added: ['b/new'], changed: ['b.txt', 'a/z'], deleted: ['a/old'], renamed: [{ from: 'z', to: 'a/moved' }] };

test('a list of differences knows both sides, in the order of their paths', () => {
  assert.deepEqual(diffList(CHANGES), [
    { left: 'z', right: 'a/moved' }, { left: 'a/old', right: undefined }, { left: 'a/z', right: 'a/z' }, { left: undefined, right: 'b/new' }, { left: 'b.txt', right: 'b.txt' },
  ]);
  assert.deepEqual(diffList(CHANGES).map(pathOf), ['a/moved', 'a/old', 'a/z', 'b/new', 'b.txt']);
});

test('seen from the other side, what was added is deleted', () => {
  const details = { from: 'c', to: null, unusual: [{ path: 'link', side: 'to' as const, type: 'symlink' as const, id: '1' }] };
  assert.deepEqual(turned({ ...CHANGES, details }), {
    added: ['a/old'], changed: ['b.txt', 'a/z'], deleted: ['b/new'], renamed: [{ from: 'a/moved', to: 'z' }],
    details: { from: null, to: 'c', unusual: [{ path: 'link', side: 'from', type: 'symlink', id: '1' }] },
  });
  assert.deepEqual(turned(turned(CHANGES)), CHANGES);
});
