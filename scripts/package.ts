/**
 * Packs dist/ into VSIX files, lists what is in them, and fails when something is there that is not allowed, or when one is too
 * large. `node --import tsx scripts/package.ts [neutral] [linux-x64] [--out DIRECTORY]`, by default both, into the checkout.
 *
 * The neutral one runs everywhere. The one for linux-x64 has the native front (docs/git-shim.md), and a native BLAKE3 (server/store/hash.ts says what it gains):
 * that file alone comes from the npm registry, or from npm's cache.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PackageManager, createVSIX, listFiles } from '@vscode/vsce';
import { installFront } from './install-front.mjs';
import { packedReadme } from './packed-readme.ts';
import { zipEntries } from './zip-entries.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const TARGETS = ['neutral', 'linux-x64'] as const;
type Target = (typeof TARGETS)[number];

const MAX_BYTES = 3_000_000;

type Rule = readonly [pattern: RegExp, reason: string];

/** Every file of a VSIX has a line here that says why it is there. */
const ALLOWED: readonly Rule[] = [
  [/^(\[Content_Types\]\.xml|extension\.vsixmanifest)$/, 'the format'],
  [/^extension\/package(\.nls(\.[a-z-]+)?)?\.json$/, 'what is contributed, and its words'],
  [/^extension\/l10n\/bundle\.l10n\.[a-z-]+\.json$/, 'translations'],
  [/^extension\/(readme\.md|changelog\.md|LICENSE\.txt)$/i, 'the page of the extension'],
  [/^extension\/dist\/(extension|epics-state|language-connection)\.cjs$/, 'the extension'],
  [/^extension\/dist\/(server|[a-z]+-worker)\.cjs$/, 'the server, its workers'],
  [/^extension\/dist\/[\w-]+\.wasm$/, 'BLAKE3 and SQLite'],
  [/^extension\/dist\/webview\/[a-z]+\.js$/, 'views'],
  [/^extension\/media\/([\w-]+\/)?[\w-]+\.(svg|png|css|md)$/, 'icons, styles, the walkthrough'],
];
const ALLOWED_FRONT: Rule = [/^extension\/dist\/bin\/(pyi|git)$/, 'the native front'];
const ALLOWED_NATIVE: Rule = [/^extension\/dist\/node_modules\/@napi-rs\/blake-hash\/(package\.json|blake\.linux-x64-gnu\.node)$/, 'native BLAKE3'];

const NATIVE = {
  name: '@napi-rs/blake-hash-linux-x64-gnu', version: '1.3.6', file: 'blake.linux-x64-gnu.node',
  integrity: 'sha512-13bkj8jaCoQOn8XA8b7QaYCjeiVd4Jgxbp518cnkwD5YU1YS3kw9zZAbSHMJbKbTjP8+kyhgNKAvAV2Dqd5UQw==',
};

/** The files that .vscodeignore lets through, in a directory of their own, with the README for VS Code. */
async function stage(directory: string): Promise<void> {
  if (!existsSync(join(root, 'dist', 'extension.cjs'))) throw new Error('dist/ is not built: run "npm run build", or "npm run package", which does');
  // vsce asks for one; the choice has been made here.
  writeFileSync(join(directory, '.vscodeignore'), '');
  for (const file of await listFiles({ cwd: root, packageManager: PackageManager.None })) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    copyFileSync(join(root, file), join(directory, file));
  }
  writeFileSync(join(directory, 'README.md'), packedReadme(readFileSync(join(root, 'README.md'), 'utf8'), root));
}

/** Puts the native BLAKE3 where `require('@napi-rs/blake-hash')` of a bundle finds it. */
function addNative(directory: string): void {
  const { name, version, file, integrity } = NATIVE;
  const place = mkdtempSync(join(tmpdir(), 'pyi-native-'));
  try {
    const npm = spawnSync('npm', ['pack', `${name}@${version}`, '--pack-destination', place, '--prefer-offline', '--json'], { encoding: 'utf8', shell: process.platform === 'win32' });
    if (npm.status !== 0) {
      throw new Error(`${name}@${version} can not be fetched: ${(npm.error?.message ?? npm.stderr).trim()}\nThe VSIX for linux-x64 needs it, from the npm registry or from npm's cache. "npm run package -- neutral" needs no network.`);
    }
    const archive = join(place, (JSON.parse(npm.stdout) as [{ filename: string }])[0].filename);
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== integrity) throw new Error(`${name}@${version} is not the file that was reviewed: its digest is ${found}, not ${integrity}`);
    const tar = spawnSync('tar', ['-xzf', archive, '-C', place], { encoding: 'utf8' });
    if (tar.status !== 0) throw new Error(`${archive} can not be unpacked: ${tar.error?.message ?? tar.stderr}`);
    const target = join(directory, 'dist', 'node_modules', '@napi-rs', 'blake-hash');
    mkdirSync(target, { recursive: true });
    copyFileSync(join(place, 'package', file), join(target, file));
    writeFileSync(join(target, 'package.json'), `${JSON.stringify({ name: '@napi-rs/blake-hash', version, license: 'MIT', main: file }, undefined, 2)}\n`);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  checkNative(directory);
}

/** Compiles the front into `dist/bin`. Static: it has to run whatever C library a computer has, if it has one. */
function addFront(directory: string): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('The front for linux-x64 is compiled on linux-x64 only. "npm run package -- neutral" needs no compiler.');
  const dist = join(directory, 'dist');
  mkdirSync(join(dist, 'bin'));
  cpSync(join(root, 'dist', 'front'), join(dist, 'front'), { recursive: true });
  const compiler = installFront(dist);
  rmSync(join(dist, 'front'), { recursive: true });
  if (compiler?.includes('-static') !== true) throw new Error('The front cannot be compiled as a static program: install musl, or the static library of the C compiler.');
}

/** A bundle must find it, and it must say the same as the WebAssembly; only a computer that it is made for can tell. */
function checkNative(directory: string): void {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !runsOnGlibc()) return;
  const { blake3 } = createRequire(join(directory, 'dist', 'server.cjs'))('@napi-rs/blake-hash') as { blake3(bytes: Uint8Array): Uint8Array };
  const { hash } = createRequire(import.meta.url)('blake3-wasm') as { hash(bytes: Uint8Array): Uint8Array };
  const bytes = Buffer.alloc(100_000, 'BLAKE3');
  if (!Buffer.from(blake3(bytes)).equals(Buffer.from(hash(bytes)))) throw new Error(`${NATIVE.name} gives other digests than blake3-wasm`);
}

function runsOnGlibc(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}

/** Prints what is in the archive. Throws when it is not what it should be. */
function inspect(file: string, allowed: readonly Rule[]): void {
  const archive = readFileSync(file);
  const entries = zipEntries(archive).sort((a, b) => b.packed - a.packed);
  const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1).padStart(8)} KiB`;
  for (const { name, bytes, packed } of entries) console.log(`  ${kib(packed)} of ${kib(bytes)}  ${name}`);
  const label = basename(file);
  console.log(`${label}: ${entries.length} files, ${archive.length} bytes (at most ${MAX_BYTES})`);
  const foreign = entries.filter(({ name }) => !allowed.some(([pattern]) => pattern.test(name)));
  if (foreign.length > 0) throw new Error(`${label} holds what nothing needs, or what scripts/package.ts does not know: ${foreign.map(({ name }) => name).join(', ')}`);
  const unmet = allowed.filter(([pattern, reason]) => reason !== 'the page of the extension' && !entries.some(({ name }) => pattern.test(name)));
  if (unmet.length > 0) throw new Error(`${label} lacks ${unmet.map(([, reason]) => reason).join(', ')}`);
  if (archive.length > MAX_BYTES) throw new Error(`${label} has ${archive.length} bytes, more than ${MAX_BYTES}`);
}

async function pack(target: Target, out: string): Promise<void> {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string; version: string };
  const place = mkdtempSync(join(tmpdir(), 'pyi-package-'));
  try {
    const directory = join(place, 'extension');
    mkdirSync(directory);
    await stage(directory);
    const isNative = target !== 'neutral';
    if (isNative) {
      addNative(directory);
      addFront(directory);
    }
    const file = isNative ? `${name}-${target}-${version}.vsix` : `${name}-${version}.vsix`;
    // There is no repository that a link could lead to; the README needs none.
    await createVSIX({ cwd: directory, packagePath: join(place, file), dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false, ...isNative ? { target } : {} });
    inspect(join(place, file), isNative ? [...ALLOWED, ALLOWED_NATIVE, ALLOWED_FRONT] : ALLOWED);
    copyFileSync(join(place, file), join(out, file));
    console.log(`Written: ${join(out, file)}\n`);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function parseArguments(args: readonly string[]): { out: string; targets: readonly Target[] } {
  const at = args.indexOf('--out');
  const out = at < 0 ? root : resolve(args[at + 1] ?? '.');
  const words = at < 0 ? args : [...args.slice(0, at), ...args.slice(at + 2)];
  const unknown = words.filter((word) => !(TARGETS as readonly string[]).includes(word));
  if (unknown.length > 0) throw new Error(`Unknown target ${unknown.join(', ')}: there are ${TARGETS.join(' and ')}`);
  return { out, targets: words.length > 0 ? words as Target[] : TARGETS };
}

try {
  const { out, targets } = parseArguments(process.argv.slice(2));
  mkdirSync(out, { recursive: true });
  for (const target of targets) await pack(target, out);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
