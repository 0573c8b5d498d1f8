/**
 * Runs one of the project's commands from a clean clone: checks the tools, installs, builds, runs.
 * `node scripts/with-install.mjs demo|demo:agents|test|bench|soak|package|screenshots|figures|electron [arguments…]`. Plain Node: nothing is installed when it starts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MINIMUM_NODE = [20, 9];

const COMMANDS = {
  demo: ['--import', 'tsx', 'demo/main.ts'],
  'demo:agents': ['--import', 'tsx', 'demo/crowd/main.ts'],
  test: ['scripts/test.mjs'],
  bench: ['--import', 'tsx', 'bench/main.ts'],
  soak: ['--import', 'tsx', 'bench/soak/main.ts'],
  package: ['--import', 'tsx', 'scripts/package.ts'],
  screenshots: ['scripts/screenshots.mjs'],
  figures: ['scripts/figures.mjs'],
  electron: ['--import', 'tsx', 'test/e2e/electron.ts'],
};

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Runs a program in the repository with our own output; returns its exit code. */
function run(program, args, options = {}) {
  const { status, error, signal } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (error !== undefined) fail(`${program} could not be started: ${error.message}`);
  return status ?? (signal === null ? 1 : 130);
}

function checkTools() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor < MINIMUM_NODE[1])) {
    fail(`Node ${process.versions.node} is too old: PYI needs ${MINIMUM_NODE.join('.')} or newer. Get it from https://nodejs.org.`);
  }
  if (spawnSync('git', ['--version']).status !== 0) fail('git was not found: install it (for example "apt-get install git") and try again.');
}

/**
 * True when node_modules holds what package-lock.json asks for. npm leaves a record of what it installed as its
 * last step, so an interrupted installation does not count, and one made by hand does.
 */
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const installed = packagesOf(record);
  return Object.entries(packagesOf(join(root, 'package-lock.json')))
    .every(([path, wanted]) => path === '' || (installed[path] === undefined ? wanted.optional === true : installed[path].integrity === wanted.integrity));
}

function install() {
  if (isInstalled()) return;
  console.log('Installing the dependencies (npm ci)…');
  // npm runs as the script that started us when there is one: on Windows "npm" is not a program.
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund'];
  const code = npm?.endsWith('.js') ? run(process.execPath, [npm, ...args]) : run('npm', args, { shell: process.platform === 'win32' });
  if (code !== 0) fail('npm ci failed: see above. A network or a registry mirror is needed for the first run.');
}

const [name = '', ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) fail(`usage: node scripts/with-install.mjs ${Object.keys(COMMANDS).join('|')} [arguments…]`);
checkTools();
install();
if (run(process.execPath, ['scripts/build.mjs']) !== 0) fail('The build failed: see above.');
process.exit(run(process.execPath, [...command, ...args]));
