import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { bytePathFromBytes, bytePathFromText } from '../../../protocol/paths.ts';
import type { BytePath } from '../../../protocol/paths.ts';
import { commitPaths } from '../../../server/git/commit.ts';
import type { CommitRequest, CommitResult } from '../../../server/git/commit.ts';
import type { Git } from '../../../server/git/exec.ts';
import { discoverLayout, requireGit } from '../../../server/git/layout.ts';
import { headPosition } from '../../../server/git/position.ts';
import { GitRepository } from '../../support/git-repository.ts';
import type { RepositoryOptions } from '../../support/git-repository.ts';

function create(t: TestContext, options?: RepositoryOptions): GitRepository {
  const repository = GitRepository.create(options);
  t.after(() => { repository.remove(); });
  return repository;
}

type Wanted = Partial<Omit<CommitRequest, 'written' | 'removed'>> & { written?: readonly (string | BytePath)[]; removed?: readonly string[]; git?: Git; root?: string };

/** Commits in the test's repository, on the HEAD that it has. */
async function commit(repository: GitRepository, wanted: Wanted): Promise<CommitResult> {
  const git = wanted.git ?? repository.adapter;
  const layout = requireGit(await discoverLayout(repository.adapter, wanted.root ?? repository.root));
  const { written = [], removed = [], ...rest } = wanted;
  return commitPaths(git, layout, {
    message: 'Collapse', trailers: {}, expected: await headPosition(git, layout), ...rest,
    written: written.map((file) => bytePathFromText(file)), removed: removed.map(bytePathFromText),
  });
}

/** Nothing of ours stays behind in the git directory. */
function assertTidy(repository: GitRepository, gitDir = path.resolve(repository.root, repository.git(['rev-parse', '--git-dir']))): void {
  assert.deepEqual(fs.readdirSync(gitDir).filter((name) => name.startsWith('pyi-') || name.endsWith('.lock')), []);
}

test('an ordinary commit, and everything else of the user as it was', async (t) => {
  const repository = create(t);
  const base = repository.commit({ changed: 'old', deleted: 'old', other: 'base', 'staged only': 'base', half: 'base', '.gitignore': 'ignored*\n' });
  repository.write('staged only', 'staged');
  repository.write('half', 'staged half');
  repository.write('new staged', 'x');
  repository.git(['add', '.']);
  repository.git(['rm', '-q', '--cached', 'other']);
  repository.write('half', 'and dirty half');
  repository.write('untracked', 'mine');
  repository.write('ignored', 'mine');
  repository.git(['stash', 'store', '-m', 'mine', repository.git(['stash', 'create'])]);

  repository.write('changed', 'new');
  repository.write('dir/added', 'new', 0o755);
  repository.write('ignored by rule', 'yet captured');
  fs.symlinkSync('changed', repository.at('link'));
  repository.unlink('deleted');
  const before = repository.state();
  const result = await commit(repository, {
    written: ['changed', 'dir/added', 'ignored by rule', 'link'], removed: ['deleted'],
    message: 'Parse comments\n\nBecause.\n# not a comment',
    trailers: { 'Pyi-Checkpoint': 'abc', 'Pyi-Agent': 'agent 7', 'Pyi-Evidence': 'all\nthree  pass', 'Pyi-Empty': '' },
  });

  const after = repository.state();
  assert.equal(repository.git(['rev-parse', 'HEAD']), result.commit);
  assert.equal(repository.git(['rev-parse', 'HEAD^']), base);
  assert.deepEqual(result.paths, ['changed', 'deleted', 'dir/added', 'ignored by rule', 'link']);
  assert.deepEqual(repository.git(['diff-tree', '--no-commit-id', '-r', '--name-status', 'HEAD']).split('\n'),
    ['M\tchanged', 'D\tdeleted', 'A\tdir/added', 'A\tignored by rule', 'A\tlink']);
  assert.match(repository.git(['ls-tree', '-r', 'HEAD']), /^100755 blob \w+\tdir\/added$[^]*^120000 blob \w+\tlink$/m);
  assert.equal(repository.git(['log', '-1', '--format=%an <%ae>|%B']),
    'Test Author <author@example.com>|Parse comments\n\nBecause.\n# not a comment\n\nPyi-Checkpoint: abc\nPyi-Agent: agent 7\nPyi-Evidence: all three pass');

  assert.equal(after.head, before.head);
  assert.deepEqual(after.files, before.files);
  const named = /\t(?:changed|deleted|dir\/added|ignored by rule|link)$/;
  assert.deepEqual(after.index.filter((line) => !named.test(line)), before.index.filter((line) => !named.test(line)));
  assert.deepEqual(after.refs.split('\n').filter((line) => !line.endsWith('main')), before.refs.split('\n').filter((line) => !line.endsWith('main')));
  assert.deepEqual(repository.git(['status', '--porcelain', '--ignored']).split('\n'),
    ['MM half', 'A  "new staged"', 'D  other', 'M  "staged only"', '?? other', '?? untracked', '!! ignored']);
  repository.git(['fsck', '--strict']);
  assertTidy(repository);
});

test('the entries of the named paths are fresh: plain git need not read their files again', async (t) => {
  const repository = create(t);
  repository.commit({ a: 'old' });
  repository.write('a', 'new');
  await commit(repository, { written: ['a'] });
  assert.equal(repository.git(['diff-files', '--name-only']), '');
  assert.equal(repository.git(['diff-index', '--cached', 'HEAD']), '');
});

test('paths that would fool a pathspec, a shell or a text parser', async (t) => {
  const repository = create(t);
  const names = ['with space', 'new\nline', '-rf', '--', 'glob*', '[a]?', ':(top)x', ':!x', '"q"', 'a\\b', 'tab\t', 'ünï/cödé', '#c', '{}', '$(x)'];
  repository.commit({ 'glob-other': 'old', globx: 'old', a: 'old', x: 'old' });
  for (const name of ['glob-other', 'globx', 'a', 'x']) repository.write(name, 'dirty');
  const raw = Buffer.from([0x66, 0xff, 0x2f, 0xfe]);
  for (const name of [...names, raw]) repository.write(name, 'new');
  const layout = requireGit(await discoverLayout(repository.adapter, repository.root));
  const written = [...names.map(bytePathFromText), bytePathFromBytes(raw)];
  const { paths } = await commitPaths(repository.adapter, layout, {
    written, removed: [], message: 'm', trailers: {}, expected: await headPosition(repository.adapter, layout),
  });
  assert.deepEqual([...paths].sort(), [...written].sort());
  assert.equal(repository.git(['status', '--porcelain']), ' M a\n M glob-other\n M globx\n M x');
});

test('a file becomes a directory, a directory a file, a symbolic link a directory', async (t) => {
  const repository = create(t);
  repository.commit({ file: 'x', 'dir/a': 'x', 'dir/b/c': 'x', 'linked/y': 'x' });
  repository.unlink('file');
  repository.write('file/inside', 'new');
  repository.write('file/secret', 'untracked: must not be committed');
  fs.rmSync(repository.at('dir'), { recursive: true });
  repository.write('dir', 'now a file');
  fs.renameSync(repository.at('linked'), repository.at('moved'));
  fs.symlinkSync('moved', repository.at('linked'));
  await commit(repository, { written: ['file/inside', 'dir', 'linked', 'moved/y'], removed: ['file', 'dir/a', 'dir/b/c', 'linked/y'] });
  assert.equal(repository.git(['ls-tree', '-r', '--name-only', 'HEAD']), 'dir\nfile/inside\nlinked\nmoved/y');
  assert.equal(repository.git(['status', '--porcelain']), '?? file/secret');
});

test('nothing to commit is an answer, not an error', async (t) => {
  const repository = create(t);
  repository.commit({ a: '1', b: '1' });
  repository.hook('pre-commit', 'touch hook-ran');
  repository.write('a', 'staged');
  repository.git(['add', 'a']);
  const before = repository.state();
  assert.deepEqual(await commit(repository, { written: ['b'], removed: ['never was'] }), { commit: null, paths: [] });
  assert.deepEqual(repository.state(), before);
  assertTidy(repository);
});

for (const objectFormat of ['sha1', 'sha256'] as const) {
  test(`the first commit of a repository (${objectFormat}), with something else staged`, async (t) => {
    const repository = create(t, { objectFormat });
    repository.write('a', '1');
    repository.write('staged', '2');
    repository.git(['add', 'staged']);
    const { commit: made } = await commit(repository, { written: ['a'] });
    assert.equal(made?.length, objectFormat === 'sha1' ? 40 : 64);
    assert.equal(repository.git(['rev-list', '--count', 'HEAD']), '1');
    assert.equal(repository.git(['ls-tree', '--name-only', 'HEAD']), 'a');
    assert.equal(repository.git(['status', '--porcelain']), 'A  staged');
  });
}

test('a linked work tree, a separate git directory, a detached HEAD', async (t) => {
  const repository = create(t, { separateGitDir: true });
  const base = repository.commit({ a: '1' });
  const linked = path.join(repository.directory, 'linked');
  repository.git(['worktree', 'add', '-q', '--detach', linked]);
  fs.writeFileSync(path.join(linked, 'a'), 'from the linked one');
  const before = repository.state();
  const { commit: made } = await commit(repository, { root: linked, written: ['a'] });
  assert.deepEqual(repository.state(), before, 'the main work tree did not notice');
  assert.equal(repository.git(['rev-parse', 'HEAD'], { cwd: linked }), made);
  assert.equal(repository.git(['rev-parse', 'HEAD^'], { cwd: linked }), base);
  assert.equal(repository.git(['status', '--porcelain'], { cwd: linked }), '');

  repository.write('a', 'from the main one');
  await commit(repository, { written: ['a'] });
  assert.equal(repository.git(['status', '--porcelain']), '');
  assertTidy(repository);
});

test('a sparse checkout: what is not there is not deleted, what was written there is committed', async (t) => {
  const repository = create(t);
  repository.commit({ 'in/a': '1', 'out/b': '1', 'out/c': '1' });
  repository.git(['sparse-checkout', 'set', 'in']);
  repository.write('in/a', '2');
  repository.write('out/b', '2');
  await commit(repository, { written: ['in/a', 'out/b'] });
  assert.equal(repository.git(['diff-tree', '--no-commit-id', '-r', '--name-status', 'HEAD']), 'M\tin/a\nM\tout/b');
  assert.equal(repository.git(['status', '--porcelain']), '');
  assert.match(repository.git(['ls-files', '-t']), /^S out\/c$/m);
});

test('a path with the skip-worktree flag set by hand is committed when it was written', async (t) => {
  const repository = create(t);
  repository.commit({ config: '1', a: '1' });
  repository.git(['update-index', '--skip-worktree', 'config']);
  repository.write('config', '2');
  await commit(repository, { written: ['config'] });
  assert.equal(repository.git(['show', 'HEAD:config']), '2');
});

test('a submodule moves to another commit', async (t) => {
  const library = create(t);
  library.commit({ code: '1' });
  const repository = create(t);
  repository.git(['submodule', 'add', '-q', library.root, 'lib']);
  repository.git(['commit', '-q', '-m', 'module']);
  const moved = library.commit({ code: '2' });
  repository.git(['pull', '-q'], { cwd: path.join(repository.root, 'lib') });
  await commit(repository, { written: ['lib'] });
  assert.equal(repository.git(['rev-parse', 'HEAD:lib']), moved);
  assert.equal(repository.git(['status', '--porcelain']), '');
});

test('attributes and filters count as in git add', async (t) => {
  const repository = create(t);
  repository.git(['config', 'filter.shout.clean', 'tr a-z A-Z']);
  repository.commit({ '.gitattributes': '*.loud filter=shout\n*.txt text eol=crlf\n' });
  repository.write('x.loud', 'quiet');
  repository.write('y.txt', 'one\r\ntwo\r\n');
  await commit(repository, { written: ['x.loud', 'y.txt'] });
  assert.equal(repository.git(['cat-file', '-p', 'HEAD:x.loud']), 'QUIET');
  assert.equal(repository.git(['cat-file', '-p', 'HEAD:y.txt']), 'one\ntwo');
  assert.equal(repository.git(['status', '--porcelain']), '');
});

test('a split index keeps working', async (t) => {
  const repository = create(t);
  repository.git(['config', 'core.splitIndex', 'true']);
  repository.commit(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`file${i}`, '1'])));
  repository.write('file1', '2');
  repository.write('file2', 'staged');
  repository.git(['add', 'file2']);
  await commit(repository, { written: ['file1'] });
  assert.equal(repository.git(['status', '--porcelain']), 'M  file2');
  assert.equal(repository.git(['ls-files']).split('\n').length, 50);
});

test('a HEAD that moved, or another branch, is stale', async (t) => {
  const repository = create(t);
  const old = repository.commit({ a: '1' });
  const head = repository.commit({ a: '2' });
  repository.write('a', '3');
  const before = repository.state();
  for (const expected of [{ head: old, branch: 'refs/heads/main' }, { head, branch: 'refs/heads/other' }, { head, branch: null }, { head: null, branch: 'refs/heads/main' }]) {
    await assert.rejects(commit(repository, { written: ['a'], expected }), { code: 'BRANCH_STALE' });
  }
  assert.deepEqual(repository.state(), before);
  assertTidy(repository);
});

test('a HEAD that plumbing moves in the last moment: the commit is taken back', async (t) => {
  const repository = create(t);
  repository.commit({ a: '1', b: '1' });
  repository.git(['checkout', '-q', '-b', 'side']);
  const other = repository.commit({ b: 'theirs' });
  repository.git(['checkout', '-q', 'main']);
  const racing = repository.intercepted(`if [ "$1" = commit ]; then git update-ref refs/heads/main ${other}; fi`);
  repository.write('a', '2');
  const before = repository.state();
  await assert.rejects(commit(repository, { git: racing, written: ['a'] }), { code: 'BRANCH_STALE' });
  assert.equal(repository.git(['rev-parse', 'main']), other, 'their commit stands, ours is gone');
  assert.deepEqual([repository.state().index, repository.state().files], [before.index, before.files]);
  assertTidy(repository);
});

test('an unfinished merge is in the way', async (t) => {
  const repository = create(t);
  repository.commit({ a: 'base', b: '1' });
  repository.git(['checkout', '-q', '-b', 'side']);
  repository.commit({ a: 'side' });
  repository.git(['checkout', '-q', 'main']);
  repository.commit({ a: 'main' });
  assert.throws(() => repository.git(['merge', 'side']));
  repository.write('b', '2');
  const before = repository.state();
  await assert.rejects(commit(repository, { written: ['b'] }), { code: 'BUSY', hint: /git merge --abort/ });
  assert.deepEqual(repository.state(), before);
});

test('a message of nothing is refused', async (t) => {
  const repository = create(t);
  repository.write('a', '1');
  await assert.rejects(commit(repository, { written: ['a'], message: ' \n' }), { code: 'INVALID_ARGUMENT' });
});

test('a written path that is not there changes nothing', async (t) => {
  const repository = create(t);
  repository.commit({ a: '1' });
  repository.write('a', '2');
  const before = repository.state();
  await assert.rejects(commit(repository, { written: ['a', 'vanished'] }), { message: /vanished/ });
  assert.deepEqual(repository.state(), before);
  assertTidy(repository);
});
