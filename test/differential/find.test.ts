import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GitRepository } from '../support/git-repository.ts';
import { setUp } from '../support/host.ts';
import { SeededRandom } from '../support/random.ts';

// `pyi find` must find, in random files, the lines that `git grep` finds, and as many matches in each.
// PYI_SEED starts elsewhere, PYI_ROUNDS multiplies the rounds.
const SEED = Number(process.env['PYI_SEED'] ?? 1);
const ROUNDS = 3 * Number(process.env['PYI_ROUNDS'] ?? 1);

const TEXTS = ['ab', 'AB', 'a.b', '[a', 'b]', 'a a', '\\', '^', 'zzz', 'c'];
/** Of a kind that POSIX and JavaScript read alike. */
const EXPRESSIONS = ['a[bc]+', '^a', 'b$', 'a.c', '^$', 'c{2}', '[^abc ]', 'a ?b', '\\.'];

/** `git grep`: one entry a match, as path and line. */
function askGit(repository: GitRepository, text: string, regex: boolean, matchCase: boolean): string[] {
  const args = ['grep', '-I', '-n', '-o', '-z', regex ? '-E' : '-F', ...(matchCase ? [] : ['-i']), '-e', text, ...(regex ? ['--', ':!odd'] : [])];
  let output: string;
  try {
    output = repository.git(args);
  } catch (error) {
    if (error instanceof Error && error.message.endsWith(': 1: ')) return []; // it found nothing
    throw error;
  }
  return output.split('\n').filter((line) => line !== '').map((line) => line.split('\0').slice(0, 2).join(':'));
}

/** Plain files are ASCII with newlines. Others have what an expression of git's, which goes by the locale and by bytes, reads otherwise. */
function randomContent(random: SeededRandom, plain: boolean): Buffer {
  const letters = ['a', 'b', 'c', 'A', 'B', ' ', '.', '[', ']', '\\', '^', ...(plain ? [] : ['é'])];
  const end = plain || random.chance(0.5) ? '\n' : '\r\n';
  const lines = Array.from({ length: random.integer(0, 200) }, () => Array.from({ length: random.below(30) }, () => random.pick(letters)).join(''));
  const text = Buffer.from(lines.join(end) + (random.chance(0.5) ? end : ''));
  if (random.chance(0.2)) text[random.below(Math.max(1, text.length))] = plain || random.chance(0.5) ? 0 : 0xff;
  // About where a NUL is looked for.
  return random.chance(0.2) ? Buffer.concat([Buffer.alloc(7990, 'ab \n'), Buffer.from([...random.bytes(20)].map((byte) => (byte < 20 ? 0 : 0x61))), text]) : text;
}

test(`${ROUNDS} trees are searched as git grep searches them`, async () => {
  for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
    const random = new SeededRandom(seed);
    const repository = GitRepository.create();
    for (let n = 0; n < 30; n++) {
      const folder = random.pick(['', 'd/', 'd/e f/', 'odd/']);
      repository.write(`${folder}f${n}`, randomContent(random, folder !== 'odd/'), random.chance(0.1) ? 0o755 : 0o644);
    }
    const host = await setUp(repository, { '.gitattributes': '* -text\n' });
    try {
      for (const [patterns, regex] of [[TEXTS, false], [EXPRESSIONS, true]] as const) {
        for (const text of patterns) {
          const matchCase = random.chance(0.5);
          const found = await host.call('find', { fork: 'workspace', text, regex, matchCase, limit: 100_000, ...(regex ? { exclude: ['odd/**'] } : {}) });
          assert.deepEqual(
            found.matches.map(({ path, line }) => `${path}:${line}`), askGit(repository, text, regex, matchCase).sort(byPathThenLine),
            `${regex ? 'expression' : 'text'} ${JSON.stringify(text)}${matchCase ? ' in its case' : ''} (seed ${seed})`);
        }
      }
    } finally {
      await host.close();
    }
  }
});

function byPathThenLine(one: string, other: string): number {
  const [onePath = '', oneLine = ''] = one.split(':');
  const [otherPath = '', otherLine = ''] = other.split(':');
  return onePath === otherPath ? Number(oneLine) - Number(otherLine) : onePath < otherPath ? -1 : 1;
}
