/** A command line, its words apart by blanks, or as a list; `input` is for stdin. */
export type Form = string | readonly string[] | { readonly args: string | readonly string[]; readonly input: string };

/** How one of git's commands is tried. */
export interface Tried {
  /** Forms that leave the repository as it is for whoever looks. */
  readonly reads?: readonly Form[];
  /** Forms that change it: run on copies of it. */
  readonly changes?: readonly Form[];
}

const PATCH = 'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n';
const USAGE = '-h';

function usage(command: string): Tried {
  return { reads: [`${command} ${USAGE}`] };
}

/**
 * All commands of git that its command list names, with forms that say something in the repositories of `repository-states.ts`. Where a command
 * waits for somebody, talks to a network, or prints what is another each time, its usage stands for it.
 */
export const GIT_COMMANDS: Readonly<Record<string, Tried>> = {
  'add': { changes: ['add -A', 'add a.txt', 'add nowhere', 'add -n .'] },
  'am': { reads: ['am -h', 'am --show-current-patch'], changes: ['am --abort'] },
  'annotate': { reads: ['annotate -s HEAD -- a.txt', 'annotate nowhere'] },
  'apply': { reads: [{ args: 'apply --stat', input: PATCH }], changes: [{ args: 'apply', input: PATCH }, { args: 'apply --cached', input: PATCH }] },
  'archive': { reads: ['archive --list', 'archive HEAD -- a.txt'] },
  'bisect': { reads: ['bisect log'], changes: ['bisect start', 'bisect start HEAD HEAD~1'] },
  'blame': { reads: ['blame HEAD -- a.txt', 'blame -s a.txt', 'blame --porcelain HEAD -- a.txt', 'blame -L 1,2 HEAD -- a.txt', 'blame --root --incremental HEAD -- a.txt'] },
  'branch': { reads: ['branch', 'branch -a', 'branch -vv', 'branch --show-current', 'branch --list t*', 'branch --contains HEAD'], changes: ['branch made', 'branch -D topic', 'branch -m renamed'] },
  'bugreport': usage('bugreport'),
  'bundle': { reads: ['bundle list-heads nowhere'], changes: ['bundle create -q out.bundle --all'] },
  'cat-file': { reads: ['cat-file -p HEAD', 'cat-file -t HEAD', 'cat-file -s HEAD:a.txt', 'cat-file -p HEAD^{tree}', 'cat-file -e HEAD:nowhere', { args: 'cat-file --batch-check', input: 'HEAD\nHEAD:a.txt\nnowhere\n' }] },
  'check-attr': { reads: ['check-attr -a a.txt', 'check-attr text -- a.txt dir/b.txt'] },
  'check-ignore': { reads: ['check-ignore -v ignored.log a.txt', 'check-ignore a.txt', 'check-ignore -v -n a.txt out/made.bin', { args: 'check-ignore -v -z --stdin', input: 'a.txt\0ignored.log\0' }] },
  'check-mailmap': { reads: [['check-mailmap', 'Somebody <somebody@example.invalid>']] },
  'check-ref-format': { reads: ['check-ref-format refs/heads/x', 'check-ref-format --branch main', 'check-ref-format bad..name'] },
  'checkout': { changes: ['checkout topic', 'checkout -b made', 'checkout -- a.txt', 'checkout --detach'] },
  'checkout-index': { changes: ['checkout-index -a -f', 'checkout-index a.txt'] },
  'cherry': { reads: ['cherry main topic', 'cherry -v main topic'] },
  'cherry-pick': { changes: ['cherry-pick topic', 'cherry-pick --abort'] },
  'clean': { reads: ['clean -n', 'clean -nxd'], changes: ['clean -fd'] },
  'clone': { changes: ['clone -q . ../copy'] },
  'column': { reads: [{ args: 'column --mode=column --width=20', input: 'a\nb\nc\n' }] },
  'commit': { changes: ['commit -qm message', 'commit -am message', 'commit --allow-empty -qm empty', 'commit --dry-run'] },
  'commit-graph': { reads: ['commit-graph verify'], changes: ['commit-graph write --reachable --no-progress'] },
  'commit-tree': { changes: ['commit-tree HEAD^{tree} -m made'] },
  'config': { reads: ['config --list', 'config --get user.name', 'config --list --show-origin', 'config --get-regexp remote', 'config --get nowhere.to-be-found'], changes: ['config some.key value', 'config --unset remote.origin.url'] },
  'count-objects': { reads: ['count-objects', 'count-objects -v'] },
  'credential': usage('credential'),
  'credential-cache': usage('credential-cache'),
  'credential-store': usage('credential-store'),
  'daemon': usage('daemon'),
  'describe': { reads: ['describe --always', 'describe --tags', 'describe --all --long', 'describe --always --dirty'] },
  'diagnose': usage('diagnose'),
  'diff': { reads: ['diff', 'diff --cached', 'diff --stat HEAD', 'diff --name-status main topic', 'diff --quiet', 'diff HEAD~1 -- a.txt'] },
  'diff-files': { reads: ['diff-files', 'diff-files -p'] },
  'diff-index': { reads: ['diff-index HEAD', 'diff-index --cached HEAD'] },
  'diff-tree': { reads: ['diff-tree -r HEAD', 'diff-tree -p main topic'] },
  'difftool': usage('difftool'),
  'fast-export': { reads: ['fast-export --all'] },
  'fast-import': { changes: [{ args: 'fast-import --quiet', input: 'commit refs/heads/imported\ncommitter T <t@example.invalid> 1700000000 +0000\ndata 2\nm\nM 100644 inline i.txt\ndata 2\ni\n' }] },
  'fetch': { changes: ['fetch', 'fetch -q origin', 'fetch nowhere'] },
  'fetch-pack': usage('fetch-pack'),
  'filter-branch': usage('filter-branch'),
  'fmt-merge-msg': { reads: [{ args: 'fmt-merge-msg', input: '' }] },
  'for-each-ref': {
    reads: ['for-each-ref', ['for-each-ref', '--format=%(refname) %(objectname:short) %(upstream:track)'], 'for-each-ref --sort=-committerdate refs/heads', 'for-each-ref --contains HEAD', 'for-each-ref --count=2 --format=%(subject)', 'for-each-ref --format=%(nonsense)'],
  },
  'for-each-repo': { reads: ['for-each-repo --config=nowhere.repo status'] },
  'format-patch': { reads: ['format-patch --stdout HEAD~1'], changes: ['format-patch -1'] },
  'fsck': { reads: ['fsck', 'fsck --no-dangling'] },
  'gc': { changes: ['gc -q --prune=now'] },
  'get-tar-commit-id': { reads: [{ args: 'get-tar-commit-id', input: '' }] },
  'grep': { reads: ['grep -n two', 'grep -c one -- a.txt', 'grep nothing-like-it', 'grep -l one HEAD'] },
  'hash-object': { reads: ['hash-object a.txt', 'hash-object -t tree /dev/null', { args: 'hash-object --stdin', input: 'x' }], changes: ['hash-object -w a.txt'] },
  'help': { reads: ['help -a', 'help -g'] },
  'hook': { reads: ['hook run --ignore-missing pre-commit', 'hook run nowhere'] },
  'http-backend': usage('http-backend'),
  'index-pack': usage('index-pack'),
  'init': { changes: ['init', 'init -q ../fresh'] },
  'interpret-trailers': { reads: [{ args: 'interpret-trailers --trailer Key:value', input: 'subject\n\nbody\n' }] },
  'log': { reads: ['log -3', 'log --oneline --graph --all', 'log -p -2', 'log --stat -- dir', ['log', '--format=%H %an %s', '-n', '2'], 'log topic..main', 'log nowhere'] },
  'ls-files': { reads: ['ls-files', 'ls-files --stage', 'ls-files -o --exclude-standard', 'ls-files -m', 'ls-files -u', 'ls-files --error-unmatch nowhere'] },
  'ls-remote': { reads: ['ls-remote', 'ls-remote --heads origin', 'ls-remote ../nowhere'] },
  'ls-tree': { reads: ['ls-tree HEAD', 'ls-tree -r --name-only HEAD', 'ls-tree -l HEAD -- a.txt', 'ls-tree nowhere'] },
  'mailinfo': usage('mailinfo'),
  'mailsplit': usage('mailsplit'),
  'maintenance': { reads: ['maintenance -h'], changes: ['maintenance run --quiet --task=commit-graph'] },
  'merge': { changes: ['merge -q topic', 'merge --no-ff -m merged topic', 'merge --abort'] },
  'merge-base': { reads: ['merge-base main topic', 'merge-base --is-ancestor topic main', 'merge-base -a HEAD topic', 'merge-base main nowhere'] },
  'merge-file': { reads: ['merge-file -p a.txt a.txt a.txt'], changes: ['merge-file a.txt a.txt dir/b.txt'] },
  'merge-index': usage('merge-index'),
  'merge-one-file': { reads: ['merge-one-file'] },
  'merge-tree': { reads: ['merge-tree --write-tree main topic', 'merge-tree main~1 main topic'] },
  'mergetool': usage('mergetool'),
  'mktag': { reads: [{ args: 'mktag', input: 'nonsense' }] },
  'mktree': { reads: [{ args: 'mktree', input: '' }] },
  'multi-pack-index': { changes: ['multi-pack-index write --no-progress'] },
  'mv': { changes: ['mv a.txt moved.txt', 'mv nowhere x'] },
  'name-rev': { reads: ['name-rev HEAD', 'name-rev --tags HEAD~1'] },
  'notes': { reads: ['notes list', 'notes show'], changes: ['notes add -m noted'] },
  'pack-objects': usage('pack-objects'),
  'pack-redundant': { reads: ['pack-redundant --all'] },
  'pack-refs': { changes: ['pack-refs --all'] },
  'patch-id': { reads: [{ args: 'patch-id', input: PATCH }] },
  'prune': { changes: ['prune --no-progress'] },
  'prune-packed': { changes: ['prune-packed -q'] },
  'pull': { changes: ['pull -q --ff-only', 'pull --rebase'] },
  'push': { changes: ['push -q origin main', 'push --dry-run origin topic'] },
  'range-diff': { reads: ['range-diff main~1..main main~1..topic'] },
  'read-tree': { changes: ['read-tree HEAD', 'read-tree --empty'] },
  'rebase': { changes: ['rebase topic', 'rebase --abort'] },
  'reflog': { reads: ['reflog', 'reflog -n 3 main', 'reflog show topic', 'reflog exists refs/heads/main'], changes: ['reflog expire --expire=now --all'] },
  'remote': { reads: ['remote', 'remote -v', 'remote show', 'remote get-url origin', 'remote get-url nowhere'], changes: ['remote add other ../other.git', 'remote remove origin'] },
  'repack': { changes: ['repack -q -a -d'] },
  'replace': { reads: ['replace --list'], changes: ['replace HEAD HEAD~1'] },
  'rerere': { reads: ['rerere status'], changes: ['rerere clear'] },
  'reset': { changes: ['reset -q', 'reset --hard HEAD~1', 'reset --soft HEAD~1', 'reset -q HEAD -- a.txt'] },
  'restore': { changes: ['restore a.txt', 'restore --staged .'] },
  'rev-list': { reads: ['rev-list --count HEAD', 'rev-list --all', 'rev-list main..topic', 'rev-list -n 2 --parents HEAD', 'rev-list --objects HEAD'] },
  'rev-parse': {
    reads: ['rev-parse HEAD', 'rev-parse --show-toplevel', 'rev-parse --abbrev-ref HEAD', 'rev-parse --git-dir --git-common-dir --show-superproject-working-tree', 'rev-parse --verify -q refs/heads/nowhere', 'rev-parse HEAD@{1}', 'rev-parse --is-inside-work-tree --is-shallow-repository'],
  },
  'revert': { changes: ['revert --no-edit HEAD'] },
  'rm': { changes: ['rm -q a.txt', 'rm --cached a.txt', 'rm -rfq dir'] },
  'send-pack': usage('send-pack'),
  'shortlog': { reads: ['shortlog -sn HEAD', 'shortlog HEAD'] },
  'show': { reads: ['show', 'show --stat HEAD', 'show HEAD:a.txt', 'show --textconv :a.txt', 'show v1', 'show HEAD:nowhere'] },
  'show-branch': { reads: ['show-branch', 'show-branch --list'] },
  'show-index': usage('show-index'),
  'show-ref': { reads: ['show-ref', 'show-ref --heads', 'show-ref --verify refs/heads/main', 'show-ref -q nowhere'] },
  'sparse-checkout': { reads: ['sparse-checkout list'], changes: ['sparse-checkout set dir', 'sparse-checkout disable'] },
  'stash': { reads: ['stash list', 'stash show', 'stash list --format=%gd'], changes: ['stash', 'stash push -u -m stashed', 'stash pop'] },
  'status': { reads: ['status', 'status -s -b', 'status -z -uall', 'status --porcelain=v2 -b', 'status --porcelain -uno', 'status --ignored'] },
  'stripspace': { reads: [{ args: 'stripspace', input: 'a  \n\n\n\nb' }] },
  'submodule': { reads: ['submodule', 'submodule status', 'submodule summary'] },
  'switch': { changes: ['switch topic', 'switch -c made'] },
  'symbolic-ref': { reads: ['symbolic-ref HEAD', 'symbolic-ref --short HEAD', 'symbolic-ref -q refs/remotes/origin/HEAD'], changes: ['symbolic-ref refs/heads/alias refs/heads/main'] },
  'tag': { reads: ['tag', 'tag -l v*', 'tag -n1', 'tag --sort=-creatordate', 'tag --contains HEAD~1'], changes: ['tag made', 'tag -d v1', 'tag -a -m annotated another'] },
  'unpack-file': usage('unpack-file'),
  'unpack-objects': usage('unpack-objects'),
  'update-index': { changes: ['update-index --refresh', 'update-index --assume-unchanged a.txt', ['update-index', '--add', '--cacheinfo', '100644', 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391', 'empty.txt']] },
  'update-ref': { changes: ['update-ref refs/heads/made HEAD', 'update-ref -d refs/heads/topic'] },
  'update-server-info': { changes: ['update-server-info'] },
  'var': { reads: ['var GIT_COMMITTER_IDENT', 'var GIT_EDITOR'] },
  'verify-commit': { reads: ['verify-commit HEAD'] },
  'verify-pack': usage('verify-pack'),
  'verify-tag': { reads: ['verify-tag v1'] },
  'version': { reads: ['version', '--version', 'version --build-options'] },
  'whatchanged': { reads: ['whatchanged -n 2'] },
  'worktree': { reads: ['worktree list', 'worktree list --porcelain'], changes: ['worktree add -q ../another', 'worktree prune'] },
  'write-tree': { changes: ['write-tree'] },
};

/** Words and stdin of a form. */
export function asked(form: Form): { readonly args: readonly string[]; readonly input: string } {
  const { args, input } = typeof form === 'string' || !('args' in form) ? { args: form, input: '' } : form;
  return { args: typeof args === 'string' ? args.split(' ') : args, input };
}
