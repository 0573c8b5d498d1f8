import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import type { Outcome } from '../suite/run.ts';
import { PROJECT } from './place.ts';
import type { Place } from './place.ts';
import type { WindowOptions } from './workbench.ts';

const RUNNER = 'run.ts';

/** Suites that need another window than one on a repository with two files. */
const WINDOWS: Readonly<Record<string, (place: Place) => WindowOptions>> = {};

/** The suites for the extension host: the files of `test/e2e/suite/` that export `define(words)`. */
export function suiteNames(): string[] {
  return readdirSync(join(PROJECT, 'test', 'e2e', 'suite')).filter((file) => file !== RUNNER).map((file) => basename(file, '.ts'));
}

/** Bundles a suite for an extension host, which loads no TypeScript. Returns the path of a module that exports `run()`, as VS Code wants it. */
export async function bundleSuite(name: string): Promise<string> {
  // Inside the checkout, so that the module finds mocha.
  const outfile = join(PROJECT, '.cache', 'e2e', `${name}.cjs`);
  const entry = `import { runSuite } from './${RUNNER}'; import { define } from './${name}.ts'; export const run = () => runSuite(define);`;
  await build({
    absWorkingDir: PROJECT, stdin: { contents: entry, resolveDir: join(PROJECT, 'test', 'e2e', 'suite'), sourcefile: `${name}-entry.ts` }, outfile,
    bundle: true, platform: 'node', target: 'node20', format: 'cjs', external: ['vscode', 'mocha'], sourcemap: 'inline', logLevel: 'warning',
  });
  return outfile;
}

/** What the window opens that a suite runs in. Makes what it needs below `place`. */
export function suiteWindow(name: string, place: Place): WindowOptions {
  return WINDOWS[name]?.(place) ?? { open: place.repository(`suite-${name}`) };
}

/** What became of the tests of the suite that ran last; undefined when it did not come to its end. */
export function readOutcomes(place: Place): Outcome[] | undefined {
  return existsSync(place.outcomes) ? JSON.parse(readFileSync(place.outcomes, 'utf8')) as Outcome[] : undefined;
}
