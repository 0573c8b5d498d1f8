import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Places } from '../../../../client/scm/places.ts';

test('a folder that is the root of the work tree', () => {
  const places = new Places('/r', [{ folder: '/r', real: '/r' }]);
  assert.deepEqual([places.root, places.fileOf('src/a.ts'), places.pathOf('/r/src/a.ts')], ['/r', '/r/src/a.ts', 'src/a.ts']);
  for (const outside of ['/r', '/rest/a', '/', '/q/r/a', '/r/../x']) assert.equal(places.pathOf(outside), undefined, outside);
});

test('a folder that was opened through a link keeps the name under which it was opened', () => {
  const places = new Places('/data/r', [{ folder: '/home/ada/r', real: '/data/r' }]);
  assert.deepEqual([places.root, places.fileOf('a'), places.pathOf('/home/ada/r/a'), places.pathOf('/data/r/a')], ['/home/ada/r', '/home/ada/r/a', 'a', 'a']);
});

test('a folder below the root shows its own files, and those beside it by their real place', () => {
  const places = new Places('/r', [{ folder: '/link', real: '/r/packages/one' }]);
  assert.equal(places.root, '/r');
  assert.deepEqual([places.fileOf('packages/one/a'), places.pathOf('/link/a')], ['/link/a', 'packages/one/a']);
  assert.deepEqual([places.fileOf('packages/oneself/a'), places.pathOf('/r/packages/oneself/a')], ['/r/packages/oneself/a', 'packages/oneself/a']);
});

test('two folders of one work tree', () => {
  const places = new Places('/r', [{ folder: '/r/a', real: '/r/a' }, { folder: '/r/b', real: '/r/b' }]);
  assert.deepEqual([places.fileOf('b/x'), places.pathOf('/r/b/x'), places.pathOf('/r/c')], ['/r/b/x', 'b/x', 'c']);
});

test('odd names come back as they were; a name that is no text has no file for VS Code', () => {
  const places = new Places('/r', [{ folder: '/r', real: '/r' }]);
  for (const path of ['..a', '...', 'a\\b', 'a b/👩‍💻', '\u202ex', ' ', '#?%41']) assert.equal(places.pathOf(places.fileOf(path) ?? ''), path);
  assert.equal(places.fileOf('caf\udce9'), undefined);
});
