import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Result } from '../../protocol/registry.ts';
import { GitRepository } from '../support/git-repository.ts';
import { setUp } from '../support/host.ts';
import type { TestHost } from '../support/host.ts';
import { SeededRandom } from '../support/random.ts';

// `pyi lineage FILE` must list, of checkpoints taken with each commit, those whose commits `git log -- FILE` lists.
// PYI_SEED starts elsewhere, PYI_ROUNDS multiplies the rounds.
const SEED = Number(process.env['PYI_SEED'] ?? 1);
const ROUNDS = 2 * Number(process.env['PYI_ROUNDS'] ?? 1);
const COMMITS = 25;

const LETTERS: Readonly<Record<string, string>> = { A: 'added', M: 'changed', D: 'deleted' };

/** Commits that changed a path, newest first, as message and what they did. */
function askGit(repository: GitRepository, path: string): string[] {
  const output = repository.git(['log', '--no-renames', '--full-history', '--format=%x00%s', '--name-status', '--', path]);
  return output.split('\0').filter((entry) => entry !== '').map((entry) => {
    const [message = '', , status = ''] = entry.split('\n');
    return `${message} ${LETTERS[status[0] ?? ''] ?? status}`;
  });
}

/** All pages, however long each is. */
async function askPyi(host: TestHost, path: string, limit: number): Promise<Result<'history'>['entries']> {
  const entries: Result<'history'>['entries'] = [];
  for (;;) {
    const last = entries.at(-1)?.checkpoint.time;
    const page = await host.call('history', { path, fork: 'workspace', limit, ...(last === undefined ? {} : { before: last }) });
    entries.push(...page.entries);
    if (!page.more) return entries;
  }
}

test(`${ROUNDS} histories of files are what git log says`, async () => {
  for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
    const random = new SeededRandom(seed);
    const repository = GitRepository.create();
    const paths = ['a', 'b', 'd/c', 'd/e/f'];
    const host = await setUp(repository, Object.fromEntries(paths.map((path) => [path, `${path}\n`])));
    try {
      for (let n = 0; n < COMMITS; n++) {
        for (const path of random.shuffled(paths).slice(0, random.integer(0, 2))) {
          if (repository.exists(path) && random.chance(0.3)) repository.unlink(path);
          else repository.write(path, `${random.integer(0, 2)}\n`, random.chance(0.2) ? 0o755 : 0o644);
        }
        repository.commit({}, `commit ${n}`);
        await host.call('checkpoint', { message: `commit ${n}` });
      }
      for (const path of [...paths, 'never']) {
        const found = await askPyi(host, path, random.integer(1, 6));
        const expected = askGit(repository, path).map((line) => line.replace(/^start /, 'Setup '));
        assert.deepEqual(found.map(({ checkpoint, change }) => `${checkpoint.message} ${change}`), expected, `${path} (seed ${seed})`);
        assert.equal(found[0]?.size ?? null, repository.exists(path) ? repository.read(path).length : null);
      }
    } finally {
      await host.close();
    }
  }
});
