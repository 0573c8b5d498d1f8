import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommandLine } from '../../../server/shim/command-line.ts';
import { formOf } from '../../../server/shim/breaker.ts';
import { routeOf } from '../../../server/shim/routes/table.ts';
import type { Route } from '../../../server/shim/routes/route.ts';

function routed(text: string): Route | undefined {
  const line = parseCommandLine(text.split(' '));
  return line === undefined ? undefined : routeOf(line);
}

test('what depends on the time of day, on programs, or on what nobody watches is git\'s alone', () => {
  const forms = [
    'log --since=yesterday', 'log --format=%ar', 'log --pretty=format:%h%cr', 'log --date=relative', 'log --date=human', 'log -1 --format=%G?', 'log --show-signature', 'log HEAD@{yesterday}', 'log :/fix',
    'show main^{/fix}', 'rev-parse HEAD@{1}', 'for-each-ref --format=%(committerdate:relative)', 'branch --format=%(committerdate:human)', 'blame a.txt', 'blame HEAD a.txt',
    'diff --no-index a b', 'diff /tmp/a /tmp/b', 'diff ../a', 'diff --ext-diff', 'status --ignored', 'status -v', 'status ../..', 'cat-file --batch', 'check-ignore ../x',
    'config --file x --get a.b', 'config --blob x --list', 'worktree list --expire=now', 'worktree prune', 'worktree add x', 'worktree', 'describe --dirty', 'rev-list --objects HEAD', 'remote show origin', 'remote update', 'stash show', 'blame ^HEAD~1 -- a.txt', 'blame a..b -- a.txt', 'ls-files -- :(attr:foo)*', 'log -- :(attr:x)',
    'diff -U /tmp/a a.txt', 'log -U HEAD@{1.second.ago}', 'check-ignore /tmp/../x', 'for-each-ref --format=%(committerdate:iso-local)',
  ];
  assert.deepEqual(forms.filter((form) => routed(form) !== undefined), []);
});

test('what changes something is git\'s alone', () => {
  const forms = [
    'add .', 'commit -m x', 'branch new', 'branch -d old', 'branch -m a b', 'branch --set-upstream-to=x', 'tag v1', 'tag -d v1', 'config a.b c', 'config --unset a.b', 'config --add a.b c', 'config --get',
    'symbolic-ref HEAD refs/heads/x', 'symbolic-ref -d x', 'reflog expire --all', 'reflog delete x', 'remote add a b', 'stash', 'stash pop', 'stash drop', 'update-index --refresh', 'checkout x', 'nonsense', '',
  ];
  assert.deepEqual(forms.filter((form) => routed(form) !== undefined), []);
});

test('options before the command that are not known, or start programs, are git\'s alone', () => {
  for (const form of ['--git-dir=x status', '--work-tree x status', '-c core.pager=x status', '-c diff.external=x diff', '-c alias.status=x status', '--exec-path=x status', '-p log', '--bare status', '--version --build-options', '-c']) {
    assert.equal(routed(form), undefined, form);
  }
  assert.deepEqual(parseCommandLine(['-C', 'a', '-c', 'color.ui=false', '-C', 'b', '--no-optional-locks', '--no-pager', 'log', '-1']), {
    directories: ['a', 'b'], settings: ['color.ui=false'], noOptionalLocks: true, command: 'log', args: ['-1'],
  });
});

test('an answer depends on what git looks at', () => {
  assert.deepEqual(routed('version')?.needs, []);
  assert.deepEqual(routed('--version')?.needs, []);
  assert.ok(routed('status')?.needs.includes('files') && routed('status')?.refreshesIndex);
  assert.ok(!routed('diff --cached')?.needs.includes('files') && routed('diff --cached')?.needs.includes('index'));
  assert.ok(!routed('diff main...topic --')?.needs.includes('files'));
  assert.ok(routed('diff main')?.needs.includes('files'), 'of a commit and the files');
  assert.ok(routed('show :a')?.needs.includes('index') && !routed('show HEAD:a')?.needs.includes('index'));
  assert.deepEqual(routed('log HEAD a.txt')?.ambiguous, ['HEAD', 'a.txt']);
  assert.deepEqual(routed('log HEAD -- a.txt')?.ambiguous, []);
  assert.ok(routed('for-each-ref --format=%(objectname:short)')?.needs.includes('added'));
  assert.ok(!routed('for-each-ref --format=%(objectname)')?.needs.includes('added'));
  assert.ok(!routed('config --list')?.needs.includes('files'));
});

test('letters may be joined when none takes a value', () => {
  assert.ok(routed('status -sb') !== undefined && routed('branch -av') !== undefined && routed('ls-files -sz') !== undefined);
  assert.ok(routed('status -sx') === undefined && routed('log -pS') === undefined && routed('tag -ld') === undefined);
  assert.ok(routed('status')?.tellsSlowness && !routed('status -sb')?.tellsSlowness);
});

test('a form is a command and its options, whatever their values', () => {
  assert.equal(formOf('log', ['--format=%H', '-n5', '--skip=3', 'HEAD', '--', '--path']), 'log --format -n5 --skip');
  assert.equal(formOf('status', ['-z', '-z', '-uall']), 'status -z -uall');
});
