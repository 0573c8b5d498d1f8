import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { GitRepository } from '../../support/git-repository.ts';
import { TestHost, inFork, setUp } from '../../support/host.ts';

async function withRepository(work: (repository: GitRepository) => Promise<void>): Promise<void> {
  const repository = GitRepository.create();
  try {
    await work(repository);
  } finally {
    repository.remove();
  }
}

test('a sparse checkout: files that are not checked out are neither captured nor deleted by a collapse', () => withRepository(async (repository) => {
  repository.commit({ 'in/a.txt': 'a\n', 'out/b.txt': 'b\n', 'top.txt': 't\n' });
  repository.git(['sparse-checkout', 'set', 'in']);
  assert.equal(repository.exists('out/b.txt'), false);
  const host = new TestHost(repository);
  await host.call('setup', {});
  assert.deepEqual(await host.paths('workspace'), ['in/a.txt', 'top.txt']);
  const made = await host.call('fork', { name: 'try' });
  assert.equal(repository.git(['status', '--porcelain'], { cwd: made.dir ?? '' }), '');
  fs.writeFileSync(inFork(made.dir, 'in/a.txt'), 'tried\n');
  await host.call('collapse', { fork: 'try' });
  assert.equal(repository.git(['ls-tree', '-r', '--name-only', 'HEAD']), 'in/a.txt\nout/b.txt\ntop.txt');
  assert.equal(repository.git(['status', '--porcelain']), '');
  await host.close();
}));

test('a submodule is a link entry; a nested repository is left alone', () => withRepository(async (repository) => {
  const library = GitRepository.create({ name: 'library' });
  try {
    library.commit({ 'lib.c': 'int x;\n' });
    repository.commit({ 'a.txt': 'a\n' });
    repository.git(['submodule', 'add', '-q', library.root, 'deps/library']);
    repository.git(['commit', '-q', '-m', 'with a submodule']);
    fs.mkdirSync(path.join(repository.root, 'nested'));
    repository.git(['init', '-q', path.join(repository.root, 'nested')]);
    repository.write('nested/theirs.txt', 'theirs\n');
    const host = new TestHost(repository);
    await host.call('setup', {});
    const rows = await host.call('ls', { fork: 'workspace', recursive: true });
    assert.deepEqual(rows.map((row) => `${row.type} ${row.path}`), ['file .gitmodules', 'file a.txt', 'submodule deps/library']);
    const before = (await host.call('timeline', {}))[0]?.checkpoint ?? '';
    repository.write('nested/theirs.txt', 'changed\n');
    repository.write('a.txt', 'changed\n');
    await host.call('checkpoint', {});
    await host.call('rewind', { checkpoint: before });
    assert.deepEqual([repository.read('a.txt'), repository.read('nested/theirs.txt'), repository.read('deps/library/lib.c')], ['a\n', 'changed\n', 'int x;\n']);
    await host.close();
  } finally {
    library.remove();
  }
}));

test('a tracked file that an ignore rule matches is captured; names that are not UTF-8 survive a fork and a collapse', () => withRepository(async (repository) => {
  const odd = Buffer.from([0x63, 0x61, 0x66, 0xe9]); // "caf\xe9"
  repository.write('kept.log', 'tracked\n');
  repository.write(odd, 'latin-1 name\n');
  repository.write('.gitignore', '*.log\n');
  repository.git(['add', '-f', '-A']);
  repository.git(['commit', '-q', '-m', 'start']);
  repository.write('dropped.log', 'ignored\n');
  const host = new TestHost(repository);
  await host.call('setup', {});
  assert.deepEqual(await host.paths('workspace'), ['.gitignore', 'caf\udce9', 'kept.log']);
  const made = await host.call('fork', { name: 'try' });
  fs.writeFileSync(Buffer.concat([Buffer.from(`${made.dir ?? ''}/`), odd]), 'tried\n');
  await host.call('collapse', { fork: 'try' });
  assert.equal(fs.readFileSync(repository.at(odd), 'utf8'), 'tried\n');
  assert.equal(repository.git(['status', '--porcelain']), '');
  await host.close();
}));

test('modes and links go through a fork and back', () => withRepository(async (repository) => {
  repository.write('run.sh', '#!/bin/sh\n', 0o755);
  fs.symlinkSync('run.sh', path.join(repository.root, 'link'));
  const host = await setUp(repository);
  const made = await host.call('fork', { name: 'try' });
  assert.equal(fs.readlinkSync(inFork(made.dir, 'link')), 'run.sh');
  assert.equal(fs.statSync(inFork(made.dir, 'run.sh')).mode & 0o111, 0o111);
  fs.chmodSync(inFork(made.dir, 'run.sh'), 0o644);
  fs.rmSync(inFork(made.dir, 'link'));
  fs.symlinkSync('/nonexistent/outside', inFork(made.dir, 'link'));
  await host.call('collapse', { fork: 'try' });
  assert.equal(fs.readlinkSync(path.join(repository.root, 'link')), '/nonexistent/outside');
  assert.equal(repository.git(['diff', '--summary', 'HEAD~1', 'HEAD']), ' mode change 100755 => 100644 run.sh');
  await host.close();
}));

test('integrate keeps every line: clean merges merge, overlaps become conflicts that a directory shows with markers', () => withRepository(async (repository) => {
  const lines = Array.from({ length: 20 }, (_, n) => `line ${n}\n`);
  const host = await setUp(repository, { 'text.txt': lines.join(''), 'both.txt': 'base\n', 'gone.txt': 'g\n' });
  const one = await host.call('fork', { name: 'one' });
  const two = await host.call('fork', { name: 'two' });
  fs.writeFileSync(inFork(one.dir, 'text.txt'), lines.with(1, 'one\n').join(''));
  fs.writeFileSync(inFork(two.dir, 'text.txt'), lines.with(18, 'two\n').join(''));
  fs.writeFileSync(inFork(one.dir, 'both.txt'), 'from one\n');
  fs.writeFileSync(inFork(two.dir, 'both.txt'), 'from two\n');
  fs.rmSync(inFork(one.dir, 'gone.txt'));
  fs.writeFileSync(inFork(two.dir, 'gone.txt'), 'changed\n');
  const merged = await host.call('integrate', { fork: 'one', into: 'two' });
  assert.deepEqual(merged.conflicts, [{ path: 'both.txt', reason: 'both-changed' }, { path: 'gone.txt', reason: 'changed-deleted' }]);
  assert.equal(fs.readFileSync(inFork(two.dir, 'text.txt'), 'utf8'), lines.with(1, 'one\n').with(18, 'two\n').join(''));
  const shown = fs.readFileSync(inFork(two.dir, 'both.txt'), 'utf8');
  for (const part of ['<<<<<<<', 'from two', 'base', 'from one', '>>>>>>>']) assert.ok(shown.includes(part), part);
  const read = await host.call('read', { fork: 'two', path: 'both.txt' });
  assert.deepEqual([Buffer.from(read.base64, 'base64').toString('utf8'), read.mode, read.size, read.end], [shown, 'conflict', shown.length, true]);
  assert.deepEqual((await host.call('ls', { fork: 'two' })).filter(({ type }) => type === 'conflict').map(({ path, size }) => [path, size]), [['both.txt', shown.length], ['gone.txt', 8]]);
  assert.match((await host.refusal('collapse', { fork: 'two' }, 'CONFLICT')).hint, /Edit each file in .*pyi write two PATH < FILE/);
  fs.writeFileSync(inFork(two.dir, 'both.txt'), 'resolved\n');
  fs.writeFileSync(inFork(two.dir, 'gone.txt'), 'kept\n');
  await host.call('collapse', { fork: 'two' });
  assert.deepEqual([repository.read('both.txt'), repository.read('gone.txt')], ['resolved\n', 'kept\n']);
  await host.call('undo', {});
  assert.equal(repository.read('both.txt'), 'base\n');
  await host.close();
}));
