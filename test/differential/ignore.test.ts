import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { test } from 'node:test';
import type { BytePath } from '../../protocol/paths.ts';
import { IgnoreRules } from '../../server/worktree/ignore/rules.ts';
import { scan } from '../../server/worktree/scan.ts';
import { GitRepository } from '../support/git-repository.ts';
import { randomIgnoreFile, randomName, randomPath } from '../support/ignore-grammar.ts';
import { SeededRandom } from '../support/random.ts';

// Git is the oracle: what it says about random ignore files and trees, we say too.
// PYI_SEED starts elsewhere, PYI_ROUNDS multiplies the rounds.
const SEED = Number(process.env['PYI_SEED'] ?? 1);
const ROUNDS = Number(process.env['PYI_ROUNDS'] ?? 1);

const text = (paths: Iterable<string>): string[] => [...paths].map((entry) => JSON.stringify(entry)).sort();

function makeFile(repository: GitRepository, file: string, content: string): void {
  repository.write(Buffer.from(file, 'latin1'), Buffer.from(content, 'latin1'));
}

/** What `git check-ignore -v` says: path → source and line, `''` when no line decides. */
function gitVerdicts(repository: GitRepository, paths: readonly string[], ignoreCase: boolean): Map<string, string> {
  const result = spawnSync('git', ['-c', `core.ignoreCase=${String(ignoreCase)}`, 'check-ignore', '--no-index', '-v', '-n', '-z', '--stdin'], {
    cwd: repository.root, env: repository.env, input: Buffer.from(paths.map((entry) => `${entry}\0`).join(''), 'latin1'), maxBuffer: 1 << 28,
  });
  assert.ok(result.status === 0 || result.status === 1, `git check-ignore: ${String(result.stderr)}`);
  const fields = result.stdout.toString('latin1').split('\0');
  const verdicts = new Map<string, string>();
  for (let i = 0; i + 3 < fields.length; i += 4) {
    const [source, line, pattern, file] = fields.slice(i, i + 4) as [string, string, string, string];
    verdicts.set(file, line === '' ? '' : `${source}:${line}${pattern.startsWith('!') ? ' negated' : ''}`);
  }
  return verdicts;
}

function ourVerdict(rules: IgnoreRules, file: string, isDirectory: boolean): string {
  const reason = rules.explain(file as BytePath, isDirectory);
  assert.equal(rules.isIgnored(file as BytePath, isDirectory), reason !== undefined && !reason.negated);
  return reason === undefined ? '' : `${reason.source}:${reason.line}${reason.negated ? ' negated' : ''}`;
}

function nulSeparated(bytes: Buffer): string[] {
  return bytes.toString('latin1').split('\0').filter((entry) => entry !== '');
}

/** Many ignore files of few lines, each in a directory of its own: which line decides about which path. */
for (const ignoreCase of [false, true]) {
  test(`patterns match as in git check-ignore${ignoreCase ? ', ignoring case' : ''}`, () => {
    for (let round = 0; round < 3 * ROUNDS; round++) {
      const seed = SEED + round;
      const random = new SeededRandom(seed);
      const repository = GitRepository.create();
      try {
        const sources = new Map<string, string>();
        const paths = new Set<string>();
        for (let i = 0; i < 500; i++) {
          const content = randomIgnoreFile(random, random.chance(0.8) ? 1 : 4);
          sources.set(`d${i}`, content);
          makeFile(repository, `d${i}/.gitignore`, content);
          for (let k = 0; k < 60; k++) paths.add(`d${i}/${randomPath(random, 4)}`);
        }
        const list = [...paths];
        const expected = gitVerdicts(repository, list, ignoreCase);
        const rules = IgnoreRules.open({ root: repository.root, ignoreCase });
        assert.equal(expected.size, list.length);
        for (const file of list) {
          // Only the ignore files exist, so git takes the path itself for a file and what it passes for directories.
          const ours = ourVerdict(rules, file, false);
          if (ours === expected.get(file)) continue;
          const source = JSON.stringify(sources.get(file.slice(0, file.indexOf('/'))));
          assert.fail(`PYI_SEED=${seed}: ${JSON.stringify(file)} with ${source}: git ${String(expected.get(file))}, ours ${ours}`);
        }
      } finally {
        repository.remove();
      }
    }
  });
}

/** Nested ignore files, info/exclude and core.excludesFile over a tree that exists. */
test('listings of random trees are those of git ls-files, git status and git check-ignore', async () => {
  for (let round = 0; round < 60 * ROUNDS; round++) {
    const seed = SEED + 1000 + round;
    const random = new SeededRandom(seed);
    const repository = GitRepository.create();
    try {
      await compareTree(repository, random, `PYI_SEED=${SEED + round}`);
    } finally {
      repository.remove();
    }
  }
});

async function compareTree(repository: GitRepository, random: SeededRandom, label: string): Promise<void> {
  const { files, directories } = randomTree(repository, random);
  const excludesFile = path.join(repository.directory, 'excludes');
  fs.writeFileSync(excludesFile, Buffer.from(randomIgnoreFile(random, 2), 'latin1'));
  const infoExclude = path.join(repository.root, '.git/info/exclude');
  fs.writeFileSync(infoExclude, Buffer.from(randomIgnoreFile(random, 2), 'latin1'));
  repository.git(['config', 'core.excludesFile', excludesFile]);
  for (const directory of ['', ...directories]) {
    if (!random.chance(0.35)) continue;
    makeFile(repository, `${directory}.gitignore`, randomIgnoreFile(random, 5));
    files.add(`${directory}.gitignore`);
  }
  const trackedFiles = [...files].filter(() => random.chance(0.1));
  repository.git(['add', '-f', '--pathspec-from-file=-', '--pathspec-file-nul'], { input: Buffer.from(trackedFiles.map((file) => `:(literal)${file}\0`).join(''), 'latin1') });

  const rules = IgnoreRules.open({ root: repository.root, infoExclude, excludesFile, ignoreCase: false });
  const queries = [...files, ...[...directories].map((directory) => directory.slice(0, -1))];
  const verdicts = gitVerdicts(repository, queries, false);
  for (const query of queries) {
    const ours = ourVerdict(rules, query, directories.has(`${query}/`)).replace(infoExclude, '.git/info/exclude');
    assert.equal(ours, verdicts.get(query), `${label}: ${JSON.stringify(query)}`);
  }

  const tracked = new Set(trackedFiles);
  const found = await listing(repository.root, rules, tracked);
  const others = nulSeparated(repository.gitBytes(['ls-files', '-o', '--exclude-standard', '-z']));
  assert.deepEqual(text(found), text(new Set([...others, ...tracked])), `${label}: git ls-files`);

  const ignored = nulSeparated(repository.gitBytes(['status', '--porcelain', '-z', '--ignored', '--untracked-files=all']))
    .filter((entry) => entry.startsWith('!! ')).map((entry) => entry.slice(3));
  const isIgnored = (file: string): boolean => ignored.some((entry) => entry === file || (entry.endsWith('/') && file.startsWith(entry)));
  const expected = [...files].filter((file) => tracked.has(file) || !isIgnored(file));
  assert.deepEqual(text(found), text(expected), `${label}: git status`);
}

/** Files, links and empty directories; directories come with a slash at the end. */
function randomTree(repository: GitRepository, random: SeededRandom): { files: Set<string>; directories: Set<string> } {
  const files = new Set<string>();
  const directories = new Set<string>();
  const fill = (directory: string, depth: number): void => {
    for (let left = random.integer(0, 7); left > 0; left--) {
      const entry = directory + randomName(random);
      if (files.has(entry) || directories.has(`${entry}/`)) continue;
      if (depth > 0 && random.chance(0.4)) {
        directories.add(`${entry}/`);
        fs.mkdirSync(repository.at(Buffer.from(entry, 'latin1')), { recursive: true });
        fill(`${entry}/`, depth - 1);
      } else {
        files.add(entry);
        if (random.chance(0.1)) fs.symlinkSync('.', repository.at(Buffer.from(entry, 'latin1')));
        else makeFile(repository, entry, '');
      }
    }
  };
  fill('', 4);
  return { files, directories };
}

async function listing(root: string, ignore: IgnoreRules, tracked: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  const hasUnder = (directory: string): boolean => [...tracked].some((file) => file.startsWith(`${directory}/`));
  const batches = scan({ root, ignore, tracked: { has: (file) => tracked.has(file), hasUnder }, submodules: new Set(), leaveAlone: () => false });
  for await (const batch of batches) {
    for (const item of batch) {
      assert.notEqual(item.kind, 'skipped', JSON.stringify(item));
      if (item.kind !== 'directory') found.add(item.path);
    }
  }
  return found;
}

test('a symbolic link is no ignore file inside the work tree, but may be info/exclude', async () => {
  const repository = GitRepository.create();
  try {
    makeFile(repository, 'rules', 'x\n');
    for (const file of ['x', 'sub/x', 'y', 'z']) makeFile(repository, file, '');
    fs.symlinkSync('rules', repository.at('.gitignore'));
    fs.symlinkSync('../rules', repository.at('sub/.gitignore'));
    fs.writeFileSync(path.join(repository.directory, 'y-rules'), 'y\n');
    const infoExclude = path.join(repository.root, '.git/info/exclude');
    fs.rmSync(infoExclude);
    fs.symlinkSync(path.join(repository.directory, 'y-rules'), infoExclude);
    const rules = IgnoreRules.open({ root: repository.root, infoExclude, ignoreCase: false });
    const others = nulSeparated(repository.gitBytes(['ls-files', '-o', '--exclude-standard', '-z']));
    assert.deepEqual(text(await listing(repository.root, rules, new Set())), text(others));
    assert.ok(others.includes('x') && !others.includes('y'));
  } finally {
    repository.remove();
  }
});
