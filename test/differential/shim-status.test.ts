import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { GitRepository } from '../support/git-repository.ts';
import { SeededRandom } from '../support/random.ts';
import { ShimPlace, shown } from '../support/shim-place.ts';
import { Timers } from '../support/timers.ts';

// A status that is brought up to date is what git prints of the same moment, to the byte. Here nothing is ever answered ahead of the
// question: whatever is answered after a change was made from what was known before it.
// PYI_SEED starts elsewhere, PYI_ROUNDS multiplies the rounds.
const SEED = Number(process.env['PYI_SEED'] ?? 1);
const ROUNDS = Number(process.env['PYI_ROUNDS'] ?? 1);

const FORMS = [
  ['status', '-z', '-uall'], ['status', '-z'], ['status', '-s'], ['status', '-sb', '-uno'], ['status'], ['status', '-uall'], ['status', '--porcelain'], ['status', '--porcelain', '-uall', '-b'],
  ['status', '--porcelain=v2', '--branch'], ['status', '--porcelain=v2', '-z', '-uall'], ['status', '--porcelain=v1', '--no-renames'],
];
const FILES = ['a.txt', 'b.txt', 'moved.txt', 'dir/b.txt', 'dir/deep/c.txt', 'dir/deep/d.sh', 'link', 'added.txt', 'gone.txt', 'other/e.txt', 'other/deep/f.txt', 'x.log', 'out/g.bin', 'sub/h.txt', 'out.txt'];
const DIRECTORIES = ['dir', 'dir/deep', 'other', 'other/deep', 'sub', 'out', 'empty/er'];

/** A repository in which something is staged of each kind: added, modified, renamed, removed, a mode, a link. */
function staged(): GitRepository {
  const repository = GitRepository.create();
  repository.write('dir/deep/d.sh', 'run\n', 0o755);
  repository.commit({ 'a.txt': 'one\n', 'b.txt': 'b\n', 'renamed.txt': 'a longer text\nwith lines\nthat is moved\n', 'dir/b.txt': 'b\n', 'dir/deep/c.txt': 'c\n', 'gone.txt': 'g\n', '.gitignore': '*.log\nout/\n' });
  spawnSync('sh', ['-c', 'ln -s a.txt link; git add link; git commit -q -m link; git mv renamed.txt moved.txt; git rm -q gone.txt; echo n > added.txt; git add added.txt; echo two >> b.txt; git add b.txt'], { cwd: repository.root, env: repository.env });
  return repository;
}

/** What people, editors and agents do to files, in a shell. */
function change(random: SeededRandom): string {
  const [file, other, directory] = [random.pick(FILES), random.pick(FILES), random.pick(DIRECTORIES)];
  const text = random.pick(['one', 'two', 'b', 'c', 'n', 'text']);
  return random.pick([
    `mkdir -p "$(dirname ${file})"; echo ${text} > ${file}`, `mkdir -p "$(dirname ${file})"; echo ${text} > ${file}`, `echo more >> ${file}`, `rm -rf ${file}`, `touch ${file}`, `chmod +x ${file}`, `chmod -x ${file}`,
    `mv ${file} ${other}`, `rm -rf ${directory}`, `mkdir -p ${directory}`, `mkdir -p ${directory}; echo ${text} > ${directory}/new-${random.below(4)}.txt`, `mv ${directory} ${random.pick(DIRECTORIES)}`, `rm -rf ${file}; ln -s ${other} ${file}`,
    `rm -rf ${file}; mkdir -p ${file}; echo in > ${file}/inner`, `rm -rf ${directory}; echo file > ${directory}`, `git show HEAD:${file} > ${file}`, `cp ${file} ${file}.copy; mv ${file}.copy ${file}`, `mkdir -p ${directory}/a/b/c; echo ${text} > ${directory}/a/b/c/d`,
    `rm -rf ${directory}/a`, `echo ${text} > ${directory}/x.log`, `mkfifo ${directory}/pipe`, `printf 'one\\r\\n' > ${file}`, `rm -rf ${directory}; ln -s dir ${directory}`, `: > ${file}`,
  ]);
}

test('a status after changes of files alone is git\'s, whatever they were', async (t) => {
  const random = new SeededRandom(SEED);
  let [asked, answered] = [0, 0];
  const timers = new Timers();
  const place = new ShimPlace(staged(), { after: timers.after });
  try {
    for (let round = 0; round < 5 * ROUNDS; round++) {
      timers.thaw();
      await place.learn(FORMS);
      timers.freeze();
      const done: string[] = [];
      for (let step = 0; step < 10; step++) {
        const script = Array.from({ length: random.integer(1, 3) }, () => change(random)).join('; ');
        done.push(script);
        spawnSync('sh', ['-c', script], { cwd: place.repository.root, env: place.repository.env, stdio: 'ignore' });
        for (const args of FORMS) {
          asked++;
          const answer = await place.ask(args);
          if (answer === undefined) continue;
          answered++;
          assert.equal(shown(answer), shown(place.git(args)), `seed ${SEED}, round ${round}: git ${args.join(' ')}\nafter\n${done.join('\n')}`);
        }
      }
      spawnSync('sh', ['-c', 'git stash -q; git stash pop -q --index; rm -rf sub other empty out'], { cwd: place.repository.root, env: place.repository.env, stdio: 'ignore' });
    }
    t.diagnostic(`${(100 * answered / asked).toFixed(1)} % of ${asked} questions after a change were answered, all as git does`);
    assert.ok(answered > asked / 3, `only ${answered} of ${asked} were answered`);
  } finally {
    timers.thaw();
    place.close();
  }
});

/** Asks until nothing can be answered ahead of it, makes a change, and asks again. */
async function askAfter(change: (repository: GitRepository) => void, args: readonly string[], prepare: (repository: GitRepository) => void = () => undefined, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const repository = staged();
  prepare(repository);
  const place = new ShimPlace(repository);
  const more = { env: { ...place.env, ...env } };
  try {
    await place.learn([args], more);
    assert.ok(await place.ask(args, more), 'it was known before');
    change(repository);
    const answer = await place.ask(args, more);
    // Asked last: git may write the index.
    if (answer !== undefined) assert.equal(shown(answer), shown(place.git(args, more)));
    return answer === undefined ? 'git' : 'answered';
  } finally {
    place.close();
  }
}

const edit = (repository: GitRepository): void => repository.write('dir/b.txt', 'edited\n');
const sameSize = (repository: GitRepository): void => repository.write('dir/b.txt', 'c\n');
const touch = (repository: GitRepository): void => repository.write('dir/b.txt', 'b\n');

test('an edit, one of the same size, and a file that is only touched', async () => {
  for (const change of [edit, sameSize, touch]) assert.equal(await askAfter(change, ['status', '-z', '-uall']), 'answered');
});

test('the index that git would refresh for a touched file is git\'s to write', async () => {
  const env = { GIT_OPTIONAL_LOCKS: '1' };
  // Files that are older than the index: git has nothing to write there.
  const age = (repository: GitRepository): void => {
    spawnSync('sh', ['-c', 'find . -path ./.git -prune -o -exec touch -h -d @1000000000 {} +; git update-index -q --refresh'], { cwd: repository.root, env: repository.env });
  };
  assert.equal(await askAfter(touch, ['status', '-z'], age, env), 'git');
  assert.equal(await askAfter(edit, ['status', '-z'], age, env), 'answered');
});

test('what git sees otherwise is left to git', async () => {
  const settings: readonly (readonly string[])[] = [['core.fileMode', 'false'], ['core.symlinks', 'false'], ['core.ignoreCase', 'true'], ['core.trustctime', 'false'], ['core.checkStat', 'minimal']];
  for (const setting of settings) assert.equal(await askAfter(edit, ['status', '-z'], (r) => r.git(['config', ...setting])), 'git', setting.join(' '));
  for (const attributes of ['*.txt working-tree-encoding=UTF-16\n', '[attr]own ident\n']) {
    assert.equal(await askAfter(edit, ['status', '-z'], (r) => r.write('.gitattributes', attributes)), 'git', attributes);
    assert.equal(await askAfter(edit, ['status', '-z'], (r) => r.write('.git/info/attributes', attributes)), 'git', attributes);
  }
  assert.equal(await askAfter(edit, ['status', '-z'], (r) => r.write('.gitattributes', '*.txt text eol=lf\n')), 'answered');
  assert.equal(await askAfter((r) => r.write('dir/b.txt', 'b\r\n'), ['status', '-z'], (r) => {
    r.write('.gitattributes', '*.txt text\n');
    r.write('dir/b.txt', 'bbb');
    r.git(['add', 'dir/b.txt']);
  }), 'git', 'a line ending that may be converted');
  assert.equal(await askAfter(edit, ['status', '-z'], (r) => {
    r.write('later.txt', 'l');
    r.git(['add', '-N', 'later.txt']);
  }), 'git', 'what is only intended to be added');
  assert.equal(await askAfter(edit, ['status', '-z'], (r) => r.git(['update-index', '--index-version', '4'])), 'git', 'an index of version 4');
  assert.equal(await askAfter(edit, ['status']), 'answered');
  assert.equal(await askAfter(edit, ['status'], undefined, { LC_ALL: 'C', LANGUAGE: 'de' }), 'answered');
  for (const setting of [['advice.statusHints', 'false'], ['column.ui', 'always'], ['status.showStash', 'true'], ['status.short', 'true'], ['status.showUntrackedFiles', 'no']]) {
    assert.equal(await askAfter(edit, ['status'], (r) => r.git(['config', ...setting])), 'git', setting.join(' '));
  }
  assert.equal(await askAfter(edit, ['status', '-s'], (r) => r.git(['config', 'color.ui', 'always'])), 'git', 'colours');
  assert.equal(await askAfter((r) => r.write('with space', ''), ['status', '-s']), 'git', 'a name in quotes');
  assert.equal(await askAfter((r) => r.write('with space', ''), ['status', '-z']), 'answered');
});

test('rules that are a link make git answer for as long as they are there', async () => {
  const repository = staged();
  const shell = (script: string): unknown => spawnSync('sh', ['-c', script], { cwd: repository.root, env: repository.env });
  const place = new ShimPlace(repository);
  const args = ['status', '-z', '-uall'];
  const isAnswered = async (): Promise<boolean> => {
    await place.learn([args]);
    const answer = await place.ask(args);
    if (answer !== undefined) assert.equal(shown(answer), shown(place.git(args)));
    return answer !== undefined;
  };
  try {
    assert.ok(await isAnswered());
    shell('mkdir ../made; touch ../made/x; ln -s ../.gitignore ../made/.gitignore; mv ../made sub');
    assert.equal(await place.ask(args), undefined);
    assert.equal(await isAnswered(), false);
    shell('mv sub ../made');
    assert.ok(await isAnswered(), 'they went with their directory');
    shell('mv ../made sub');
    assert.equal(await place.ask(args), undefined);
    shell('rm sub/.gitignore; echo x > sub/.gitignore');
    assert.ok(await isAnswered(), 'they are a file');
  } finally {
    place.close();
  }
});

/** What is there at first, and what is done after, in a shell: each where git has rules of its own. */
const SEQUENCES: Readonly<Record<string, readonly [setup: string, ...steps: string[]]>> = {
  'a directory becomes a repository, and is none again': ['mkdir sub; echo x > sub/x', 'git init -q sub', 'echo y > sub/y', 'rm -rf sub/.git', 'echo z > sub/z'],
  'a directory of tracked files becomes a repository': ['', 'git init -q dir', 'echo y > dir/y', 'echo more >> dir/b.txt', 'rm -rf dir/.git', 'echo y > dir/y2'],
  'a file called .git': ['mkdir sub; echo x > sub/x', 'echo gitdir: ../.git > sub/.git', 'echo y > sub/y', 'mkdir s; touch s/.Git'],
  'directories with rules change places': ['mkdir -p m/n; echo x > m/n/x; echo "*.o" > m/n/.gitignore; mkdir else; echo x > else/.gitignore; echo x > else/x', 'mv m/n m/o; mv else m/n', 'touch m/n/x m/o/q.o m/n/q.o', 'rm -rf m/n', 'mv m/o m/n; touch m/n/y.o'],
  'line endings that are converted': ['git config core.autocrlf true', 'printf "one\\r\\n" > a.txt', 'printf "two\\r\\n" > a.txt', 'printf "one\\n" > a.txt'],
  'line endings that the index has': ['printf "x\\r\\n" > crlf.txt; git -c core.autocrlf=false add crlf.txt; echo "* text=auto" > .gitattributes', 'printf "y\\r\\n" > crlf.txt', 'printf "x\\n" > crlf.txt', 'printf "x\\r\\n" > crlf.txt'],
  'copies': ['git config status.renames copies; cp a.txt c.txt; echo >> a.txt; git add .', 'echo x >> c.txt', 'cp c.txt d.txt', 'rm c.txt'],
  'ignored files that are tracked': ['mkdir -p out/k; echo 1 > out/k/t; git add -f out/k/t', 'echo 22 > out/k/t', 'echo u > out/k/u', 'rm -r out', 'mkdir out; echo z > out/z', 'mkdir out/k; echo 1 > out/k/t'],
  'rules that take back': ['printf "*\\n!*/\\n!*.keep\\n" > .gitignore', 'mkdir -p q/r; touch q/r/a q/r/b.keep', 'rm q/r/b.keep', 'touch q/c.keep', 'rm -r q'],
  'times that are put back': ['', 'cp -p a.txt ../kept; echo onf > a.txt; touch -r ../kept a.txt', 'echo one > a.txt; touch -d @1 a.txt', 'echo onx > a.txt; touch -d @1 a.txt'],
  'what is neither file nor directory': ['', 'mkfifo pipe', 'mkdir only; mkfifo only/pipe', 'touch only/file', 'rm a.txt; mkfifo a.txt'],
  'a directory that changes after what is in it': ['', 'touch dir/new; chmod 700 dir', 'mv dir moved; mv moved dir', 'mkdir -p dir/sub; touch dir/sub/x; chmod 750 dir'],
  'rules of a new directory that are a link': ['ln -s a.txt linked', 'mkdir ../made; echo x > ../made/x; ln -s ../.gitignore ../made/.gitignore; mv ../made sub', 'touch sub/y', 'rm sub/.gitignore', 'touch sub/z.log'],
  'rules that become a link': ['mkdir sub; touch sub/x', 'ln -s ../.gitignore sub/.gitignore', 'touch sub/y', 'rm sub/.gitignore; echo y > sub/.gitignore', 'touch sub/z'],
  'rules that are too long for us': ['', 'mkdir ../made; echo x > ../made/x.o; yes "*.o" | head -n 300000 > ../made/.gitignore; mv ../made sub', 'touch sub/y.o', 'rm sub/.gitignore', 'touch sub/z.o'],
  // As root everything can be read but what nobody can, as a socket.
  'rules that cannot be read': ['', `mkdir ../made; touch ../made/x; cd ../made; '${process.execPath}' -e "require('net').createServer().listen('.gitignore', () => process.kill(process.pid, 'SIGKILL'))"; mv ../made ../work/sub`, 'touch sub/y', 'rm sub/.gitignore; echo y > sub/.gitignore', 'chmod 000 sub/.gitignore', 'touch sub/z'],
  'rules of the user that cannot be read': ['ln -s loop ../loop; git config core.excludesFile ../loop', 'touch new', 'echo x > dir/b.txt', 'rm ../loop; echo "*.x" > ../loop', 'touch y.x'],
  'attributes that are a link': ['ln -s ../a.txt dir/.gitattributes', 'echo c > dir/b.txt', 'echo d > dir/b.txt', 'rm dir/.gitattributes', 'echo e > dir/b.txt'],
  'rules that only the index has': ['echo "*.o" > dir/.gitignore; git add dir; git commit -q -m rules; git update-index --skip-worktree dir/.gitignore; rm dir/.gitignore', 'touch dir/x.o', 'touch dir/y', 'git update-index --no-skip-worktree dir/.gitignore', 'touch dir/z.o'],
  'rules that the index alone has in the end': ['echo "*.o" > dir/.gitignore; git add dir; git commit -q -m rules', 'git update-index --skip-worktree dir/.gitignore', 'touch dir/x.o', 'rm dir/.gitignore', 'touch dir/y.o', 'git update-index --no-skip-worktree dir/.gitignore'],
  'very many': ['', 'for i in $(seq 150); do echo $i > f$i; done', 'for i in $(seq 300); do echo $i > g$i; done', 'rm f*', 'mkdir big; for i in $(seq 2500); do : > big/$i; done', 'rm -r big'],
};

for (const [name, [setup, ...steps]] of Object.entries(SEQUENCES)) {
  test(`step by step: ${name}`, async () => {
    const repository = GitRepository.create();
    const shell = (script: string): unknown => spawnSync('sh', ['-c', script], { cwd: repository.root, env: repository.env, stdio: 'ignore' });
    repository.commit({ 'a.txt': 'one\n', 'dir/b.txt': 'b\n', '.gitignore': '*.log\nout/\n' });
    shell(setup);
    const place = new ShimPlace(repository);
    const forms = [['status', '-z', '-uall'], ['status', '-z'], ['status', '--porcelain=v2', '-z'], ['status']];
    try {
      await place.learn(forms);
      for (const step of steps) {
        shell(step);
        for (const args of forms) {
          const answer = await place.ask(args);
          if (answer !== undefined) assert.equal(shown(answer), shown(place.git(args)), `${step}: git ${args.join(' ')}`);
        }
      }
    } finally {
      place.close();
    }
  });
}
