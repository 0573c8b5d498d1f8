import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../server/system.ts';
import { GitRepository } from '../support/git-repository.ts';
import { ShimPlace, shown } from '../support/shim-place.ts';

// Answers that were once of the time before, or of another place: each is asked, then what it depends on changes.

interface Case {
  readonly setup?: (repository: GitRepository) => void;
  readonly args: (repository: GitRepository) => readonly string[];
  /** What it reads from stdin. */
  readonly input?: (repository: GitRepository) => string;
  /** After each the question is asked; it was answered before each. */
  readonly changes: readonly ((repository: GitRepository) => void)[];
}

const write = (directory: string, file: string, content: string): void => {
  fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
  fs.writeFileSync(path.join(directory, file), content);
};
const home = (repository: GitRepository): string => repository.env['HOME'] ?? '';
const newIgnored = (repository: GitRepository): void => repository.write('out/new.bin', 'n');
const STATUS = (): readonly string[] => ['status', '-s', '-uall'];

/** Another repository, and a link to a directory of it in the work tree. */
function linkElsewhere(repository: GitRepository): void {
  const other = path.join(repository.directory, 'other');
  repository.git(['init', '-q', other]);
  fs.mkdirSync(path.join(other, 'd/sub'), { recursive: true });
  fs.symlinkSync(path.join(other, 'd'), path.join(repository.root, 'link'));
}

const linkWorkTree = (repository: GitRepository): string => repository.git(['worktree', 'add', '-q', '--detach', '../linked', 'HEAD~1']);
const newElsewhere = (repository: GitRepository): void => write(repository.directory, 'other/d/sub/new', 'n');

const CASES: Readonly<Record<string, Case>> = {
  'a directory that this repository no longer ignores': {
    setup: (r) => write(r.root, '.git/info/exclude', 'out/\n'), args: STATUS, changes: [(r) => write(r.root, '.git/info/exclude', '\n'), newIgnored],
  },
  'a directory that the user no longer ignores': {
    setup: (r) => write(home(r), '.config/git/ignore', 'out/\n'), args: STATUS, changes: [(r) => write(home(r), '.config/git/ignore', '\n'), newIgnored],
  },
  'a directory that a file in the work tree no longer ignores': {
    setup: (r) => {
      r.write('rules', 'out/\n');
      r.git(['config', 'core.excludesFile', 'rules']);
    },
    args: STATUS, changes: [(r) => r.write('rules', '\n'), newIgnored],
  },
  'a directory that other rules of the user ignore': {
    setup: (r) => {
      write(r.directory, 'first', 'out/\n');
      write(r.directory, 'second', '\n');
      r.git(['config', '--global', 'core.excludesFile', path.join(r.directory, 'first')]);
    },
    args: STATUS, changes: [(r) => void r.git(['config', '--global', 'core.excludesFile', path.join(r.directory, 'second')]), newIgnored],
  },
  'what is ignored, asked on stdin by absolute paths': {
    args: () => ['check-ignore', '-v', '-z', '--stdin'], input: (r) => ['a.txt', 'out/x', 'new.log', 'dir/b.txt'].map((file) => path.join(r.root, file)).join('\0'),
    changes: [(r) => write(r.root, '.gitignore', '*.txt\n'), (r) => write(r.root, 'dir/.gitignore', '!b.txt\n'), (r) => write(r.root, '.git/info/exclude', 'out/\n'), (r) => void r.git(['rm', '-q', '--cached', 'a.txt'])],
  },
  'what is ignored, asked line by line': {
    args: () => ['check-ignore', '-n', '-v', '--stdin'], input: () => 'a.txt\nnew.log\n', changes: [(r) => write(r.root, '.gitignore', 'a.txt\n')],
  },
  'a file that is no part of a merge in conflict': {
    args: () => ['show', '--textconv', ':1:a.txt'], changes: [
      (r) => {
        r.git(['checkout', '-q', '-b', 'other', 'HEAD~1']);
        r.commit({ 'b.txt': 'conflict\n' });
      },
      (r) => void r.git(['update-index', '--index-info'], { input: `100644 ${r.git(['rev-parse', 'HEAD:a.txt'])} 3\tb.txt\n` }),
      (r) => void r.git(['update-index', '--force-remove', 'a.txt']),
    ],
  },
  'a history from the branches that stdin names': {
    args: () => ['log', '--format=%H %D', '-z', '-n50', '--topo-order', '--decorate=full', '--stdin'], input: () => 'refs/heads/main\nHEAD~1\n',
    changes: [(r) => void r.commit({ 'a.txt': 'once more\n' }), (r) => void r.git(['tag', 'named']), (r) => void r.git(['reset', '-q', '--hard', 'HEAD~1'])],
  },
  'a linked work tree that somebody moves, and one that comes back': {
    setup: linkWorkTree, args: () => ['worktree', 'list', '--porcelain'],
    changes: [
      (r) => fs.renameSync(path.join(r.directory, 'linked'), path.join(r.directory, 'moved')), (r) => fs.renameSync(path.join(r.directory, 'moved'), path.join(r.directory, 'linked')),
      (r) => void r.git(['-C', '../linked', 'checkout', '-q', 'HEAD~0', '-b', 'made-there']), (r) => void r.git(['worktree', 'lock', '../linked']),
    ],
  },
  'a branch that is called like a temporary file': {
    setup: (r) => void r.git(['branch', 'tmp_x']), args: () => ['rev-parse', 'tmp_x'], changes: [(r) => void r.git(['update-ref', 'refs/heads/tmp_x', 'HEAD~1'])],
  },
  'a branch in a directory that is called like a temporary file': {
    args: () => ['for-each-ref'], changes: [(r) => void r.git(['branch', 'tmp_x/y', 'HEAD~1']), (r) => void r.git(['branch', '-f', 'tmp_x/y', 'HEAD'])],
  },
  'another repository behind a link': { setup: linkElsewhere, args: () => ['-C', 'link/sub', 'status', '-s'], changes: [newElsewhere] },
  'another repository above what a link leads to': { setup: linkElsewhere, args: () => ['-C', 'link/..', 'status', '-s'], changes: [newElsewhere] },
  'commits of another work tree': {
    setup: (r) => {
      linkWorkTree(r);
      r.git(['update-ref', 'refs/dangling', r.git(['commit-tree', 'HEAD^{tree}', '-m', 'dangling'])]);
      write(r.directory, 'dangling', r.git(['rev-parse', 'refs/dangling']));
      r.git(['update-ref', '-d', 'refs/dangling']);
    },
    args: () => ['log', '--oneline', '--all'],
    changes: [(r) => void r.git(['-C', '../linked', 'reset', '-q', '--hard', fs.readFileSync(path.join(r.directory, 'dangling'), 'utf8')])],
  },
  'HEAD of another work tree': { setup: linkWorkTree, args: () => ['rev-parse', 'worktrees/linked/HEAD'], changes: [(r) => void r.git(['-C', '../linked', 'reset', '-q', '--hard', 'HEAD~1'])] },
  'the order of branches by where they are checked out': {
    setup: (r) => {
      r.git(['branch', 'aa']);
      r.git(['branch', 'bb']);
      r.git(['worktree', 'add', '-q', '../linked', 'aa']);
    },
    args: () => ['for-each-ref', '--sort=worktreepath'], changes: [(r) => void r.git(['-C', '../linked', 'checkout', '-q', 'bb'])],
  },
  'a ref at the top of the git directory': {
    setup: (r) => void r.git(['update-ref', 'AUTO_MERGE', 'HEAD']), args: () => ['rev-parse', 'AUTO_MERGE'], changes: [(r) => void r.git(['update-ref', 'AUTO_MERGE', 'HEAD~1'])],
  },
  'a remote of the old kind': {
    setup: (r) => write(r.root, '.git/remotes/old', 'URL: x\n'), args: () => ['remote', 'get-url', 'old'], changes: [(r) => write(r.root, '.git/remotes/old', 'URL: y\n')],
  },
  'refs in a directory that took the place of another': {
    setup: (r) => void r.git(['branch', 'deep/er/one']), args: () => ['for-each-ref'],
    changes: [
      (r) => {
        fs.renameSync(path.join(r.root, '.git/refs/heads/deep'), path.join(r.directory, 'kept'));
        write(r.root, '.git/refs/heads/deep/er/one', r.git(['rev-parse', 'HEAD']));
      },
      (r) => void r.git(['branch', 'deep/er/two']),
    ],
  },
  'a link to another directory of this repository': {
    setup: (r) => fs.symlinkSync('dir', path.join(r.root, 'link')), args: () => ['-C', 'link', 'rev-parse', '--show-prefix'],
    changes: [(r) => {
      fs.rmSync(path.join(r.root, 'link'));
      fs.symlinkSync('out', path.join(r.root, 'link'));
    }],
  },
  'a git directory that was moved away and back': {
    args: () => ['symbolic-ref', 'HEAD'],
    changes: [
      (r) => {
        fs.renameSync(path.join(r.root, '.git'), path.join(r.directory, 'away'));
        fs.renameSync(path.join(r.directory, 'away'), path.join(r.root, '.git'));
      },
      (r) => void r.git(['symbolic-ref', 'HEAD', 'refs/heads/other']),
    ],
  },
  'an object that is overwritten': {
    args: (r) => ['cat-file', '-t', r.git(['rev-parse', 'HEAD:a.txt'])],
    changes: [(r) => {
      const id = r.git(['rev-parse', 'HEAD:a.txt']);
      const file = path.join(r.root, '.git/objects', id.slice(0, 2), id.slice(2));
      fs.chmodSync(file, 0o644);
      fs.writeFileSync(file, 'junk');
    }],
  },
};

function ordinary(): GitRepository {
  const repository = GitRepository.create();
  repository.commit({ 'a.txt': 'one\n', 'dir/b.txt': 'b\n' }, 'first');
  repository.commit({ 'a.txt': 'one\ntwo\n', 'b.txt': 'b\n' }, 'second');
  repository.commit({ 'a.txt': 'x\n', 'b.txt': 'y\n' }, 'third');
  repository.write('out/made.bin', 'x');
  return repository;
}

for (const [name, { setup, args, input, changes }] of Object.entries(CASES)) {
  test(`seen: ${name}`, async () => {
    const repository = ordinary();
    setup?.(repository);
    const place = new ShimPlace(repository);
    const asked = args(repository);
    const more = input === undefined ? {} : { input: input(repository) };
    try {
      for (const change of changes) {
        await place.learn([asked], more);
        const before = await place.ask(asked, more);
        assert.equal(before === undefined ? 'not answered' : shown(before), shown(place.git(asked, more)), 'before');
        change(repository);
        const after = await place.ask(asked, more);
        if (after !== undefined) assert.equal(shown(after), shown(place.git(asked, more)), 'right after');
      }
    } finally {
      place.close();
    }
  });
}

test('what is made ahead of the question is of the repository that was asked about, also when another appears inside and goes', async () => {
  const repository = ordinary();
  const place = new ShimPlace(repository);
  const asked = ['-C', 'dir', 'rev-parse', 'HEAD'];
  try {
    await place.learn([asked]);
    // The order counts: what was known is of no use any more, and is made anew while the other repository is there.
    repository.git(['commit', '-q', '--allow-empty', '-m', 'outside']);
    repository.git(['init', '-q', 'dir']);
    repository.git(['-C', 'dir', 'commit', '-q', '--allow-empty', '-m', 'inside']);
    await place.learn([['rev-parse', 'HEAD']]);
    fs.rmSync(path.join(repository.root, 'dir/.git'), { recursive: true });
    const answer = await place.ask(asked);
    if (answer !== undefined) assert.equal(shown(answer), shown(place.git(asked)));
  } finally {
    place.close();
  }
});

test('on stdin, what leads out, is quoted, or has options is git\'s', async () => {
  const place = new ShimPlace(ordinary());
  const outside = path.join(place.repository.directory, 'elsewhere');
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['check-ignore', '-z', '--stdin'], `../elsewhere\0`], [['check-ignore', '-z', '--stdin'], outside], [['check-ignore', '--stdin'], '"a\\tb"\n'], [['check-ignore', '--stdin', 'a.txt'], 'a.txt\n'],
    [['log', '--stdin'], '--all\n'], [['log', '--stdin'], 'main@{yesterday}\n'], [['log', '--stdin'], ':/first\n'],
  ];
  try {
    for (const [args, input] of cases) {
      await place.learn([args], { input });
      assert.equal(await place.ask(args, { input }), undefined, `${args.join(' ')} < ${input}`);
    }
    // The same words, and other input: another question.
    await place.learn([['check-ignore', '--stdin']], { input: 'a.log\n' });
    assert.equal(shown(await place.ask(['check-ignore', '--stdin'], { input: 'a.log\n' }) ?? assert.fail()), shown(place.git(['check-ignore', '--stdin'], { input: 'a.log\n' })));
    assert.equal(await place.ask(['check-ignore', '--stdin'], { input: 'a.txt\n' }), undefined);
    assert.equal(await place.ask(['check-ignore', '--stdin']), undefined);
  } finally {
    place.close();
  }
});

/** Settings with which an answer depends on the time of day, on programs, or on files that nobody looks at. */
const SETTINGS: readonly (readonly [string, string, readonly string[]])[] = [
  ['format.pretty', 'format:%ar', ['log', '-1']], ['log.date', 'relative', ['log', '-1']], ['diff.orderFile', '/tmp/order', ['show', '--stat', 'HEAD']], ['diff.external', 'false', ['diff']],
  ['diff.x.textconv', 'cat', ['show', 'HEAD']], ['log.showSignature', 'true', ['log', '-1']], ['mailmap.file', '/tmp/mailmap', ['log', '-1']], ['core.fsmonitor', '/bin/true', ['status']],
  ['filter.x.clean', 'cat', ['status']], ['core.worktree', '/tmp', ['status']], ['include.path', '~nobody/x', ['config', '--list']],
];
for (const [key, value, asked] of SETTINGS) {
  test(`git's alone with ${key}`, async () => {
    const repository = ordinary();
    const place = new ShimPlace(repository);
    try {
      await place.learn([asked]);
      assert.ok(await place.ask(asked) !== undefined, 'without it');
      repository.git(['config', key, value]);
      await place.learn([asked]);
      assert.equal(await place.ask(asked), undefined);
    } finally {
      place.close();
    }
  });
}

test('where a repository may be a submodule of another, only git says so', async () => {
  const repository = ordinary();
  const place = new ShimPlace(repository);
  const asked = ['rev-parse', '--show-superproject-working-tree'];
  const inner = { directory: path.join(repository.root, 'inner') };
  repository.git(['init', '-q', 'inner']);
  try {
    await place.learn([asked], inner);
    assert.equal(await place.ask(asked, inner), undefined);
    await place.learn([asked]);
    assert.ok(await place.ask(asked) !== undefined);
  } finally {
    place.close();
  }
});

test('a clock that is set back and forth: no answer is of another time, and it is answered on', async () => {
  let offset = 0;
  const repository = ordinary();
  const place = new ShimPlace(repository, { clock: { now: () => systemClock.now() + offset, micros: () => systemClock.micros() } });
  const asked = [['status', '-z', '-uall'], ['log', '-2', '--stat'], ['config', '--list', '--local'], ['branch', '-vv']];
  const day = 86_400_000;
  const compare = async (): Promise<number> => {
    const answers = await Promise.all(asked.map(async (args) => place.ask(args)));
    answers.forEach((answer, i) => { if (answer !== undefined) assert.equal(shown(answer), shown(place.git(asked[i] ?? []))); });
    return answers.filter((answer) => answer !== undefined).length;
  };
  try {
    for (const [round, next] of [0, -400 * day, 30 * day, -1_000, 0].entries()) {
      offset = next;
      await place.learn(asked);
      assert.equal(await compare(), asked.length, `${next} ms off`);
      repository.write('a.txt', `round ${round}\n`);
      await compare();
      // As a program does that keeps times, or a clock that was wrong.
      fs.utimesSync(path.join(repository.root, 'a.txt'), 1, 1);
      repository.git(['config', 'some.value', String(round)]);
      repository.git(['commit', '-q', '--allow-empty', '-m', `round ${round}`]);
      await compare();
    }
  } finally {
    place.close();
  }
});
