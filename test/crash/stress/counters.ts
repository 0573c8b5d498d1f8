import type { Asked } from './questions.ts';

/** Something in a repository that holds a number, which one process alone makes greater by one. */
export interface Counter {
  readonly name: string;
  /** From `number - 1` to `number`, in a shell; tried again until it works. */
  readonly step: (number: number) => string;
  readonly asked: readonly Asked[];
  /** Finds every number that an answer shows. */
  readonly pattern: RegExp;
}

function asked(...lines: readonly string[]): Asked[] {
  return lines.map((line) => ({ args: line.split(' ') }));
}

/** One for each place in which git keeps what it prints. */
export const COUNTERS: readonly Counter[] = [
  {
    name: 'a commit', pattern: /\bcommit-(\d+)\b/g,
    step: (number) => `git commit -q --allow-empty -m commit-${number}`,
    asked: asked('log -1 --format=%s', 'show -s --format=%s HEAD', 'log -1', 'branch -v --list main', 'reflog -n 1', 'for-each-ref --format=%(subject) refs/heads/main'),
  },
  {
    name: 'a ref', pattern: /\bref-(\d+)\b/g,
    step: (number) => `printf 'create refs/tags/ref-${number} HEAD\\ndelete refs/tags/ref-${number - 1}\\n' | git update-ref --stdin`,
    asked: asked('for-each-ref refs/tags', 'tag -l ref-*', 'show-ref --tags'),
  },
  {
    name: 'where a ref leads', pattern: /\bmark-(\d+)\b/g,
    step: (number) => `git update-ref refs/heads/mark $(git commit-tree -m mark-${number} HEAD^{tree})`,
    asked: asked('log -1 --format=%s mark', 'branch -v --list mark', 'cat-file -p mark', 'for-each-ref --format=%(subject) refs/heads/mark'),
  },
  {
    name: 'a setting', pattern: /^(\d+)$/gm,
    step: (number) => `git config counter.value ${number}`,
    asked: asked('config --get counter.value', 'config counter.value'),
  },
  {
    // Of two in turn: the same one again would be no change.
    name: 'a stash', pattern: /\bstash-(\d+)\b/g,
    step: (number) => `git stash store -m stash-${number} refs/keep-${number % 2}`,
    asked: asked('stash list -n1', 'reflog -n 1 refs/stash'),
  },
  {
    // What is committed meanwhile from the index is deleted there by the next step, and shown in another column.
    name: 'the index', pattern: /(?:^|[\0\t]|[A ]D )indexed-(\d+)/gm,
    step: (number) => `git update-index --add --cacheinfo 100644,$(git rev-parse HEAD:a.txt),indexed-${number} --force-remove indexed-${number - 1}`,
    asked: asked('ls-files', 'ls-files -s', 'ls-files -z', 'status --porcelain --no-renames', 'status -z -uno --no-renames'),
  },
  {
    name: 'a file that is not tracked', pattern: /\bnew-(\d+)\b/g,
    step: (number) => `mv deep/new-${number - 1} deep/new-${number}`,
    asked: asked('status -z -uall', 'status --porcelain -uall', 'ls-files -o --exclude-standard'),
  },
  {
    name: 'what a file holds', pattern: /\bcontent-(\d+)\b/g,
    step: (number) => `echo content-${number} > ../content && mv ../content a.txt`,
    asked: asked('diff', 'diff HEAD -- a.txt', 'diff -U0'),
  },
  {
    name: 'a directory that moves', pattern: /\bdirectory-(\d+)\b/g,
    step: (number) => `mv directory-${number - 1} directory-${number}`,
    asked: asked('status --porcelain', 'status -s', 'status', 'ls-files -o'),
  },
  {
    name: 'a rule of what is ignored', pattern: /\[r(\d+)\]ule/g,
    step: (number) => `echo '[r${number}]ule' > ../rules && mv ../rules .gitignore`,
    asked: [...asked('check-ignore -v rule'), { args: ['check-ignore', '-v', '-z', '--stdin'], input: 'rule\0' }],
  },
];

/** Makes the repository of the counters, each at 0, in a shell. */
export const SETUP = [
  'git init -q -b main', 'echo content > a.txt; git add a.txt; git commit -q -m commit-0', 'git tag ref-0', 'git config counter.value 0', 'git branch mark $(git commit-tree -m mark-0 HEAD^{tree})',
  'for kept in 0 1; do echo $kept > a.txt; git update-ref refs/keep-$kept $(git stash create); git checkout -q a.txt; done; git stash store -m stash-0 refs/keep-0', 'git update-index --add --cacheinfo 100644,$(git rev-parse HEAD:a.txt),indexed-0',
  'mkdir deep directory-0; echo n > deep/new-0; echo n > directory-0/file', 'echo content-0 > a.txt', "echo '[r0]ule' > .gitignore",
].join('; ');
