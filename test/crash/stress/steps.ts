import type { SeededRandom } from '../../support/random.ts';

const FILES = ['a.txt', 'dir/b.txt', 'dir/deep/c.txt', 'x/y/z.txt', 'out/made.bin', 'n.log', '"with space.txt"', 'nested/i.txt', 'x/.gitignore'];
const DIRECTORIES = ['dir', 'dir/deep', 'x', 'x/y', 'nested', 'out'];
const RULES = ['x/', 'n*', '/a.txt', '!n.log', 'deep', 'nested', '*.txt'];
const MINE = 'of the stress test';

/** One step of one process, in a shell: what people, editors, agents and git itself do to a repository. It may fail, as theirs do. */
export function stepOf(random: SeededRandom): string {
  const number = random.below(1_000);
  const [file, other] = [random.pick(FILES), random.pick(FILES)];
  const [directory, elsewhere] = [random.pick(DIRECTORIES), random.pick(DIRECTORIES)];
  const branch = random.pick(['main', 'topic', 'b1', 'b2', 'deep/er/b3']);
  const files = [
    `mkdir -p "$(dirname ${file})"; echo ${number} > ${file}`, `echo ${number} >> ${file}`, `echo ${number} > ../fresh-${number}; mv ../fresh-${number} ${file}`, `rm -f ${file}`, `mv ${file} ${other}`,
    `mv ${directory} ${elsewhere}`, `mv ${directory} moved; mv moved ${directory}`, `rm -rf ${directory}`, `mkdir -p ${directory}/made; echo ${number} > ${directory}/made/f${random.below(4)}`, `chmod ${random.pick(['+x', '-x'])} ${file}`,
    `rm -rf ${file}; ln -s ${other} ${file}`, `rm -rf ${file}; mkdir -p ${file}; echo ${number} > ${file}/inner`, `touch ${file}`, `git show HEAD:${file} > ${file}`, `cp -p ${file} ../kept; echo ${number} > ${file}; touch -r ../kept ${file}`,
  ];
  const rules = [
    `printf '%s\\n' '*.log' 'out/' '${random.pick(RULES)}' > .gitignore`, `printf '%s\\n' '${random.pick(RULES)}' > ${directory}/.gitignore`, `echo '${random.pick(RULES)}' > .git/info/exclude`,
    `rm -f ${directory}/.gitignore`, `echo '*.txt ${random.pick(['-diff', 'text', 'binary'])}' > .gitattributes`, 'rm -f .gitattributes',
  ];
  const index = [
    'git add -A', 'git add -u', `git add -f ${file}`, `git rm -rq --cached ${file}`, `git mv -k ${file} ${other}`, `git restore --staged ${file}`, 'git reset -q', `git update-index --assume-unchanged ${file}`, `git update-index --no-assume-unchanged ${file}`,
    'git update-index --refresh', `(set -C; echo ${MINE} > .git/index.lock) && sleep 0.0${random.below(10)} && rm .git/index.lock`, `(set -C; echo ${MINE} > .git/index.lock)`, `grep -q '${MINE}' .git/index.lock && rm .git/index.lock`,
  ];
  const history = [
    `git commit -q --allow-empty -m ${number}`, `git commit -qam ${number}`, `git commit -q --amend --allow-empty -m ${number}`, `git checkout -q -f ${branch}`, `git checkout -q -f --detach HEAD~${random.below(3)}`, `git switch -q -C ${branch}`,
    `git checkout -q -- ${file}`, 'git reset -q --hard HEAD~1', 'git reset -q --soft HEAD~1', 'git stash -q', 'git stash -q -u', 'git stash pop -q', 'git stash drop -q', `git merge -q -m ${number} ${branch}`, 'git merge --abort', `git cherry-pick ${branch}`, 'git cherry-pick --abort',
    `git rebase -q ${branch}`, 'git rebase --abort', `git reset -q --hard ${branch}`, 'git clean -fdq',
  ];
  const refs = [
    `git branch -f ${branch}`, `git branch -q -D ${branch}`, `git branch -q -M ${branch} b${random.integer(1, 3)}`, `git tag -f t${random.below(5)}`, `git tag -d t${random.below(5)}`, `git update-ref refs/remotes/origin/main HEAD~${random.below(3)}`,
    'git pack-refs --all', `git rev-parse HEAD~${random.below(2)} > .git/refs/tags/by-hand`, `git branch -q -u origin/main ${branch}`, `git notes add -f -m ${number}`,
  ];
  const settings = [`git config user.name n${number}`, `git config --unset user.name`, `git config status.${random.pick(['branch', 'short'])} ${random.pick(['true', 'false'])}`, `git config --global some.key ${number}`, `git config core.abbrev ${random.integer(7, 12)}`, 'git config --unset core.abbrev'];
  const upkeep = ['git gc -q', 'git repack -adq', 'git repack -dq', 'git prune-packed -q', 'git commit-graph write --reachable --no-progress'];
  const others = [
    'git init -q nested', 'git init -q nested; git -C nested commit -q --allow-empty -m in', 'rm -rf nested/.git', 'rm -rf nested', 'git init -q dir', 'rm -rf dir/.git', `git worktree add -q -f ../linked ${branch}`, 'git worktree remove -f ../linked', 'rm -rf ../linked; git worktree prune', `echo ${number} > ../linked/a.txt`,
  ];
  // A git that was in the middle of something may have made a directory of that name meanwhile.
  const byHand = [
    `mv -T .git ../away && { sleep 0.0${random.below(10)}; rm -rf .git; mv -T ../away .git; }`, 'cp -r .git/refs .git/copied && mv -T .git/refs .git/removed && mv -T .git/copied .git/refs; rm -rf .git/removed .git/copied',
    'cp -r .git/logs .git/copied && mv -T .git/logs .git/removed && mv -T .git/copied .git/logs; rm -rf .git/removed .git/copied', 'cp .git/HEAD .git/kept && mv .git/kept .git/HEAD', 'cp -p .git/index .git/kept && mv .git/kept .git/index',
  ];
  // What happens most often is tried most often.
  return random.pick(random.pick([files, files, files, index, index, history, history, refs, refs, settings, rules, upkeep, others, byHand]));
}
