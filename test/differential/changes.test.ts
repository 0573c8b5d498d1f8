import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { GitRepository } from '../support/git-repository.ts';
import { TestHost } from '../support/host.ts';
import { SeededRandom } from '../support/random.ts';

// `pyi changes` between random states must say what `git diff` says of the same two commits.
// PYI_SEED starts elsewhere, PYI_ROUNDS multiplies the rounds.
const SEED = Number(process.env['PYI_SEED'] ?? 1);
const ROUNDS = 2 * Number(process.env['PYI_ROUNDS'] ?? 1);

interface GitSays { readonly status: Set<string>; readonly moved: Set<string> }

/** `git diff` with renames taken apart, and the renames of files that only moved. */
function askGit(repository: GitRepository, from: string, to: string): GitSays {
  const fields = (args: readonly string[]): string[] => repository.git(['diff-tree', '-r', '-z', '--name-status', ...args, from, to]).split('\0').filter((field) => field !== '');
  const status = new Set<string>();
  const plain = fields(['--no-renames']);
  for (let at = 0; at < plain.length; at += 2) status.add(`${(plain[at] ?? '').replace('T', 'M')} ${plain[at + 1] ?? ''}`);
  const moved = new Set<string>();
  const exact = fields(['-M100%']);
  for (let at = 0; at < exact.length;) {
    const isRename = exact[at]?.startsWith('R') === true;
    if (isRename) moved.add(`${exact[at + 1] ?? ''} -> ${exact[at + 2] ?? ''}`);
    at += isRename ? 3 : 2;
  }
  return { status, moved };
}

/** Changes some of the files: edits, deletions, additions, moves, modes, a file that becomes a directory and back. */
function mutate(repository: GitRepository, files: Map<string, string>, random: SeededRandom): void {
  for (let n = random.integer(1, 12); n > 0; n--) {
    const file = random.pick([...files.keys()]);
    const name = `${random.pick(['', 'd/', 'd/e/', 'x y/'])}n${random.integer(0, 1e6)}`;
    const kind = random.below(5);
    if (kind === 0) files.set(file, `${files.get(file) ?? ''}edited ${random.integer(0, 1e6)}\n`);
    else if (kind === 1 && files.size > 4) files.delete(file);
    else if (kind === 2) files.set(name, `${name} is new ${random.integer(0, 1e9)}\n`.repeat(random.integer(1, 20)));
    else if (kind === 3) {
      files.set(name, files.get(file) ?? '');
      files.delete(file);
    } else {
      files.delete(file);
      files.set(`${file}/inside`, `was ${file} ${random.integer(0, 1e9)}\n`);
    }
  }
  for (const name of fs.readdirSync(repository.root)) if (name !== '.git') fs.rmSync(`${repository.root}/${name}`, { recursive: true });
  for (const [file, content] of files) repository.write(file, content, random.chance(0.1) ? 0o755 : 0o644);
}

test(`${ROUNDS} histories: changes, and moves, as git diff has them`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const seed = SEED + round;
    const random = new SeededRandom(seed);
    const repository = GitRepository.create();
    const host = new TestHost(repository);
    try {
      const files = new Map(Array.from({ length: 30 }, (_, n) => [`${random.pick(['', 'd/', 'd/e/'])}f${n}`, `file ${n} ${random.integer(0, 1e9)}\n`.repeat(random.integer(1, 30))]));
      const commits: string[] = [];
      for (let n = 0; n < 4; n++) {
        mutate(repository, files, random);
        repository.git(['add', '-A']);
        repository.git(['commit', '-q', '--allow-empty', '-m', String(n)]);
        commits.push(repository.git(['rev-parse', 'HEAD']));
      }
      await host.call('setup', {});
      for (const from of commits) {
        for (const to of commits) {
          const git = askGit(repository, from, to);
          const ours = await host.call('changes', { from, to });
          const status = [
            ...ours.added.map((path) => `A ${path}`), ...ours.changed.map((path) => `M ${path}`), ...ours.deleted.map((path) => `D ${path}`),
            ...ours.renamed.flatMap((rename) => [`D ${rename.from}`, `A ${rename.to}`]),
          ];
          assert.deepEqual(status.sort(), [...git.status].sort(), `seed ${seed}`);
          const renamed = new Set(ours.renamed.map((rename) => `${rename.from} -> ${rename.to}`));
          for (const move of git.moved) assert.ok(renamed.has(move), `${move} is a move to git (seed ${seed})`);
        }
      }
    } finally {
      await host.close();
    }
  }
});
