import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { FrontPlace } from '../support/front-place.ts';
import type { Command } from '../support/front-place.ts';

/** Repositories that break, and commands from odd places, through the compiled front and a real server: what is printed is what git prints. */

/** How often is waited for the server to learn what was asked twice; each time it has a moment more. */
const LOOKS = 100;
const MOMENT = 0.05;

let place: FrontPlace;
before(async () => { place = await FrontPlace.open(); });
after(async () => place.close());

const ASKED: readonly (readonly string[])[] = [
  ['status'], ['status', '-z', '-uall'], ['status', '--porcelain=v2', '-b'], ['diff', '--stat'], ['diff', '--cached'], ['log', '-3', '--stat'], ['show', 'HEAD'], ['ls-files', '-s'], ['ls-files', '-o', '--exclude-standard'],
  ['rev-parse', 'HEAD'], ['rev-parse', '--show-toplevel'], ['rev-parse', '--is-bare-repository'], ['branch', '-vv'], ['for-each-ref'], ['ls-tree', '-r', 'HEAD'], ['cat-file', '-p', 'HEAD:a.txt'], ['config', '--list', '--local'], ['blame', 'HEAD', '--', 'a.txt'],
];

/** A repository with a change in the index and one in the work tree, and nothing for git to refresh; returns its work tree. */
function repository(name: string): string {
  const root = path.join(place.directory, name);
  shell(place.directory, `mkdir -p '${name}'; cd '${name}'; git init -q -b main .; echo one > a.txt; mkdir dir; echo b > dir/b.txt; echo "*.o" > .gitignore; git add .; git commit -q -m first; echo two >> a.txt; git commit -qam second; git branch topic; echo c > c.txt; git add c.txt; echo edited >> dir/b.txt; find . -path ./.git -prune -o -exec touch -h -d 2001-01-01 {} +; git update-index -q --refresh || true`);
  return root;
}

function shell(cwd: string, script: string): void {
  const { status, stderr } = spawnSync('/bin/sh', ['-ec', script], { cwd, env: { ...place.env }, encoding: 'utf8' });
  assert.equal(status, 0, `${script}\n${stderr}`);
}

/** Asks until the front was told each of the answers: on a busy machine it may not be told all at once. */
function learn(cwd: string, asked = ASKED): void {
  place.run(cwd, asked.map((args): Command => ({ program: 'front', args })));
  let left = asked;
  for (let look = 0; look < LOOKS && left.length > 0; look++) {
    const printed = place.run(cwd, left.map((args): Command => ({ program: 'front', args })), `sleep ${MOMENT}`);
    left = left.filter((_, i) => printed[i]?.isAnswered !== true);
  }
  assert.deepEqual(left, [], 'never answered');
}

/** What both print, one right after the other; `before` are shell commands that come first. Returns how many the front printed itself. */
function compare(cwd: string, asked = ASKED, before = ''): number {
  const printed = place.run(cwd, asked.flatMap((args): Command[] => [{ program: 'front', args }, { program: 'git', args }]), before);
  asked.forEach((args, i) => {
    const [byFront, byGit] = printed.slice(2 * i);
    assert.deepEqual({ ...byFront, isAnswered: undefined }, { ...byGit, isAnswered: undefined }, `git ${args.join(' ')}`);
  });
  return printed.filter(({ isAnswered }) => isAnswered).length;
}

/** What happens to a repository whose answers are known: shell commands in its work tree. */
const FAULTS: Readonly<Record<string, string>> = {
  'an index that is no index': 'echo DIRCbroken > .git/index',
  'an index that is cut short': 'truncate -s 100 .git/index',
  'an index with a wrong checksum': 'printf x | dd of=.git/index bs=1 seek=80 conv=notrunc 2>/dev/null',
  'an index that is locked': ': > .git/index.lock',
  'an index that is a directory': 'rm .git/index; mkdir .git/index',
  'a commit that is missing': 'oid=$(git rev-parse HEAD); rm -f .git/objects/$(echo $oid | cut -c1-2)/$(echo $oid | cut -c3-)',
  'a tree that is missing': 'oid=$(git rev-parse HEAD:dir); rm -f .git/objects/$(echo $oid | cut -c1-2)/$(echo $oid | cut -c3-)',
  'a blob that is missing': 'oid=$(git rev-parse HEAD:a.txt); rm -f .git/objects/$(echo $oid | cut -c1-2)/$(echo $oid | cut -c3-)',
  'a blob that is damaged': 'oid=$(git rev-parse HEAD:a.txt); file=.git/objects/$(echo $oid | cut -c1-2)/$(echo $oid | cut -c3-); chmod +w $file; echo no object > $file',
  'a HEAD that is none': 'echo nonsense > .git/HEAD',
  'a HEAD that is empty': ': > .git/HEAD',
  'a HEAD of something else': 'echo ref: nowhere > .git/HEAD',
  'no refs': 'rm -r .git/refs',
  'no objects': 'mv .git/objects ../objects',
  'a branch that is cut short': 'printf 12345 > .git/refs/heads/main',
  'settings that are none': 'echo "[broken" >> .git/config',
  'a repository that calls itself bare': 'git config core.bare true',
  'no repository any more': 'mv .git ../gone-$$',
  'no repository, and one above': 'git init -q ..; rm -rf .git',
  'a file in place of the git directory': 'mv .git elsewhere; echo "gitdir: elsewhere" > .git',
  'times in the future': 'echo 2040 > a.txt; touch -d 2040-01-01 a.txt dir',
};

for (const [name, fault] of Object.entries(FAULTS)) {
  test(`a repository breaks: ${name}`, () => {
    const root = repository(path.join(name.replaceAll(' ', '-'), 'work'));
    learn(root);
    shell(root, fault);
    compare(root);
    // Asked again, and again: what was learnt of the broken one is git's, too.
    compare(root);
    compare(root, ASKED, `sleep ${MOMENT}`);
  });
}

test('a bare repository is answered as git answers, also when a ref moves', () => {
  const root = repository('of-bare');
  const bare = path.join(place.directory, 'bare.git');
  shell(place.directory, `git clone -q --bare '${root}' '${bare}'`);
  const asked = ASKED.filter(([command]) => !['status', 'diff', 'blame'].includes(command ?? ''));
  for (let time = 0; time < 3; time++) compare(bare, ASKED, `sleep ${MOMENT}`);
  shell(bare, 'git update-ref refs/heads/main main~1; git branch made');
  compare(bare);
  compare(bare, asked, `sleep ${MOMENT}`);
});

test('where there is no repository, git says so', () => {
  const nowhere = path.join(place.directory, 'nowhere');
  shell(place.directory, `mkdir '${nowhere}'`);
  for (let time = 0; time < 3; time++) assert.equal(compare(nowhere), 0);
});

test('a repository, a work tree or an index that the environment names is git\'s business', () => {
  const [root, other] = [repository('named'), repository('other')];
  shell(other, 'git commit -q -m third; cp .git/index ../index; git rm -q --cached a.txt');
  learn(root);
  for (const variables of [`GIT_DIR='${other}/.git'`, `GIT_DIR='${other}/.git' GIT_WORK_TREE='${other}'`, `GIT_WORK_TREE='${other}'`, `GIT_INDEX_FILE='${place.directory}/index'`, "GIT_DIR='/nowhere'", "GIT_OBJECT_DIRECTORY='/nowhere'", "GIT_CEILING_DIRECTORIES='/'"]) {
    assert.equal(compare(root, ASKED, `export ${variables}`), 0, variables);
  }
  // One of them may have written the index.
  learn(root);
  compare(root);
});

test('names, arguments and directories that are not UTF-8', () => {
  const root = repository('odd');
  shell(root, "mkdir \"$(printf 'd\\351')\"; echo x > \"$(printf 'd\\351/f\\377')\"; git add .; git commit -q -m odd; echo y >> \"$(printf 'd\\351/f\\377')\"");
  learn(root, [['status', '-z'], ['ls-files', '-z'], ['diff']]);
  compare(root);
  // What no text can hold is asked in a shell.
  const both = (program: string): string => {
    const { stdout } = spawnSync('/bin/sh', ['-c', `for n in 1 2 3; do '${program}' ls-files -- "$(printf 'd\\351')" 2>&1; '${program}' rev-parse --verify "$(printf 'no\\377')" 2>&1; (cd "$(printf 'd\\351')" && '${program}' status -s 2>&1; '${program}' rev-parse --show-prefix 2>&1); sleep ${MOMENT}; done`], { cwd: root, env: { ...place.env }, encoding: 'latin1' });
    return stdout;
  };
  assert.equal(both(FrontPlace.front), both('git'));
  shell(root, "echo z >> \"$(printf 'd\\351/f\\377')\"");
  compare(root);
});

test('a file that is written in the same tick as the index is seen', () => {
  const root = repository('racy');
  const asked = [['--no-optional-locks', 'status', '-s'], ['status', '-s'], ['diff', '--stat'], ['status', '--porcelain=v2']];
  learn(root, asked);
  for (let round = 0; round < 20; round++) compare(root, asked, `cd '${root}'; echo ${round}a > a.txt; '${place.git}' add a.txt; echo ${round}b > a.txt`);
  // The same size, and times that are put back.
  for (let round = 0; round < 5; round++) compare(root, asked, `cd '${root}'; touch -r a.txt ../kept; echo ${round}c > a.txt; touch -r ../kept a.txt`);
});

test('a diff of a million lines into a reader that goes away ends as git ends, asked for the first time and again', () => {
  const root = repository('long');
  shell(root, 'seq 1000000 > long.txt; git add long.txt; git commit -q -m long; seq 1000001 2000000 > long.txt');
  const first = (program: string): string => spawnSync('/bin/bash', ['-c', `for n in 1 2 3 4; do '${program}' diff | head -n 7; echo "\${PIPESTATUS[0]}"; '${program}' log -p -1 | head -c 100; echo "\${PIPESTATUS[0]}"; sleep ${MOMENT}; done`], { cwd: root, env: { ...place.env }, encoding: 'latin1' }).stdout;
  const truth = first('git');
  assert.match(truth, /^141$/m);
  assert.equal(first(FrontPlace.front), truth);
});
