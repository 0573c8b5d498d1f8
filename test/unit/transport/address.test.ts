import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { PyiError } from '../../../protocol/errors.ts';
import { ServerDescription } from '../../../protocol/handshake.ts';
import { checkSocketPath, ensureDirectory, readDescription, removeDescription, serverAddress, writeDescription } from '../../../server/transport/address.ts';

const uid = process.getuid?.();
let root = '';
const roots: string[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pyi-address-'));
  roots.push(root);
});
after(() => {
  for (const directory of roots) rmSync(directory, { recursive: true, force: true });
});

function host(env: Record<string, string>, platform: NodeJS.Platform = 'linux'): { env: Record<string, string>; platform: NodeJS.Platform; uid: number | undefined } {
  return { env, platform, uid };
}

function refused(work: () => unknown, message: RegExp): void {
  assert.throws(work, (error) => PyiError.is(error) && message.test(error.message) && error.hint !== '');
}

test('PYI_RUNTIME_DIR goes before XDG_RUNTIME_DIR before the temporary directory', () => {
  const env = { PYI_RUNTIME_DIR: join(root, 'own'), XDG_RUNTIME_DIR: root, TMPDIR: '/t' };
  assert.equal(serverAddress(host(env)).directory, join(root, 'own'));
  assert.equal(serverAddress(host({ ...env, PYI_RUNTIME_DIR: '' })).directory, join(root, 'pyi'));
  assert.equal(serverAddress(host({ TMPDIR: '/t' })).directory, `/t/pyi-${uid ?? 0}`);
  assert.equal(serverAddress(host({})).directory, `/tmp/pyi-${uid ?? 0}`);
});

test('an XDG_RUNTIME_DIR that is relative, missing or somebody else\'s does not count', () => {
  const fallback = `/t/pyi-${uid ?? 0}`;
  for (const directory of ['run', join(root, 'missing')]) assert.equal(serverAddress(host({ XDG_RUNTIME_DIR: directory, TMPDIR: '/t' })).directory, fallback);
  assert.equal(serverAddress({ ...host({ XDG_RUNTIME_DIR: root, TMPDIR: '/t' }), uid: 4_000_000 }).directory, '/t/pyi-4000000');
});

test('a socket path never passes 107 bytes', () => {
  const long = join(root, 'ü'.repeat(45));
  mkdirSync(long);
  assert.equal(serverAddress(host({ XDG_RUNTIME_DIR: long, TMPDIR: '/t' })).directory, `/t/pyi-${uid ?? 0}`);
  refused(() => serverAddress(host({ PYI_RUNTIME_DIR: long })), /would pass 107 bytes/);
  const fits = `/${'x'.repeat(106)}`;
  assert.equal(checkSocketPath(fits, 'linux'), fits);
  refused(() => checkSocketPath(`${fits}x`, 'linux'), /may have 107 bytes, this one has 108/);
  refused(() => checkSocketPath(fits, 'darwin'), /may have 103/);
});

test('on Windows it is a named pipe, one for each user', () => {
  const first = serverAddress(host({ LOCALAPPDATA: 'C:\\Users\\ada' }, 'win32')).socket;
  assert.match(first, /^\\\\\.\\pipe\\pyi-[0-9a-f]{32}$/);
  assert.notEqual(serverAddress(host({ LOCALAPPDATA: 'C:\\Users\\bob' }, 'win32')).socket, first);
});

test('the directory is made private, and taken only when it is ours alone', () => {
  const address = serverAddress(host({ PYI_RUNTIME_DIR: join(root, 'run') }));
  ensureDirectory(address);
  assert.equal(lstatSync(address.directory).mode & 0o777, 0o700);
  ensureDirectory(address);
  chmodSync(address.directory, 0o755);
  refused(() => ensureDirectory(address), /Others may enter/);
  chmodSync(address.directory, 0o700);
  refused(() => ensureDirectory({ ...address, uid: (uid ?? 0) + 1 }), /belongs to user/);
  const link = join(root, 'link');
  symlinkSync(address.directory, link);
  refused(() => ensureDirectory(serverAddress(host({ PYI_RUNTIME_DIR: link }))), /symbolic link/);
  writeFileSync(join(root, 'file'), '');
  refused(() => ensureDirectory(serverAddress(host({ PYI_RUNTIME_DIR: join(root, 'file') }))), /not a directory/);
  refused(() => ensureDirectory(serverAddress(host({ PYI_RUNTIME_DIR: join(root, 'a/b') }))), /cannot be made/);
});

test('server.json is written whole, for us alone, and agrees with its schema', () => {
  const address = serverAddress(host({ PYI_RUNTIME_DIR: join(root, 'run') }));
  ensureDirectory(address);
  assert.equal(readDescription(address), undefined);
  const description = { socket: '/s', pid: 7, protocol: 1, version: '1.2.3', token: 't', started: 5 };
  writeDescription(address, description);
  assert.equal(lstatSync(address.description).mode & 0o777, 0o600);
  assert.deepEqual(readDescription(address), ServerDescription.parse(description));
  removeDescription(address, 'another');
  assert.deepEqual(readDescription(address), description);
  removeDescription(address, 't');
  assert.equal(readDescription(address), undefined);
});

test('a damaged server.json is no server.json', () => {
  const address = serverAddress(host({ PYI_RUNTIME_DIR: join(root, 'run') }));
  ensureDirectory(address);
  for (const text of ['', '{', 'null', '[]', '{"socket":1}', '{"socket":"/s","pid":1,"protocol":1,"version":"1","started":1}']) {
    writeFileSync(address.description, text);
    assert.equal(readDescription(address), undefined, text);
  }
});

test('a server.json in a directory that is not ours alone is not read', () => {
  const address = serverAddress(host({ PYI_RUNTIME_DIR: root }));
  writeFileSync(address.description, '{"socket":"/evil","pid":1,"protocol":1,"version":"1","token":"t","started":1}');
  chmodSync(root, 0o777);
  refused(() => readDescription(address), /Others may enter/);
});
