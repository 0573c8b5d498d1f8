import { join } from 'node:path';
import { build } from 'esbuild';
import { PROJECT } from './place.ts';

/** Bundles the suite for an extension host, which loads no TypeScript. Returns the path of the module. */
export async function bundleSuite(): Promise<string> {
  // Inside the checkout, so that the module finds mocha.
  const outfile = join(PROJECT, '.cache', 'e2e', 'suite.cjs');
  await build({
    absWorkingDir: PROJECT, entryPoints: ['test/e2e/suite/index.ts'], outfile, bundle: true, platform: 'node', target: 'node20', format: 'cjs',
    external: ['vscode', 'mocha'], sourcemap: 'inline', logLevel: 'warning',
  });
  return outfile;
}
