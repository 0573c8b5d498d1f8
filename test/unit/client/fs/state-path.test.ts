import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeState, encodeBelow, encodeState } from '../../../../client/fs/state-path.ts';
import type { UriParts } from '../../../../client/fs/state-path.ts';
import { bytePathFromBytes, textFromBytePath } from '../../../../protocol/paths.ts';

const FORK = '0123456789abcdef'.repeat(2);
const CHECKPOINT = 'fedcba9876543210'.repeat(4);

const hex = (length: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const state = fc.oneof(hex(32), hex(40), hex(64));
const repository = fc.oneof(fc.string({ minLength: 1, unit: 'binary' }), fc.constantFrom('/home/ada/Löwe & co/my_repo', 'C:\\Users\\Ada\\src', '\\\\server\\share\\x', '/\ud800'));
/** Names of any bytes but NUL and "/", as the text form of a tree has them. */
const name = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 255 }).map((bytes) => textFromBytePath(bytePathFromBytes(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0xff : byte))))),
  fc.constantFrom('C:x', '#', '?', '%41', '%', '\u202eevil', '👩‍💻', '\ufffd', '\ufffd80', 'a\\b', '\n', '...', 'ä', 'a\u0308'),
).filter((text) => text !== '.' && text !== '..');
const path = fc.array(name, { maxLength: 6 }).map((names) => names.join('/'));

/** What VS Code does to a URI that it stores: each part percent-encoded, the authority in lower case, and back. */
function stored({ authority, path }: UriParts): UriParts {
  return { authority: decodeURIComponent(encodeURIComponent(authority).toLowerCase()), path: path.split('/').map(encodeURIComponent).map(decodeURIComponent).join('/') };
}

test('every file of every repository has a URI that comes back from storage as it was', () => {
  fc.assert(fc.property(repository, state, path, (repository, state, path) => {
    const parts = encodeState({ repository, state, path });
    assert.deepEqual(decodeState(stored(parts)), { repository, state, path });
    assert.match(parts.authority, /^[a-z0-9._-]+$/);
  }));
});

test('the side of a diff has the path of the file that it stands beside, and comes back too', () => {
  fc.assert(fc.property(repository, state, path, fc.constantFrom('', '/home/ada/my work', '/c:/src', '/x~1'), (repository, state, path, directory) => {
    const parts = encodeBelow(directory, { repository, state, path });
    assert.deepEqual(decodeState(stored(parts)), { repository, state, path });
    assert.ok(parts.path.startsWith(`${directory}/`));
  }));
  assert.equal(encodeBelow('/home/ada', { repository: '/r', state: FORK, path: 'src/a.ts' }).path, '/home/ada/src/a.ts');
});

test('two places never share a URI', () => {
  fc.assert(fc.property(repository, repository, path, path, (oneFolder, otherFolder, onePath, otherPath) => {
    fc.pre(oneFolder !== otherFolder || onePath !== otherPath);
    assert.notDeepEqual(encodeState({ repository: oneFolder, state: FORK, path: onePath }), encodeState({ repository: otherFolder, state: FORK, path: otherPath }));
  }));
});

test('names join below a directory as VS Code joins them', () => {
  fc.assert(fc.property(path, name, (path, name) => {
    const directory = encodeState({ repository: '/r', state: FORK, path });
    const joined = encodeState({ repository: '/r', state: FORK, path: path === '' ? name : `${path}/${name}` });
    assert.equal(posix.dirname(joined.path), directory.path);
    assert.equal(posix.join(directory.path, posix.basename(joined.path)), joined.path);
  }));
});

test('the path says what is shown', () => {
  assert.deepEqual(encodeState({ repository: '/home/Ada', state: FORK, path: 'src/caf\udce9.ts' }), { authority: `${FORK}._2fhome_2f_41da`, path: '/fork-0123456789ab/src/caf\ufffde9.ts' });
  assert.equal(encodeState({ repository: '/', state: CHECKPOINT, path: '' }).path, '/checkpoint-fedcba987654');
});

test('what is no URI of a state is told apart', () => {
  const good = { authority: `${FORK}._2fr`, path: '/fork-0123456789ab/a' };
  assert.equal(decodeState(good)?.path, 'a');
  assert.equal(decodeState({ ...good, path: '/fork-0123456789ab/' })?.path, '');
  for (const authority of ['', FORK, `${FORK}.`, `${FORK}._`, `${FORK}._2x`, `${FORK}.a/b`, `main._2fr`, `.${FORK}`, `${FORK}._2fr~`, `${FORK}._2fr~1x`, `${FORK}._2fr~3`]) assert.equal(decodeState({ ...good, authority }), undefined, authority);
  for (const path of ['', '/', '/fork-0123456789a', '/fork-0123456789abc', '/checkpoint-0123456789ab/a', '/fork-0123456789ab/\ufffd', '/fork-0123456789ab/\ufffd7f']) assert.equal(decodeState({ ...good, path }), undefined, path);
});
