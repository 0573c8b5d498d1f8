import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTarget, parseTargets } from '../../../client/target.ts';

test('a target is what the argument says of it, and nothing else', () => {
  assert.deepEqual(parseTarget({ repository: '/x', checkpoint: 'abcd', other: 'ef01', path: 7, command: 'rm' }), { repository: '/x', checkpoint: 'abcd', other: 'ef01' });
  for (const none of [undefined, null, 'abcd', 7, [], {}]) assert.deepEqual(parseTarget(none), {}, JSON.stringify(none));
});

test('a file of the explorer is no path inside a tree', () => {
  class Uri {
    readonly scheme = 'file';
    readonly path = '/x/a b.ts';
    readonly fsPath = '/x/a b.ts';

    toString(): string {
      return 'file:///x/a%20b.ts';
    }
  }
  assert.deepEqual(parseTarget(new Uri()), { uri: 'file:///x/a%20b.ts' });
  assert.deepEqual(parseTargets([new Uri(), { groupId: 0, editorIndex: 1 }]), [{ uri: 'file:///x/a%20b.ts' }]);
});

test('what was chosen is the list that a tree gives, or the arguments themselves', () => {
  const [first, second] = [{ checkpoint: 'abcd' }, { checkpoint: 'ef01' }];
  assert.deepEqual(parseTargets([first, [first, second]]), [first, second]);
  assert.deepEqual(parseTargets([first, second]), [first, second]);
  assert.deepEqual(parseTargets([first, []]), [first]);
  assert.deepEqual(parseTargets([]), []);
});

test('a command is about the row that was clicked, wherever it stands among those that were chosen', () => {
  const [first, second, third] = [{ repository: '/x', fork: 'abcd' }, { repository: '/x', fork: 'ef01' }, { repository: '/x', fork: '2345' }];
  assert.deepEqual(parseTargets([second, [first, second, third]]), [second, first, third]);
  // The same row as another object, with what VS Code or a view keeps in it besides.
  assert.deepEqual(parseTargets([{ ...second, node: {} }, [first, { ...second, id: 'x' }]]), [second, first]);
  // A title of a view is about nothing by itself.
  assert.deepEqual(parseTargets([undefined, [first, second]]), [first, second]);
});

test('the menu of a page tells what was chosen together in one object', () => {
  const [first, second] = [{ repository: '/x', fork: 'abcd' }, { repository: '/x', fork: 'ef01' }];
  assert.deepEqual(parseTargets([{ webview: 'pyi.superposition', pyiItem: 'forks', repository: '/x', targets: [first, second] }]), [first, second]);
  assert.deepEqual(parseTargets([{ ...first, pyiItem: 'fork live', targets: 'none' }]), [first]);
});
