import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { PROJECT } from './place.ts';

const RUNNER = 'run.ts';

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
