import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** What became of one test, for the runner outside. */
export interface Outcome {
  readonly title: string;
  readonly error: string | null;
}

/** The words of mocha's interface that a suite is written in. */
export type Words = Pick<Mocha.MochaGlobals, 'suite' | 'test' | 'suiteSetup' | 'suiteTeardown' | 'setup' | 'teardown'>;

const TEST_MILLIS = 30_000;

/** Runs a suite in an extension host. With `PYI_E2E_OUTCOMES`, writes an {@link Outcome} of each test there. */
export async function runSuite(define: (words: Words) => void): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', timeout: TEST_MILLIS, reporter: 'min' });
  // The words of the interface go to an object of ours, not to the globals of the extension host.
  const words = {} as Mocha.MochaGlobals;
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, words, __filename, mocha);
  define(words);
  const outcomes: Outcome[] = [];
  const failures = await new Promise<number>((resolve) => {
    mocha.run(resolve)
      .on('pass', (test) => outcomes.push({ title: test.title, error: null }))
      .on('fail', (test, error: Error) => outcomes.push({ title: test.title, error: error.stack ?? error.message }));
  });
  const file = process.env['PYI_E2E_OUTCOMES'];
  if (file !== undefined) writeFileSync(file, JSON.stringify(outcomes));
  if (failures > 0) throw new Error(`${failures} of ${outcomes.length} tests failed`);
}
