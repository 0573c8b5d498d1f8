import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import { GitRepository } from '../support/git-repository.ts';
import { SeededRandom } from '../support/random.ts';
import { ShimPlace, shown } from '../support/shim-place.ts';
import { Timers } from '../support/timers.ts';

// What is read from the repository is what git prints of the same moment, to the byte: of files, commits and objects that nobody asked about before, while
// nothing is answered ahead of the question. PYI_SEED starts elsewhere, PYI_ROUNDS multiplies the rounds.
const SEED = Number(process.env['PYI_SEED'] ?? 1);
const ROUNDS = Number(process.env['PYI_ROUNDS'] ?? 1);

type Question = readonly string[];

/** Asked at first, so that git is heard to each form; of a file that is not asked about later. */
const LEARNT: readonly Question[] = ['known.txt', 'dir/known.txt'].flatMap((file) => [
  ['cat-file', '-p', `HEAD:${file}`], ['cat-file', '-t', `HEAD:${file}`], ['cat-file', '-s', `HEAD:${file}`], ['cat-file', '-e', `HEAD:${file}`], ['cat-file', 'blob', `HEAD:${file}`],
  ['ls-files', '--stage', '--', file], ['ls-files', '-s', '-z', file],
  ['check-ignore', '-v', file], ['check-ignore', file],
]).concat(['main', 'topic'].flatMap((name) => [['rev-parse', name], ['rev-parse', '--verify', name], ['rev-parse', '--verify', '-q', name]]), [
  ['rev-parse', '--abbrev-ref', 'HEAD'], ['symbolic-ref', 'HEAD'], ['symbolic-ref', '--short', 'HEAD'], ['branch', '--show-current'],
]);
const FILES = ['a.txt', 'b.txt', 'dir/b.txt', 'dir/deep/c.txt', 'large.bin', 'empty', 'link', 'dir', 'dir/deep', 'nowhere', 'with space.txt', 'a.txt/below', 'new.txt', 'run.sh', 'conflict.txt', 'x.log', 'dir/keep.log', 'out', 'out/x', 'link/x', 'dir/new'];
const NAMES = ['HEAD', 'main', 'topic', 'refs/heads/main', 'v1', 'light', 'refs/tags/v1', 'origin/main', 'remotes/origin/main', 'HEAD~1', 'both', 'packed', 'deep/er', 'nobody'];

/** Commits, branches and tags, loose and packed; deltas; an empty and a large file. */
function ordinary(objectFormat: 'sha1' | 'sha256' = 'sha1'): GitRepository {
  const repository = GitRepository.create({ objectFormat });
  const long = Array.from({ length: 400 }, (_, line) => `line ${line} of a file that is packed as a delta\n`);
  repository.write('run.sh', 'run\n', 0o755);
  repository.write('.gitignore', '*.log  \r\n# text\n/out/\n!keep.log\n');
  repository.write('dir/.gitignore', 'deep/x\n\\#new\n');
  repository.write('out/x', '');
  fs.symlinkSync('a.txt', path.join(repository.root, 'link'));
  repository.commit({ 'known.txt': 'k\n', 'dir/known.txt': 'k\n', 'a.txt': long.join(''), 'dir/b.txt': 'b\n', 'dir/deep/c.txt': 'c\n', 'empty': '', 'with space.txt': 's\n' });
  repository.write('large.bin', Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251)));
  for (let version = 0; version < 12; version++) repository.commit({ 'a.txt': long.with(version * 30, `changed in ${version}\n`).join(''), 'b.txt': `${version}\n` }, `version ${version}`);
  for (const [name, target] of [['topic', 'HEAD~3'], ['packed', 'HEAD~2'], ['deep/er', 'HEAD~4'], ['both', 'HEAD~1']] as const) repository.git(['branch', name, target]);
  repository.git(['tag', '-a', 'v1', '-m', 'one', 'HEAD~1']);
  repository.git(['tag', 'light', 'HEAD~5']);
  repository.git(['tag', 'both', 'HEAD~6']);
  repository.git(['update-ref', 'refs/remotes/origin/main', 'HEAD~2']);
  repository.git(['pack-refs', '--all']);
  repository.git(['repack', '-q', '-a', '-d', '-f', '--depth=20']);
  repository.commit({ 'b.txt': 'loose\n' }, 'loose');
  return repository;
}

/** A place where each form is known, and after that nothing is answered ahead of its question. */
async function learnt(repository: GitRepository): Promise<{ readonly place: ShimPlace; readonly timers: Timers }> {
  const timers = new Timers();
  const place = new ShimPlace(repository, { after: timers.after });
  await place.learn(LEARNT);
  timers.freeze();
  return { place, timers };
}

function randomQuestion(random: SeededRandom, ids: readonly string[]): Question {
  const [file, name, id] = [random.pick(FILES), random.pick(NAMES), random.pick(ids)];
  const object = random.pick([`${name}:${file}`, `:${file}`, `:${random.below(4)}:${file}`, name, id, `${id}:${file}`]);
  return random.pick([
    ['cat-file', random.pick(['-p', '-t', '-s', '-e', 'blob', 'tree', 'commit', 'tag']), object], ['ls-files', '--stage', '--', file],
    ['rev-parse', random.pick([name, id])], ['rev-parse', '--verify', name], ['rev-parse', '--verify', '-q', name], ['rev-parse', '--abbrev-ref', 'HEAD'], ['symbolic-ref', 'HEAD'], ['symbolic-ref', '--short', 'HEAD'], ['branch', '--show-current'],
    ['check-ignore', '-v', file], ['check-ignore', '-v', file, random.pick(FILES)], ['check-ignore', '--', file], ['ls-files', '-s', '-z', file]
  ]);
}

function allObjects(repository: GitRepository): string[] {
  return repository.git(['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']).split('\n');
}

/** Asks, and compares what is answered. Returns how many were. */
async function compare(place: ShimPlace, questions: readonly Question[], when: string): Promise<number> {
  let answered = 0;
  for (const args of questions) {
    const answer = await place.ask(args);
    if (answer === undefined) continue;
    answered++;
    assert.equal(shown(answer), shown(place.git(args)), `${when}: git ${args.join(' ')}`);
  }
  return answered;
}

test('a first question about a file, a commit or an object is answered, as git does', async () => {
  const { place } = await learnt(ordinary());
  const { repository } = place;
  const blob = repository.git(['rev-parse', 'HEAD~3:a.txt']);
  const first: readonly Question[] = [
    ['cat-file', '-s', blob], ['cat-file', '-p', blob], ['cat-file', '-t', 'HEAD'], ['cat-file', '-p', 'main'], ['cat-file', '-p', 'v1'], ['cat-file', '-e', blob], ['cat-file', 'blob', 'topic:dir/b.txt'], ['cat-file', '-p', 'v1:large.bin'],
    ['cat-file', '-p', repository.git(['rev-parse', 'HEAD:dir'])], ['cat-file', 'blob', ':b.txt'], ['cat-file', '-p', `${repository.git(['rev-parse', 'HEAD~7'])}:a.txt`], ['cat-file', '-p', 'HEAD:empty'], ['cat-file', 'blob', 'light:a.txt'],
    ['cat-file', '-p', 'origin/main:link'], ['cat-file', '-s', 'deep/er:dir/deep/c.txt'], ['ls-files', '--stage', '--', 'a.txt'], ['ls-files', '--stage', '--', 'nowhere'], ['ls-files', '-s', '-z', 'link'],
  ];
  try {
    for (const args of first) {
      const answer = await place.ask(args);
      assert.equal(answer === undefined ? 'not answered' : shown(answer), shown(place.git(args)), `git ${args.join(' ')}`);
    }
    const others: readonly Question[] = [
      ['cat-file', '-p', 'both:a.txt'], ['cat-file', '-t', ':1:a.txt'], ['cat-file', '-t', 'HEAD:nowhere'], ['cat-file', '-t', 'HEAD:./a.txt'], ['cat-file', 'tree', 'HEAD'], ['rev-parse', '1234567890abcdef'.repeat(4)],
      // Each warns, or fails, for reasons that lie in other files: attributes, notes, and names that may be ranges.
      ['show', ':b.txt'], ['show', '--textconv', 'HEAD:b.txt'], ['check-ignore', '-v', '.git/y.tmp'], ['check-ignore', '-v', 'out/x'], ['cat-file', '-p', '1234567890'.repeat(4)],
      ['ls-files', '--stage', '--', 'dir'], ['ls-files', '--stage', '--', '*.txt'], ['cat-file', '-s', blob.slice(0, 12)], ['ls-tree', '-l', 'HEAD', '--', 'a.txt'], ['cat-file', '-e', 'main~1'],
    ];
    for (const args of others) assert.equal(await place.ask(args), undefined, `git's: git ${args.join(' ')}`);
    assert.equal(await place.ask(['ls-files', '--stage', '--', 'b.txt'], { directory: path.join(repository.root, 'dir') }), undefined, 'below the top');
    assert.deepEqual(place.shim.faults, []);
  } finally {
    place.close();
  }
});

/** One change each, after which the first questions about many things may not be of the time before. */
const CHANGES: Readonly<Record<string, (repository: GitRepository) => void>> = {
  'a commit': (r) => void r.commit({ 'a.txt': 'new\n', 'new.txt': 'n\n' }),
  'git add': (r) => {
    r.write('b.txt', 'staged\n');
    r.git(['add', 'b.txt']);
  },
  'git rm --cached': (r) => void r.git(['rm', '-q', '--cached', 'a.txt']),
  'a merge in conflict': (r) => {
    r.git(['checkout', '-q', '-b', 'other', 'HEAD~1']);
    r.commit({ 'b.txt': 'conflict\n' });
    spawnSync('git', ['merge', 'main'], { cwd: r.root, env: r.env });
  },
  'git checkout': (r) => void r.git(['checkout', '-q', '-f', 'topic']),
  'a branch of the name of a tag': (r) => void r.git(['branch', 'light', 'HEAD']),
  'a branch that is gone': (r) => void r.git(['branch', '-q', '-D', 'topic']),
  'a branch that is called like an object': (r) => void r.git(['update-ref', `refs/heads/${r.git(['rev-parse', 'HEAD'])}`, 'HEAD~2']),
  'a branch that is called HEAD': (r) => void r.git(['update-ref', 'refs/heads/HEAD', 'HEAD~2']),
  'git gc': (r) => void r.git(['gc', '-q', '--prune=now']),
  'git repack, and objects in two packs': (r) => {
    r.git(['repack', '-q', '-d']);
    r.git(['repack', '-q', '-a', '--keep-unreachable']);
  },
  'an index over packs': (r) => void r.git(['multi-pack-index', 'write']),
  'git pack-refs': (r) => void r.git(['pack-refs', '--all']),
  'git replace': (r) => void r.git(['replace', r.git(['rev-parse', 'HEAD:a.txt']), r.git(['rev-parse', 'HEAD:b.txt'])]),
  'a replacement that is packed': (r) => {
    r.git(['replace', r.git(['rev-parse', 'HEAD:a.txt']), r.git(['rev-parse', 'HEAD:b.txt'])]);
    r.git(['pack-refs', '--all']);
    fs.rmSync(path.join(r.root, '.git/refs/replace'), { recursive: true, force: true });
  },
  'alternates': (r) => {
    r.git(['clone', '-q', '--bare', '.', '../lender.git']);
    fs.rmSync(path.join(r.root, '.git/objects'), { recursive: true });
    fs.mkdirSync(path.join(r.root, '.git/objects/info'), { recursive: true });
    fs.writeFileSync(path.join(r.root, '.git/objects/info/alternates'), `${path.join(r.directory, 'lender.git/objects')}\n`);
  },
  'a program that converts': (r) => {
    r.git(['config', 'diff.up.textconv', 'tr a-z A-Z <']);
    r.write('.git/info/attributes', '*.txt diff=up\n');
  },
  'a setting that git cannot read': (r) => fs.appendFileSync(path.join(r.root, '.git/config'), '[diff]\n\tcontext = none\n[core]\n\tabbrev = some\n'),
  'a configuration that is broken': (r) => fs.appendFileSync(path.join(r.root, '.git/config'), '[broken\n'),
  'a setting of the user': (r) => void r.git(['config', '--global', 'core.abbrev', 'some']),
  'an extension that nobody knows': (r) => {
    r.git(['config', 'core.repositoryFormatVersion', '1']);
    r.git(['config', 'extensions.madeUp', 'true']);
  },
  'a partial clone': (r) => void r.git(['config', 'extensions.partialClone', 'origin']),
  'a pack that is gone': (r) => {
    for (const file of fs.readdirSync(path.join(r.root, '.git/objects/pack'))) fs.rmSync(path.join(r.root, '.git/objects/pack', file));
  },
  'a pack that is broken': (r) => {
    const pack = fs.readdirSync(path.join(r.root, '.git/objects/pack')).find((file) => file.endsWith('.pack')) ?? '';
    const file = path.join(r.root, '.git/objects/pack', pack);
    fs.chmodSync(file, 0o644);
    const bytes = fs.readFileSync(file);
    bytes.fill(0x55, 40, bytes.length - 40);
    fs.writeFileSync(file, bytes);
  },
  'an index of a pack that is broken': (r) => {
    const pack = fs.readdirSync(path.join(r.root, '.git/objects/pack')).find((file) => file.endsWith('.idx')) ?? '';
    fs.chmodSync(path.join(r.root, '.git/objects/pack', pack), 0o644);
    fs.truncateSync(path.join(r.root, '.git/objects/pack', pack), 1200);
  },
  'an object that is gone, and one that is broken': (r) => {
    const [gone, broken] = ['HEAD:b.txt', 'HEAD^{tree}'].map((name) => r.git(['rev-parse', name])).map((id) => path.join(r.root, '.git/objects', id.slice(0, 2), id.slice(2))) as [string, string];
    fs.rmSync(gone);
    fs.chmodSync(broken, 0o644);
    fs.writeFileSync(broken, 'junk');
  },
  'an object with something behind it': (r) => {
    const id = r.git(['rev-parse', 'HEAD:b.txt']);
    const file = path.join(r.root, '.git/objects', id.slice(0, 2), id.slice(2));
    fs.chmodSync(file, 0o644);
    fs.appendFileSync(file, 'more');
  },
  'a ref, written by hand': (r) => r.write('.git/refs/heads/main', `${r.git(['rev-parse', 'HEAD~5'])}\n`),
  'a ref that is broken': (r) => r.write('.git/refs/heads/topic', 'broken\n'),
  'a ref to nothing': (r) => r.write('.git/refs/heads/topic', `${'1'.repeat(40)}\n`),
  'packed refs with a line that is none': (r) => fs.appendFileSync(path.join(r.root, '.git/packed-refs'), 'junk\n'),
  'packed refs that end in the middle': (r) => {
    const file = path.join(r.root, '.git/packed-refs');
    fs.truncateSync(file, fs.statSync(file).size - 1);
  },
  'packed refs that are out of order': (r) => fs.appendFileSync(path.join(r.root, '.git/packed-refs'), `${r.git(['rev-parse', 'HEAD~8'])} refs/heads/deep/er\n`),
  'a file that is called like a description': (r) => void r.commit({ [`new.txt-1-g${r.git(['rev-parse', '--short', 'HEAD'])}`]: 'x' }),
  'an index with an extension that nobody knows': (r) => {
    const whole = fs.readFileSync(path.join(r.root, '.git/index'));
    const content = Buffer.concat([whole.subarray(0, -20), Buffer.from('XYZW\0\0\0\x01x', 'latin1')]);
    fs.writeFileSync(path.join(r.root, '.git/index'), Buffer.concat([content, createHash('sha1').update(content).digest()]));
  },
  'a symbolic ref': (r) => void r.git(['symbolic-ref', 'refs/heads/alias', 'refs/heads/topic']),
  'HEAD on nothing': (r) => void r.git(['checkout', '-q', '--detach']),
  'HEAD on an alias': (r) => {
    r.git(['symbolic-ref', 'refs/heads/alias', 'refs/heads/topic']);
    r.git(['symbolic-ref', 'HEAD', 'refs/heads/alias']);
  },
  'HEAD on a branch that a tag is called like': (r) => void r.git(['symbolic-ref', 'HEAD', 'refs/heads/both']),
  'HEAD on a remote branch': (r) => void r.git(['symbolic-ref', 'HEAD', 'refs/remotes/origin/main']),
  'HEAD on a branch without commits': (r) => void r.git(['symbolic-ref', 'HEAD', 'refs/heads/unborn']),
  'a ref at the top of the git directory': (r) => r.write('.git/topic', `${r.git(['rev-parse', 'HEAD'])}\n`),
  'files that are called like objects': (r) => {
    for (const name of ['HEAD:a.txt', ':a.txt', 'main:dir', ':b.txt']) spawnSync('sh', ['-c', 'mkdir -p "$(dirname "$0")"; ln -s nothing "$0"', name], { cwd: r.root });
  },
  'an index of version 4': (r) => void r.git(['update-index', '--index-version', '4']),
  'a split index': (r) => void r.git(['update-index', '--split-index']),
  'a sparse index': (r) => void r.git(['sparse-checkout', 'set', '--cone', '--sparse-index', 'dir/deep']),
  'a broken index': (r) => r.write('.git/index', 'DIRCbroken'),
  'an index that is gone': (r) => r.unlink('.git/index'),
  'a file to be added later': (r) => {
    r.write('new.txt', 'n');
    r.git(['add', '-N', 'new.txt']);
  },
  'a submodule': (r) => {
    r.git(['init', '-q', 'nowhere']);
    r.git(['-C', 'nowhere', 'commit', '-q', '--allow-empty', '-m', 'in']);
    r.git(['add', 'nowhere']);
    r.git(['commit', '-q', '-m', 'with a submodule']);
  },
  'rules of what is ignored': (r) => r.write('.gitignore', 'a.txt\nnew.txt\n'),
  'rules in a directory': (r) => r.write('dir/deep/.gitignore', '*\n'),
  'a directory that is ignored, with rules of its own': (r) => r.write('out/.gitignore', '!x\n'),
  'rules of this repository alone': (r) => r.write('.git/info/exclude', 'nowhere\n*.log\n'),
  'rules of the user': (r) => {
    fs.mkdirSync(path.join(r.env['HOME'] ?? '', '.config/git'), { recursive: true });
    fs.writeFileSync(path.join(r.env['HOME'] ?? '', '.config/git/ignore'), 'nowhere\n');
  },
  'rules behind a link': (r) => {
    fs.renameSync(path.join(r.root, '.gitignore'), path.join(r.root, 'rules'));
    fs.symlinkSync('rules', path.join(r.root, '.gitignore'));
  },
  'directories that change their names': (r) => {
    fs.renameSync(path.join(r.root, 'dir'), path.join(r.root, 'new'));
    fs.mkdirSync(path.join(r.root, 'dir'));
    r.unlink('link');
    fs.symlinkSync('new', path.join(r.root, 'link'));
  },
  'a file in place of an ignored directory': (r) => {
    fs.rmSync(path.join(r.root, 'out'), { recursive: true });
    r.write('out', '');
  },
  'an ignored file that is tracked': (r) => void r.git(['add', '-f', 'out/x']),
  'names without case': (r) => void r.git(['config', 'core.ignoreCase', 'true']),
  'a shallow history': (r) => r.write('.git/shallow', `${r.git(['rev-parse', 'HEAD'])}\n`),
  'a repository in place of this one': (r) => {
    fs.rmSync(path.join(r.root, '.git'), { recursive: true });
    r.git(['init', '-q', '-b', 'main']);
    r.commit({ 'a.txt': 'anew\n' });
  },
};

for (const [name, change] of Object.entries(CHANGES)) {
  test(`no first answer is of the time before: ${name}`, async () => {
    const { place, timers } = await learnt(ordinary());
    const random = new SeededRandom(SEED);
    const ids = allObjects(place.repository);
    const some = (): Question[] => Array.from({ length: 24 * ROUNDS }, () => randomQuestion(random, ids));
    const asked = some();
    try {
      await compare(place, asked, 'before');
      change(place.repository);
      await compare(place, [...asked, ...some()], `right after: ${name}`);
      timers.thaw();
      await place.learn(LEARNT);
      timers.freeze();
      await compare(place, some(), `later, after: ${name}`);
      assert.deepEqual(place.shim.faults, []);
    } finally {
      timers.thaw();
      place.close();
    }
  });
}

test('whether files are ignored, asked on stdin for the first time, is answered by the rules', async () => {
  const repository = ordinary();
  const timers = new Timers();
  const place = new ShimPlace(repository, { after: timers.after });
  const asked = (...files: readonly string[]): string => files.map((file) => path.join(repository.root, file)).join('\0');
  const args = ['check-ignore', '-v', '-z', '--stdin'];
  const steps: readonly (() => void)[] = [
    () => undefined, () => repository.write('dir/made.log', ''), () => repository.write('new/er/x.log', ''), () => void repository.git(['add', '-f', 'dir/made.log']), () => fs.symlinkSync('dir', path.join(repository.root, 'linked')),
    // From here on it is git's: which rules there are has to be found out first.
    () => repository.write('.gitignore', 'b*\n'),
  ];
  try {
    await place.learn([args], { input: asked('known.txt') });
    timers.freeze();
    let answered = 0;
    for (const step of steps) {
      step();
      for (const input of [asked('a.txt'), asked('x.log', 'dir/keep.log', 'b.txt'), `${asked('out/x', 'out')}\0`, asked('dir/made.log', 'new/er/x.log', 'new'), asked('linked/b.txt'), 'a.log\0a.txt', '', '\0', asked('..', 'x'), asked('dir/')]) {
        const answer = await place.ask(args, { input });
        if (answer === undefined) continue;
        answered++;
        assert.equal(shown(answer), shown(place.git(args, { input })), `after ${step.toString()}: ${input}`);
      }
    }
    assert.ok(answered > 10, `only ${answered} were answered`);
  } finally {
    timers.thaw();
    place.close();
  }
});

test('objects that are named on stdin are answered the first time, and left to git where one of them is unclear', async () => {
  const repository = ordinary();
  const timers = new Timers();
  const place = new ShimPlace(repository, { after: timers.after });
  const random = new SeededRandom(SEED);
  const ids = allObjects(repository);
  const steps = ['true', 'git commit -q --allow-empty -m more', 'git repack -q -d', 'echo x > b.txt; git add b.txt; git branch -f topic', 'git gc -q --prune=now', 'git replace HEAD HEAD~1'];
  try {
    for (const option of ['--batch', '--batch-check']) await place.learn([['cat-file', option]], { input: 'HEAD:known.txt\n' });
    timers.freeze();
    let answered = 0;
    for (const step of steps) {
      spawnSync('sh', ['-c', step], { cwd: repository.root, env: repository.env, stdio: 'ignore' });
      const some = Array.from({ length: 12 }, () => Array.from({ length: random.integer(1, 12) }, () => random.pick([random.pick(ids), `HEAD:${random.pick(['a.txt', 'dir', 'large.bin', 'empty'])}`, ':b.txt', 'main', 'topic'])).join('\n'));
      for (const input of [...some, '', '\n', 'HEAD\r\n', 'nowhere\nHEAD\n', 'HEAD\nHEAD~1\n', `${some[0] ?? ''}\n`]) {
        for (const option of ['--batch', '--batch-check']) {
          const answer = await place.ask(['cat-file', option], { input });
          if (answer === undefined) continue;
          answered++;
          assert.equal(shown(answer), shown(place.git(['cat-file', option], { input })), `after ${step}: ${input}`);
        }
      }
    }
    assert.ok(answered > 40, `only ${answered} were answered`);
    for (const args of [['cat-file', '--batch', '--buffer'], ['cat-file', '--batch=%(objectname)'], ['cat-file', '--batch-command'], ['cat-file', '-p', 'HEAD']]) assert.equal(await place.ask(args, { input: 'HEAD\n' }), undefined);
    assert.equal(await place.ask(['cat-file', '--batch']), undefined, 'without what it reads');
  } finally {
    timers.thaw();
    place.close();
  }
});

test('names that git reads as a description of a commit are git\'s', async () => {
  const repository = ordinary();
  const name = `rel-1-g${repository.git(['rev-parse', '--short', 'HEAD'])}`;
  repository.commit({ [name]: 'x' });
  const { place } = await learnt(repository);
  try {
    for (const word of [`HEAD:${name}`, `:${name}`]) assert.equal(await place.ask(['cat-file', '-t', word]), undefined, `git says ${place.git(['cat-file', '-t', word]).stdout.toString()}`);
  } finally {
    place.close();
  }
});

test('of a repository with SHA-256 only git reads', async () => {
  const { place } = await learnt(ordinary('sha256'));
  try {
    assert.equal(await place.ask(['cat-file', '-p', 'HEAD:a.txt']), undefined);
    assert.equal(await place.ask(['ls-files', '--stage', '--', 'a.txt']), undefined);
  } finally {
    place.close();
  }
});

test('while a repository changes at random, no first answer is of the time before', async (t) => {
  const random = new SeededRandom(SEED);
  const { place, timers } = await learnt(ordinary());
  const { repository } = place;
  const steps: readonly (() => string)[] = [
    () => `echo ${random.below(1000)} > ${random.pick(['a.txt', 'b.txt', 'dir/b.txt', 'new.txt'])}; git add -A`, () => `git commit -q --allow-empty -am ${random.below(1000)}`, () => `git checkout -q -f ${random.pick(['main', 'topic', 'packed'])}`,
    () => `git branch -f ${random.pick(['topic', 'packed', 'extra'])} ${random.pick(['HEAD', 'HEAD~1'])}`, () => 'git reset -q --hard HEAD~1', () => `git tag -f ${random.pick(['v1', 'light', 'topic'])}`, () => 'git tag -d topic',
    () => 'git pack-refs --all', () => 'git repack -q -d', () => 'git gc -q --prune=now', () => `git rm -q -r --cached ${random.pick(['dir', 'b.txt'])}`, () => 'git stash -q; git stash pop -q', () => `git merge -q --no-edit ${random.pick(['topic', 'packed'])}`, () => 'git merge --abort',
  ];
  let [asked, answered] = [0, 0];
  try {
    for (let round = 0; round < 12 * ROUNDS; round++) {
      const script = Array.from({ length: random.integer(1, 3) }, () => random.pick(steps)()).join('; ');
      spawnSync('sh', ['-c', script], { cwd: repository.root, env: repository.env, stdio: 'ignore' });
      if (round % 2 === 1) {
        timers.thaw();
        await place.learn(LEARNT);
        timers.freeze();
      }
      const ids = allObjects(repository);
      const questions = Array.from({ length: 40 }, () => randomQuestion(random, ids));
      asked += questions.length;
      answered += await compare(place, questions, `seed ${SEED}, round ${round}: ${script}`);
    }
    t.diagnostic(`${answered} of ${asked} first questions were answered, all as git does`);
    assert.ok(answered > asked / 5, `only ${answered} of ${asked}`);
    assert.deepEqual(place.shim.faults, []);
  } finally {
    timers.thaw();
    place.close();
  }
});
