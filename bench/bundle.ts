import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

const SCRIPTS = {
  'run': 'bench/run.ts',
  'child': 'bench/children/main.ts',
  'tell-latency': 'bench/children/tell-latency.ts',
  'tell-memory': 'bench/children/tell-memory.ts',
  'rewrite-worker': 'server/store/rewrite-worker.ts',
  'catalog-worker': 'server/catalog/catalog-worker.ts',
} as const;

const WASM_FILES = ['blake3-wasm/dist/wasm/nodejs/blake3_js_bg.wasm', 'sql.js/dist/sql-wasm.wasm'];

/**
 * Bundles the benchmarks as scripts/build.mjs bundles what is shipped, so that they time the same code: a loader for
 * TypeScript would wrap functions in it. Workers and WebAssembly stand beside, where the code looks for them.
 * Returns the directory.
 */
export async function bundle(root: string): Promise<string> {
  const out = path.join(root, '.cache', 'bench');
  mkdirSync(out, { recursive: true });
  await build({
    absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', format: 'cjs', sourcemap: 'linked', logLevel: 'warning',
    entryPoints: Object.entries(SCRIPTS).map(([name, source]) => ({ in: source, out: name })),
    outdir: out, outExtension: { '.js': '.cjs' },
    banner: { js: '"use strict"; const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: { 'import.meta.url': '__bundleUrl' },
  });
  const require = createRequire(path.join(root, 'package.json'));
  for (const file of WASM_FILES) copyFileSync(require.resolve(file), path.join(out, path.basename(file)));
  return out;
}
