import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { GitRepository } from '../support/git-repository.ts';
import { SeededRandom } from '../support/random.ts';
import { ShimPlace, shown } from '../support/shim-place.ts';
import { FORMS } from './shim-forms.ts';

// Git is the oracle: whatever the shim answers, the real git says at the same moment, to the byte.
// PYI_SEED starts elsewhere, PYI_ROUNDS multiplies the rounds of the random test.
const SEED = Number(process.env['PYI_SEED'] ?? 1);
const ROUNDS = Number(process.env['PYI_ROUNDS'] ?? 1);

/** Asked around every change: a form for each thing that an answer may depend on. The long run asks all. */
const WATCHFUL = [
  'status -z -uall', 'status', 'diff', 'diff --cached --name-status', 'ls-files -o --exclude-standard', 'ls-files --stage -- a.txt', 'rev-parse --abbrev-ref HEAD', 'for-each-ref',
  'branch -vv', 'log --oneline -n 5', 'log -p -2 --no-color', 'show --stat HEAD', 'config --list', 'reflog -n 5', 'check-ignore -v a.txt ignored.log dir/b.txt', 'rev-parse --show-toplevel', 'worktree list --porcelain -z',
];
const ASKED = ROUNDS > 1 ? FORMS : FORMS.filter((args) => WATCHFUL.includes(args.join(' ')));

/** Commits, a tag, a branch, a remote, and files of each kind. */
function ordinary(): GitRepository {
  const repository = GitRepository.create();
  repository.commit({ 'a.txt': 'one\ntwo\n', 'dir/b.txt': 'b\n', 'dir/deep/c.txt': 'c\n', '.gitignore': '*.log\nout/\n', 'with space.txt': 's\n' }, 'first');
  repository.commit({ 'a.txt': 'one\ntwo\nthree\n' }, 'second');
  repository.git(['tag', '-a', 'v1', '-m', 'one']);
  repository.git(['branch', 'topic']);
  repository.git(['checkout', '-q', 'topic']);
  repository.commit({ 'topic.txt': 't\n' }, 'on topic');
  repository.git(['checkout', '-q', 'main']);
  repository.git(['remote', 'add', 'origin', 'https://example.invalid/r.git']);
  repository.write('ignored.log', 'x');
  repository.write('out/made.bin', 'x');
  return repository;
}

/** Everything that is answered now is what git says now. Returns how many were answered. */
async function compare(place: ShimPlace, forms: readonly (readonly string[])[], when: string): Promise<number> {
  let answered = 0;
  for (const args of forms) {
    const answer = await place.ask(args);
    if (answer === undefined) continue;
    answered++;
    assert.equal(shown(answer), shown(place.git(args)), `${when}: git ${args.join(' ')}`);
  }
  return answered;
}

test('in an ordinary repository all that is usually asked is answered, as git does', async () => {
  const place = new ShimPlace(ordinary());
  try {
    assert.equal(await compare(place, FORMS, 'before anybody asked'), 0);
    await place.learn(FORMS);
    const unknown: string[] = [];
    for (const args of FORMS) if (await place.ask(args) === undefined) unknown.push(args.join(' '));
    assert.deepEqual(unknown, []);
    assert.equal(await compare(place, FORMS, 'asked before'), FORMS.length);
  } finally {
    place.close();
  }
});

/** One change each, by another process or by hand, in the way that shells, git and editors make it. */
const CHANGES: Readonly<Record<string, (repository: GitRepository) => void>> = {
  'an edit': (r) => r.write('a.txt', 'edited\n'),
  'an edit of the same size': (r) => r.write('a.txt', 'two\none\nthree\n'),
  'an edit deep down': (r) => fs.appendFileSync(path.join(r.root, 'dir/deep/c.txt'), 'more'),
  'a file is touched': (r) => fs.utimesSync(path.join(r.root, 'a.txt'), 1, 1),
  'a new file': (r) => r.write('new.txt', 'n'),
  'a new directory': (r) => r.write('fresh/deep/er/new.txt', 'n'),
  'a file in a directory that was just made': (r) => {
    fs.mkdirSync(path.join(r.root, 'made'));
    r.write('made/later.txt', 'n');
  },
  'a file is removed': (r) => r.unlink('dir/b.txt'),
  'a directory is removed': (r) => fs.rmSync(path.join(r.root, 'dir'), { recursive: true }),
  'a directory is renamed': (r) => fs.renameSync(path.join(r.root, 'dir'), path.join(r.root, 'moved')),
  'a file in a directory that was renamed': (r) => {
    fs.renameSync(path.join(r.root, 'dir'), path.join(r.root, 'moved'));
    fs.writeFileSync(path.join(r.root, 'moved/b.txt'), 'changed\n');
  },
  'a mode': (r) => fs.chmodSync(path.join(r.root, 'a.txt'), 0o755),
  'a link in place of a file': (r) => {
    r.unlink('a.txt');
    fs.symlinkSync('dir', path.join(r.root, 'a.txt'));
  },
  'an ignored file': (r) => r.write('another.log', 'x'),
  'an edit of an ignored file': (r) => r.write('ignored.log', 'another\n'),
  'rules of what is ignored': (r) => r.write('.gitignore', '*.txt\n'),
  'rules in a directory': (r) => r.write('dir/.gitignore', 'b.txt\nextra\n'),
  'rules of this repository alone': (r) => fs.appendFileSync(path.join(r.root, '.git/info/exclude'), '*.new\n'),
  'rules of the user': (r) => {
    fs.mkdirSync(path.join(r.env['HOME'] ?? '', '.config/git'), { recursive: true });
    fs.writeFileSync(path.join(r.env['HOME'] ?? '', '.config/git/ignore'), 'dir/\n');
  },
  'attributes': (r) => r.write('.gitattributes', '*.txt -diff\n'),
  'attributes of this repository alone': (r) => fs.writeFileSync(path.join(r.root, '.git/info/attributes'), '*.txt binary\n'),
  'a mailmap': (r) => r.write('.mailmap', 'Somebody Else <else@example.invalid> <test@example.invalid>\n'),
  'git add': (r) => {
    r.write('a.txt', 'staged\n');
    r.git(['add', 'a.txt']);
  },
  'git add of an ignored file': (r) => r.git(['add', '-f', 'out/made.bin']),
  'an edit of an ignored file that is tracked since': (r) => {
    r.git(['add', '-f', 'out/made.bin']);
    r.write('out/made.bin', 'changed');
  },
  'git rm --cached': (r) => r.git(['rm', '-q', '--cached', 'a.txt']),
  'git mv': (r) => r.git(['mv', 'a.txt', 'renamed.txt']),
  'git commit': (r) => r.commit({ 'a.txt': 'committed\n' }),
  'an empty commit': (r) => r.git(['commit', '-q', '--allow-empty', '-m', 'empty']),
  'git commit --amend': (r) => r.git(['commit', '-q', '--amend', '-m', 'amended']),
  'git checkout': (r) => r.git(['checkout', '-q', 'topic']),
  'a detached HEAD': (r) => r.git(['checkout', '-q', '--detach', 'HEAD~1']),
  'git branch': (r) => r.git(['branch', 'deep/er/branch', 'HEAD~1']),
  'git branch -d': (r) => r.git(['branch', '-q', '-D', 'topic']),
  'git branch -m': (r) => r.git(['branch', '-m', 'trunk']),
  'git branch -u': (r) => {
    r.git(['update-ref', 'refs/remotes/origin/main', 'HEAD~1']);
    r.git(['branch', '-q', '-u', 'origin/main']);
  },
  'git tag': (r) => r.git(['tag', 'v2', 'HEAD~1']),
  'git tag -d': (r) => r.git(['tag', '-d', 'v1']),
  'git reset --hard': (r) => r.git(['reset', '-q', '--hard', 'HEAD~1']),
  'git reset --soft': (r) => r.git(['reset', '-q', '--soft', 'HEAD~1']),
  'git stash': (r) => {
    r.write('a.txt', 'stashed\n');
    r.git(['stash']);
  },
  'git merge': (r) => r.git(['merge', '-q', '--no-ff', '-m', 'merged', 'topic']),
  'a merge in conflict': (r) => {
    r.git(['checkout', '-q', '-b', 'other', 'HEAD~1']);
    r.commit({ 'a.txt': 'conflict\n' });
    spawnSync('git', ['merge', 'main'], { cwd: r.root, env: r.env });
  },
  'a rebase under way': (r) => {
    r.git(['checkout', '-q', '-b', 'other', 'HEAD~1']);
    r.commit({ 'a.txt': 'conflict\n' });
    spawnSync('git', ['rebase', 'main'], { cwd: r.root, env: r.env });
  },
  'git bisect': (r) => r.git(['bisect', 'start']),
  'git pack-refs': (r) => r.git(['pack-refs', '--all']),
  'git gc': (r) => r.git(['gc', '-q', '--prune=now']),
  'a ref, written by hand': (r) => fs.writeFileSync(path.join(r.root, '.git/refs/heads/main'), `${r.git(['rev-parse', 'HEAD~1'])}\n`),
  'HEAD, written by hand': (r) => fs.writeFileSync(path.join(r.root, '.git/HEAD'), 'ref: refs/heads/topic\n'),
  'packed-refs, written by hand': (r) => fs.writeFileSync(path.join(r.root, '.git/packed-refs'), `${r.git(['rev-parse', 'HEAD'])} refs/heads/by-hand\n`),
  'a setting of the repository': (r) => r.git(['config', 'user.name', 'Another']),
  'a setting, written by hand': (r) => fs.appendFileSync(path.join(r.root, '.git/config'), '[status]\n\tshort = true\n[core]\n\tabbrev = 12\n'),
  'a setting of the user': (r) => r.git(['config', '--global', 'status.branch', 'true']),
  'a remote': (r) => r.git(['remote', 'set-url', 'origin', 'https://example.invalid/other.git']),
  'an alias over nothing': (r) => r.git(['config', 'alias.st', 'status']),
  'a filter monitor': (r) => r.git(['config', 'core.fsmonitor', 'false']),
  'git update-index --assume-unchanged': (r) => {
    r.git(['update-index', '--assume-unchanged', 'a.txt']);
    r.write('a.txt', 'unseen\n');
  },
  'a split index': (r) => r.git(['update-index', '--split-index']),
  'an index of version 4': (r) => r.git(['update-index', '--index-version', '4']),
  'a sparse checkout': (r) => r.git(['sparse-checkout', 'set', '--no-cone', '/a.txt']),
  'a broken index': (r) => fs.writeFileSync(path.join(r.root, '.git/index'), 'DIRCbroken'),
  'an index that is gone': (r) => fs.rmSync(path.join(r.root, '.git/index')),
  'a locked index': (r) => fs.writeFileSync(path.join(r.root, '.git/index.lock'), ''),
  'an object that is gone': (r) => {
    const blob = r.git(['rev-parse', 'HEAD:a.txt']);
    fs.rmSync(path.join(r.root, '.git/objects', blob.slice(0, 2), blob.slice(2)));
  },
  'git replace': (r) => r.git(['replace', r.git(['rev-parse', 'HEAD']), r.git(['rev-parse', 'HEAD~1'])]),
  'a shallow history': (r) => fs.writeFileSync(path.join(r.root, '.git/shallow'), `${r.git(['rev-parse', 'HEAD'])}\n`),
  'a repository inside': (r) => {
    r.git(['init', '-q', 'inner']);
    r.write('inner/x.txt', 'x');
  },
  'a submodule': (r) => {
    r.git(['init', '-q', 'inner']);
    r.git(['-C', 'inner', 'commit', '-q', '--allow-empty', '-m', 'in']);
    r.git(['add', 'inner']);
  },
  'a linked work tree': (r) => r.git(['worktree', 'add', '-q', '../linked', 'topic']),
  'a linked work tree that is moved by hand': (r) => {
    r.git(['worktree', 'add', '-q', '../linked', 'topic']);
    r.git(['worktree', 'list']);
    fs.renameSync(path.join(r.root, '../linked'), path.join(r.root, '../elsewhere'));
  },
  'a linked work tree that is locked': (r) => {
    r.git(['worktree', 'add', '-q', '../linked', 'topic']);
    r.git(['worktree', 'lock', '--reason', 'mine', '../linked']);
  },
  'git notes': (r) => r.git(['notes', 'add', '-m', 'a note']),
  'git reflog expire': (r) => r.git(['reflog', 'expire', '--expire=now', '--all']),
  'a repository in place of this one': (r) => {
    fs.rmSync(path.join(r.root, '.git'), { recursive: true });
    r.git(['init', '-q', '-b', 'main']);
    r.commit({ 'a.txt': 'anew\n' });
  },
  'no repository any more': (r) => fs.rmSync(path.join(r.root, '.git'), { recursive: true }),
  'a work tree of somebody else': (r) => {
    if (process.getuid?.() === 0) fs.chownSync(path.join(r.root, '.git'), 65_534, 65_534);
  },
};

const shares: number[] = [];
for (const [name, change] of Object.entries(CHANGES)) {
  test(`no answer is of the time before: ${name}`, async () => {
    const place = new ShimPlace(ordinary());
    try {
      await place.learn(ASKED);
      const before = await Promise.all(ASKED.map(async (args) => place.ask(args)));
      assert.ok(before.every((answer) => answer !== undefined));
      change(place.repository);
      // The first question after the change is the one that may not be wrong: in any order.
      await compare(place, new SeededRandom(SEED).chance(0.5) ? ASKED : ASKED.toReversed(), `right after: ${name}`);
      await place.learn(ASKED);
      shares.push(await compare(place, ASKED, `later, after: ${name}`) / ASKED.length);
      assert.deepEqual(place.shim.faults, []);
    } finally {
      place.close();
    }
  });
}

test('most is answered again after a change', (t) => {
  const share = shares.reduce((sum, one) => sum + one, 0) / shares.length;
  t.diagnostic(`${(100 * share).toFixed(1)} % of ${shares.length * ASKED.length} questions were answered after a change, all as git does`);
  assert.ok(share > 0.75, `only ${share}`);
});

test('a file with a second name, through which it may change unseen, is git\'s business', async () => {
  const repository = ordinary();
  const place = new ShimPlace(repository);
  try {
    fs.linkSync(path.join(repository.root, 'a.txt'), path.join(repository.directory, 'other-name'));
    await place.learn([['status', '-z'], ['rev-parse', 'HEAD']]);
    assert.equal(await place.ask(['status', '-z']), undefined);
    assert.ok(await place.ask(['rev-parse', 'HEAD']) !== undefined);
  } finally {
    place.close();
  }
});

test('one who may write the index gets to, where git would', async () => {
  const place = new ShimPlace(ordinary());
  const env = { ...place.env, GIT_OPTIONAL_LOCKS: '1' };
  const index = path.join(place.repository.root, '.git/index');
  try {
    // All of them: git, which may know seconds only, writes the index again and again while a file is of the same one.
    for (const file of place.repository.git(['ls-files']).split('\n')) fs.utimesSync(path.join(place.repository.root, file), 1, 1);
    const before = fs.readFileSync(index);
    await place.learn([['status']], { env });
    assert.equal(await place.ask(['status'], { env }), undefined, 'git would refresh the index');
    assert.ok(before.equals(fs.readFileSync(index)), 'nothing is written ahead of the question');
    place.git(['status'], { env });
    assert.ok(!before.equals(fs.readFileSync(index)));
    await place.learn([['status']], { env });
    const answer = await place.ask(['status'], { env });
    assert.ok(answer !== undefined);
    assert.equal(shown(answer), shown(place.git(['status'], { env })));
  } finally {
    place.close();
  }
});

test('what one asks in another language, from another directory or with other settings, is another question', async () => {
  const place = new ShimPlace(ordinary());
  const variants = [
    { env: { ...place.env, LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de' } },
    { directory: path.join(place.repository.root, 'dir') },
    { env: { ...place.env, TZ: 'Asia/Tokyo' } },
  ];
  const asked = [['status', '-s'], ['rev-parse', '--show-prefix'], ['log', '-1'], ['-C', 'deep', 'rev-parse', '--show-cdup'], ['-c', 'color.ui=always', 'log', '-1', '--oneline']];
  place.repository.write('dir/new.txt', 'n');
  try {
    for (const variant of [{}, ...variants]) {
      await place.learn(asked, variant);
      for (const args of asked) {
        const answer = await place.ask(args, variant);
        if (answer !== undefined) assert.equal(shown(answer), shown(place.git(args, variant)), args.join(' '));
        else assert.ok(args[0] === '-C', `${args.join(' ')} was not answered`);
      }
    }
    const [configuration] = [{ ...place.env, HOME: place.repository.root }];
    await place.learn([['rev-parse', 'HEAD']], { env: configuration });
    assert.equal(await place.ask(['rev-parse', 'HEAD'], { env: configuration }), undefined, 'whose configuration lies elsewhere');
    assert.ok(place.shim.elsewhere > 0, 'and it is counted: "pyi git-compat" tells');
  } finally {
    place.close();
  }
});

test('a repository that is asked about once is not watched, and many that come and go leave nothing behind', async () => {
  const place = new ShimPlace(ordinary());
  const { repository } = place;
  try {
    await place.ask(['rev-parse', 'HEAD']);
    await place.shim.rehearsed();
    assert.equal(place.shim.watches, 0, 'asked once');
    for (let n = 0; n < 100; n++) {
      const root = path.join(repository.directory, `other-${n}`);
      fs.cpSync(repository.root, root, { recursive: true });
      for (let time = 0; time < 3; time++) await place.ask(['rev-parse', 'HEAD'], { directory: root });
      if (n % 10 === 0) await place.shim.rehearsed();
      fs.rmSync(root, { recursive: true });
    }
    assert.ok(place.shim.repositories <= 32 && place.shim.watches < 32 * 300, `${place.shim.watches} watches`);
    assert.deepEqual(fs.readdirSync(path.join(repository.directory, 'shim')).filter((name) => name.startsWith('index-')), []);
  } finally {
    place.close();
  }
});

test('an answer that turns out wrong switches its form off, and says so', async () => {
  const place = new ShimPlace(ordinary(), { checkEvery: 1 });
  try {
    await place.learn([['rev-parse', 'HEAD']]);
    const right = await place.ask(['rev-parse', 'HEAD']);
    assert.ok(right !== undefined);
    await place.shim.rehearsed();
    assert.deepEqual(place.shim.faults, []);
    // What nobody can see: the answer in memory is another.
    right.stdout.write('f00d');
    await place.ask(['rev-parse', 'HEAD']);
    await place.shim.rehearsed();
    assert.deepEqual(place.shim.faults.map(({ form }) => form), ['rev-parse']);
    assert.match(place.logged.join('\n'), /was not the one of git.*f00d/s);
    assert.equal(await place.ask(['rev-parse', 'HEAD']), undefined);
    assert.equal(await place.ask(['rev-parse', 'HEAD~1']), undefined, 'of the same form');
  } finally {
    place.close();
  }
});

/** Several processes change the repository at once; then it is asked, and every answer is git's. */
test('while several processes change everything at random, no answer is stale', async (t) => {
  const random = new SeededRandom(SEED);
  const place = new ShimPlace(ordinary());
  const { repository } = place;
  const files = ['a.txt', 'dir/b.txt', 'dir/deep/c.txt', 'x/y/z.txt', 'out/made.bin', 'n.log'];
  const steps: readonly (() => string)[] = [
    () => `mkdir -p x/y; echo ${random.below(1000)} > ${random.pick(files)}`,
    () => `rm -f ${random.pick(files)}`,
    () => `mv dir dir2 2>/dev/null || mv dir2 dir`,
    () => 'git add -A',
    () => `git commit -q --allow-empty -m ${random.below(1000)}`,
    () => `git checkout -q -f ${random.pick(['main', 'topic'])}`,
    () => `git branch -f b${random.below(5)}`,
    () => `git branch -q -D b${random.below(5)}`,
    () => `git tag -f t${random.below(5)}`,
    () => `git config user.name n${random.below(1000)}`,
    () => `git reset -q --hard HEAD~1`,
    () => `git stash -q -u`,
    () => 'git stash pop -q',
    () => `printf '%s\\n' '*.log' 'out/' ${random.pick(['x/', 'n*', '/a.txt'])} > .gitignore`,
    () => 'git pack-refs --all',
  ];
  let answered = 0;
  try {
    await place.learn(FORMS);
    for (let round = 0; round < 15 * ROUNDS; round++) {
      const scripts = Array.from({ length: 3 }, () => Array.from({ length: random.integer(1, 3) }, () => random.pick(steps)()).join('; '));
      await Promise.all(scripts.map(async (script) => new Promise((resolve) => spawn('sh', ['-c', script], { cwd: repository.root, env: repository.env, stdio: 'ignore' }).once('exit', resolve))));
      const asked = Array.from({ length: 12 }, () => random.pick(FORMS));
      answered += await compare(place, asked, `seed ${SEED}, round ${round}: ${scripts.join(' | ')}`);
      if (random.chance(0.6)) await place.shim.rehearsed();
      answered += await compare(place, asked, `seed ${SEED}, round ${round}, later`);
    }
    t.diagnostic(`${answered} answers, none stale`);
    assert.ok(answered > 30, `only ${answered} were answered`);
    assert.deepEqual(place.shim.faults, []);
  } finally {
    place.close();
  }
});
