import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PROJECT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const directory = mkdtempSync(join(tmpdir(), 'second-try-'));
after(() => rmSync(directory, { recursive: true, force: true }));

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly string[];
  readonly secondTries: readonly string[];
}

/** What the counter of the whole run says of tests whose body fails so many times before it passes. */
function run(failures: readonly number[], env: NodeJS.ProcessEnv = {}): Counts {
  const file = join(directory, 'journey.ts');
  writeFileSync(file, `
    import { withSecondTry } from ${JSON.stringify(pathToFileURL(join(PROJECT, 'test', 'e2e', 'harness', 'second-try.ts')).href)};
    const removed: string[][] = [];
    const session = { place: { entries: () => ['kept'], removeAllBut: (kept) => removed.push(kept) }, closePages: async () => undefined };
    const test = withSecondTry(session);
    for (const [index, failures] of ${JSON.stringify(failures)}.entries()) {
      let tries = 0;
      test(\`journey \${index}\`, () => {
        tries += 1;
        const before = removed.length;
        if (tries <= failures) throw new Error(\`fault \${tries}\`);
        if (failures > 0 && before === 0) throw new Error('the second try found what the first had made');
      });
    }
  `);
  const inherited = { ...process.env, NODE_TEST_CONTEXT: undefined, PYI_E2E_ONLY: undefined };
  const counts = join(directory, 'counts.json');
  spawnSync(process.execPath, ['--import', 'tsx', '--test', '--test-reporter', './scripts/test-counter.mjs', '--test-reporter-destination', counts, file], { cwd: PROJECT, env: { ...inherited, ...env } });
  return JSON.parse(readFileSync(counts, 'utf8')) as Counts;
}

test('a journey that fails once passes at its second try, and the end of the run says so', () => {
  const { passed, failed, secondTries } = run([0, 1]);
  assert.deepEqual({ passed, failed }, { passed: 2, failed: 0 });
  assert.deepEqual(secondTries, ['SECOND TRY of "journey 1", after: Error: fault 1']);
});

test('a journey that fails twice fails', () => {
  const { passed, failed, failures } = run([2]);
  assert.deepEqual({ passed, failed }, { passed: 0, failed: 1 });
  assert.match(failures.join(), /fault 2/);
});

test('there are two second tries in a run', () => {
  const { passed, failed } = run([1, 1, 1]);
  assert.deepEqual({ passed, failed }, { passed: 2, failed: 1 });
});

test('a journey that is named fails at its first try', () => {
  const { failed, secondTries } = run([1], { PYI_E2E_ONLY: 'timeline' });
  assert.deepEqual({ failed, secondTries }, { failed: 1, secondTries: [] });
});
