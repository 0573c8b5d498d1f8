/** A command line, and what it gets on stdin. */
export interface Asked {
  readonly args: readonly string[];
  readonly input?: string;
}

const LINES = [
  'status -z -uall', 'status -z', 'status', 'status -s -b', 'status --porcelain=v2 -b', 'status --porcelain', 'status -s -- dir', '-C dir status -s', '--no-optional-locks status --porcelain -unormal',
  'diff --name-status', 'diff', 'diff --stat HEAD', 'diff --cached --name-status', 'diff --quiet',
  'log -1', 'log --oneline -n 5', 'log -2 --stat', 'log --graph --oneline --all -n 20', 'show --stat HEAD', 'show :a.txt', 'show HEAD:dir/b.txt', 'cat-file -p HEAD', 'rev-list --count HEAD', 'merge-base main topic', 'describe --always --tags', 'reflog -n 3',
  'rev-parse HEAD', 'rev-parse --abbrev-ref HEAD', 'rev-parse --show-toplevel', 'rev-parse --verify -q main', 'symbolic-ref -q HEAD', 'for-each-ref', 'show-ref --heads', 'branch -vv', 'branch', 'tag -l', 'stash list', 'worktree list --porcelain',
  'ls-files -s', 'ls-files -o --exclude-standard', 'ls-files -m', 'ls-tree -r HEAD', 'config --get user.name', 'config --list', 'remote -v', 'check-ignore -v n.log a.txt out/made.bin x/y/z.txt',
  '-C nested rev-parse --show-toplevel', '-C nested status -s', '-C nested log -1 --format=%s', '-C ../linked status -s', '-C ../linked rev-parse HEAD',
];

/** What is asked of a repository that changes: a form for each thing that an answer may depend on. */
export const QUESTIONS: readonly Asked[] = [
  ...LINES.map((line) => ({ args: line.split(' ') })),
  { args: ['check-ignore', '-v', '-z', '--stdin'], input: 'n.log\0a.txt\0dir/deep/c.txt\0nested/i.txt\0' },
  { args: ['log', '--stdin', '--oneline', '-n', '3'], input: 'HEAD\n' },
];
