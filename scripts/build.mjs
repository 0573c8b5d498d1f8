/**
 * Bundles PYI into dist/, and compiles the native front. `node scripts/build.mjs [--watch | --portable]`; what is portable has the
 * sources of the front, which is compiled where it is installed (install-front.mjs), and the types of `pyi/client`.
 *
 * Node bundles are CommonJS on purpose: blake3-wasm and sql.js find their .wasm beside `__dirname`, which in a
 * CommonJS bundle is dist/, so a copy there is all that they need. Everything is bundled; nothing in dist/ needs
 * node_modules, because a VSIX has none.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { bundleSizes, describeSizes } from './bundle-sizes.mjs';
import { writeClientTypes } from './client-types.mjs';
import { installFront } from './install-front.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const require = createRequire(import.meta.url);

const NODE_ENTRIES = [
  { out: 'server.cjs', source: 'server/main.ts' },
  { out: 'rewrite-worker.cjs', source: 'server/store/rewrite-worker.ts' },
  { out: 'catalog-worker.cjs', source: 'server/catalog/catalog-worker.ts' },
  { out: 'extension.cjs', source: 'client/extension.ts', external: ['vscode'], plugins: [lateBundle('language-connection'), lateBundle('epics-state')] },
  { out: 'epics-state.cjs', source: 'client/views/epics-state.ts' },
  { out: 'language-connection.cjs', source: 'client/language-connection.ts', external: ['vscode'] },
];

/** Makes of `import('./<name>.ts')` a `require` of the bundle of that name, when it is run: what is heavy, and not needed at once. */
function lateBundle(name) {
  return {
    name: `late bundle ${name}`,
    setup: ({ onResolve }) => onResolve({ filter: new RegExp(`/${name}\\.ts$`) }, ({ kind }) => (kind === 'dynamic-import' ? { path: `./${name}.cjs`, external: true } : undefined)),
  };
}

const WASM_FILES = ['blake3-wasm/dist/wasm/nodejs/blake3_js_bg.wasm', 'sql.js/dist/sql-wasm.wasm'];

/**
 * Settings that all bundles share. Names are kept: a stack trace from a user must be readable. Sourcemaps are files of
 * their own, named in the bundle, so that `node --enable-source-maps` and coverage find them.
 */
const COMMON = { absWorkingDir: root, bundle: true, minify: false, sourcemap: 'linked', sourcesContent: false, logLevel: 'warning', legalComments: 'eof' };

function nodeOptions({ out, source, external = [], plugins = [] }) {
  return {
    ...COMMON,
    entryPoints: [source],
    outfile: join(dist, out),
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external,
    plugins,
    // An extension host answers `require('vscode')`, also in what was required late, and not an import.
    supported: { 'dynamic-import': false },
    banner: { js: '"use strict"; const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
    // CommonJS has no import.meta; what asks for it wants to find its neighbours, which are in dist/ too.
    define: { 'import.meta.url': '__bundleUrl' },
  };
}

/**
 * The command line is cut into modules that load when they are needed: compiled as one, the schemas and the MCP server would
 * cost every command some 30 ms. `dist/cli.cjs` only starts it, so that `npm link` and `argv[1]` have one file to name.
 */
const CLI_OPTIONS = {
  ...COMMON,
  entryPoints: ['cli/main.ts'],
  outdir: join(dist, 'cli'),
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  target: 'node20',
  format: 'esm',
  splitting: true,
  banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
};
/** `pyi/client`, for programs that depend on the package. */
const CLIENT_OPTIONS = {
  ...COMMON, entryPoints: ['connect/pyi-client.ts'], outfile: join(dist, 'client.mjs'), platform: 'node', target: 'node20', format: 'esm', banner: CLI_OPTIONS.banner,
};
const CLI_STARTER = '#!/usr/bin/env node\nimport("./cli/main.mjs");\n';
/** In the place of the native front where that cannot be compiled. The mark tells a front that this is one, too (front/real-git.c). */
const FRONT_SCRIPT = '#!/usr/bin/env node\n// stands in for git: pyi-front\nimport("../cli/main.mjs");\n';

/** A page is read anew at each opening, and the toolkit is most of it: its comments and spaces are left out. */
function webviewOptions(name) {
  return { ...COMMON, entryPoints: [`webview/${name}/main.ts`], outfile: join(dist, 'webview', `${name}.js`), minifyWhitespace: true, minifySyntax: true, platform: 'browser', target: 'es2022', format: 'iife' };
}

function plan() {
  const missing = [];
  const options = [];
  for (const entry of NODE_ENTRIES) {
    if (existsSync(join(root, entry.source))) options.push(nodeOptions(entry));
    else missing.push(entry.source);
  }
  if (missing.length > 0) throw new Error(`These entry points do not exist: ${missing.join(', ')}`);
  return [CLI_OPTIONS, CLIENT_OPTIONS, ...options, ...webviewNames().map(webviewOptions)];
}

/** Folders of webview/ with an entry point; others hold what these share. */
function webviewNames() {
  const directory = join(root, 'webview');
  if (!existsSync(directory)) return []; // Git keeps no empty folder: a clone has none before the first webview
  return readdirSync(directory).filter((name) => existsSync(join(directory, name, 'main.ts')));
}

function copyWasm() {
  for (const file of WASM_FILES) copyFileSync(require.resolve(file), join(dist, basename(file)));
}

/** The sources of the native front with the words that it must know, and in its place the script that does the same. */
async function prepareFront() {
  const words = join(dist, 'front-words.mjs');
  await esbuild.build({ ...COMMON, sourcemap: false, entryPoints: ['scripts/front-words.ts'], outfile: words, platform: 'node', format: 'esm' });
  const { frontWords } = await import(pathToFileURL(words).href);
  rmSync(words);
  for (const folder of ['front', 'bin']) mkdirSync(join(dist, folder));
  for (const file of readdirSync(join(root, 'front'))) copyFileSync(join(root, 'front', file), join(dist, 'front', file));
  writeFileSync(join(dist, 'front', 'words.h'), frontWords());
  writeFileSync(join(dist, 'bin', 'pyi'), FRONT_SCRIPT, { mode: 0o755 });
}

async function build() {
  const started = performance.now();
  const options = plan();
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  copyWasm();
  cpSync(join(root, 'integrations'), join(dist, 'integrations'), { recursive: true });
  await Promise.all(options.map((option) => esbuild.build(option)));
  writeFileSync(join(dist, 'cli.cjs'), CLI_STARTER, { mode: 0o755 });
  await prepareFront();
  if (process.argv.includes('--portable')) writeClientTypes(root, join(dist, 'types'));
  const compiler = process.argv.includes('--portable') ? undefined : installFront(dist);
  console.log(`build: the front is ${compiler === undefined ? 'a script' : `native (${compiler})`}`);
  console.log(`build: ${options.length} bundles in ${Math.round(performance.now() - started)} ms`);
  console.log(describeSizes(bundleSizes(dist)));
}

async function watch() {
  await build();
  for (const option of plan()) await (await esbuild.context({ ...option, logLevel: 'info' })).watch();
  console.log('build: watching; end with Ctrl+C');
}

try {
  await (process.argv.includes('--watch') ? watch() : build());
} catch (error) {
  // esbuild has printed its own errors; ours have a message.
  console.error(`build: ${error.errors === undefined ? error.message : 'failed'}`);
  process.exitCode = 1;
}
